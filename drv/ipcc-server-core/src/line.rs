// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One channel with everybody who uses it.

use crate::calls::{Queue, Wait};
use crate::storm::Storm;
use ipcc_channel::{Channel, Events};

/// Where a channel is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    /// Can be opened and used.
    #[default]
    Open,
    /// Shut down, but somebody has not closed it yet.
    Closing,
    /// Shut down for good.
    Closed,
}

/// What one client has of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Opens not yet closed.
    pub(crate) count: u8,
    /// The peer restarted, and the client has not been told.
    pub(crate) owes_restart: bool,
}

impl Open {
    pub(crate) const NONE: Self = Self {
        count: 0,
        owes_restart: false,
    };
}

/// A client that wants to be told when a channel is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter {
    /// Index of the client.
    pub(crate) client: usize,
    pub(crate) interest: Events,
    /// The client's own notification bits.
    pub(crate) notification: u32,
}

/// One channel with everybody who uses it: `T` clients at most, `W` of them
/// waiting in a poll.
#[derive(Debug)]
pub(crate) struct Line<'a, const T: usize, const W: usize> {
    pub(crate) channel: Channel<'a>,
    pub(crate) life: Life,
    pub(crate) opens: [Open; T],
    pub(crate) waiters: [Option<Waiter>; W],
    /// Calls waiting for data or a ring.
    pub(crate) readers: Queue,
    /// Calls waiting for room.
    pub(crate) writers: Queue,
    pub(crate) storm: Storm,
    /// Our ring found the last one not seen yet.
    pub(crate) owes_ring: bool,
    /// The peer may ring to make us look at the control block, which we have
    /// done meanwhile.
    pub(crate) expects_knock: bool,
}

impl<const T: usize, const W: usize> Line<'_, T, W> {
    /// A channel without buffers that nobody uses.
    pub(crate) const EMPTY: Self = Self {
        channel: Channel::EMPTY,
        life: Life::Open,
        opens: [Open::NONE; T],
        waiters: [None; W],
        readers: Queue::EMPTY,
        writers: Queue::EMPTY,
        storm: Storm::CALM,
        owes_ring: false,
        expects_knock: false,
    };

    pub(crate) fn queue_mut(&mut self, wait: Wait) -> &mut Queue {
        match wait {
            Wait::Incoming => &mut self.readers,
            Wait::Outgoing => &mut self.writers,
        }
    }

    /// Opens not yet closed, over all clients.
    pub(crate) fn open_count(&self) -> u32 {
        self.opens.iter().map(|open| u32::from(open.count)).sum()
    }

    /// Whether anybody has it open.
    pub(crate) fn is_open(&self) -> bool {
        self.opens.iter().any(|open| open.count > 0)
    }

    /// Everything that some waiter wants.
    pub(crate) fn wanted(&self) -> Events {
        self.waiters
            .iter()
            .flatten()
            .fold(Events::empty(), |all, waiter| all | waiter.interest)
    }

    /// Removes what `client` waits for.
    pub(crate) fn remove_waiter(&mut self, client: usize) {
        for waiter in &mut self.waiters {
            if waiter.is_some_and(|waiter| waiter.client == client) {
                *waiter = None;
            }
        }
    }
}
