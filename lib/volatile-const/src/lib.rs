// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Constants whose value is filled in after linking.

#![no_std]

/// A constant that a tool may overwrite in the linked image.
///
/// Reads are volatile, so the compiler cannot replace them by the value the
/// source code gives.
#[repr(transparent)]
pub struct VolatileConst<T> {
    value: T,
}

impl<T> VolatileConst<T> {
    /// A constant that holds `value` until a tool says otherwise.
    pub const fn new(value: T) -> Self {
        Self { value }
    }

    /// The value in the image.
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        // SAFETY: the pointer comes from a reference to an initialised value
        // that nothing changes while the program runs.
        unsafe { core::ptr::read_volatile(&self.value) }
    }

    /// Where the value is.
    pub const fn as_ptr(&self) -> *const T {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::VolatileConst;

    #[test]
    fn it_holds_its_value_at_its_own_address() {
        static C: VolatileConst<u16> = VolatileConst::new(7);
        assert_eq!(C.get(), 7);
        assert_eq!(C.as_ptr().cast::<u8>(), (&raw const C).cast());
    }
}
