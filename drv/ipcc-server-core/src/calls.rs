// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls that wait for their answer.
//!
//! A call is remembered in its client's row. Those that wait for the same
//! thing form a queue through the rows, which is served from the front: in
//! the order in which they came.

use crate::error::Error;

/// What a call that may have to wait came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answer the client with this.
    Now(Result<u32, Error>),
    /// Say nothing: the call is answered later, or the client is gone.
    Later,
}

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// At least one byte to read, or a ring.
    Incoming,
    /// The whole lease to be written.
    Outgoing,
}

/// A call that is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Index of the channel.
    pub(crate) line: usize,
    pub(crate) wait: Wait,
    /// Bytes of the client's lease.
    pub(crate) len: usize,
    /// Bytes of it already on their way.
    pub(crate) done: usize,
    /// When to give up, in ticks.
    pub(crate) deadline: Option<u64>,
    /// The client behind this one in the queue.
    pub(crate) next: Option<u8>,
}

impl Call {
    pub(crate) fn new(
        line: usize,
        wait: Wait,
        len: usize,
        deadline: Option<u64>,
    ) -> Self {
        Self {
            line,
            wait,
            len,
            done: 0,
            deadline,
            next: None,
        }
    }

    /// What to answer when nothing more is going to happen: how much was
    /// moved, or that nothing was.
    pub(crate) fn give_up(&self, nothing: Error) -> Result<u32, Error> {
        if self.done > 0 {
            Ok(self.done as u32)
        } else {
            Err(nothing)
        }
    }
}

/// The clients who wait for one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) first: Option<u8>,
    pub(crate) last: Option<u8>,
}

impl Queue {
    /// Nobody.
    pub(crate) const EMPTY: Self = Self {
        first: None,
        last: None,
    };

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The client whose turn it is.
    pub(crate) fn front(&self) -> Option<usize> {
        self.first.map(usize::from)
    }
}
