// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Unwrapping without a message.
//!
//! The standard `unwrap` on a `Result` formats the error with `Debug`, which
//! drags formatting code into a task. [`UnwrapLite::unwrap_lite`] panics just
//! as well and says only where.

#![no_std]
#![forbid(unsafe_code)]

/// Types that may hold a value.
pub trait UnwrapLite {
    /// The value.
    type Output;

    /// The value.
    ///
    /// # Panics
    ///
    /// If there is none.
    fn unwrap_lite(self) -> Self::Output;
}

impl<T, E> UnwrapLite for Result<T, E> {
    type Output = T;

    #[inline(always)]
    #[track_caller]
    fn unwrap_lite(self) -> T {
        self.ok().unwrap_lite()
    }
}

impl<T> UnwrapLite for Option<T> {
    type Output = T;

    #[inline(always)]
    #[track_caller]
    fn unwrap_lite(self) -> T {
        match self {
            Some(value) => value,
            None => panic!(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnwrapLite;

    #[test]
    fn a_value_is_returned() {
        assert_eq!(Some(1).unwrap_lite(), 1);
        assert_eq!(Ok::<_, ()>(2).unwrap_lite(), 2);
    }

    #[test]
    #[should_panic]
    fn none_panics() {
        None::<u32>.unwrap_lite();
    }

    #[test]
    #[should_panic]
    fn an_error_panics() {
        Err::<u32, _>(()).unwrap_lite();
    }
}
