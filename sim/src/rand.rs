// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A small generator (PCG XSH RR 64/32) that is the same on every host.

/// Pseudo-random numbers from a seed.
#[derive(Clone, Debug)]
pub(crate) struct Rand {
    state: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

impl Rand {
    pub fn new(seed: u64) -> Self {
        let mut rand = Rand {
            state: seed.wrapping_add(INCREMENT),
        };
        rand.next_u32();
        rand
    }

    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        let shifted = (((old >> 18) ^ old) >> 27) as u32;
        shifted.rotate_right((old >> 59) as u32)
    }

    /// A number in `low..=high`.
    pub fn in_range(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high - low) + 1;
        low + ((u64::from(self.next_u32()) * span) >> 32) as u32
    }
}
