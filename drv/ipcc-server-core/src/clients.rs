// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who calls, and what dies with them.

use crate::calls::Call;
use crate::config::{ChannelConfig, Kind};
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::line::{Life, Line, Waiter};
use crate::server::Server;
use abi::TaskId;
use ipcc_channel::Controller;

/// One task that may call us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// The task's index, which never changes.
    pub(crate) task: u16,
    /// The id it called with last; another generation is another client.
    pub(crate) id: TaskId,
    /// The call it waits in.
    pub(crate) call: Option<Call>,
}

impl Client {
    /// A task that has not called yet.
    pub(crate) const UNKNOWN: Self = Self {
        task: 0,
        id: TaskId::UNBOUND,
        call: None,
    };
}

impl<'a, C, K, const N: usize, const T: usize, const W: usize>
    Server<'a, C, K, N, T, W>
where
    C: Controller,
    K: Kernel,
{
    pub(crate) fn config(&self, index: usize) -> &ChannelConfig {
        &self.config[index]
    }

    pub(crate) fn line(&self, index: usize) -> &Line<'a, T, W> {
        &self.state.lines[index]
    }

    pub(crate) fn line_mut(&mut self, index: usize) -> &mut Line<'a, T, W> {
        &mut self.state.lines[index]
    }

    pub(crate) fn index_of(&self, number: u8) -> Option<usize> {
        self.config.iter().position(|c| c.number == number)
    }

    /// Finds the caller's row and the channel's index.
    ///
    /// A caller that has restarted since its last call is a new client: what
    /// its former life left behind is cleared away first.
    pub(crate) fn admit(
        &mut self,
        caller: TaskId,
        number: u8,
    ) -> Result<(usize, usize), Error> {
        let client = self
            .state
            .clients
            .iter()
            .position(|c| usize::from(c.task) == caller.index())
            .ok_or(Error::Unlisted)?;
        if self.state.clients[client].id != caller {
            self.bury(client);
            self.state.clients[client].id = caller;
        }
        let index = self.index_of(number).ok_or(Error::NoSuchChannel)?;
        if self.config(index).clients & (1 << client) == 0 {
            return Err(Error::AccessDenied);
        }
        Ok((client, index))
    }

    /// As [`Server::admit`], for a caller that must have the channel open and
    /// be told if that is not worth anything any more.
    pub(crate) fn opened(
        &mut self,
        caller: TaskId,
        number: u8,
    ) -> Result<(usize, usize), Error> {
        let (client, index) = self.admit(caller, number)?;
        if !self.has_open(client, index) {
            return Err(Error::NotOpen);
        }
        if self.line(index).life != Life::Open {
            return Err(Error::Closed);
        }
        let open = &mut self.state.lines[index].opens[client];
        if core::mem::take(&mut open.owes_restart) {
            return Err(Error::PeerRestarted);
        }
        if self.is_mismatched() {
            return Err(Error::GeometryMismatch);
        }
        Ok((client, index))
    }

    /// As [`Server::opened`], for an operation on one kind of channel.
    pub(crate) fn user(
        &mut self,
        caller: TaskId,
        number: u8,
        kind: Kind,
    ) -> Result<(usize, usize), Error> {
        let (client, index) = self.opened(caller, number)?;
        if self.config(index).kind != kind {
            return Err(Error::WrongKind);
        }
        Ok((client, index))
    }

    pub(crate) fn has_open(&self, client: usize, index: usize) -> bool {
        self.state.lines[index].opens[client].count > 0
    }

    /// Releases everything a dead client held.
    pub(crate) fn bury(&mut self, client: usize) {
        let id = self.state.clients[client].id;
        self.state.clients[client].call = None;
        for index in 0..N {
            let line = &mut self.state.lines[index];
            line.remove_waiter(client);
            let open = core::mem::take(&mut line.opens[client]);
            if open.count > 0 {
                let number = self.config(index).number;
                self.kernel.record(Event::Close(number, id));
                self.closed(index);
            }
        }
    }

    /// Releases what other users of a channel hold if they have restarted
    /// since, which they have had no reason to tell us.
    pub(crate) fn bury_other_users(&mut self, client: usize, index: usize) {
        for other in 0..T {
            if other != client && self.has_open(other, index) {
                self.bury_if_dead(other);
            }
        }
    }

    /// Releases what a client holds if it has restarted since. Returns
    /// whether it had.
    fn bury_if_dead(&mut self, client: usize) -> bool {
        let id = self.state.clients[client].id;
        let is_dead = self.kernel.current_id(id) != id;
        if is_dead {
            self.bury(client);
        }
        is_dead
    }

    /// Follows a close: the last one lets go of the channel.
    pub(crate) fn closed(&mut self, index: usize) {
        let line = &mut self.state.lines[index];
        if !line.is_open() && line.life == Life::Closing {
            line.channel.discard(&mut self.controller);
            line.owes_ring = false;
            line.life = if self.config[index].is_reopenable {
                Life::Open
            } else {
                Life::Closed
            };
        }
        self.progress(index);
    }

    /// Remembers a waiter.
    pub(crate) fn add_waiter(
        &mut self,
        index: usize,
        waiter: Waiter,
    ) -> Result<(), Error> {
        if self.state.lines[index].waiters.iter().all(Option::is_some) {
            for slot in 0..W {
                if let Some(waiter) = self.state.lines[index].waiters[slot] {
                    self.bury_if_dead(waiter.client);
                }
            }
        }
        let free = self.state.lines[index]
            .waiters
            .iter_mut()
            .find(|w| w.is_none());
        *free.ok_or(Error::TooManyWaiters)? = Some(waiter);
        Ok(())
    }

    pub(crate) fn take_call(&mut self, client: usize) -> Option<Call> {
        self.state.clients.get_mut(client)?.call.take()
    }

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
                let id = self.state.clients[waiter.client].id;
                if self.kernel.post(id, waiter.notification) {
                    self.kernel.record(Event::Posted(number, id));
                }
            }
        }
    }
}
