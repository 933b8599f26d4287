// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! [`mutable_statics!`]: arrays in statics, handed out once as `&'static mut`.

#![cfg_attr(not(test), no_std)]

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

#[allow(unused_imports)]
use armv6m_atomic_hack::AtomicBoolExt;

/// Declares arrays in static memory and evaluates to mutable references to
/// them: to a tuple, or to the reference itself if there is one array.
///
/// ```
/// use mutable_statics::mutable_statics;
///
/// #[derive(Copy, Clone)]
/// struct Descriptor(u32);
///
/// impl Descriptor {
///     const fn new() -> Self {
///         Self(0)
///     }
/// }
///
/// let (bytes, ring) = mutable_statics! {
///     static mut BYTES: [u8; 64] = [|| 0xFF; _];
///     static mut RING: [Descriptor; 4] = [Descriptor::new; _];
/// };
/// assert_eq!(bytes[63], 0xFF);
/// ring[0].0 += 1;
/// ```
///
/// The elements are initialised one by one, by calling what stands in the place
/// of the element: the image carries no copy of the array. Attributes, such as
/// `#[link_section = "..."]`, go to the static.
///
/// # Panics
/// One place in the program can run once. It panics when it is reached again.
#[macro_export]
macro_rules! mutable_statics {
    (
        $(
            $(#[$attr:meta])*
            static mut $name:ident: [$T:ty; $n:expr] = [$init:expr; _];
        )*
    ) => {{
        static CLAIMED: ::core::sync::atomic::AtomicBool =
            ::core::sync::atomic::AtomicBool::new(false);
        $crate::claim(&CLAIMED);
        ($({
            $(#[$attr])*
            static mut $name: ::core::mem::MaybeUninit<[$T; $n]> =
                ::core::mem::MaybeUninit::uninit();
            // SAFETY: `claim` returns once, so this line runs once; and the
            // static is named nowhere else. No other reference to it exists.
            $crate::fill(unsafe { &mut *(&raw mut $name) }, $init)
        }),*)
    }};
}

/// Panics if `claimed` has been set before, and sets it.
#[doc(hidden)]
pub fn claim(claimed: &AtomicBool) {
    if claimed.swap(true, Ordering::Relaxed) {
        panic!();
    }
}

/// Sets each element of `array` to what `init` returns.
#[doc(hidden)]
pub fn fill<T, const N: usize>(
    array: &mut MaybeUninit<[T; N]>,
    mut init: impl FnMut() -> T,
) -> &mut [T; N] {
    let first = array.as_mut_ptr().cast::<T>();
    for i in 0..N {
        // SAFETY: the array has `N` elements, and `i` is less than that.
        unsafe { first.add(i).write(init()) };
    }
    // SAFETY: all `N` elements have been written above.
    unsafe { array.assume_init_mut() }
}

#[cfg(test)]
mod tests {
    fn claim_pair() -> (&'static mut [u8; 3], &'static mut [String; 2]) {
        let mut next = 0;
        mutable_statics! {
            static mut COUNTED: [u8; 3] = [|| { next += 1; next }; _];
            #[unsafe(link_section = ".data.strings")]
            static mut STRINGS: [String; 2] = [String::new; _];
        }
    }

    #[test]
    fn each_element_is_initialised_by_a_call_and_a_second_claim_panics() {
        let (counted, strings) = claim_pair();
        assert_eq!(*counted, [1, 2, 3]);
        strings[1].push('x');
        assert_eq!(*strings, ["", "x"]);

        assert!(std::panic::catch_unwind(claim_pair).is_err());
    }

    #[test]
    fn one_array_is_not_wrapped_in_a_tuple() {
        let array: &'static mut [u32; 2] = mutable_statics! {
            static mut ARRAY: [u32; 2] = [|| 5; _];
        };
        assert_eq!(*array, [5, 5]);
    }

    #[test]
    fn equal_names_in_different_places_are_different_arrays() {
        let a = mutable_statics! { static mut X: [u8; 1] = [|| 1; _]; };
        let b = mutable_statics! { static mut X: [u8; 1] = [|| 2; _]; };
        assert_eq!((a[0], b[0]), (1, 2));
    }
}
