// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Executes instructions.

use super::exception::Taken;
use super::fast::{Class, Context, Decoded, it_advance};
use super::view::{self, View};
use super::{Asleep, Cpu, Pause, Power};
use rsemu::cpu::arm::v7m::isa::{HintOp, Insn};
use rsemu::cpu::arm::v7m::sys::{Access, Exception};

/// Where the PC of a locked up core stands.
const LOCKED_UP: u32 = 0xffff_fffe;

/// Why the fast path ended.
enum Detour {
    /// The horizon, or SysTick.
    Time,
    /// The instruction at the PC needs `rsemu`; `None` if it is not known.
    Slow(Option<Decoded>),
    Pause(Pause),
}

impl Cpu {
    /// Executes until `horizon`, or until something needs the run loop.
    pub fn run_to(&mut self, horizon: u64) -> Pause {
        if self.power != Power::On {
            self.local = self.local.max(horizon);
            return Pause::Horizon;
        }
        self.code.sync(self.bus.shared.flash_generation());
        self.look_at_watches();
        if let Some(pause) = self.deferred.take() {
            return pause;
        }
        while self.local < horizon {
            self.refresh();
            if self.reset_requested {
                return Pause::Attention;
            }
            if self.asleep != Asleep::Awake {
                if self.wakes() {
                    self.wake();
                } else {
                    self.sleep(horizon);
                    continue;
                }
            }
            let pause = if self.view.takeable || self.resetting {
                self.step_rsemu()
            } else {
                match self.fast(horizon) {
                    Detour::Time => None,
                    Detour::Slow(decoded) => self.slow(decoded),
                    Detour::Pause(pause) => Some(pause),
                }
            };
            if let Some(pause) = pause {
                return pause;
            }
            if self.bus.shared.wants_attention() {
                return Pause::Attention;
            }
        }
        Pause::Horizon
    }

    /// Brings `rsemu` up to date, and the view of its system block.
    pub(super) fn refresh(&mut self) {
        if self.ticks > 0 && self.local >= self.view.systick_at {
            self.view_is_stale = true;
        }
        if !self.view_is_stale {
            return;
        }
        self.flush();
        let Cpu {
            arm,
            hot,
            mpu,
            kind,
            levels,
            local,
            ..
        } = self;
        let view = arm.with_sys(|sys| {
            view::constrain(sys, *kind);
            let view = View::new(sys, hot, *levels, *local);
            mpu.update(view::mpu_setup(sys, &view));
            sys.reset_requested = false;
            view
        });
        self.reset_requested |= view.reset_requested;
        self.view = view;
        self.view_is_stale = false;
    }

    /// Hands registers and passed time to `rsemu`.
    pub(super) fn flush(&mut self) {
        if self.hot_is_newer {
            self.arm.set_regs(self.hot.store());
            self.hot_is_newer = false;
        }
        let ticks = std::mem::take(&mut self.ticks);
        if ticks > 0 {
            self.arm.with_sys(|sys| {
                sys.tick_cyccnt(ticks);
                if sys.tick_systick(ticks) && sys.syst_csr & 2 != 0 {
                    sys.set_pending(Exception::SYSTICK, true);
                }
            });
        }
    }

    pub(super) fn wakes(&self) -> bool {
        self.view.wakes
            || (self.asleep == Asleep::Wfe
                && (self.event || self.view.pending_event))
    }

    fn wake(&mut self) {
        if self.asleep == Asleep::Wfe {
            self.event = false;
        }
        self.asleep = Asleep::Awake;
    }

    /// Lets time pass until `horizon` or SysTick.
    fn sleep(&mut self, horizon: u64) {
        let until = if self.pace.no_skip {
            self.local + 1
        } else {
            horizon.min(self.view.systick_at)
        };
        let cycles = until - self.local;
        self.local = until;
        self.ticks += cycles;
        self.counters.sleep_cycles += cycles;
    }

    /// The instruction at the PC, if it lies in memory.
    fn decode(&mut self) -> Option<Decoded> {
        let pc = self.bus.canonical(self.hot.r[15]);
        let is_v6m = self.kind.is_v6m();
        let bus = &self.bus;
        let decode = || {
            let first = bus.fetch(pc)?;
            let second = bus.fetch(pc.wrapping_add(2)).unwrap_or(0);
            Some(Decoded::new(first, second, is_v6m))
        };
        match self.code.slot(pc) {
            Some(slot) => {
                if slot.is_none() {
                    *slot = decode();
                }
                *slot
            }
            None => decode(),
        }
    }

    /// Executes instructions that need nothing but registers and memory.
    fn fast(&mut self, horizon: u64) -> Detour {
        let end = horizon.min(self.view.systick_at);
        let start = self.local;
        let detour = self.fast_until(end);
        let cycles = self.local - start;
        self.ticks += cycles;
        self.counters.busy_cycles += cycles;
        detour
    }

    fn fast_until(&mut self, end: u64) -> Detour {
        if !self.hot.is_thumb() {
            return Detour::Slow(None);
        }
        while self.local < end {
            let Some(decoded) = self.decode() else {
                return Detour::Slow(None);
            };
            let pc = self.hot.r[15];
            let fetch = self.mpu.permits(
                pc,
                decoded.len.into(),
                Access::Fetch,
                self.hot.privileged,
            );
            if !fetch {
                return Detour::Slow(Some(decoded));
            }
            match decoded.class {
                Class::Fast if !self.pace.plain => {}
                Class::Own => {
                    if !self.own(&decoded) {
                        return Detour::Slow(Some(decoded));
                    }
                    self.local += 1;
                    self.counters.instructions += 1;
                    if let Some(pause) = self.probe(pc) {
                        return Detour::Pause(pause);
                    }
                    if self.bus.shared.wants_attention() {
                        self.last_pc = pc;
                        return Detour::Pause(Pause::Attention);
                    }
                    if self.view_is_stale || self.asleep != Asleep::Awake {
                        return Detour::Time;
                    }
                    continue;
                }
                _ => return Detour::Slow(Some(decoded)),
            }
            let mut context = Context {
                hot: &mut self.hot,
                mpu: &mut self.mpu,
                bus: &self.bus,
                now: self.local,
            };
            let Some(cycles) = context.execute(&decoded) else {
                return Detour::Slow(Some(decoded));
            };
            self.hot_is_newer = true;
            self.local += cycles;
            self.counters.instructions += 1;
            if let Some(pause) = self.probe(pc) {
                return Detour::Pause(pause);
            }
            if self.bus.shared.wants_attention() {
                self.last_pc = pc;
                return Detour::Pause(Pause::Attention);
            }
        }
        Detour::Time
    }

    /// Executes an instruction that changes what only this module keeps:
    /// sleep, the event register, PRIMASK. Returns whether it did.
    fn own(&mut self, decoded: &Decoded) -> bool {
        let it = self.hot.it;
        if it == 0 || self.hot.passes_it() {
            match decoded.insn {
                Insn::Hint { op: HintOp::Wfi } => {
                    self.asleep = Asleep::Wfi;
                }
                Insn::Hint { op: HintOp::Wfe } => {
                    if !std::mem::take(&mut self.event) {
                        self.asleep = Asleep::Wfe;
                    }
                }
                Insn::Hint { op: HintOp::Sev } => {
                    self.event = true;
                    self.bus.shared.chip().send_event(self.bus.core);
                    self.bus.shared.ask_attention();
                }
                Insn::Cps { enable, .. } => {
                    if self.hot.privileged && self.hot.primask() == enable {
                        self.hot.set_primask(!enable);
                        self.view_is_stale = true;
                    }
                }
                Insn::Mrs { rd, sysm } => match self.hot.special(sysm) {
                    Some(value) => self.hot.r[usize::from(rd)] = value,
                    None => return false,
                },
                _ => return false,
            }
        }
        self.hot.it = it_advance(it);
        let next = self.hot.r[15].wrapping_add(decoded.len.into());
        self.hot.r[15] = next;
        self.hot_is_newer = true;
        true
    }

    /// Lets `rsemu` take an exception or execute an instruction, with what
    /// it leaves out added before and after.
    fn slow(&mut self, decoded: Option<Decoded>) -> Option<Pause> {
        let intercepted = match decoded {
            Some(decoded) => self.intercept(&decoded),
            None => self.intercept_fetch(),
        };
        intercepted.unwrap_or_else(|| self.step_rsemu())
    }

    /// One step of `rsemu`.
    pub(super) fn step_rsemu(&mut self) -> Option<Pause> {
        self.flush();
        let before = self.hot.clone();
        self.last_pc = before.r[15];
        self.bus.shared.set_now(self.local);
        let cycles = self.arm.step();
        self.resetting = false;
        self.local += cycles;
        self.counters.busy_cycles += cycles;
        self.hot.reload(&self.arm.regs());
        self.view_is_stale = true;
        let taken = self.settle_exception(&before, cycles);
        match taken {
            Some(Taken { pc, .. }) if pc == before.r[15] => {}
            _ => self.counters.instructions += 1,
        }
        if self.hot.r[15] == LOCKED_UP && self.arm.is_locked_up() {
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
}
