// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Shared memory for host tests.

use crate::Window;

/// Zeroed, word-aligned memory that is reached through its raw pointer only,
/// so that windows on it may overlap as two cores' views do.
#[derive(Debug)]
pub struct Memory {
    words: *mut [u32],
}

impl Memory {
    /// Memory of at least `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        let words = vec![0u32; bytes.div_ceil(4)].into_boxed_slice();
        Self {
            words: Box::into_raw(words),
        }
    }

    /// All of it. The caller keeps the memory alive as long as the window.
    pub fn window(&self) -> Window {
        // SAFETY: the allocation is mapped until `drop` frees it, and the
        // tests that use this keep it until they have dropped their windows.
        // Nobody makes a reference to its contents.
        unsafe { Window::new(self.words.cast(), self.words.len() * 4) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Box::into_raw` in `new`.
        drop(unsafe { Box::from_raw(self.words) });
    }
}
