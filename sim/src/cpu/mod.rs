// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One core: the processor, its view of the bus, and where it is in time.

mod kind;
mod regs;
mod taken;

use crate::chip::Shared;
use rsemu::core::device::{Device, ResetKind};
use rsemu::core::space::{AddressSpace, MemAttrs};
use rsemu::core::value::Width;
use rsemu::cpu::arm::v7m::sys::{Exception, ccr, shcsr};
use rsemu::cpu::arm::v7m::{ArmV7m, Config};
use std::sync::Arc;

pub use kind::{CoreId, CpuKind};
pub use regs::{FpRegisters, Registers};
pub(crate) use taken::Taken;

/// Why a core is not executing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// In reset until something releases it.
    Held,
    /// Stopped by a test or a debugger.
    Stopped,
    /// Executing or asleep.
    On,
}

/// Why [`Cpu::run_to`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The core reached the horizon.
    Horizon,
    /// An access needs the attention of the run loop.
    Attention,
    /// An exception that is reported one by one was taken.
    Taken(Taken),
    /// The PC reached a marked address.
    Marker,
    /// The core locked up.
    Lockup,
}

/// Activity of a core since power-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreCounters {
    /// Executed instructions.
    pub instructions: u64,
    /// Cycles spent executing, stacking and unstacking.
    pub busy_cycles: u64,
    /// Cycles asleep in WFI or WFE.
    pub sleep_cycles: u64,
    /// Exceptions taken, by exception number (interrupt n is 16 + n).
    pub exceptions: [u64; 128],
}

impl CoreCounters {
    fn new() -> Self {
        CoreCounters {
            instructions: 0,
            busy_cycles: 0,
            sleep_cycles: 0,
            exceptions: [0; 128],
        }
    }

    /// How often interrupt `line` was taken.
    pub fn interrupts(&self, line: u8) -> u64 {
        let i = usize::from(line) + 16;
        self.exceptions.get(i).copied().unwrap_or(0)
    }

    /// Interrupts of all lines, without the system exceptions.
    pub fn all_interrupts(&self) -> u64 {
        self.exceptions[16..].iter().sum()
    }
}

/// Steps without a hint of sleep after which the core is asked.
const ASLEEP_CHECK: u32 = 4;
/// No step of fewer cycles enters or leaves an exception.
const SHORTEST_EXCEPTION: u64 = 7;

/// A core.
#[derive(Debug)]
pub(crate) struct Cpu {
    pub kind: CpuKind,
    pub power: Power,
    /// The cycle up to which this core has run.
    pub local: u64,
    pub counters: CoreCounters,
    /// Addresses at which [`Cpu::run_to`] pauses.
    pub markers: Vec<u32>,
    /// Step through sleep cycle by cycle.
    pub no_skip: bool,
    arm: ArmV7m,
    config: Config,
    space: Arc<AddressSpace>,
    levels: u64,
    /// Consecutive one-cycle steps, a sign of sleep.
    ones: u32,
}

impl Cpu {
    pub fn new(id: CoreId, kind: CpuKind, space: Arc<AddressSpace>) -> Self {
        let config = kind.config(id);
        let arm = ArmV7m::new(config);
        arm.attach_space(Arc::clone(&space));
        let mut cpu = Cpu {
            kind,
            power: Power::Held,
            local: 0,
            counters: CoreCounters::new(),
            markers: Vec::new(),
            no_skip: false,
            arm,
            config,
            space,
            levels: 0,
            ones: 0,
        };
        cpu.prepare();
        cpu
    }

    /// Puts the core into reset.
    pub fn hold(&mut self) {
        Device::reset(&self.arm, ResetKind::Cold);
        self.levels = 0;
        self.ones = 0;
        self.power = Power::Held;
        self.prepare();
    }

    /// Lets the core start from the vector table at `vectors` in cycle `now`.
    pub fn release(&mut self, vectors: u32, now: u64) {
        self.arm.set_vtor(vectors);
        self.local = self.local.max(now);
        self.power = Power::On;
    }

    /// Sets what `rsemu` leaves different from the real core.
    fn prepare(&mut self) {
        // ICTR reads zero: software that trusts it sets the priorities of
        // the first 32 lines only, and the others would preempt everything.
        let lowest = 0xff << (8 - self.config.priority_bits);
        self.arm.with_sys(|sys| {
            for priority in &mut sys.priority[16 + 32..] {
                *priority = lowest as u8;
            }
        });
        self.constrain();
    }

    /// Undoes guest writes that an ARMv6-M ignores: there is one fault, and
    /// unaligned accesses cause it.
    fn constrain(&self) {
        if self.kind.is_v6m() {
            self.arm.with_sys(|sys| {
                sys.shcsr &= !(shcsr::MEMFAULTENA
                    | shcsr::BUSFAULTENA
                    | shcsr::USGFAULTENA);
                sys.ccr = ccr::UNALIGN_TRP | ccr::STKALIGN;
                sys.prigroup = 0;
            });
        }
    }

    /// Drives the interrupt lines.
    pub fn set_levels(&mut self, levels: u64) {
        let changed = levels ^ self.levels;
        self.levels = levels;
        for line in (0..64).filter(|n| changed >> n & 1 != 0) {
            self.arm.set_irq(line, levels >> line & 1 != 0);
        }
    }

    /// Makes an interrupt pending, as an edge on its line.
    pub fn pend(&self, line: u8) {
        self.arm.pend_irq(line.into());
    }

    /// Whether the core sleeps and nothing pending is going to wake it.
    pub fn is_sleeping(&self) -> bool {
        self.power != Power::On || (self.arm.is_asleep() && !self.has_pending())
    }

    fn has_pending(&self) -> bool {
        self.arm.with_sys(|sys| {
            sys.highest_pending().is_some()
                || (0..64).any(|n| {
                    self.levels >> n & 1 != 0
                        && sys.is_enabled(Exception(16 + n))
                        && !sys.is_active(Exception(16 + n))
                })
        })
    }

    /// The cycle at which SysTick wakes the core, if it is going to.
    pub fn systick_at(&self) -> Option<u64> {
        if self.power != Power::On {
            return None;
        }
        self.arm.with_sys(|sys| {
            let running = sys.syst_csr & 3 == 3 && sys.syst_rvr != 0;
            let left = match sys.syst_cvr {
                0 => u64::from(sys.syst_rvr) + 1,
                n => n.into(),
            };
            running.then_some(self.local + left)
        })
    }

    /// Whether the guest asked for a system reset.
    pub fn takes_reset_request(&self) -> bool {
        let requested = self.arm.reset_requested();
        if requested {
            self.arm.clear_reset_request();
        }
        requested
    }

    /// The core's view of the bus.
    pub fn space(&self) -> Arc<AddressSpace> {
        Arc::clone(&self.space)
    }

    /// All registers.
    pub fn registers(&self) -> Registers {
        let mut registers = Registers::new(&self.arm.regs());
        if self.kind == CpuKind::CortexM4F {
            registers.fpu = Some(Box::new(FpRegisters {
                fpscr: self.arm.fpscr(),
                s: std::array::from_fn(|n| self.arm.s(n as u8)),
            }));
        }
        registers
    }

    /// Reads a word of memory without side effects; `None` on a bus error or
    /// a peripheral.
    pub fn read_word(&self, addr: u32) -> Option<u32> {
        self.space
            .read(addr.into(), Width::U32, MemAttrs::DEBUG)
            .ok()
            .map(|v| v as u32)
    }

    /// Executes until `horizon`, or until something needs the run loop.
    pub fn run_to(&mut self, horizon: u64, shared: &Shared) -> Pause {
        if self.power != Power::On {
            self.local = self.local.max(horizon);
            return Pause::Horizon;
        }
        self.constrain();
        while self.local < horizon {
            shared.set_now(self.local);
            let used = self.arm.step();
            self.local += used;
            self.counters.busy_cycles += used;
            self.counters.instructions += 1;
            if used == 1 {
                self.ones += 1;
                if self.ones.is_multiple_of(ASLEEP_CHECK) {
                    self.sleep_to(horizon);
                }
            } else {
                self.ones = 0;
                if used >= SHORTEST_EXCEPTION
                    && let Some(taken) = self.exception_taken()
                    && taken.is_reported()
                {
                    return Pause::Taken(taken);
                }
            }
            if !self.markers.is_empty() && self.markers.contains(&self.arm.pc())
            {
                return Pause::Marker;
            }
            if shared.wants_attention() {
                return Pause::Attention;
            }
        }
        if self.arm.is_locked_up() {
            return Pause::Lockup;
        }
        Pause::Horizon
    }

    /// If the core is asleep, lets time pass until `horizon` or SysTick.
    fn sleep_to(&mut self, horizon: u64) {
        if !self.arm.is_asleep() {
            return;
        }
        // The step that noticed was asleep itself.
        self.counters.instructions -= 1;
        self.counters.busy_cycles -= 1;
        self.counters.sleep_cycles += 1;
        if self.no_skip || self.has_pending() {
            return;
        }
        let wake = self.systick_at().unwrap_or(u64::MAX);
        let Some(cycles) = wake.min(horizon).checked_sub(self.local) else {
            return;
        };
        self.arm.with_sys(|sys| {
            sys.tick_cyccnt(cycles);
            if sys.tick_systick(cycles) && sys.syst_csr & 2 != 0 {
                sys.set_pending(Exception::SYSTICK, true);
            }
        });
        self.local += cycles;
        self.counters.sleep_cycles += cycles;
    }
}
