// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The course of a soak.

use super::client::{BELL, CHANNELS, Call, Client, Doing, EXCLUSIVE, index};
use super::random::Random;
use super::stream::{Loss, Stream};
use super::trouble::Side;
use crate::puppet::{SOAK_CPU1, SOAK_CPU2};
use crate::{
    Board, CPU1, CPU2, Call as Command, CoreId, FOR_EVER, NOW, events, ms,
};
use dump::Watched;
use ipcc_channel::Events;
use std::ops::AddAssign;

/// Longest lease of a call.
const LEN_MAX: usize = 600;

/// Milliseconds within which everything written is read, once nobody writes
/// any more: enough for a driver that is restarted late.
const PATIENCE_MS: u64 = 400;

/// What a soak has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Calls answered.
    pub calls: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Drivers that crashed.
    pub driver_crashes: u64,
    /// Clients that crashed.
    pub client_crashes: u64,
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.bytes += other.bytes;
        self.driver_crashes += other.driver_crashes;
        self.client_crashes += other.client_crashes;
    }
}

/// A soak that found something wrong.
pub struct Broken {
    /// What is wrong.
    pub what: String,
    /// The chip at that moment.
    pub soc: Box<Watched>,
}

/// What keeps the soak together.
pub(super) struct Soak {
    pub(super) board: Board,
    pub(super) random: Random,
    pub(super) clients: Vec<Client>,
    /// By channel and by the core that writes.
    pub(super) streams: [[Stream; 2]; CHANNELS],
    /// What may be missing before the next byte that is read.
    pub(super) losses: [[Loss; 2]; CHANNELS],
    /// The cycle at which the last read was seen to end, by channel and by the
    /// core that writes.
    pub(super) read_at: [[u64; 2]; CHANNELS],
    pub(super) sides: [Side; 2],
    /// Rings begun by each core, and waits of the other that saw one.
    pub(super) rings: [u32; 2],
    pub(super) heard: [u32; 2],
    /// A driver that is to crash as soon as it runs.
    pub(super) next_crash: Option<CoreId>,
    /// All clients of that driver are to die with it.
    pub(super) clients_follow: bool,
    /// Nobody crashes, so that everything can be accounted for.
    pub(super) is_calm: bool,
    /// Faults that were meant.
    pub(super) faults: usize,
    /// Nobody writes any more.
    pub(super) is_draining: bool,
    pub(super) summary: Summary,
}

/// Runs a soak for so many cycles of traffic.
///
/// # Errors
///
/// What went wrong, and the chip, for a look at what it was at.
pub fn soak(seed: u64, cycles: u64) -> Result<Summary, Broken> {
    let mut soak = Soak::new(seed);
    match soak.run(cycles) {
        Ok(()) => Ok(soak.summary),
        Err(what) => Err(Broken {
            what,
            soc: Box::new(soak.board.soc),
        }),
    }
}

impl Soak {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut board = Board::soak(seed);
        // A task that has run for less than 50 ms is restarted late.
        board.run_for(ms(60 + random.below(30)));
        let is_calm = random.one_in(4);
        let puppets = SOAK_CPU1.into_iter().chain(SOAK_CPU2);
        let client =
            |puppet| Client::new(puppet, board.last_answer(puppet).started_at);
        let clients = puppets.map(client).collect();
        let stream = |at: usize| Stream::new(seed << 8 | at as u64);
        Self {
            board,
            random,
            clients,
            streams: std::array::from_fn(|channel| {
                [stream(2 * channel), stream(2 * channel + 1)]
            }),
            losses: [[Loss::Nothing; 2]; CHANNELS],
            read_at: [[0; 2]; CHANNELS],
            sides: [CPU1, CPU2].map(Side::new),
            rings: [0; 2],
            heard: [0; 2],
            next_crash: None,
            clients_follow: false,
            is_calm,
            faults: 0,
            is_draining: false,
            summary: Summary::default(),
        }
    }

    fn run(&mut self, cycles: u64) -> Result<(), String> {
        let end = self.now() + cycles;
        while self.now() < end {
            self.stir();
            self.step()?;
        }
        self.is_draining = true;
        self.next_crash = None;
        let end = self.now() + self.cycles(PATIENCE_MS);
        while !self.is_quiet() {
            if self.now() >= end {
                return Err(self.complaint());
            }
            self.step()?;
        }
        self.check_statistics()
    }

    /// Lets clients act, some time pass, and looks at what came of it.
    fn step(&mut self) -> Result<(), String> {
        for at in 0..self.clients.len() {
            let is_eager = self.is_draining || !self.random.one_in(4);
            if self.clients[at].is_idle() && is_eager {
                self.act(at);
            }
        }
        let longest = self.random.pick(&[200, 500, 1000, 4000]);
        let span = 100 + self.random.below(longest);
        self.board.soc.run_for(span).map_err(|e| e.to_string())?;
        self.crash_driver();
        self.follow_restarts();
        for at in 0..self.clients.len() {
            self.judge(at).map_err(|what| {
                let client = &self.clients[at];
                let name = client.puppet.name;
                format!("{name}: {what}: {client:?}, {:?}", self.sides)
            })?;
        }
        if self.board.soc.faults().len() != self.faults {
            return Err(format!("faults: {:#?}", self.board.soc.faults()));
        }
        Ok(())
    }

    /// Has an idle client do something.
    fn act(&mut self, at: usize) {
        if let Some((channel, posts)) = self.clients[at].awaits {
            let client = &self.clients[at];
            let is_over = self.is_draining
                && self.is_drained(channel, client.core().other());
            let is_posted = self.board.posts(client.puppet).count != posts;
            if !is_posted && !is_over {
                return;
            }
            // It may have been another poll's.
            self.clients[at].awaits = None;
            let read = self.read(2, false);
            return self.start(at, channel, read);
        }
        if let Some(channel) = self.clients[at].next_read.take() {
            let read = self.read(NOW, true);
            return self.start(at, channel, read);
        }
        if self.clients[at].must_die {
            return self.start(at, BELL, Doing::Panic);
        }
        let Some(channel) = self.choose_channel(at) else {
            return;
        };
        if self.clients[at].opens[index(channel)] == 0 {
            return self.start(at, channel, Doing::Open);
        }
        if let Some(doing) = self.choose(at, channel) {
            self.start(at, channel, doing);
        }
    }

    fn choose_channel(&mut self, at: usize) -> Option<u8> {
        if !self.is_draining {
            return Some(1 + self.random.below(CHANNELS as u64) as u8);
        }
        let core = self.clients[at].core();
        let can_open = |channel: &u8| {
            *channel != EXCLUSIVE
                || self.clients[at].opens[index(EXCLUSIVE)] > 0
                || !self.others(at).any(|c| c.may_have_open(EXCLUSIVE))
        };
        let has_work = |channel: &u8| {
            !self.is_drained(*channel, core.other())
                || self.is_starving(*channel, core.other())
        };
        let channels = (1..BELL).filter(can_open).filter(has_work);
        let channels: Vec<u8> = channels.collect();
        if channels.is_empty() {
            return None;
        }
        Some(self.random.pick(&channels))
    }

    /// Whether a core's client waits for ever for bytes that nobody has
    /// written.
    fn is_starving(&self, channel: u8, core: CoreId) -> bool {
        let waits = |doing| matches!(doing, Doing::Read { deadline, .. } if deadline == FOR_EVER);
        let mut clients = self.clients.iter().filter(|c| c.core() == core);
        clients.any(|c| c.is_in(channel, waits))
            && self.is_drained(channel, core.other())
    }

    /// What to do on an open channel.
    fn choose(&mut self, at: usize, channel: u8) -> Option<Doing> {
        let is_read = self.others(at).any(|c| c.reads(channel));
        let is_written = self.others(at).any(|c| c.writes(channel));
        let deadline = self.deadline(at, channel);
        let interest = self.random.pick(&[
            Events::READABLE,
            Events::READABLE,
            Events::WRITABLE,
            Events::all(),
        ]);
        if self.is_draining {
            let far = self.clients[at].core().other();
            if !is_written && self.is_starving(channel, far) {
                return Some(Doing::Write {
                    len: 1 + self.random.len(LEN_MAX - 1),
                    deadline: FOR_EVER,
                });
            }
            return match self.random.below(3) {
                _ if is_read => None,
                0 => Some(Doing::Poll {
                    interest: Events::READABLE,
                }),
                _ => Some(self.read(2, false)),
            };
        }
        Some(match self.random.below(24) {
            0 => Doing::Open,
            1 | 2 => Doing::Close,
            3 => Doing::Status,
            4 => Doing::Cancel,
            5..=7 => Doing::Poll { interest },
            8..=14 if channel == BELL => Doing::Ring,
            _ if channel == BELL => Doing::Wait {
                deadline: deadline.min(5),
            },
            8..=14 if !is_written => Doing::Write {
                len: self.random.len(LEN_MAX),
                deadline,
            },
            _ if is_read => return None,
            _ => self.read(deadline, false),
        })
    }

    fn read(&mut self, deadline: u32, must_succeed: bool) -> Doing {
        let len = self.random.len(LEN_MAX);
        Doing::Read {
            len: len.max(must_succeed.into()),
            deadline,
            must_succeed,
        }
    }

    /// A deadline. Of each core's clients only one waits for ever, and nobody
    /// whom no other could take the place of, or all might end up waiting for
    /// each other.
    fn deadline(&mut self, at: usize, channel: u8) -> u32 {
        let waits = |doing: Doing| doing.deadline() == Some(FOR_EVER);
        let is_taken = self
            .others(at)
            .any(|c| c.call.is_some_and(|call| waits(call.doing)));
        match self.random.below(4) {
            0 => NOW,
            1 if !is_taken && channel != EXCLUSIVE => FOR_EVER,
            _ => 1 + self.random.below(3) as u32,
        }
    }

    /// The other clients of the same driver.
    pub(super) fn others(&self, at: usize) -> impl Iterator<Item = &Client> {
        let core = self.clients[at].core();
        let others = self.clients.iter().enumerate();
        others
            .filter(move |(i, c)| *i != at && c.core() == core)
            .map(|(_, client)| client)
    }

    /// Begins a client's call.
    pub(super) fn start(&mut self, at: usize, channel: u8, doing: Doing) {
        let posts = self.board.posts(self.clients[at].puppet).count;
        let client = &mut self.clients[at];
        let core = client.core();
        let puppet = client.puppet;
        client.posts_before = posts;
        client.call = Some(Call {
            channel,
            doing,
            began: self.board.soc.cycles(),
        });
        let bytes;
        let command = match doing {
            Doing::Open => Command::open(channel),
            Doing::Close => Command::close(channel),
            Doing::Read { len, deadline, .. } => {
                Command::read(channel, len, deadline)
            }
            Doing::Write { len, deadline } => {
                let streams = &mut self.streams[index(channel)];
                bytes = streams[core.index()].begin(len);
                Command::write(channel, &bytes, deadline)
            }
            Doing::Poll { interest } => {
                Command::poll(channel, interest, events::ONE)
            }
            Doing::Cancel => Command::poll_cancel(channel),
            Doing::Ring => {
                self.rings[core.index()] += 1;
                Command::ring(channel)
            }
            Doing::Wait { deadline } => Command::wait(channel, deadline),
            Doing::Status => Command::status(channel),
            Doing::Panic => {
                self.summary.client_crashes += 1;
                client.is_doomed = true;
                Command::panic()
            }
        };
        self.board.start(puppet, command);
    }

    pub(super) fn now(&self) -> u64 {
        self.board.soc.cycles()
    }

    /// Cycles in so many milliseconds.
    pub(super) fn cycles(&self, ms: u64) -> u64 {
        u64::from(self.board.soc.core_hz()) / 1000 * ms
    }

    /// Whether nothing is under way on a stream.
    fn is_drained(&self, channel: u8, writer: CoreId) -> bool {
        let mut writers = self.clients.iter().filter(|c| c.core() == writer);
        if writers.any(|c| c.writes(channel)) {
            return false;
        }
        let (channel, writer) = (index(channel), writer.index());
        let loss = self.losses[channel][writer];
        self.streams[channel][writer].is_drained(loss)
    }

    /// Whether nobody is in a call, nothing is under way, and nobody is down.
    fn is_quiet(&self) -> bool {
        self.clients.iter().all(|c| c.is_idle() || c.is_doomed)
            && self.sides.iter().all(|side| !side.is_unsettled())
            && (1..BELL).all(|channel| {
                CoreId::ALL.iter().all(|c| self.is_drained(channel, *c))
            })
    }

    /// Why the soak does not come to an end.
    fn complaint(&self) -> String {
        let stuck =
            |channel: &(u8, CoreId)| !self.is_drained(channel.0, channel.1);
        let streams = (1..BELL).flat_map(|n| CoreId::ALL.map(|c| (n, c)));
        let streams: Vec<_> = streams.filter(stuck).collect();
        let busy: Vec<_> =
            self.clients.iter().filter(|c| !c.is_idle()).collect();
        format!(
            "acknowledged bytes do not arrive, or a call does not end: \
             streams {streams:?}, {:?}, {busy:?}",
            self.sides
        )
    }
}
