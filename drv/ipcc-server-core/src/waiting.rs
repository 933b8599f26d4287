// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who waits, and how the waiting ends.

use crate::calls::Call;
use crate::config::Kind;
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::line::Waiter;
use crate::server::Server;
use ipcc_channel::Controller;

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

impl<C, K, const N: usize, const T: usize, const W: usize>
    Server<'_, C, K, N, T, W>
where
    C: Controller,
    K: Kernel,
{
    /// Answers a client's call.
    pub(crate) fn answer(&mut self, client: usize, answer: Result<u32, Error>) {
        let Some(call) = self.take_call(client) else {
            return;
        };
        if let Err(error) = answer {
            let number = self.config(call.line).number;
            self.kernel.record(Event::Failed(number, error));
        }
        if self.current == Some(client) {
            self.answer = Some(answer);
        } else {
            let counts = self.config(call.line).kind == Kind::Stream;
            let answer = answer.map(|n| counts.then_some(n));
            self.kernel.reply(self.state.clients[client].id, answer);
        }
    }

    /// Ends all calls on a channel.
    pub(crate) fn end_calls(
        &mut self,
        index: usize,
        with: impl Fn(Call) -> Result<u32, Error>,
    ) {
        for client in 0..T {
            if let Some(call) = self.state.clients[client].call
                && call.line == index
            {
                self.answer(client, with(call));
            }
        }
    }

    /// Tells everybody who waits in a poll on a channel to look for
    /// themselves.
    pub(crate) fn post_all(&mut self, index: usize) {
        self.post_waiters(index, |_| true);
    }

    /// Tells those waiters on a channel that `is_due` picks.
    pub(crate) fn post_waiters(
        &mut self,
        index: usize,
        is_due: impl Fn(Waiter) -> bool,
    ) {
        let number = self.config(index).number;
        for slot in &mut self.state.lines[index].waiters {
            if let Some(waiter) = *slot
                && is_due(waiter)
            {
                *slot = None;
                let client = &mut self.state.clients[waiter.client];
                if self.kernel.post(client.id, waiter.notification) {
                    self.kernel.record(Event::Posted(number, client.id));
                } else {
                    client.is_gone = true;
                }
            }
        }
    }
}
