// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Lets time pass.
//!
//! The cores take turns: a *round* lets each of them run up to a common
//! horizon, which lies a random number of cycles ahead, or at the next event
//! of a peripheral if that comes first. What one core does to the interrupt
//! lines of the other takes effect at the end of its turn, which ends early
//! for that purpose. All times derive from cycle counts and the seed, so a
//! run is reproducible.

use super::{Faults, Soc, Stop, Unmodelled};
use crate::chip::{Demand, RawUnmodelled, ResetCause, UartId};
use crate::core_id::CoreId;
use crate::cpu::{Cpu, Pause, Power, Taken};
use crate::fault::{Fault, FaultKind};
use crate::memory::{FLASH_BASE, FLASH_SIZE, SRAM1_BASE};
use crate::time::Span;
use rsemu::core::space::{Perms, Region, RomWrite};
use std::sync::Arc;

/// Bounds of a quantum in cycles: long enough to amortise the switch between
/// the cores, short enough to shake out races.
const QUANTUM: (u32, u32) = (40, 240);

impl Soc {
    /// Runs for a span of time, whatever happens to the cores.
    ///
    /// # Errors
    /// The reason if the run ended before its time.
    pub fn run_for(&mut self, span: impl Into<Span>) -> Result<(), Stop> {
        match self.run(span.into(), |_| false, false) {
            Stop::LimitReached => Ok(()),
            other => Err(other),
        }
    }

    /// Runs until `done` says so. The condition is looked at between rounds,
    /// a few hundred cycles apart. Returns the cycles that have passed.
    ///
    /// # Errors
    /// The reason if the run ended before the condition came true.
    pub fn run_until(
        &mut self,
        done: impl FnMut(&Soc) -> bool,
        limit: impl Into<Span>,
    ) -> Result<u64, Stop> {
        let start = self.now;
        match self.run(limit.into(), done, true) {
            Stop::Satisfied => Ok(self.now - start),
            other => Err(other),
        }
    }

    /// Runs until `core` is about to execute the instruction at `pc`.
    /// Returns the cycle.
    ///
    /// # Errors
    /// The reason if the run ended elsewhere.
    pub fn run_until_pc(
        &mut self,
        core: CoreId,
        pc: u32,
        limit: impl Into<Span>,
    ) -> Result<u64, Stop> {
        let pc = pc & !1;
        self.cpu_mut(core).probes.add_breakpoint(pc);
        let stop = self.run(limit.into(), |_| false, true);
        self.cpu_mut(core).probes.remove_breakpoint(pc);
        match stop {
            Stop::Breakpoint { core: c, pc: at } if (c, at) == (core, pc) => {
                Ok(self.cpu(core).local)
            }
            other => Err(other),
        }
    }

    /// Cycles that `core` takes from `from` to the next arrival at `to`.
    ///
    /// # Errors
    /// The reason if it does not pass both within `limit`.
    pub fn cycles_between(
        &mut self,
        core: CoreId,
        from: u32,
        to: u32,
        limit: impl Into<Span>,
    ) -> Result<u64, Stop> {
        let limit = limit.into();
        let start = self.run_until_pc(core, from, limit)?;
        Ok(self.run_until_pc(core, to, limit)? - start)
    }

    /// Runs until something ends the run: the general form behind the others.
    /// With `stop_idle`, a chip that nothing can wake ends it, too.
    pub fn run(
        &mut self,
        limit: Span,
        mut done: impl FnMut(&Soc) -> bool,
        stop_idle: bool,
    ) -> Stop {
        let deadline = Deadline::new(self, limit);
        self.stop = None;
        loop {
            self.settle();
            if let Some(stop) = self.stop.take() {
                return stop;
            }
            if done(self) {
                return Stop::Satisfied;
            }
            if self.is_starved() {
                return Stop::InputNeeded;
            }
            let end = deadline.cycle(self);
            if self.now >= end {
                return Stop::LimitReached;
            }
            let Some(horizon) = self.horizon(end, stop_idle) else {
                return Stop::Idle;
            };
            self.round(horizon);
        }
    }

    fn is_starved(&self) -> bool {
        self.stop_when_starved.is_some_and(|uart| {
            self.shared.chip().uarts[uart.index()].input_len() == 0
        })
    }

    /// How far the cores may run before the next look around; `None` if
    /// nothing but the limit would ever end the sleep of both.
    fn horizon(&mut self, end: u64, stop_idle: bool) -> Option<u64> {
        let event = self.shared.chip().next_event();
        let mut horizon = end.min(event.unwrap_or(u64::MAX));
        let asleep = self.cpus.each_ref().map(Cpu::is_idle);
        if asleep == [true; 2] {
            let mut waker = event;
            for at in self.cpus.iter().filter_map(Cpu::systick_at) {
                horizon = horizon.min(at);
                waker = Some(at);
            }
            if waker.is_none() && stop_idle {
                return None;
            }
        } else {
            let quantum = self.rand.in_range(QUANTUM.0, QUANTUM.1);
            horizon = horizon.min(self.now + u64::from(quantum));
        }
        Some(horizon.max(self.now + 1))
    }

    /// One turn for each core.
    fn round(&mut self, mut horizon: u64) {
        let first_is_cpu2 = self.rand.next_u32() & 1 != 0;
        // A core that sleeps goes second: it follows the other one's clock.
        let mut order = CoreId::ALL;
        let asleep = self.cpus.each_ref().map(Cpu::is_idle);
        if asleep[0] != asleep[1] && asleep[0]
            || asleep[0] == asleep[1] && first_is_cpu2
        {
            order.reverse();
        }
        for core in order {
            horizon = self.turn(core, horizon);
        }
        self.now = horizon;
    }

    /// Runs one core up to `horizon` and returns how far the other may go.
    fn turn(&mut self, core: CoreId, mut horizon: u64) -> u64 {
        loop {
            let cpu = &mut self.cpus[core.index()];
            match cpu.run_to(horizon) {
                Pause::Horizon => return horizon,
                Pause::Attention => {
                    self.shared.attend();
                    let local = cpu.local;
                    let (event, levels, signal) = {
                        let mut chip = self.shared.chip();
                        let levels = CoreId::ALL.map(|c| chip.irq_levels(c));
                        if chip.has_demands() {
                            horizon = horizon.min(local);
                        }
                        (
                            chip.next_event(),
                            levels,
                            chip.take_event(core.other()),
                        )
                    };
                    cpu.set_levels(levels[core.index()]);
                    if cpu.wants_reset() {
                        return horizon.min(local);
                    }
                    let other = core.other().index();
                    if signal {
                        self.cpus[other].signal_event();
                    }
                    if signal || levels[other] & !self.levels[other] != 0 {
                        horizon = horizon.min(local);
                    }
                    self.levels = levels;
                    if let Some(event) = event {
                        horizon = horizon.min(event.max(local));
                    }
                    self.note_unmodelled();
                }
                Pause::Fault(taken) => {
                    if self.note_fault(core, &taken) {
                        horizon = horizon.min(self.cpu(core).local);
                    }
                }
                Pause::Breakpoint => {
                    let pc = self.cpu(core).pc();
                    self.stop = Some(Stop::Breakpoint { core, pc });
                    return horizon.min(self.cpu(core).local);
                }
                Pause::Watch(change) => {
                    self.stop = Some(Stop::Watch { core, change });
                    return horizon.min(self.cpu(core).local);
                }
                Pause::Lockup => {
                    let last = self.faults.iter().rfind(|f| f.core == core);
                    self.stop.get_or_insert(Stop::Lockup {
                        core,
                        fault: last.cloned().map(Box::new),
                    });
                    return horizon;
                }
            }
        }
    }

    /// Between rounds: events up to now, demands of the chip, resets,
    /// interrupt lines and serial output.
    fn settle(&mut self) {
        self.shared.attend();
        let demands = {
            let mut chip = self.shared.chip();
            chip.advance(self.now);
            chip.take_demands()
        };
        for demand in demands {
            match demand {
                Demand::BootCpu2 => self.boot_cpu2(),
                Demand::Remap(mode) => self.remap(mode),
                Demand::Reset(cause) => self.system_reset(cause),
            }
        }
        let mut cores = self.cpus.iter_mut();
        if cores.any(|c| c.take_reset_request()) {
            self.system_reset(ResetCause::Software);
        }
        self.note_unmodelled();
        let mut chip = self.shared.chip();
        for core in CoreId::ALL {
            let levels = chip.irq_levels(core);
            self.levels[core.index()] = levels;
            self.cpus[core.index()].set_levels(levels);
        }
        for id in UartId::ALL {
            let uart = &mut chip.uarts[id.index()];
            if uart.has_output() {
                self.outputs[id.index()].append(&uart.take_output());
            }
            if let Some(core) = uart.owner() {
                self.consoles[core.index()].get_or_insert(id);
            }
        }
    }

    fn boot_cpu2(&mut self) {
        if self.cpus[1].power != Power::Held {
            return;
        }
        let vectors = self.shared.chip().flash.cpu2_boot_address();
        // Blank flash would lock the core up at once; real boards are seen
        // to sit there silently, and so does this one.
        let blank = self.cpus[1].read_word(vectors) == Some(u32::MAX);
        if !blank {
            self.cpus[1].release(vectors, self.now);
        }
    }

    /// Restarts the chip: memories keep their content.
    fn system_reset(&mut self, cause: ResetCause) {
        self.resets += 1;
        if self.resets > self.policy.max_resets {
            self.stop.get_or_insert(Stop::ResetLoop {
                resets: self.resets,
            });
        }
        self.shared.chip().system_reset(cause, self.now);
        for cpu in &mut self.cpus {
            cpu.hold();
        }
        self.levels = [0; 2];
        self.remap(self.boot.mem_mode());
        self.cpus[0].release(0, self.now);
    }

    /// Maps what MEM_MODE selects at address 0 of CPU1.
    pub(super) fn remap(&mut self, mode: u32) {
        if self.low.as_ref().is_some_and(|(m, _)| *m == mode) {
            return;
        }
        let space = self.cpus[0].space();
        let mut map = space.topology();
        if let Some((_, ids)) = self.low.take() {
            for id in ids {
                let unmapped = map.unmap(id);
                unmapped.expect("the mapping is ours");
            }
        }
        let (region, perms) = match mode {
            1 => (
                Region::rom("low", Arc::clone(&self.system), RomWrite::Fault),
                Perms::RX,
            ),
            3 => (Region::ram("low", Arc::clone(&self.sram)), Perms::RWX),
            _ => (Region::ram("low", Arc::clone(&self.flash)), Perms::RX),
        };
        let ids = map.map_with_perms(region, 0, perms).into_iter().collect();
        drop(map);
        self.low = Some((mode, ids));
    }

    /// Records the accesses to registers without a model that are news.
    fn note_unmodelled(&mut self) {
        let raw = self.shared.chip().take_unmodelled();
        for RawUnmodelled {
            by,
            addr,
            is_write,
            is_reserved,
        } in raw
        {
            let addr = addr & !3;
            let known = |u: &Unmodelled| u.core == by && u.addr == addr;
            if self.unmodelled.iter().any(known) {
                continue;
            }
            let pc = self.cpu(by).last_pc();
            let news = Unmodelled {
                core: by,
                addr,
                is_write,
                is_reserved,
                pc,
                at: self.locate(by, pc),
            };
            if self.policy.strict && !is_reserved {
                self.stop.get_or_insert(Stop::Unmodelled(news.clone()));
            }
            self.unmodelled.push(news);
        }
    }

    /// Records a fault; returns whether the run ends with it.
    fn note_fault(&mut self, core: CoreId, taken: &Taken) -> bool {
        let Some(kind) = FaultKind::from_exception(taken.number) else {
            return false;
        };
        let far =
            |bit: u32, addr: u32| (taken.cfsr >> bit & 1 != 0).then_some(addr);
        let fault = Fault {
            core,
            cycle: self.cpu(core).local,
            kind,
            pc: taken.pc,
            lr: taken.lr,
            sp: taken.sp,
            xpsr: taken.xpsr,
            cfsr: taken.cfsr,
            hfsr: taken.hfsr,
            mmfar: far(7, taken.mmfar),
            bfar: far(15, taken.bfar),
            at: self.locate(core, taken.pc),
        };
        let stops = self.policy.faults == Faults::Stop;
        if stops {
            self.stop
                .get_or_insert(Stop::Faulted(Box::new(fault.clone())));
        }
        self.faults.push(fault);
        stops
    }

    /// The store and the offset in it behind a memory address.
    pub(super) fn memory(
        &self,
        addr: u32,
    ) -> Option<(&rsemu::core::space::RamStore, u64)> {
        match addr {
            FLASH_BASE.. if addr - FLASH_BASE < FLASH_SIZE => {
                Some((&self.flash, (addr - FLASH_BASE).into()))
            }
            SRAM1_BASE.. => Some((&self.sram, (addr - SRAM1_BASE).into())),
            _ => None,
        }
    }
}

/// The end of a run. Cycles are fixed; a time moves when the guest changes
/// its clock.
enum Deadline {
    Cycle(u64),
    Nanos(u64),
}

impl Deadline {
    fn new(soc: &Soc, span: Span) -> Self {
        match span {
            Span::Cycles(n) => Deadline::Cycle(soc.now.saturating_add(n)),
            Span::Nanos(n) => Deadline::Nanos(soc.nanos().saturating_add(n)),
        }
    }

    fn cycle(&self, soc: &Soc) -> u64 {
        match *self {
            Deadline::Cycle(c) => c,
            Deadline::Nanos(n) => soc.shared.chip().time.cycle_at(n),
        }
    }
}
