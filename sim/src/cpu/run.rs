// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Executes instructions.
//!
//! `rsemu` executes every one of them. Each look at its state costs about a
//! tenth of a step, so the loop takes one copy of the registers per
//! instruction and nothing else, unless the instruction needs attention or
//! an exception was taken.

use super::exception::{FaultStatus, Taken};
use super::regs::State;
use super::sleep::Asleep;
use super::{Cpu, Pause, Power, system};
use rsemu::cpu::arm::v7m::Regs;

/// No step of fewer cycles enters or leaves an exception.
const SHORTEST_EXCEPTION: u64 = 7;

impl Cpu {
    /// Executes until `horizon`, or until something needs the run loop.
    pub fn run_to(&mut self, horizon: u64) -> Pause {
        if self.power != Power::On {
            self.local = self.local.max(horizon);
            return Pause::Horizon;
        }
        self.code.sync(self.shared.flash_generation());
        self.look_at_watches();
        if let Some(pause) = self.deferred.take() {
            return pause;
        }
        while self.local < horizon {
            if self.asleep != Asleep::Awake {
                if self.is_asleep() {
                    self.sleep(horizon);
                    continue;
                }
                self.wake();
            }
            if let Some(pause) = self.instruction() {
                return pause;
            }
            if self.shared.wants_attention() || self.reset_requested {
                return Pause::Attention;
            }
        }
        Pause::Horizon
    }

    /// The reset sequence, an exception, or one instruction.
    #[inline]
    fn instruction(&mut self) -> Option<Pause> {
        let before = self.arm.regs();
        self.last_pc = before.r[15];
        if std::mem::take(&mut self.resetting) {
            return self.step(&before);
        }
        match self.intercept(&before) {
            Some(pause) => pause,
            None => self.step(&before),
        }
    }

    /// One step of `rsemu`, whose registers are `before`.
    #[inline]
    pub(super) fn step(&mut self, before: &Regs) -> Option<Pause> {
        self.shared.set_now(self.local);
        let cycles = self.arm.step();
        self.local += cycles;
        self.counters.busy_cycles += cycles;
        if cycles >= SHORTEST_EXCEPTION || before.is_negative() {
            return self.settle_step(before, cycles);
        }
        self.counters.instructions += 1;
        self.probe(before.r[15])
    }

    /// The end of a step that may have been an exception or a lock-up.
    fn settle_step(&mut self, before: &Regs, cycles: u64) -> Option<Pause> {
        let taken = if cycles >= SHORTEST_EXCEPTION {
            self.settle_exception(before)
        } else {
            None
        };
        match taken {
            Some(Taken { pc, .. }) if pc == before.r[15] => {}
            _ => self.counters.instructions += 1,
        }
        if self.arm.is_locked_up() {
            return Some(Pause::Lockup);
        }
        let probed = self.probe(before.r[15]);
        match taken.filter(Taken::is_fault) {
            Some(taken) => {
                // Both are to be reported; the fault happened first.
                self.deferred = probed;
                Some(Pause::Fault(taken))
            }
            None => probed,
        }
    }

    /// After an access to the system space that may have changed it.
    pub(super) fn after_system_access(&mut self) {
        let kind = self.kind;
        self.arm.with_sys(|sys| {
            system::constrain(sys, kind);
            self.status = FaultStatus::of(sys);
            self.reset_requested |= std::mem::take(&mut sys.reset_requested);
        });
    }
}
