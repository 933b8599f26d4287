// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the other side's restarts do to us.

use crate::config::Kind;
use crate::error::Error;
use crate::kernel::{Event, Kernel};
use crate::server::Server;
use ipcc_channel::{Controller, News, Sessions};

impl<C, K, const N: usize, const T: usize, const W: usize>
    Server<'_, C, K, N, T, W>
where
    C: Controller,
    K: Kernel,
{
    /// Nothing keeps messages from moving.
    pub(crate) fn is_settled(&self) -> bool {
        self.sessions.as_ref().is_none_or(Sessions::is_settled)
    }

    /// What comes in belongs to a session that is over.
    pub(crate) fn is_stale(&self) -> bool {
        self.sessions.as_ref().is_some_and(Sessions::is_stale)
    }

    pub(crate) fn is_mismatched(&self) -> bool {
        self.sessions.as_ref().is_some_and(Sessions::is_mismatched)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.sessions.as_ref().is_some_and(Sessions::is_draining)
    }

    /// At start: if we had a former life, makes the peer notice that it is
    /// over.
    pub(crate) fn begin_session(&mut self) {
        let session = self.sessions.as_ref().map_or(0, Sessions::own);
        self.kernel.record(Event::Started(session));
        self.note_peer();
        if self.is_stale() {
            for index in 0..N {
                self.knock(index);
            }
        }
        for index in 0..N {
            self.progress(index);
        }
    }

    /// Looks whether the peer restarted, and does what that asks for. Looks
    /// again if that has swallowed a knock, which may have been for something
    /// newer; a peer that never stops knocking is muted some time.
    pub(crate) fn look(&mut self) {
        loop {
            self.is_look_due = false;
            self.look_once();
            if !self.is_look_due {
                break;
            }
        }
        self.update_alarm();
    }

    fn look_once(&mut self) {
        let Some(sessions) = &mut self.sessions else {
            return;
        };
        match sessions.look() {
            News::Nothing => (),
            News::Met => self.note_peer(),
            News::Accepted => {
                self.kernel.record(Event::Settled);
                for line in &mut self.state.lines {
                    line.expects_knock = true;
                }
                self.progress_all();
            }
            News::PeerRestarted => self.peer_restarted(),
            News::Mismatched => {
                self.kernel.record(Event::GeometryMismatch);
                for index in 0..N {
                    self.end_calls(index, |_| Err(Error::GeometryMismatch));
                    self.post_all(index);
                    self.listen(index);
                }
            }
        }
        self.settle();
    }

    /// Once the peer knows sessions, empty messages mean something.
    fn note_peer(&mut self) {
        let has_sessions =
            self.sessions.as_ref().is_some_and(|s| s.peer().is_some());
        for line in &mut self.state.lines {
            line.channel.knows_empty_messages = has_sessions;
        }
    }

    /// Everything under way is void, and every client is told once.
    fn peer_restarted(&mut self) {
        let session =
            self.sessions.as_ref().and_then(Sessions::peer).unwrap_or(0);
        self.kernel.record(Event::PeerRestarted(session));
        for index in 0..N {
            if self.config(index).kind == Kind::Stream {
                self.discard(index);
            }
            for open in &mut self.state.lines[index].opens {
                open.owes_restart = open.count > 0;
            }
            for client in 0..T {
                if let Some(call) = self.state.clients[client].call
                    && call.line == index
                {
                    self.state.lines[index].opens[client].owes_restart = false;
                    self.answer(client, Err(Error::PeerRestarted));
                }
            }
            self.state.lines[index].expects_knock = true;
            self.post_all(index);
            self.listen(index);
        }
    }

    /// Takes note of a knock that comes when we have looked already: it is no
    /// message, and must not stand in the way of the first one.
    pub(crate) fn heed_knock(&mut self, index: usize) {
        let line = &self.state.lines[index];
        if !line.expects_knock
            || line.storm.is_muted()
            || self.config(index).kind != Kind::Stream
            || !self.is_settled()
            || !self.controller.is_occupied(index)
        {
            return;
        }
        self.state.lines[index].expects_knock = false;
        if self.controller.heed(index) {
            // Or it was for something that has just happened.
            self.is_look_due = true;
            self.note_nonsense(index);
        }
    }

    /// Accepts the peer's new session once it has cleared what we had sent to
    /// the old one.
    fn settle(&mut self) {
        // Before the channels: this is asked with every operation.
        if !self.is_draining() {
            return;
        }
        let is_clear = (0..N).all(|index| {
            self.config(index).kind == Kind::Doorbell
                || self.controller.is_free(index)
        });
        if !is_clear {
            return;
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.accept();
        }
        // The peer listens on all channels until it knows; one is enough.
        for index in 0..N {
            if self.knock(index) {
                break;
            }
        }
        if self.is_settled() {
            self.kernel.record(Event::Settled);
        }
        self.progress_all();
    }

    /// Makes the peer look at the control block, if this channel can.
    fn knock(&mut self, index: usize) -> bool {
        self.config(index).kind == Kind::Stream && self.controller.ring(index)
    }

    fn progress_all(&mut self) {
        for index in 0..N {
            self.progress(index);
        }
    }
}
