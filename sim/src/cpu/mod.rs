// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One core: the processor, its view of the bus, and where it is in time.

mod exception;
mod fast;
mod kind;
mod ppb;
mod probe;
mod regs;
mod run;
mod v6m;
mod view;

use crate::chip::Shared;
use fast::{Bus, Code, Hot, Low, Mpu};
use rsemu::core::device::{Device, ResetKind};
use rsemu::core::space::{AddressSpace, MemAttrs, RamStore};
use rsemu::core::value::Width;
use rsemu::cpu::arm::v7m::ArmV7m;
use std::sync::Arc;
use view::View;

pub(crate) use exception::Taken;
pub use kind::{CoreId, CpuKind};
pub(crate) use probe::Probes;
pub use probe::{Change, Stamp};
pub use regs::{FpRegisters, Registers};

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
    /// Something needs the attention of the run loop.
    Attention,
    /// A fault exception was taken.
    Fault(Taken),
    /// The PC reached a breakpoint.
    Breakpoint,
    /// A watched word changed.
    Watch(Change),
    /// The core locked up.
    Lockup,
}

/// How a core executes. All ways give the same results, except that only the
/// first is fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Lets sleep pass cycle by cycle.
    pub no_skip: bool,
    /// Executes everything with `rsemu`.
    pub plain: bool,
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

/// A core.
#[derive(Debug)]
pub(crate) struct Cpu {
    pub kind: CpuKind,
    pub power: Power,
    /// The cycle up to which this core has run.
    pub local: u64,
    pub counters: CoreCounters,
    pub probes: Probes,
    pub pace: Pace,
    arm: ArmV7m,
    space: Arc<AddressSpace>,
    bus: Bus,
    code: Code,
    /// The registers, as far as they can change without `rsemu`.
    hot: Hot,
    /// `hot` is newer than the registers of `rsemu`.
    hot_is_newer: bool,
    /// Cycles that the timers of `rsemu` have not seen.
    ticks: u64,
    mpu: Mpu,
    view: View,
    view_is_stale: bool,
    /// The reset sequence is still to come.
    resetting: bool,
    levels: u64,
    asleep: Asleep,
    /// The event register of WFE.
    event: bool,
    reset_requested: bool,
    /// The instruction that last asked for attention.
    last_pc: u32,
    /// To be reported when the core is to run again.
    deferred: Option<Pause>,
}

/// Whether and how a core sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asleep {
    Awake,
    /// Until an interrupt.
    Wfi,
    /// Until an interrupt or an event.
    Wfe,
}

impl Cpu {
    pub fn new(
        id: CoreId,
        kind: CpuKind,
        space: Arc<AddressSpace>,
        shared: Arc<Shared>,
        flash: Arc<RamStore>,
        sram: Arc<RamStore>,
    ) -> Self {
        let arm = ArmV7m::new(kind.config(id));
        arm.attach_space(Arc::clone(&space));
        let mpu = arm.with_sys(|sys| Mpu::new(sys));
        let hot = Hot::load(&arm.regs());
        Cpu {
            kind,
            power: Power::Held,
            local: 0,
            counters: CoreCounters::new(),
            probes: Probes::default(),
            pace: Pace::default(),
            arm,
            space,
            bus: Bus {
                core: id,
                flash,
                sram,
                shared,
                low: Low::Other,
            },
            code: Code::new(),
            hot,
            hot_is_newer: false,
            ticks: 0,
            mpu,
            view: View::UNKNOWN,
            view_is_stale: true,
            resetting: true,
            levels: 0,
            asleep: Asleep::Awake,
            event: false,
            reset_requested: false,
            last_pc: 0,
            deferred: None,
        }
    }

    /// Puts the core into reset.
    pub fn hold(&mut self) {
        Device::reset(&self.arm, ResetKind::Cold);
        self.power = Power::Held;
        self.hot = Hot::load(&self.arm.regs());
        self.hot_is_newer = false;
        self.ticks = 0;
        self.view = View::UNKNOWN;
        self.view_is_stale = true;
        self.resetting = true;
        self.levels = 0;
        self.asleep = Asleep::Awake;
        self.event = false;
        self.reset_requested = false;
    }

    /// Lets the core start from the vector table at `vectors` in cycle `now`.
    pub fn release(&mut self, vectors: u32, now: u64) {
        self.arm.set_vtor(vectors);
        self.local = self.local.max(now);
        self.power = Power::On;
    }

    /// Tells the core whether it sees the flash at address 0.
    pub fn alias_flash(&mut self, aliased: bool) {
        self.bus.low = if aliased { Low::Flash } else { Low::Other };
    }

    /// Drives the interrupt lines.
    pub fn set_levels(&mut self, levels: u64) {
        let changed = levels ^ self.levels;
        if changed == 0 {
            return;
        }
        self.levels = levels;
        self.view_is_stale = true;
        for line in (0..64).filter(|n| changed >> n & 1 != 0) {
            self.arm.set_irq(line, levels >> line & 1 != 0);
        }
    }

    /// Makes an interrupt pending, as an edge on its line.
    pub fn pend(&mut self, line: u8) {
        self.arm.pend_irq(line.into());
        self.view_is_stale = true;
    }

    /// Sets the event register, as an event from outside.
    pub fn signal_event(&mut self) {
        self.event = true;
    }

    /// Whether the core sleeps, or is off, and nothing pending wakes it.
    pub fn is_sleeping(&mut self) -> bool {
        if self.power != Power::On {
            return true;
        }
        self.refresh();
        self.asleep != Asleep::Awake && !self.wakes()
    }

    /// The cycle at which SysTick wakes the core, if it is going to.
    pub fn systick_at(&mut self) -> Option<u64> {
        if self.power != Power::On {
            return None;
        }
        self.refresh();
        let at = self.view.systick_at;
        (at != u64::MAX).then_some(at)
    }

    /// Whether there is a request to take.
    pub fn wants_reset(&self) -> bool {
        self.reset_requested
    }

    /// Takes the guest's request for a system reset.
    pub fn take_reset_request(&mut self) -> bool {
        std::mem::take(&mut self.reset_requested)
    }

    /// The core's view of the bus.
    pub fn space(&self) -> Arc<AddressSpace> {
        Arc::clone(&self.space)
    }

    /// Whether the core sleeps, as far as is known without looking for new
    /// interrupts.
    pub fn seems_asleep(&self) -> bool {
        self.power == Power::On && self.asleep != Asleep::Awake && !self.wakes()
    }

    /// The instruction whose access asked for attention.
    pub fn last_pc(&self) -> u32 {
        self.last_pc
    }

    /// The address of the next instruction.
    pub fn pc(&self) -> u32 {
        self.hot.r[15]
    }

    /// All registers.
    pub fn registers(&self) -> Registers {
        let mut registers = Registers::new(&self.hot.store());
        if self.kind == CpuKind::CortexM4F {
            registers.fpu = Some(Box::new(FpRegisters {
                fpscr: self.arm.fpscr(),
                s: std::array::from_fn(|n| self.arm.s(n as u8)),
            }));
        }
        registers
    }

    /// Reads a word of memory without side effects; `None` on a bus error.
    pub fn read_word(&self, addr: u32) -> Option<u32> {
        self.space
            .read(addr.into(), Width::U32, MemAttrs::DEBUG)
            .ok()
            .map(|v| v as u32)
    }

    fn write_word(&self, addr: u32, value: u32) {
        // What cannot be written was refused before, to the guest.
        let _ = self.space.write(
            addr.into(),
            Width::U32,
            value.into(),
            MemAttrs::DEBUG,
        );
    }
}
