// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who calls, and what dies with them.

use crate::config::{ChannelConfig, Kind};
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::line::{Life, Line, Waiter};
use crate::server::Server;
use abi::TaskId;
use ipcc_channel::Controller;

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

    /// Lets go of a client that waits no more, which makes way for the next in
    /// its queue. What it holds is released by the end of the operation: to do
    /// that here, in the middle of moving bytes, would be recursive.
    pub(crate) fn forsake(&mut self, client: usize) {
        let _ = self.take_call(client);
        self.state.clients[client].is_gone = true;
    }

    /// Releases everything a dead client held.
    pub(crate) fn bury(&mut self, client: usize) {
        let id = self.state.clients[client].id;
        let _ = self.take_call(client);
        self.state.clients[client].is_gone = false;
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
}
