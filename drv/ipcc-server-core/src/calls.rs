// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls that wait for their answer.
//!
//! A call is remembered in its client's row. Those that wait for the same
//! thing form a queue through the rows, which is served from the front: in
//! the order in which they came.

use crate::error::Error;
use crate::server::Server;

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
    next: Option<u8>,
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
    first: Option<u8>,
    last: Option<u8>,
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
    pub(crate) fn first(&self) -> Option<usize> {
        self.first.map(usize::from)
    }
}

impl<C, K, const N: usize, const T: usize, const W: usize>
    Server<'_, C, K, N, T, W>
{
    /// Puts a client's call at the end of its queue.
    pub(crate) fn enqueue(&mut self, client: usize, call: Call) {
        self.is_alarm_stale |= call.deadline.is_some();
        let queue = self.state.lines[call.line].queue_mut(call.wait);
        let behind = queue.last.replace(client as u8);
        if behind.is_none() {
            queue.first = Some(client as u8);
        }
        self.state.clients[client].call = Some(call);
        if let Some(call) = behind.and_then(|last| self.call_mut(last)) {
            call.next = Some(client as u8);
        }
    }

    /// Takes a client's call out of its queue.
    pub(crate) fn take_call(&mut self, client: usize) -> Option<Call> {
        let call = self.state.clients[client].call.take()?;
        self.is_alarm_stale |= call.deadline.is_some();
        let queue = *self.state.lines[call.line].queue_mut(call.wait);
        let mut before = None;
        let mut at = queue.first;
        while let Some(other) = at
            && usize::from(other) != client
        {
            before = at;
            at = self.call_mut(other).and_then(|call| call.next);
        }
        if let Some(call_before) = before.and_then(|b| self.call_mut(b)) {
            call_before.next = call.next;
        }
        let queue = self.state.lines[call.line].queue_mut(call.wait);
        if before.is_none() {
            queue.first = call.next;
        }
        if call.next.is_none() {
            queue.last = before;
        }
        Some(call)
    }

    fn call_mut(&mut self, client: u8) -> Option<&mut Call> {
        self.state.clients[usize::from(client)].call.as_mut()
    }
}
