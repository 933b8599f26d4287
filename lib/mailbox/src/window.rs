// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A span of shared memory, and copies in and out of it.

const WORD: usize = size_of::<u32>();

/// A word-aligned span of shared memory.
///
/// A `Window` is a claim on an address range, not a borrow of what is in it:
/// two windows may cover the same bytes, as the two cores' views do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    base: *mut u8,
    len: usize,
}

impl Window {
    /// Claims `len` bytes at `base`.
    ///
    /// # Panics
    ///
    /// If `base` or `len` is not a multiple of four; both come from the build.
    ///
    /// # Safety
    ///
    /// `base..base + len` must stay mapped, readable and writable for as long
    /// as the window or anything made from it is in use, and no Rust object
    /// may live in it. Other bus masters may write it at any time.
    pub const unsafe fn new(base: *mut u8, len: usize) -> Self {
        assert!(len.is_multiple_of(WORD), "a window is a number of words");
        Self { base, len }
    }

    /// Bytes in the window.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the window has no bytes at all.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The part of the window from `offset` for `len` bytes, or `None` if
    /// that is not inside it or not on word boundaries.
    pub fn part(&self, offset: usize, len: usize) -> Option<Self> {
        let end = offset.checked_add(len)?;
        if end > self.len
            || !offset.is_multiple_of(WORD)
            || !len.is_multiple_of(WORD)
        {
            return None;
        }
        Some(Self {
            base: self.base.wrapping_add(offset),
            len,
        })
    }

    /// Reads word number `index`, once. Words outside the window read as 0.
    #[inline]
    pub fn load(&self, index: usize) -> u32 {
        let Some(word) = self.word(index) else {
            return 0;
        };
        // SAFETY: `word` is an aligned word inside the window, which `new`'s
        // caller promised to be mapped and readable. The access is volatile,
        // so a concurrent write by the other core yields some value, not a
        // compiler's assumption about it.
        unsafe { word.read_volatile() }
    }

    /// Writes word number `index`. Words outside the window are ignored.
    #[inline]
    pub fn store(&self, index: usize, value: u32) {
        let Some(word) = self.word(index) else {
            return;
        };
        // SAFETY: as for `load`; the window is also writable, and no Rust
        // object lives in it that this write could change behind the
        // compiler's back.
        unsafe { word.write_volatile(value) }
    }

    /// The bytes from `offset` for `len` bytes, cut off at the window's end.
    #[inline]
    pub fn bytes(&self, offset: usize, len: usize) -> SharedBytes {
        let offset = offset.min(self.len);
        SharedBytes {
            base: self.base.wrapping_add(offset),
            len: len.min(self.len - offset),
        }
    }

    #[inline]
    fn word(&self, index: usize) -> Option<*mut u32> {
        let offset = index.checked_mul(WORD)?;
        if offset.checked_add(WORD)? > self.len {
            return None;
        }
        Some(self.base.wrapping_add(offset).cast())
    }
}

/// Bytes of shared memory, at any alignment, that exactly one transfer is
/// about to copy.
///
/// Made by [`Window::bytes`], so always inside a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedBytes {
    base: *mut u8,
    len: usize,
}

impl SharedBytes {
    /// Number of bytes.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the bytes are, for a copy that the kernel makes.
    ///
    /// The address is good for the memory's whole life, but what is there is
    /// the other core's to change: never make a reference that outlives the
    /// one system call it is passed to.
    #[inline]
    pub const fn as_ptr(&self) -> *mut u8 {
        self.base
    }

    /// The first `n` bytes, or all of them if there are fewer.
    #[inline]
    pub fn prefix(&self, n: usize) -> Self {
        Self {
            base: self.base,
            len: self.len.min(n),
        }
    }

    /// What follows the first `n` bytes.
    pub fn skip(&self, n: usize) -> Self {
        let n = n.min(self.len);
        Self {
            base: self.base.wrapping_add(n),
            len: self.len - n,
        }
    }

    /// Copies into `dest` as many bytes as both have, and returns how many.
    pub fn copy_to(&self, dest: &mut [u8]) -> usize {
        let n = self.len.min(dest.len());
        // Whole words where both ends allow: byte-wise volatile copies would
        // take four times as long.
        if self.base.addr().is_multiple_of(WORD) {
            let (words, tail) = dest[..n].as_chunks_mut::<WORD>();
            for (i, word) in words.iter_mut().enumerate() {
                // SAFETY: `i` counts whole words below `n <= self.len`, so
                // the word is inside the span, and the span is aligned.
                let value = unsafe {
                    self.base.cast::<u32>().wrapping_add(i).read_volatile()
                };
                *word = value.to_ne_bytes();
            }
            let done = n - tail.len();
            for (i, byte) in tail.iter_mut().enumerate() {
                *byte = self.load(done + i);
            }
        } else {
            for (i, byte) in dest[..n].iter_mut().enumerate() {
                *byte = self.load(i);
            }
        }
        n
    }

    /// Copies from `src` as many bytes as both have, and returns how many.
    pub fn copy_from(&self, src: &[u8]) -> usize {
        let n = self.len.min(src.len());
        if self.base.addr().is_multiple_of(WORD) {
            let (words, tail) = src[..n].as_chunks::<WORD>();
            for (i, word) in words.iter().enumerate() {
                // SAFETY: as in `copy_to`; the window is writable and holds
                // no Rust object.
                unsafe {
                    self.base
                        .cast::<u32>()
                        .wrapping_add(i)
                        .write_volatile(u32::from_ne_bytes(*word));
                }
            }
            let done = n - tail.len();
            for (i, byte) in tail.iter().enumerate() {
                self.store(done + i, *byte);
            }
        } else {
            for (i, byte) in src[..n].iter().enumerate() {
                self.store(i, *byte);
            }
        }
        n
    }

    fn load(&self, i: usize) -> u8 {
        debug_assert!(i < self.len);
        // SAFETY: both callers stay below `self.len`, so the byte is inside
        // the window this span was cut from.
        unsafe { self.base.wrapping_add(i).read_volatile() }
    }

    fn store(&self, i: usize, value: u8) {
        debug_assert!(i < self.len);
        // SAFETY: as for `load`; the window is writable.
        unsafe { self.base.wrapping_add(i).write_volatile(value) }
    }
}

#[cfg(test)]
mod test {
    use crate::memory::Memory;
    use proptest::prelude::*;

    #[test]
    fn words_outside_the_window_read_zero_and_ignore_writes() {
        let memory = Memory::new(8);
        let window = memory.window();
        window.store(0, 0x1122_3344);
        window.store(1, 0x5566_7788);
        window.store(2, 0xFFFF_FFFF);
        window.store(usize::MAX, 0xFFFF_FFFF);
        assert_eq!(window.load(0), 0x1122_3344);
        assert_eq!(window.load(1), 0x5566_7788);
        assert_eq!(window.load(2), 0);
        assert_eq!(window.load(usize::MAX), 0);
    }

    #[test]
    fn a_part_must_lie_inside_on_word_boundaries() {
        let memory = Memory::new(16);
        let window = memory.window();
        assert!(window.part(0, 16).is_some());
        assert!(window.part(16, 0).is_some());
        assert_eq!(window.part(0, 20), None);
        assert_eq!(window.part(12, 8), None);
        assert_eq!(window.part(2, 4), None);
        assert_eq!(window.part(4, 6), None);
        assert_eq!(window.part(usize::MAX, 4), None);
    }

    #[test]
    fn bytes_are_cut_off_at_the_end_of_the_window() {
        let memory = Memory::new(16);
        let window = memory.window();
        assert_eq!(window.bytes(9, 7).len(), 7);
        assert_eq!(window.bytes(9, 8).len(), 7);
        assert_eq!(window.bytes(16, 1).len(), 0);
        assert_eq!(window.bytes(usize::MAX, usize::MAX).len(), 0);
    }

    proptest! {
        #[test]
        fn a_copy_out_returns_what_a_copy_in_left(
            offset in 0usize..9,
            data in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let memory = Memory::new(64);
            memory.window().bytes(0, 64).copy_from(&[0xA5; 64]);
            let span = memory.window().bytes(offset, data.len());
            prop_assert_eq!(span.copy_from(&data), data.len());

            let mut all = [0; 64];
            memory.window().bytes(0, 64).copy_to(&mut all);
            let end = offset + data.len();
            prop_assert_eq!(&all[offset..end], &data[..]);
            prop_assert!(all[..offset].iter().all(|&b| b == 0xA5));
            prop_assert!(all[end..].iter().all(|&b| b == 0xA5));

            let mut back = vec![0; data.len()];
            prop_assert_eq!(span.copy_to(&mut back), data.len());
            prop_assert_eq!(back, data);
        }
    }
}
