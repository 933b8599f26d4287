// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the soak knows of one client.

use crate::{CoreId, Puppet};
use ipcc_channel::Events;

/// Channels, all that the chip has.
pub(super) const CHANNELS: usize = 6;

/// The one that is not a stream.
pub(super) const BELL: u8 = 6;

/// The one that a single client of each core can have open.
pub(super) const EXCLUSIVE: u8 = 1;

/// What a client is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Open,
    Close,
    Read {
        len: usize,
        deadline: u32,
        /// The driver has said that it would not find nothing.
        must_succeed: bool,
    },
    Write {
        len: usize,
        deadline: u32,
    },
    Poll {
        interest: Events,
    },
    Cancel,
    Ring,
    Wait {
        deadline: u32,
    },
    Status,
    /// Dying, and coming back.
    Panic,
}

impl Doing {
    /// The deadline, of a call that has one.
    pub(super) fn deadline(self) -> Option<u32> {
        match self {
            Self::Read { deadline, .. }
            | Self::Write { deadline, .. }
            | Self::Wait { deadline } => Some(deadline),
            _ => None,
        }
    }

    /// Whether such a call, on an open channel, tells of the peer's restart.
    pub(super) fn tells_of_peer(self) -> bool {
        match self {
            Self::Read { len, .. } | Self::Write { len, .. } => len > 0,
            Self::Poll { .. } | Self::Ring | Self::Wait { .. } => true,
            _ => false,
        }
    }
}

/// A call of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) channel: u8,
    pub(super) doing: Doing,
    /// The cycle at which it began.
    pub(super) began: u64,
}

/// Whether a client has to be told that the peer has restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum News {
    /// No: nothing has happened, or it has been told.
    #[default]
    None,
    /// It had the channel open at about the time.
    Maybe,
    /// It had the channel open.
    Due,
}

/// One client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) puppet: Puppet,
    pub(super) call: Option<Call>,
    /// Opens not yet closed, by channel.
    pub(super) opens: [u32; CHANNELS],
    pub(super) news: [News; CHANNELS],
    /// Crashes of its driver that it knows of, unless it has just started.
    pub(super) known_crashes: Option<u32>,
    /// It is to die when it is in no call any more.
    pub(super) must_die: bool,
    /// It has been made to die.
    pub(super) is_doomed: bool,
    /// A read that has to follow a poll.
    pub(super) next_read: Option<u8>,
    /// It waits for a post on this channel, having seen so many.
    pub(super) awaits: Option<(u8, u32)>,
    /// The posts it had seen when its last call began.
    pub(super) posts_before: u32,
    /// The tick at which it started.
    pub(super) life: u32,
}

impl Client {
    pub(super) fn new(puppet: Puppet, life: u32) -> Self {
        Self {
            puppet,
            call: None,
            opens: [0; CHANNELS],
            news: [News::None; CHANNELS],
            known_crashes: None,
            must_die: false,
            is_doomed: false,
            next_read: None,
            awaits: None,
            posts_before: 0,
            life,
        }
    }

    /// Where it runs.
    pub(super) fn core(&self) -> CoreId {
        self.puppet.core
    }

    /// Whether it can be told to do something.
    pub(super) fn is_idle(&self) -> bool {
        self.call.is_none() && !self.is_doomed
    }

    /// Whether it is in a call on a channel for which `is_so`.
    pub(super) fn is_in(
        &self,
        channel: u8,
        is_so: impl Fn(Doing) -> bool,
    ) -> bool {
        self.call
            .is_some_and(|c| c.channel == channel && is_so(c.doing))
    }

    /// Whether it has a channel open, or may have.
    pub(super) fn may_have_open(&self, channel: u8) -> bool {
        let changes = |doing| matches!(doing, Doing::Open | Doing::Close);
        self.opens[index(channel)] > 0
            || self.is_in(channel, changes)
            || self.is_doomed
    }

    /// Notes that nothing is open any more.
    pub(super) fn forget_opens(&mut self) {
        self.opens = [0; CHANNELS];
        self.news = [News::None; CHANNELS];
        self.next_read = None;
        self.awaits = None;
    }

    /// Whether it reads a stream, or is going to.
    pub(super) fn reads(&self, channel: u8) -> bool {
        self.is_in(channel, |doing| matches!(doing, Doing::Read { .. }))
            || self.next_read == Some(channel)
            || self.awaits.is_some_and(|(awaited, _)| awaited == channel)
    }

    /// Whether it writes a stream.
    pub(super) fn writes(&self, channel: u8) -> bool {
        self.is_in(channel, |doing| matches!(doing, Doing::Write { .. }))
    }
}

/// The place of a channel in an array.
pub(super) fn index(channel: u8) -> usize {
    usize::from(channel) - 1
}
