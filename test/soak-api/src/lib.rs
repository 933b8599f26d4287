// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the soak tasks and the host agree on: the contents of the streams,
//! and the variables by which each task tells how far it is.
//!
//! A soak sends one stream over each channel in each direction. Its bytes
//! follow from the seed, so whoever reads them can tell whether they are
//! right without having seen the writer's.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// Channels in use.
pub const CHANNELS: usize = 6;

/// Streams: each channel has one from CPU1 and one from CPU2.
pub const STREAMS: usize = 2 * CHANNELS;

/// Symbol of the seed, a constant that the host fills in.
pub const SEED: &str = "SOAK_SEED";

/// Symbol of the [`phase`], which the host sets.
pub const PHASE: &str = "SOAK_PHASE";

/// Symbol of the bytes that the task has written, by stream.
pub const WRITTEN: &str = "SOAK_WRITTEN";

/// Symbol of the bytes that the task has read, by stream.
pub const READ: &str = "SOAK_READ";

/// Symbol of a [`failure`], 4 words; all 0 while there is none.
pub const FAILURE: &str = "SOAK_FAILURE";

/// Symbol of the channels' states, which a task fills in at the end.
pub const STATES: &str = "SOAK_STATES";

/// Symbol of a word that is 1 once they are filled in.
pub const IS_REPORTED: &str = "SOAK_IS_REPORTED";

/// How far the soak is.
pub mod phase {
    /// Everybody writes and reads.
    pub const TRAFFIC: u32 = 0;
    /// Nobody writes any more.
    pub const DRAIN: u32 = 1;
    /// A task of each core tells the state of all channels.
    pub const REPORT: u32 = 2;
}

/// What can go wrong: the first word of the failure. The others are given
/// with each.
pub mod failure {
    /// A byte that was not written there: stream, position, byte.
    pub const WRONG_BYTE: u32 = 1;
    /// A call that should not fail: channel, error, 0.
    pub const WRONG_ANSWER: u32 = 2;
    /// A poll said that a call would succeed, and it did not: channel, events
    /// asked for, 0.
    pub const WRONG_POLL: u32 = 3;
}

/// The number of the stream on a channel, from 1, in one direction.
pub const fn stream(channel: u8, is_from_cpu2: bool) -> usize {
    (channel as usize - 1) * 2 + is_from_cpu2 as usize
}

/// The byte at a position of a stream.
pub const fn byte(seed: u32, stream: usize, position: u32) -> u8 {
    let key = hash(seed ^ (stream as u32).wrapping_mul(0x9E37_79B9));
    (hash(key ^ position) >> 24) as u8
}

/// Spreads each bit over all.
const fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ x >> 16
}

/// Choices that follow from a seed.
#[derive(Clone, Debug)]
pub struct Random(u32);

impl Random {
    /// The choices of one party under a seed.
    pub const fn new(seed: u32, party: u32) -> Self {
        // Any state but 0 will do.
        Self(hash(hash(seed).wrapping_add(party)) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (u64::from(self.0) * u64::from(limit) >> 32) as u32
    }

    /// Whether one chance in `n` has come true.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// A length of a call, from 1 to `max`: often one at which something
    /// might change.
    pub fn len(&mut self, max: usize) -> usize {
        let max = max as u32;
        let len = match self.below(4) {
            0 => 1 + self.below(8),
            1 => 250 + self.below(6),
            2 => max - self.below(4),
            _ => 1 + self.below(max),
        };
        len.min(max) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_streams_are_alike() {
        let mut seen = HashSet::new();
        for seed in 0..20 {
            for stream in 0..STREAMS {
                let start: Vec<u8> =
                    (0..16).map(|at| byte(seed, stream, at)).collect();
                assert!(seen.insert(start));
            }
        }
    }

    #[test]
    fn a_stream_does_not_repeat_itself_soon() {
        let window =
            |at| -> Vec<u8> { (at..at + 8).map(|at| byte(1, 0, at)).collect() };
        let seen: HashSet<_> = (0..10_000).map(window).collect();
        assert_eq!(seen.len(), 10_000);
    }

    #[test]
    fn each_channel_has_two_streams() {
        let mut streams: Vec<_> = (1..=CHANNELS as u8)
            .flat_map(|n| [stream(n, false), stream(n, true)])
            .collect();
        streams.sort_unstable();
        assert_eq!(streams, (0..STREAMS).collect::<Vec<_>>());
    }

    #[test]
    fn lengths_are_within_bounds_and_reach_them() {
        let mut random = Random::new(1, 2);
        let lengths: HashSet<_> =
            (0..10_000).map(|_| random.len(700)).collect();
        assert!(lengths.iter().all(|len| (1..=700).contains(len)));
        for edge in [1, 251, 252, 253, 700] {
            assert!(lengths.contains(&edge));
        }
    }
}
