// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! No wake-up is ever lost.
//!
//! All interleavings, up to states that look the same, of a peer that sends
//! and takes, interrupts that arrive at once or late, clients that read,
//! write, poll, close, shut down and die, and time, on one channel. After each
//! step nobody may be left waiting for something that has already happened,
//! whatever may still happen must interrupt, and nobody is told of what is not
//! so.

use crate::world::{Core, FOR_EVER, PlainPeer, with_plain_peer};
use ipcc_channel::pair::Chip;
use ipcc_channel::{Asserted, Controller, Events, Flags};
use std::collections::{HashSet, VecDeque};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    PeerSends(usize),
    PeerTakes,
    Interrupt,
    Read {
        client: usize,
        blocks: bool,
    },
    Write {
        client: usize,
        len: usize,
        blocks: bool,
    },
    Poll {
        client: usize,
        interest: Events,
    },
    Close {
        client: usize,
    },
    Shutdown,
    Open {
        client: usize,
    },
    Time,
    Dies {
        client: usize,
    },
}

const STEPS: &[Step] = &[
    Step::PeerSends(3),
    Step::PeerSends(12),
    Step::PeerTakes,
    Step::Interrupt,
    Step::Read {
        client: 0,
        blocks: true,
    },
    Step::Read {
        client: 1,
        blocks: true,
    },
    Step::Read {
        client: 1,
        blocks: false,
    },
    Step::Write {
        client: 0,
        len: 14,
        blocks: true,
    },
    Step::Write {
        client: 1,
        len: 3,
        blocks: true,
    },
    Step::Write {
        client: 1,
        len: 14,
        blocks: false,
    },
    Step::Poll {
        client: 1,
        interest: Events::READABLE,
    },
    Step::Poll {
        client: 1,
        interest: Events::WRITABLE,
    },
    Step::Close { client: 0 },
    Step::Close { client: 1 },
    Step::Open { client: 1 },
    Step::Shutdown,
    Step::Time,
    Step::Dies { client: 0 },
];

/// Ticks a blocking call waits for.
const PATIENCE: u32 = 2;

struct Scene {
    core: Core,
    /// Owns the memory that the two sides share.
    _chip: Chip,
    peer: PlainPeer,
    buffer: usize,
    /// Who has the channel open, as far as the test knows.
    open: [bool; 2],
    /// What client 1 waits to be told.
    polled: Option<Events>,
    sent: u8,
    received: u8,
    written: u8,
    taken: u8,
}

impl Scene {
    fn new(buffer: usize) -> Self {
        let (chip, mut core, peer) = with_plain_peer(buffer, buffer);
        core.open(0, 1).unwrap();
        core.open(1, 1).unwrap();
        Self {
            core,
            _chip: chip,
            peer,
            buffer,
            open: [true; 2],
            polled: None,
            sent: 0,
            received: 0,
            written: 0,
            taken: 0,
        }
    }

    /// Whether the client can make a call.
    fn is_idle(&self, client: usize) -> bool {
        self.open[client] && !self.core.is_waiting(client)
    }

    /// Whether the client can make a call that moves something.
    fn is_ready(&self, client: usize) -> bool {
        self.is_idle(client) && !self.is_shut_down()
    }

    fn is_shut_down(&self) -> bool {
        self.core.status(1).flags.contains(Flags::CLOSED)
    }

    /// Does what may release the channel, and takes note of what is thrown
    /// away then.
    fn let_go(&mut self, act: impl FnOnce(&mut Core)) {
        let before = self.core.status(1).statistics;
        act(&mut self.core);
        let after = self.core.status(1).statistics;
        let received = after.rx_discarded - before.rx_discarded;
        let written = after.tx_discarded - before.tx_discarded;
        self.received = self.received.wrapping_add(received as u8);
        self.written = self.written.wrapping_sub(written as u8);
    }

    /// Does one step; `false` if it is not possible now.
    fn step(&mut self, step: Step) -> bool {
        match step {
            Step::PeerSends(n) => {
                let bytes: Vec<u8> =
                    (0..n as u8).map(|i| self.sent.wrapping_add(i)).collect();
                let is_sent = self.peer.send(1, &bytes);
                if is_sent {
                    self.sent = self.sent.wrapping_add(n as u8);
                }
                is_sent
            }
            Step::PeerTakes => match self.peer.take(1) {
                Some(bytes) => {
                    for byte in bytes {
                        assert_eq!(byte, self.taken);
                        self.taken = self.taken.wrapping_add(1);
                    }
                    true
                }
                None => false,
            },
            Step::Interrupt => {
                let server = &mut self.core.server;
                let is_asserted =
                    server.controller().asserted() != Asserted::default();
                if is_asserted {
                    server.on_interrupt();
                }
                is_asserted
            }
            Step::Read { client, blocks } if self.is_ready(client) => {
                let patience = if blocks { FOR_EVER } else { 0 };
                let answer = self.core.read(client, 1, 5, patience);
                // Whoever waited before us was served before us.
                self.collect_answers();
                if let Some(Ok(n)) = answer {
                    self.check_read(client, n);
                }
                true
            }
            Step::Write {
                client,
                len,
                blocks,
            } if self.is_ready(client) && self.core.status(1).writers == 0 => {
                let bytes: Vec<u8> = (0..len as u8)
                    .map(|i| self.written.wrapping_add(i))
                    .collect();
                let patience = if blocks { PATIENCE } else { 0 };
                let answer = self.core.write(client, 1, &bytes, patience);
                if let Some(Ok(n)) = answer {
                    self.written = self.written.wrapping_add(n as u8);
                }
                true
            }
            Step::Poll { client, interest } if self.is_ready(client) => {
                let ready = self.core.poll(client, 1, interest).unwrap();
                self.polled = ready.is_empty().then_some(interest);
                true
            }
            Step::Close { client } if self.is_idle(client) => {
                self.open[client] = false;
                if client == 1 {
                    self.polled = None;
                }
                self.let_go(|core| core.close(client, 1).unwrap());
                true
            }
            Step::Open { client } if !self.open[client] => {
                self.open[client] = self.core.open(client, 1).is_ok();
                assert!(self.open[client] != self.is_shut_down());
                true
            }
            Step::Shutdown if self.is_ready(1) => {
                let id = self.core.id(1);
                self.core.server.shutdown(id, 1).unwrap();
                true
            }
            Step::Time if self.core.alarm().is_some() => {
                self.core.advance(1);
                true
            }
            Step::Dies { client }
                if self.core.is_waiting(client)
                    && self.core.status(1).writers == 0 =>
            {
                self.core.restart_client(client);
                self.let_go(|core| {
                    let _ = core.open(client, 1);
                });
                self.open[client] = !self.is_shut_down();
                true
            }
            _ => false,
        }
    }

    fn check_read(&mut self, client: usize, n: u32) {
        for &byte in &self.core.lease(client)[..n as usize] {
            assert_eq!(byte, self.received);
            self.received = self.received.wrapping_add(1);
        }
    }

    /// Takes the answers that came late.
    fn collect_answers(&mut self) {
        for (client, answer) in self.core.answers() {
            let Ok(n) = answer else {
                continue;
            };
            // Reads are of 5 bytes, writes of 3 or 14.
            if self.core.lease(client).len() == 5 {
                self.check_read(client, n);
            } else {
                self.written = self.written.wrapping_add(n as u8);
            }
        }
    }

    /// Checks everything that must hold after each step.
    fn check(&mut self) {
        self.collect_answers();
        assert_eq!(self.core.posts(0), 0);
        let asserted = self.core.server.controller().asserted();
        let status = self.core.status(1);
        let is_rx_due = asserted.rx != 0;
        let is_tx_due = asserted.tx != 0;
        let slots = self.core.server.controller();
        let (is_occupied, is_free) = (slots.is_occupied(0), slots.is_free(0));
        let has_room = status.tx_buffered < self.buffer as u32;
        let mut level = Events::empty();
        level.set(Events::READABLE, status.rx_buffered > 0 || is_occupied);
        level.set(
            Events::WRITABLE,
            has_room || is_free && status.tx_buffered == 0,
        );
        if self.core.posts(1) != 0 {
            let interest = self.polled.take().expect("told once");
            assert!(self.is_shut_down() || level.intersects(interest));
        }
        assert_eq!(status.pollers, u32::from(self.polled.is_some()));
        let polled = self.polled.unwrap_or_default();
        if polled.contains(Events::READABLE) && status.readers == 0 {
            assert_eq!(status.rx_buffered, 0, "a poller is not told");
            assert!(!is_occupied || is_rx_due);
        }
        if polled.contains(Events::WRITABLE) && status.writers == 0 {
            assert!(!has_room, "a poller is not told");
            assert!(!is_free || is_tx_due);
        }
        if status.readers > 0 {
            assert!(status.flags.contains(Flags::RX_UNMASKED));
            assert!(!level.contains(Events::READABLE) || is_rx_due);
            assert_eq!(status.rx_buffered, 0);
        }
        if status.writers > 0 || status.tx_buffered > 0 {
            assert!(status.flags.contains(Flags::TX_UNMASKED));
            assert!(!is_free || is_tx_due);
        }
        // What interrupts can be served: one service later, it is quiet, or
        // the peer has done something again.
        if is_rx_due || is_tx_due {
            let someone = status.readers
                + status.writers
                + status.pollers
                + status.tx_buffered
                + status.opens;
            assert!(someone > 0, "an interrupt that nobody waits for");
        }
    }

    /// What tells one state from another, byte values and counts aside.
    fn fingerprint(&self) -> Vec<u32> {
        let status = self.core.status(1);
        let mut print = vec![
            status.flags.bits(),
            status.opens,
            status.readers,
            status.writers,
            status.pollers,
            status.rx_buffered,
            status.tx_buffered,
            self.polled.map_or(0, |interest| interest.bits()),
            u32::from(self.open[0]) | u32::from(self.open[1]) << 1,
            u32::from(self.core.is_waiting(0)),
            u32::from(self.core.is_waiting(1)),
            self.core.lease(0).len() as u32,
            self.core.lease(1).len() as u32,
            u32::from(self.sent.wrapping_sub(self.received)),
            u32::from(self.written.wrapping_sub(self.taken)),
        ];
        let alarm = self.core.alarm();
        print.push(alarm.map_or(0, |_| 1));
        print
    }
}

fn replay(buffer: usize, path: &[Step]) -> Option<Scene> {
    let mut scene = Scene::new(buffer);
    for &step in path {
        if !scene.step(step) {
            return None;
        }
        scene.check();
    }
    Some(scene)
}

fn explore(buffer: usize, depth: usize) -> usize {
    let mut seen = HashSet::from([Scene::new(buffer).fingerprint()]);
    let mut frontier = VecDeque::from([Vec::new()]);
    while let Some(path) = frontier.pop_front() {
        for &step in STEPS {
            let mut longer = path.clone();
            longer.push(step);
            let result = std::panic::catch_unwind(|| replay(buffer, &longer));
            let scene = result.unwrap_or_else(|_| {
                panic!("buffer of {buffer}, after {longer:?}")
            });
            if let Some(scene) = scene
                && seen.insert(scene.fingerprint())
                && longer.len() < depth
            {
                frontier.push_back(longer);
            }
        }
    }
    seen.len()
}

#[test]
fn unbuffered_no_interleaving_loses_a_wake_up() {
    let states = explore(0, 11);
    assert!(states > 300, "only {states} states: the model is stuck");
}

#[test]
fn buffered_no_interleaving_loses_a_wake_up() {
    let states = explore(5, 8);
    assert!(states > 1000, "only {states} states: the model is stuck");
}
