// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Breakpoints, stamps and watches: looked at after each instruction, and
//! only while there are any.

use super::{Cpu, Pause};
use std::fmt;

/// A core was about to execute the instruction at `pc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When, on the core's own clock.
    pub cycle: u64,
    /// The address.
    pub pc: u32,
}

/// A watched word changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The word's address.
    pub addr: u32,
    /// Its value before.
    pub old: u32,
    /// Its value now.
    pub new: u32,
    /// The instruction that stored it.
    pub pc: u32,
    /// The end of that instruction on the core's own clock.
    pub cycle: u64,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pc {:#010x} changed {:#010x} from {:#x} to {:#x} in cycle {}",
            self.pc, self.addr, self.old, self.new, self.cycle
        )
    }
}

/// What a core is observed for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probes {
    breakpoints: Vec<u32>,
    stamps_at: Vec<u32>,
    stamps: Vec<Stamp>,
    /// Address and last known value.
    watches: Vec<(u32, Option<u32>)>,
    active: bool,
}

impl Probes {
    pub fn add_breakpoint(&mut self, pc: u32) {
        self.breakpoints.push(pc);
        self.update();
    }

    pub fn remove_breakpoint(&mut self, pc: u32) {
        if let Some(i) = self.breakpoints.iter().position(|&p| p == pc) {
            self.breakpoints.swap_remove(i);
        }
        self.update();
    }

    pub fn add_stamp(&mut self, pc: u32) {
        self.stamps_at.push(pc);
        self.update();
    }

    pub fn take_stamps(&mut self) -> Vec<Stamp> {
        std::mem::take(&mut self.stamps)
    }

    pub fn add_watch(&mut self, addr: u32) {
        self.watches.push((addr, None));
        self.update();
    }

    pub fn remove_watch(&mut self, addr: u32) {
        self.watches.retain(|w| w.0 != addr);
        self.update();
    }

    fn update(&mut self) {
        self.active = !(self.breakpoints.is_empty()
            && self.stamps_at.is_empty()
            && self.watches.is_empty());
    }
}

impl Cpu {
    /// Takes note of the watched words as the other core, or the host, has
    /// left them.
    pub(super) fn look_at_watches(&mut self) {
        for i in 0..self.probes.watches.len() {
            let (addr, _) = self.probes.watches[i];
            self.probes.watches[i].1 = self.read_word(addr);
        }
    }

    /// Looks around after the instruction at `last`.
    #[inline]
    pub(super) fn probe(&mut self, last: u32) -> Option<Pause> {
        if self.probes.active {
            self.probe_all(last)
        } else {
            None
        }
    }

    fn probe_all(&mut self, last: u32) -> Option<Pause> {
        let pc = self.arm.pc();
        let cycle = self.local;
        if self.probes.stamps_at.contains(&pc) {
            self.probes.stamps.push(Stamp { cycle, pc });
        }
        for i in 0..self.probes.watches.len() {
            let (addr, old) = self.probes.watches[i];
            let new = self.read_word(addr);
            self.probes.watches[i].1 = new;
            if let (Some(old), Some(new)) = (old, new)
                && old != new
            {
                return Some(Pause::Watch(Change {
                    addr,
                    old,
                    new,
                    pc: last,
                    cycle,
                }));
            }
        }
        self.probes
            .breakpoints
            .contains(&pc)
            .then_some(Pause::Breakpoint)
    }
}
