// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the driver's operations cost their clients, in cycles.
//!
//! The images are those of the soak, with one client on each core. A call
//! counts from its `svc` to the next instruction, so it includes the kernel:
//! two switches of tasks, and the copy between lease and mailbox.

use crate::cycles::{svc, ticks, undisturbed};
use crate::puppet::{SOAK_CPU1, SOAK_CPU2};
use crate::{Board, Call, CoreId, FOR_EVER, NOW, Puppet, ms, us};
use ipcc_channel::Events;

/// Bytes of the longest message.
const LONG: usize = 252;
/// Bytes of a short one.
const SHORT: usize = 4;

/// The stub in which a client waits for the driver's answer.
const SEND: &str = "sys_send_stub";

/// A way through two drivers.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// What to call it in a table.
    pub name: &'static str,
    from: Puppet,
    to: Puppet,
    channel: u8,
}

/// All ways that are measured.
pub const PATHS: [Path; 4] = {
    let ([cpu1, ..], [cpu2, ..]) = (SOAK_CPU1, SOAK_CPU2);
    [
        Path::new("1 to 2, unbuffered", cpu1, cpu2, 2),
        Path::new("2 to 1, unbuffered", cpu2, cpu1, 2),
        Path::new("1 to 2, buffered", cpu1, cpu2, 1),
        Path::new("2 to 1, buffered", cpu2, cpu1, 1),
    ]
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// A write of 252 bytes to a mailbox that is free.
    pub write: u64,
    /// A read of 252 bytes that have come already.
    pub read: u64,
    /// From the beginning of a write of 252 bytes on one core to the end of
    /// the read that has waited for them on the other.
    pub one_way: u64,
    /// The same with four bytes.
    pub one_way_short: u64,
    /// A poll that tells at once that there is room.
    pub poll: u64,
}

impl Costs {
    /// The costs with their names, in the order of a table.
    pub fn rows(&self) -> [(&'static str, u64); 5] {
        [
            ("write of 252 bytes", self.write),
            ("read of 252 bytes", self.read),
            ("252 bytes from core to core", self.one_way),
            ("4 bytes from core to core", self.one_way_short),
            ("poll of what is ready", self.poll),
        ]
    }
}

impl Path {
    const fn new(
        name: &'static str,
        from: Puppet,
        to: Puppet,
        channel: u8,
    ) -> Self {
        Self {
            name,
            from,
            to,
            channel,
        }
    }

    /// Measures everything.
    ///
    /// # Panics
    ///
    /// If the images do not do what they should.
    pub fn measure(&self) -> Costs {
        let mut bench = Bench::new(*self);
        let (write, read) = undisturbed(|| bench.write_then_read());
        Costs {
            write,
            read,
            one_way: undisturbed(|| bench.one_way(LONG)),
            one_way_short: undisturbed(|| bench.one_way(SHORT)),
            poll: undisturbed(|| bench.poll()),
        }
    }
}

/// Two images at work.
struct Bench {
    path: Path,
    board: Board,
}

impl Bench {
    fn new(path: Path) -> Self {
        let mut board = Board::soak(0);
        board.run_for(ms(10));
        for puppet in [path.from, path.to] {
            board.open(puppet, &[path.channel]);
            let svc = svc(&board.soc, puppet.core, puppet.name, SEND);
            board.soc.stamp_at(puppet.core, svc);
            board.soc.stamp_at(puppet.core, svc + 2);
        }
        Self { path, board }
    }

    fn write_then_read(&mut self) -> Option<(u64, u64)> {
        let Path {
            from, to, channel, ..
        } = self.path;
        let message = [0x5A; LONG];
        let write = self.timed(&[from], |board| {
            board.start(from, Call::write(channel, &message, NOW));
            assert_eq!(board.finish(from), Ok(LONG as u32));
        });
        // The message reaches the other side's rx buffer, if it has one.
        self.board.run_for(ms(1));
        let read = self.timed(&[to], |board| {
            board.start(to, Call::read(channel, LONG, NOW));
            assert_eq!(board.finish(to), Ok(LONG as u32));
        });
        Some((duration(&write?, from)?, duration(&read?, to)?))
    }

    fn one_way(&mut self, len: usize) -> Option<u64> {
        let Path {
            from, to, channel, ..
        } = self.path;
        self.board.start(to, Call::read(channel, LONG, FOR_EVER));
        self.board.run_for(us(1_130));
        let message = [0xA5; LONG];
        let calls = self.timed(&[from, to], |board| {
            board.start(from, Call::write(channel, &message[..len], NOW));
            assert_eq!(board.finish(from), Ok(len as u32));
            assert_eq!(board.finish(to), Ok(len as u32));
        })?;
        let start = calls.iter().find(|(core, _)| *core == from.core)?.1;
        let end = calls.iter().rfind(|(core, _)| *core == to.core)?.1;
        Some(end - start)
    }

    fn poll(&mut self) -> Option<u64> {
        let Path { from, channel, .. } = self.path;
        self.board.run_for(us(1_130));
        let ready = Events::WRITABLE.bits();
        let calls = self.timed(&[from], |board| {
            let call = Call::poll(channel, Events::WRITABLE, 0);
            assert_eq!(board.call(from, call), Ok(ready));
        })?;
        duration(&calls, from)
    }

    /// Does something. Returns the beginnings and ends of the puppets' calls,
    /// or `None` if the clock of one of them has ticked meanwhile.
    fn timed(
        &mut self,
        puppets: &[Puppet],
        act: impl FnOnce(&mut Board),
    ) -> Option<Vec<(CoreId, u64)>> {
        let cores: Vec<_> = puppets.iter().map(|p| p.core).collect();
        let tick = |board: &Board| -> Vec<_> {
            cores.iter().map(|core| ticks(&board.soc, *core)).collect()
        };
        let before = tick(&self.board);
        for core in &cores {
            self.board.soc.take_stamps(*core);
        }
        act(&mut self.board);
        let mut calls = Vec::new();
        for core in &cores {
            let stamps = self.board.soc.take_stamps(*core);
            calls.extend(stamps.iter().map(|stamp| (*core, stamp.cycle)));
        }
        (tick(&self.board) == before).then_some(calls)
    }
}

/// How long the one call of a puppet took.
fn duration(calls: &[(CoreId, u64)], puppet: Puppet) -> Option<u64> {
    let mut of_puppet = calls.iter().filter(|(core, _)| *core == puppet.core);
    Some(of_puppet.next_back()?.1 - calls.first()?.1)
}
