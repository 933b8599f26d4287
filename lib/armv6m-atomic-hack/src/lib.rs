// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Read-modify-write operations on atomics, also on ARMv6-M.
//!
//! ARMv6-M can load and store atomically but has no instructions to modify
//! memory atomically, and `core` leaves the methods out there. A Hubris task
//! has a single thread and no interrupt handlers, so nothing can come between
//! a load and a store of the same task. These traits use that: on ARMv6-M they
//! load and store, elsewhere they forward to the inherent methods (which take
//! precedence, hence the import is unused there).
//!
//! They must not be used in the kernel, nor on memory shared with another
//! processor.

#![no_std]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What [`AtomicU32`] lacks on ARMv6-M.
pub trait AtomicU32Ext {
    /// Stores `value` and returns the previous one.
    fn swap(&self, value: u32, order: Ordering) -> u32;

    /// Adds `value`, wrapping, and returns the previous one.
    fn fetch_add(&self, value: u32, order: Ordering) -> u32;

    /// Subtracts `value`, wrapping, and returns the previous one.
    fn fetch_sub(&self, value: u32, order: Ordering) -> u32;
}

/// What [`AtomicBool`] lacks on ARMv6-M.
pub trait AtomicBoolExt {
    /// Stores `value` and returns the previous one.
    fn swap(&self, value: bool, order: Ordering) -> bool;
}

#[cfg(not(target_has_atomic = "32"))]
mod imp {
    use super::{AtomicBool, AtomicBoolExt, AtomicU32, AtomicU32Ext, Ordering};

    /// The orderings of the load and the store that make up one operation.
    fn halves(order: Ordering) -> (Ordering, Ordering) {
        match order {
            Ordering::Acquire => (Ordering::Acquire, Ordering::Relaxed),
            Ordering::Release => (Ordering::Relaxed, Ordering::Release),
            Ordering::AcqRel => (Ordering::Acquire, Ordering::Release),
            Ordering::SeqCst => (Ordering::SeqCst, Ordering::SeqCst),
            _ => (Ordering::Relaxed, Ordering::Relaxed),
        }
    }

    fn update(
        cell: &AtomicU32,
        order: Ordering,
        f: impl FnOnce(u32) -> u32,
    ) -> u32 {
        let (load, store) = halves(order);
        let old = cell.load(load);
        cell.store(f(old), store);
        old
    }

    impl AtomicU32Ext for AtomicU32 {
        fn swap(&self, value: u32, order: Ordering) -> u32 {
            update(self, order, |_| value)
        }

        fn fetch_add(&self, value: u32, order: Ordering) -> u32 {
            update(self, order, |old| old.wrapping_add(value))
        }

        fn fetch_sub(&self, value: u32, order: Ordering) -> u32 {
            update(self, order, |old| old.wrapping_sub(value))
        }
    }

    impl AtomicBoolExt for AtomicBool {
        fn swap(&self, value: bool, order: Ordering) -> bool {
            let (load, store) = halves(order);
            let old = self.load(load);
            self.store(value, store);
            old
        }
    }
}

#[cfg(target_has_atomic = "32")]
mod imp {
    use super::{AtomicBool, AtomicBoolExt, AtomicU32, AtomicU32Ext, Ordering};

    impl AtomicU32Ext for AtomicU32 {
        #[inline(always)]
        fn swap(&self, value: u32, order: Ordering) -> u32 {
            AtomicU32::swap(self, value, order)
        }

        #[inline(always)]
        fn fetch_add(&self, value: u32, order: Ordering) -> u32 {
            AtomicU32::fetch_add(self, value, order)
        }

        #[inline(always)]
        fn fetch_sub(&self, value: u32, order: Ordering) -> u32 {
            AtomicU32::fetch_sub(self, value, order)
        }
    }

    impl AtomicBoolExt for AtomicBool {
        #[inline(always)]
        fn swap(&self, value: bool, order: Ordering) -> bool {
            AtomicBool::swap(self, value, order)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomicBoolExt, AtomicU32Ext};
    use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::AcqRel};

    #[test]
    fn each_operation_returns_the_previous_value() {
        let n = AtomicU32::new(u32::MAX);
        assert_eq!(AtomicU32Ext::fetch_add(&n, 2, AcqRel), u32::MAX);
        assert_eq!(AtomicU32Ext::fetch_sub(&n, 2, AcqRel), 1);
        assert_eq!(AtomicU32Ext::swap(&n, 5, AcqRel), u32::MAX);
        assert_eq!(n.into_inner(), 5);

        let b = AtomicBool::new(false);
        assert!(!AtomicBoolExt::swap(&b, true, AcqRel));
        assert!(b.into_inner());
    }
}
