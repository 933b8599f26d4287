// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The operations that clients call.

use crate::calls::{Call, Outcome, Wait};
use crate::client::Client;
use crate::config::{ChannelConfig, Kind};
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::line::{Life, Line, Waiter};
use abi::TaskId;
use ipcc_channel::{
    Channel, ChannelStatus, Controller, Events, Flags, Sessions,
};

/// The deadline of a call that waits for ever, in milliseconds.
pub const FOR_EVER: u32 = u32::MAX;

/// The memory of a server. It is a type of its own so that it can be a static:
/// on the stack it would be there twice while it is being made.
#[derive(Debug)]
pub struct State<'a, const N: usize, const T: usize, const W: usize> {
    pub(crate) lines: [Line<'a, T, W>; N],
    pub(crate) clients: [Client; T],
}

impl<const N: usize, const T: usize, const W: usize> State<'_, N, T, W> {
    /// The state before anything has happened.
    pub const EMPTY: Self = Self {
        lines: [Line::EMPTY; N],
        clients: [Client::UNKNOWN; T],
    };
}

/// The server: `N` channels, `T` tasks that may call it, and per channel `W`
/// of them waiting in a poll.
#[derive(Debug)]
pub struct Server<'a, C, K, const N: usize, const T: usize, const W: usize> {
    pub(crate) controller: C,
    pub(crate) kernel: K,
    pub(crate) sessions: Option<Sessions>,
    pub(crate) config: &'static [ChannelConfig; N],
    pub(crate) state: &'a mut State<'a, N, T, W>,
    /// The client whose call is being handled; its answer is returned
    /// instead of sent.
    pub(crate) current: Option<usize>,
    pub(crate) answer: Option<Result<u32, Error>>,
    /// The peer asked us to look at the control block.
    pub(crate) is_look_due: bool,
    pub(crate) alarm: Option<u64>,
    /// The alarm may have to be another one.
    pub(crate) is_alarm_stale: bool,
}

impl<'a, C, K, const N: usize, const T: usize, const W: usize>
    Server<'a, C, K, N, T, W>
where
    C: Controller,
    K: Kernel,
{
    /// A server over channels that nobody has open.
    ///
    /// `tasks` are the indices of the tasks that may call us, in the order
    /// of [`ChannelConfig::clients`]; `buffers` hands out the rx and tx buffer
    /// of each channel by its index.
    pub fn new(
        controller: C,
        kernel: K,
        sessions: Option<Sessions>,
        config: &'static [ChannelConfig; N],
        tasks: &[u16; T],
        state: &'a mut State<'a, N, T, W>,
        mut buffers: impl FnMut(usize) -> (&'a mut [u8], &'a mut [u8]),
    ) -> Self {
        for (index, line) in state.lines.iter_mut().enumerate() {
            let (rx, tx) = buffers(index);
            line.channel = Channel::new(index, rx, tx);
        }
        for (client, task) in state.clients.iter_mut().zip(tasks) {
            client.task = *task;
        }
        let mut server = Self {
            controller,
            kernel,
            sessions,
            config,
            state,
            current: None,
            answer: None,
            is_look_due: false,
            alarm: None,
            is_alarm_stale: false,
        };
        server.begin_session();
        server
    }

    /// The controller, for what only its owner can say.
    pub fn controller(&self) -> &C {
        &self.controller
    }

    /// Opens channel `number` for the caller. Each open wants a close.
    ///
    /// # Errors
    ///
    /// `NoSuchChannel`, `AccessDenied`, `Busy`, `Closed`.
    pub fn open(&mut self, caller: TaskId, number: u8) -> Result<(), Error> {
        self.operation(number, |this| {
            let (client, index) = this.admit(caller, number)?;
            let is_exclusive = this.config(index).is_exclusive;
            if is_exclusive || this.line(index).life == Life::Closing {
                this.bury_other_users(client, index);
            }
            let line = this.line_mut(index);
            if line.life != Life::Open {
                return Err(Error::Closed);
            }
            let mut others = (0..T).filter(|other| *other != client);
            if is_exclusive && others.any(|other| line.opens[other].count > 0) {
                return Err(Error::Busy);
            }
            let count = &mut line.opens[client].count;
            *count = count.checked_add(1).ok_or(Error::Busy)?;
            this.kernel.record(Event::Open(number, caller));
            // What came before anybody was interested is found now.
            this.progress(index);
            Ok(())
        })
    }

    /// Takes back one open. The last close of a channel by its last user
    /// leaves what was received in its place for the next user, and what was
    /// written goes on its way; unless the channel is shut down.
    ///
    /// # Errors
    ///
    /// `NoSuchChannel`, `AccessDenied`, `NotOpen`.
    pub fn close(&mut self, caller: TaskId, number: u8) -> Result<(), Error> {
        self.operation(number, |this| {
            let (client, index) = this.admit(caller, number)?;
            let line = this.line_mut(index);
            let open = &mut line.opens[client];
            open.count = open.count.checked_sub(1).ok_or(Error::NotOpen)?;
            if open.count == 0 {
                open.owes_restart = false;
                line.remove_waiter(client);
            }
            this.kernel.record(Event::Close(number, caller));
            this.closed(index);
            Ok(())
        })
    }

    /// Reads up to `len` bytes into the caller's lease: what is there, and at
    /// least one byte, for which the call waits up to `deadline_ms`.
    ///
    /// Reading no bytes moves none and does not wait.
    pub fn read(
        &mut self,
        caller: TaskId,
        number: u8,
        len: usize,
        deadline_ms: u32,
    ) -> Outcome {
        self.transfer(caller, number, Wait::Incoming, len, deadline_ms)
    }

    /// Writes the caller's lease of `len` bytes: all of it, for which the
    /// call waits up to `deadline_ms`, or as much as it came to.
    ///
    /// Writing no bytes sends nothing and does not wait.
    pub fn write(
        &mut self,
        caller: TaskId,
        number: u8,
        len: usize,
        deadline_ms: u32,
    ) -> Outcome {
        self.transfer(caller, number, Wait::Outgoing, len, deadline_ms)
    }

    fn transfer(
        &mut self,
        caller: TaskId,
        number: u8,
        wait: Wait,
        len: usize,
        deadline_ms: u32,
    ) -> Outcome {
        let outcome = self.operation(number, |this| {
            let (client, index) = this.user(caller, number, Kind::Stream)?;
            Ok(match len {
                0 => Outcome::Now(Ok(0)),
                _ => this.begin(client, index, wait, len, deadline_ms),
            })
        });
        outcome.unwrap_or_else(|error| Outcome::Now(Err(error)))
    }

    /// Waits up to `deadline_ms` until the peer has rung, and takes note of
    /// it: the peer can ring again.
    pub fn wait(
        &mut self,
        caller: TaskId,
        number: u8,
        deadline_ms: u32,
    ) -> Outcome {
        let outcome = self.operation(number, |this| {
            let (client, index) = this.user(caller, number, Kind::Doorbell)?;
            Ok(this.begin(client, index, Wait::Incoming, 0, deadline_ms))
        });
        outcome.unwrap_or_else(|error| Outcome::Now(Err(error)))
    }

    /// Rings. If the peer has not seen the last ring yet, it is rung again as
    /// soon as it has.
    ///
    /// # Errors
    ///
    /// Those of any use of an open channel.
    pub fn ring(&mut self, caller: TaskId, number: u8) -> Result<(), Error> {
        self.operation(number, |this| {
            let (_, index) = this.user(caller, number, Kind::Doorbell)?;
            this.line_mut(index).owes_ring = true;
            this.progress(index);
            Ok(())
        })
    }

    /// Tells which of `interest` hold. If none does, posts `notification` to
    /// the caller once, as soon as one does; unless that is 0.
    ///
    /// # Errors
    ///
    /// Those of any use of an open channel; `BadArgument`, `TooManyWaiters`.
    pub fn poll(
        &mut self,
        caller: TaskId,
        number: u8,
        interest: u32,
        notification: u32,
    ) -> Result<Events, Error> {
        self.operation(number, |this| {
            let interest =
                Events::from_bits(interest).ok_or(Error::BadArgument)?;
            let (client, index) = this.opened(caller, number)?;
            this.heed_knock(index);
            let ready = this.level(index) & interest;
            if notification != 0 {
                // A second poll replaces the first.
                this.line_mut(index).remove_waiter(client);
                if ready.is_empty() {
                    let waiter = Waiter {
                        client,
                        interest,
                        notification,
                    };
                    this.add_waiter(index, waiter)?;
                }
                this.listen(index);
            }
            Ok(ready)
        })
    }

    /// Takes back the caller's poll. A notification may have been posted
    /// already.
    ///
    /// # Errors
    ///
    /// `NoSuchChannel`, `AccessDenied`, `NotOpen`.
    pub fn poll_cancel(
        &mut self,
        caller: TaskId,
        number: u8,
    ) -> Result<(), Error> {
        self.operation(number, |this| {
            let (client, index) = this.admit(caller, number)?;
            if !this.has_open(client, index) {
                return Err(Error::NotOpen);
            }
            this.line_mut(index).remove_waiter(client);
            this.listen(index);
            Ok(())
        })
    }

    /// Shuts the channel down: waiting calls end, nobody can use it or open
    /// it any more, and once its users have closed it, what it held is thrown
    /// away and the peer is not held off by it.
    ///
    /// # Errors
    ///
    /// Those of any use of an open channel.
    pub fn shutdown(
        &mut self,
        caller: TaskId,
        number: u8,
    ) -> Result<(), Error> {
        self.operation(number, |this| {
            let (_, index) = this.opened(caller, number)?;
            this.kernel.record(Event::Shutdown(number));
            this.line_mut(index).life = Life::Closing;
            this.end_calls(index, |call| call.give_up(Error::Closed));
            this.post_all(index);
            this.listen(index);
            Ok(())
        })
    }

    /// Everything there is to know about channel `number`. Open to all.
    ///
    /// # Errors
    ///
    /// `NoSuchChannel`.
    pub fn status(&self, number: u8) -> Result<ChannelStatus, Error> {
        let index = self.index_of(number).ok_or(Error::NoSuchChannel)?;
        let line = self.line(index);
        let unmasked = self.listen_for(index);
        let sessions = self.sessions.as_ref();
        let peer_session = sessions.and_then(Sessions::peer);
        let mut flags = Flags::empty();
        flags.set(Flags::RX_OCCUPIED, self.controller.is_occupied(index));
        flags.set(Flags::TX_OCCUPIED, !self.controller.is_free(index));
        flags.set(Flags::RX_UNMASKED, unmasked.rx);
        flags.set(Flags::TX_UNMASKED, unmasked.tx);
        flags.set(Flags::OVERFLOW, line.channel.is_overflowing());
        flags.set(Flags::CLOSED, line.life != Life::Open);
        flags.set(Flags::MUTED, line.storm.is_muted());
        flags.set(Flags::RING_OWED, line.owes_ring);
        flags.set(Flags::PEER_HAS_SESSIONS, peer_session.is_some());
        flags.set(Flags::UNSETTLED, !self.is_settled());
        flags.set(
            Flags::GEOMETRY_MISMATCH,
            sessions.is_some_and(Sessions::is_mismatched),
        );
        let waiting = |wait| {
            let calls =
                self.state.clients.iter().filter_map(|client| client.call);
            calls
                .filter(|call| call.line == index && call.wait == wait)
                .count() as u32
        };
        Ok(ChannelStatus {
            number: u32::from(number),
            flags,
            opens: line.open_count(),
            readers: waiting(Wait::Incoming),
            writers: waiting(Wait::Outgoing),
            pollers: line.waiters.iter().flatten().count() as u32,
            rx_buffered: line.channel.rx_buffered() as u32,
            tx_buffered: line.channel.tx_buffered() as u32,
            session: sessions.map_or(0, Sessions::own),
            peer_session: peer_session.unwrap_or(0),
            statistics: line.channel.statistics,
        })
    }

    /// The session that the peer has told us of, or 0, and whether messages
    /// can pass.
    pub fn peer(&self) -> (u32, bool) {
        let peer = self.sessions.as_ref().and_then(Sessions::peer);
        (peer.unwrap_or(0), self.is_settled())
    }

    /// What all operations have in common: a look whether the peer restarted
    /// comes first, and what came up on the way is done last, failure or not.
    fn operation<R>(
        &mut self,
        number: u8,
        operate: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.look();
        let result = operate(self);
        if let Err(error) = &result {
            self.kernel.record(Event::Failed(number, *error));
        }
        self.finish();
        result
    }

    /// Starts a call and sees how far it comes at once.
    fn begin(
        &mut self,
        client: usize,
        index: usize,
        wait: Wait,
        len: usize,
        deadline_ms: u32,
    ) -> Outcome {
        let deadline = match deadline_ms {
            0 | FOR_EVER => None,
            ms => Some(self.kernel.now().saturating_add(u64::from(ms))),
        };
        self.enqueue(client, Call::new(index, wait, len, deadline));
        self.current = Some(client);
        self.progress(index);
        self.current = None;
        if let Some(answer) = self.answer.take() {
            return Outcome::Now(answer);
        }
        if deadline_ms == 0
            && let Some(call) = self.take_call(client)
        {
            self.listen(index);
            return Outcome::Now(call.give_up(Error::WouldBlock));
        }
        Outcome::Later
    }
}
