// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Bytes on their way from one place to another.

/// A queue of bytes in one piece.
pub struct Buffer<const N: usize> {
    memory: [u8; N],
    start: usize,
    end: usize,
}

impl<const N: usize> Buffer<N> {
    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            memory: [0; N],
            start: 0,
            end: 0,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether there is no more space.
    pub fn is_full(&self) -> bool {
        self.end == N
    }

    /// The bytes, oldest first.
    pub fn bytes(&self) -> &[u8] {
        self.memory.get(self.start..self.end).unwrap_or_default()
    }

    /// Forgets the `n` oldest bytes.
    pub fn taken(&mut self, n: usize) {
        self.start = self.end.min(self.start + n);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Where more bytes can be put.
    pub fn space(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.end..).unwrap_or_default()
    }

    /// Takes note that `n` bytes were put there.
    pub fn filled(&mut self, n: usize) {
        self.end = N.min(self.end + n);
    }
}
