// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::cell::UnsafeCell;
use core::ops::Deref;

/// A counter: `core`'s `AtomicU32` in a shape that debuggers understand.
///
/// Humility reads a counter through the field `v` of a struct whose name starts
/// with `AtomicU32`. That used to be the layout of `core`'s own type in debug
/// information; since Rust 1.96 it is not. Everything that `core`'s type can do
/// is available through `Deref`.
#[repr(transparent)]
pub struct AtomicU32 {
    v: UnsafeCell<u32>,
}

impl AtomicU32 {
    /// Makes a counter that stands at `v`.
    pub const fn new(v: u32) -> Self {
        Self {
            v: UnsafeCell::new(v),
        }
    }

    /// Adds one, wrapping.
    pub(crate) fn increment(&self) {
        #[cfg(target_has_atomic = "32")]
        self.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        // Where there is no atomic addition, a load and a store have to do.
        // They are volatile because nothing in the program reads counters: the
        // compiler would take a set of them apart, and debuggers would not
        // find it any more.
        #[cfg(not(target_has_atomic = "32"))]
        {
            let v = self.v.get();
            // SAFETY: the pointer is valid and aligned, see `deref`. On these
            // processors nothing interrupts a task to run other code with
            // access to its counters.
            unsafe { v.write_volatile(v.read_volatile().wrapping_add(1)) }
        }
    }
}

impl Deref for AtomicU32 {
    type Target = core::sync::atomic::AtomicU32;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        // SAFETY: the pointer is valid for as long as `self` is borrowed, and
        // aligned, because both types have the alignment of a `u32` on every
        // target Rust has 32-bit atomics for (asserted below). All access to
        // the word is atomic, but for that in `increment`, which nothing
        // overlaps.
        unsafe { Self::Target::from_ptr(self.v.get()) }
    }
}

const _: () = assert!(
    align_of::<core::sync::atomic::AtomicU32>() == align_of::<AtomicU32>()
);

// SAFETY: access to the contents is atomic or undisturbed, see `deref`.
unsafe impl Sync for AtomicU32 {}

impl Default for AtomicU32 {
    fn default() -> Self {
        Self::new(0)
    }
}

impl core::fmt::Debug for AtomicU32 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debuggers_find_the_name_and_the_field_they_look_for() {
        let name = core::any::type_name::<AtomicU32>();
        assert!(name.rsplit("::").next().unwrap().starts_with("AtomicU32"));
        assert_eq!(core::mem::offset_of!(AtomicU32, v), 0);
    }
}
