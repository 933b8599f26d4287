// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls that wait for their answer.

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
    /// Calls are served in the order they came.
    pub(crate) turn: u32,
}

impl Call {
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
