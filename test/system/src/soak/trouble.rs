// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Crashes of drivers and clients, and what they excuse.

use super::client::{Client, Doing, News, index};
use super::run::Soak;
use super::stream::Loss;
use crate::supervisor::is_running;
use crate::{CPU1, CPU2, CoreId};

/// Where each driver announces its session.
const SESSIONS: [u32; 2] = [0x2000_8FE8, 0x2000_8FF8];

/// Milliseconds after a restart within which both sides settle.
const SETTLE_MS: u64 = 10;

/// One driver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    core: CoreId,
    pub(super) crashes: u32,
    /// The cycle of the last crash.
    pub(super) crashed_at: u64,
    /// The cycle by which its consequences were over.
    pub(super) settled_at: u64,
    recovery: Recovery,
}

/// How far a driver has recovered from its last crash.
#[derive(Clone, Copy, Debug)]
enum Recovery {
    Over,
    /// Not restarted yet, so that its session is still this one.
    Down(u32),
    /// Restarted at this cycle.
    Settling(u64),
}

impl Side {
    pub(super) fn new(core: CoreId) -> Self {
        Self {
            core,
            crashes: 0,
            crashed_at: 0,
            settled_at: 0,
            recovery: Recovery::Over,
        }
    }

    /// Whether it has crashed and not come back.
    pub(super) fn is_down(&self) -> bool {
        matches!(self.recovery, Recovery::Down(_))
    }

    /// Whether it has crashed, and not everybody may know of it yet.
    pub(super) fn is_unsettled(&self) -> bool {
        !matches!(self.recovery, Recovery::Over)
    }
}

impl Soak {
    pub(super) fn is_unsettled(&self) -> bool {
        self.sides.iter().any(Side::is_unsettled)
    }

    /// Makes trouble now and then.
    pub(super) fn stir(&mut self) {
        if self.is_calm {
            return;
        }
        let is_quiet = self.next_crash.is_none() && !self.is_unsettled();
        if is_quiet && self.random.one_in(1200) {
            self.next_crash = Some(self.random.pick(&[CPU1, CPU2]));
            self.clients_follow = self.random.one_in(6);
        }
        if self.random.one_in(900) {
            let at = self.random.below(self.clients.len() as u64) as usize;
            if self.clients[at].is_idle() {
                self.clients[at].must_die = true;
            }
        }
        if self.random.one_in(900) {
            self.condemn();
        }
    }

    /// Has the supervisor kill some client, whatever it is in the middle of,
    /// as soon as the supervisor looks.
    fn condemn(&mut self) {
        let at = self.random.below(self.clients.len() as u64) as usize;
        let core = self.clients[at].core();
        let is_busy = |c: &Client| c.is_doomed && c.core() == core;
        if !self.clients.iter().any(is_busy) {
            self.clients[at].is_doomed = true;
            self.summary.client_crashes += 1;
            self.board.condemn(core, self.clients[at].puppet.index);
        }
    }

    /// Crashes the driver whose turn it is, wherever in its code it is.
    pub(super) fn crash_driver(&mut self) {
        let Some(core) = self.next_crash else {
            return;
        };
        let soc = &self.board.soc;
        if !is_running(soc, core, "ipcc") {
            return;
        }
        let session = soc.read_u32(SESSIONS[core.index()]).unwrap_or(0);
        self.next_crash = None;
        if !self.board.trip(core) {
            return;
        }
        self.faults += 1;
        self.summary.driver_crashes += 1;
        self.note_crash(core, session);
        if !self.sides[core.other().index()].is_unsettled()
            && self.random.one_in(4)
        {
            self.next_crash = Some(core.other());
        }
    }

    fn note_crash(&mut self, core: CoreId, session: u32) {
        let now = self.now();
        let other_is_unsettled =
            self.sides[core.other().index()].is_unsettled();
        let side = &mut self.sides[core.index()];
        side.crashes += 1;
        side.crashed_at = now;
        side.recovery = Recovery::Down(session);
        for client in &mut self.clients {
            // What a poll has said need not be true any more.
            client.next_read = None;
            client.awaits = None;
            if let Some(call) = &mut client.call
                && let Doing::Read { must_succeed, .. } = &mut call.doing
            {
                *must_succeed = false;
            }
            if client.core() == core {
                client.must_die |= self.clients_follow;
                continue;
            }
            for channel in 1.. {
                let Some(news) = client.news.get(index(channel)) else {
                    break;
                };
                let is_open = client.opens[index(channel)] > 0;
                let changes = client.is_in(channel, |doing| {
                    matches!(doing, Doing::Open | Doing::Close)
                });
                let news = match *news {
                    _ if changes || is_open && other_is_unsettled => {
                        News::Maybe
                    }
                    _ if is_open => News::Due,
                    news => news,
                };
                client.news[index(channel)] = news;
            }
        }
        self.clients_follow = false;
        for loss in self.losses.as_flattened_mut() {
            *loss = Loss::Before(usize::MAX);
        }
    }

    /// Notes who has come back, and whose troubles are over.
    pub(super) fn follow_restarts(&mut self) {
        let now = self.now();
        let settle_time = self.cycles(SETTLE_MS);
        let was_unsettled = self.is_unsettled();
        for side in &mut self.sides {
            match side.recovery {
                Recovery::Down(before) => {
                    let at = SESSIONS[side.core.index()];
                    if self.board.soc.read_u32(at) != Some(before) {
                        side.recovery = Recovery::Settling(now);
                    }
                }
                Recovery::Settling(since) if now >= since + settle_time => {
                    side.recovery = Recovery::Over;
                    side.settled_at = now;
                }
                Recovery::Settling(_) | Recovery::Over => (),
            }
        }
        if was_unsettled && !self.is_unsettled() {
            // From now on nothing more may be lost.
            let streams = self.streams.as_flattened();
            let losses = self.losses.as_flattened_mut();
            for (stream, loss) in streams.iter().zip(losses) {
                if *loss == Loss::Before(usize::MAX) {
                    *loss = Loss::Before(stream.calls());
                }
            }
        }
        for at in 0..self.clients.len() {
            let puppet = self.clients[at].puppet;
            let answer = self.board.last_answer(puppet);
            let is_new = answer.started_at != self.clients[at].life;
            if self.clients[at].is_doomed && answer.count > 0 && is_new {
                self.abandon(at);
                self.board.calls.remove(puppet.name);
                self.clients[at] = Client::new(puppet, answer.started_at);
            }
        }
    }

    /// Notes that nobody will know how far a call has come.
    pub(super) fn abandon(&mut self, at: usize) {
        let core = self.clients[at].core();
        let Some(call) = self.clients[at].call.take() else {
            return;
        };
        let channel = index(call.channel);
        match call.doing {
            Doing::Read { len, .. } => {
                let writer = core.other().index();
                let calls = self.streams[channel][writer].calls();
                let loss = &mut self.losses[channel][writer];
                *loss = match *loss {
                    Loss::Nothing => Loss::UpTo(len),
                    Loss::UpTo(n) => Loss::UpTo(n + len),
                    Loss::Before(n) => Loss::Before(n.max(calls)),
                };
            }
            Doing::Write { .. } => {
                self.streams[channel][core.index()].end_unknown();
            }
            _ => (),
        }
    }
}
