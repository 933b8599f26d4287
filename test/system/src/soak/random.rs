// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Choices that follow from a seed.

/// Spreads each bit over all (the finaliser of SplitMix64).
pub(super) fn hash(x: u64) -> u64 {
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

/// A source of choices.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(hash(seed))
    }

    /// A number below `limit`, which is small.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        hash(self.0) % limit
    }

    /// Whether one chance in `n` has come true.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A length of a call: often one at which something might change.
    pub(super) fn len(&mut self, max: usize) -> usize {
        let max = max as u64;
        let len = match self.below(16) {
            0 => 0,
            1..=4 => 1 + self.below(8),
            5..=8 => 250 + self.below(6),
            9 => max - self.below(4),
            10 => self.below(max),
            _ => 10 + self.below(60),
        };
        len.min(max) as usize
    }
}
