// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The read-modify-write operations that ARMv6-M lacks.
//!
//! An ARMv6-M core can load and store a word atomically but has no exclusive
//! access instructions, so `core` leaves out `swap`, `fetch_add` and
//! `fetch_sub` there. A task has one thread and no interrupt handlers; a load
//! followed by a store is therefore as good. The traits here supply just that
//! on ARMv6-M. Elsewhere the inherent methods of the same name take precedence
//! and the import is unused:
//!
//! ```
//! use core::sync::atomic::{AtomicBool, Ordering};
//!
//! #[allow(unused_imports)]
//! use armv6m_atomic_hack::AtomicBoolExt;
//!
//! static TAKEN: AtomicBool = AtomicBool::new(false);
//! assert!(!TAKEN.swap(true, Ordering::Relaxed));
//! ```

#![no_std]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Read-modify-write for `AtomicU32`.
pub trait AtomicU32Ext {
    fn swap(&self, val: u32, order: Ordering) -> u32;
    fn fetch_add(&self, val: u32, order: Ordering) -> u32;
    fn fetch_sub(&self, val: u32, order: Ordering) -> u32;
}

/// Read-modify-write for `AtomicBool`.
pub trait AtomicBoolExt {
    fn swap(&self, val: bool, order: Ordering) -> bool;
}

#[cfg(target_has_atomic = "32")]
mod native {
    use super::{AtomicBool, AtomicBoolExt, AtomicU32, AtomicU32Ext, Ordering};

    impl AtomicU32Ext for AtomicU32 {
        #[inline(always)]
        fn swap(&self, val: u32, order: Ordering) -> u32 {
            AtomicU32::swap(self, val, order)
        }

        #[inline(always)]
        fn fetch_add(&self, val: u32, order: Ordering) -> u32 {
            AtomicU32::fetch_add(self, val, order)
        }

        #[inline(always)]
        fn fetch_sub(&self, val: u32, order: Ordering) -> u32 {
            AtomicU32::fetch_sub(self, val, order)
        }
    }

    impl AtomicBoolExt for AtomicBool {
        #[inline(always)]
        fn swap(&self, val: bool, order: Ordering) -> bool {
            AtomicBool::swap(self, val, order)
        }
    }
}

#[cfg(not(target_has_atomic = "32"))]
mod emulated {
    use super::{AtomicBool, AtomicBoolExt, AtomicU32, AtomicU32Ext, Ordering};

    /// The orderings that may be given to the load and the store which make up
    /// one read-modify-write of ordering `order`.
    fn split(order: Ordering) -> (Ordering, Ordering) {
        match order {
            Ordering::Acquire => (Ordering::Acquire, Ordering::Relaxed),
            Ordering::Release => (Ordering::Relaxed, Ordering::Release),
            Ordering::AcqRel => (Ordering::Acquire, Ordering::Release),
            Ordering::SeqCst => (Ordering::SeqCst, Ordering::SeqCst),
            _ => (Ordering::Relaxed, Ordering::Relaxed),
        }
    }

    impl AtomicU32Ext for AtomicU32 {
        #[inline(always)]
        fn swap(&self, val: u32, order: Ordering) -> u32 {
            let (load, store) = split(order);
            let old = self.load(load);
            self.store(val, store);
            old
        }

        #[inline(always)]
        fn fetch_add(&self, val: u32, order: Ordering) -> u32 {
            let (load, store) = split(order);
            let old = self.load(load);
            self.store(old.wrapping_add(val), store);
            old
        }

        #[inline(always)]
        fn fetch_sub(&self, val: u32, order: Ordering) -> u32 {
            let (load, store) = split(order);
            let old = self.load(load);
            self.store(old.wrapping_sub(val), store);
            old
        }
    }

    impl AtomicBoolExt for AtomicBool {
        #[inline(always)]
        fn swap(&self, val: bool, order: Ordering) -> bool {
            let (load, store) = split(order);
            let old = self.load(load);
            self.store(val, store);
            old
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traits_do_what_the_inherent_methods_do() {
        let n = AtomicU32::new(u32::MAX);
        let order = Ordering::Relaxed;
        assert_eq!(AtomicU32Ext::fetch_add(&n, 2, order), u32::MAX);
        assert_eq!(AtomicU32Ext::fetch_sub(&n, 2, order), 1);
        assert_eq!(AtomicU32Ext::swap(&n, 7, order), u32::MAX);
        assert_eq!(n.load(order), 7);

        let b = AtomicBool::new(false);
        assert!(!AtomicBoolExt::swap(&b, true, order));
        assert!(AtomicBoolExt::swap(&b, true, order));
    }
}
