// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A limit on how often a misbehaving peer may interrupt us.
//!
//! A peer that sends well-formed messages cannot flood us: each takes room in
//! the rx buffer or the wish of a reader, and without either its channel is
//! masked. A peer that raises its flag without a message costs us an
//! interrupt each time, and could do so for ever.

/// Nonsense tolerated within [`WINDOW`] before a channel is muted.
const LIMIT: u8 = 8;

/// Ticks over which nonsense is counted.
const WINDOW: u64 = 10;

/// Ticks for which a channel is then not listened to.
const MUTE: u64 = 20;

/// Nonsense received on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storm {
    since: u64,
    count: u8,
    muted_until: Option<u64>,
}

impl Storm {
    /// No nonsense so far.
    pub(crate) const CALM: Self = Self {
        since: 0,
        count: 0,
        muted_until: None,
    };

    /// Notes one more piece of nonsense. Returns whether it was one too many:
    /// the channel is now muted.
    pub(crate) fn note(&mut self, now: u64) -> bool {
        if now.wrapping_sub(self.since) >= WINDOW {
            self.since = now;
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        if self.count < LIMIT {
            return false;
        }
        self.count = 0;
        self.muted_until = Some(now.wrapping_add(MUTE));
        true
    }

    /// Whether the channel is not listened to.
    pub(crate) fn is_muted(&self) -> bool {
        self.muted_until.is_some()
    }

    /// When the channel is to be listened to again, if it is muted.
    pub(crate) fn muted_until(&self) -> Option<u64> {
        self.muted_until
    }

    /// Listens again if it is time. Returns whether that changed anything.
    pub(crate) fn unmute(&mut self, now: u64) -> bool {
        let is_due = self.muted_until.is_some_and(|until| until <= now);
        if is_due {
            *self = Self::CALM;
        }
        is_due
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_flood_is_muted_and_listened_to_again() {
        let mut storm = Storm::CALM;
        for _ in 1..LIMIT {
            assert!(!storm.note(100));
        }
        assert!(storm.note(100));
        assert_eq!(storm.muted_until(), Some(100 + MUTE));
        assert!(!storm.unmute(100 + MUTE - 1));
        assert!(storm.unmute(100 + MUTE));
        assert_eq!(storm.muted_until(), None);
    }

    #[test]
    fn rare_nonsense_is_never_muted() {
        let mut storm = Storm::CALM;
        for i in 0..1000 {
            assert!(!storm.note(i * WINDOW / 2));
        }
    }
}
