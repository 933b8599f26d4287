// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What moves when something has changed.

use crate::client::Client;
use crate::config::Kind;
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::lease::Lease;
use crate::line::Life;
use crate::server::Server;
use ipcc_channel::{Controller, Events, LengthError, Listen, Received};

impl<C, K, const N: usize, const T: usize, const W: usize>
    Server<'_, C, K, N, T, W>
where
    C: Controller,
    K: Kernel,
{
    /// Serves whatever interrupts us. To be called when the controller's
    /// interrupt arrives, before that is enabled again: afterwards nothing
    /// is asserted that cannot make progress.
    pub fn on_interrupt(&mut self) {
        self.look();
        let asserted = self.controller.asserted();
        for index in 0..N {
            let rx = asserted.rx >> index & 1;
            let tx = asserted.tx >> index & 1;
            if rx | tx != 0 {
                let counts = &mut self.state.lines[index].channel.statistics;
                counts.rx_interrupts = counts.rx_interrupts.wrapping_add(rx);
                counts.tx_interrupts = counts.tx_interrupts.wrapping_add(tx);
                self.progress(index);
            }
        }
        self.finish();
    }

    /// Ends the calls whose time is up, and listens again to those peers
    /// whose time out is over.
    pub fn on_alarm(&mut self) {
        let now = self.kernel.now();
        for client in 0..T {
            if let Some(call) = self.state.clients[client].call
                && call.deadline.is_some_and(|deadline| deadline <= now)
            {
                let answer = call.give_up(Error::TimedOut);
                if let Ok(done) = answer {
                    let number = self.config(call.line).number;
                    self.kernel.record(Event::CutShort(number, done));
                }
                self.answer(client, answer);
                self.progress(call.line);
            }
        }
        for index in 0..N {
            if self.state.lines[index].storm.unmute(now) {
                let number = self.config(index).number;
                self.kernel.record(Event::Unmuted(number));
                self.is_look_due = true;
                self.progress(index);
            }
        }
        self.alarm = None;
        self.is_alarm_stale = true;
        self.finish();
    }

    /// Ends every operation: does what came up on the way, and sets the
    /// alarm.
    pub(crate) fn finish(&mut self) {
        let gone = |clients: &[Client]| clients.iter().position(|c| c.is_gone);
        loop {
            // To bury one may be to find that the next is gone, too.
            while let Some(client) = gone(&self.state.clients) {
                self.bury(client);
            }
            if !self.is_look_due {
                break;
            }
            self.look();
        }
        self.update_alarm();
    }

    /// Sets the alarm for whatever is due first, if that has changed.
    pub(crate) fn update_alarm(&mut self) {
        if !core::mem::take(&mut self.is_alarm_stale) {
            return;
        }
        let deadlines =
            self.state.clients.iter().filter_map(|client| {
                client.call.and_then(|call| call.deadline)
            });
        let unmutes = self
            .state
            .lines
            .iter()
            .filter_map(|line| line.storm.muted_until());
        let first = deadlines.chain(unmutes).min();
        if first != self.alarm {
            self.alarm = first;
            self.kernel.set_alarm(first);
        }
    }

    /// Moves what can be moved on one channel, answers and tells whom it
    /// concerns, and listens for what is still waited for.
    pub(crate) fn progress(&mut self, index: usize) {
        self.heed_knock(index);
        match self.config(index).kind {
            Kind::Doorbell => self.serve_bell(index),
            Kind::Stream if self.is_stale() => self.throw_away(index),
            Kind::Stream if self.is_settled() => {
                // Each turn but the last ends a call, so they are few. If the
                // peer is quick enough to go on meanwhile, it interrupts us,
                // and the other channels have their turn before.
                while self.serve_reader(index) {}
                while self.serve_writer(index) {}
            }
            // The peer's slots are not where we think they are.
            Kind::Stream => (),
        }
        if !self.state.lines[index].wanted().is_empty() {
            let level = self.level(index);
            self.post_waiters(index, |w| w.interest.intersects(level));
        }
        self.listen(index);
    }

    /// What a poll would find.
    ///
    /// What a waiting call is going to take does not count: the calls have
    /// been served, so whatever waits still finds nothing.
    pub(crate) fn level(&self, index: usize) -> Events {
        let line = self.line(index);
        let mut level = Events::empty();
        if line.life != Life::Open {
            return level;
        }
        let (is_readable, is_writable) = match self.config(index).kind {
            Kind::Doorbell => (
                self.controller.is_occupied(index),
                !line.owes_ring && self.controller.is_free(index),
            ),
            Kind::Stream if !self.is_settled() => (false, false),
            Kind::Stream => (
                line.channel.rx_buffered() > 0
                    || !line.storm.is_muted()
                        && self.controller.is_occupied(index),
                line.channel.is_writable(&self.controller),
            ),
        };
        level.set(Events::READABLE, is_readable && line.readers.is_empty());
        level.set(Events::WRITABLE, is_writable && line.writers.is_empty());
        level
    }

    /// Tells the controller what somebody waits for.
    pub(crate) fn listen(&mut self, index: usize) {
        let listen = self.listen_for(index);
        self.controller.listen(index, listen);
    }

    /// What somebody waits for, and nothing else: these are levels, and one
    /// that nobody acts upon would interrupt us for ever.
    pub(crate) fn listen_for(&self, index: usize) -> Listen {
        let line = self.line(index);
        let wanted = line.wanted();
        let wants_rx =
            wanted.contains(Events::READABLE) || !line.readers.is_empty();
        let wants_tx =
            wanted.contains(Events::WRITABLE) || !line.writers.is_empty();
        let is_muted = line.storm.is_muted();
        match self.config(index).kind {
            Kind::Doorbell => Listen {
                rx: wants_rx,
                tx: wants_tx || line.owes_ring,
            },
            Kind::Stream if self.is_stale() => Listen {
                rx: !is_muted,
                tx: self.is_draining() && !self.controller.is_free(index),
            },
            Kind::Stream if !self.is_settled() => Listen::default(),
            Kind::Stream => Listen {
                rx: !is_muted
                    && (line.expects_knock
                        || line.life == Life::Open
                            && (wants_rx
                                || line.is_open()
                                    && line.channel.has_rx_room())),
                tx: wants_tx || line.channel.tx_buffered() > 0,
            },
        }
    }

    /// Moves received bytes to the first reader, or to the rx buffer.
    /// Returns whether it is the next one's turn.
    fn serve_reader(&mut self, index: usize) -> bool {
        let line = &mut self.state.lines[index];
        // What is in the buffer came before the storm.
        if line.storm.is_muted() && line.channel.rx_buffered() == 0 {
            return false;
        }
        let Some(client) = line.readers.front() else {
            if line.channel.has_rx_buffer()
                && !line.storm.is_muted()
                && line.is_open()
                && line.life == Life::Open
            {
                self.fill_buffer(index);
            }
            return false;
        };
        let row = &self.state.clients[client];
        let mut lease = Lease {
            kernel: &mut self.kernel,
            client: row.id,
            done: 0,
            len: row.call.map_or(0, |call| call.len),
        };
        let received = line.channel.read(&mut self.controller, &mut lease);
        let Ok(received) = received else {
            self.forsake(client);
            return true;
        };
        let is_mistake = self.note_received(index, received);
        match received.bytes {
            0 if is_mistake => self.answer(client, Err(Error::PeerProtocol)),
            0 => return false,
            n => self.answer(client, Ok(n as u32)),
        }
        true
    }

    /// Moves received bytes to the rx buffer.
    fn fill_buffer(&mut self, index: usize) {
        let channel = &mut self.state.lines[index].channel;
        let was_overflowing = channel.is_overflowing();
        let received = channel.receive(&mut self.controller);
        self.note_overflow(index, was_overflowing);
        self.note_received(index, received);
    }

    /// Moves bytes towards the peer: from the tx buffer, then from the first
    /// writer. Returns whether it is the next one's turn.
    fn serve_writer(&mut self, index: usize) -> bool {
        let line = &mut self.state.lines[index];
        let before = line.channel.statistics.tx_bytes;
        line.channel.transmit(&mut self.controller);
        let mut is_next = false;
        if let Some(client) = line.writers.front()
            && let Some(call) = &mut self.state.clients[client].call
        {
            let mut lease = Lease {
                kernel: &mut self.kernel,
                client: self.state.clients[client].id,
                done: call.done,
                len: call.len,
            };
            match line.channel.write(&mut self.controller, &mut lease) {
                Ok(n) => {
                    call.done += n;
                    is_next = call.done == call.len;
                    if is_next {
                        let done = call.done as u32;
                        self.answer(client, Ok(done));
                    }
                }
                Err(_) => {
                    self.forsake(client);
                    is_next = true;
                }
            }
        }
        let after = self.state.lines[index].channel.statistics.tx_bytes;
        if after != before {
            let number = self.config(index).number;
            let n = after.wrapping_sub(before);
            self.kernel.record(Event::Sent(number, n));
        }
        is_next
    }

    fn serve_bell(&mut self, index: usize) {
        let number = self.config(index).number;
        if let Some(client) = self.line(index).readers.front()
            && self.controller.is_occupied(index)
        {
            // Cleared before the client looks: a ring from now on is news.
            self.controller.dismiss(index);
            self.kernel.record(Event::Rang(number));
            self.answer(client, Ok(0));
        }
        if self.state.lines[index].owes_ring && self.controller.ring(index) {
            self.state.lines[index].owes_ring = false;
            self.kernel.record(Event::Ring(number));
        }
    }

    /// Throws away what belongs to a session that is over.
    fn throw_away(&mut self, index: usize) {
        let line = &self.state.lines[index];
        if self.controller.is_occupied(index) && !line.storm.is_muted() {
            self.discard(index);
        }
    }

    /// Throws away all that a channel holds, maybe with a knock. The peer may
    /// have sent that to keep us busy, so it may not do so without end.
    pub(crate) fn discard(&mut self, index: usize) {
        let is_occupied = self.controller.is_occupied(index);
        let line = &mut self.state.lines[index];
        line.channel.discard(&mut self.controller);
        if is_occupied {
            self.is_look_due |= !line.storm.is_muted();
            self.note_nonsense(index);
        }
    }

    /// Takes note of what was received. Returns whether the peer made a
    /// mistake with it, other than that it asked us to look.
    fn note_received(&mut self, index: usize, received: Received) -> bool {
        let number = self.config(index).number;
        if received.bytes > 0 {
            let n = received.bytes as u32;
            self.kernel.record(Event::Received(number, n));
        }
        let Some(error) = received.error else {
            return false;
        };
        let has_sessions =
            self.sessions.as_ref().is_some_and(|s| s.peer().is_some());
        let is_knock = has_sessions && error == LengthError::Zero;
        if is_knock {
            self.is_look_due = true;
        } else {
            self.kernel.record(Event::PeerProtocol(number));
        }
        self.note_nonsense(index);
        !is_knock
    }

    /// Counts what interrupted us and was no message; too much of it mutes
    /// the channel.
    pub(crate) fn note_nonsense(&mut self, index: usize) {
        let now = self.kernel.now();
        if self.state.lines[index].storm.note(now) {
            self.is_alarm_stale = true;
            let number = self.config(index).number;
            self.kernel.record(Event::Muted(number));
        }
    }

    fn note_overflow(&mut self, index: usize, was_overflowing: bool) {
        let number = self.config(index).number;
        match (
            was_overflowing,
            self.state.lines[index].channel.is_overflowing(),
        ) {
            (false, true) => self.kernel.record(Event::OverflowStart(number)),
            (true, false) => self.kernel.record(Event::OverflowEnd(number)),
            _ => (),
        }
    }
}
