// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One core: the processor, its view of the bus, and where it is in time.

mod access;
mod code;
mod exception;
mod intercept;
mod kind;
mod probe;
mod regs;
mod run;
mod sleep;
mod system;
mod v6m;

use crate::chip::port::Shared;
use crate::core_id::CoreId;
use code::Code;
use exception::FaultStatus;
use rsemu::core::device::{Device, ResetKind};
use rsemu::core::space::{AddressSpace, MemAttrs};
use rsemu::core::value::Width;
use rsemu::cpu::arm::v7m::ArmV7m;
use sleep::{Asleep, Waker};
use std::sync::Arc;

pub(crate) use exception::Taken;
pub use kind::CpuKind;
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
    /// Lets sleep pass cycle by cycle.
    pub no_skip: bool,
    id: CoreId,
    arm: ArmV7m,
    space: Arc<AddressSpace>,
    shared: Arc<Shared>,
    code: Code,
    /// The reset sequence is still to come.
    resetting: bool,
    levels: u64,
    status: FaultStatus,
    asleep: Asleep,
    /// What ends the sleep of a core that sleeps.
    waker: Waker,
    /// The event register of WFE.
    event: bool,
    reset_requested: bool,
    /// The last instruction.
    last_pc: u32,
    /// To be reported when the core is to run again.
    deferred: Option<Pause>,
}

impl Cpu {
    pub fn new(
        id: CoreId,
        kind: CpuKind,
        space: Arc<AddressSpace>,
        shared: Arc<Shared>,
    ) -> Self {
        let arm = ArmV7m::new(kind.config(id));
        arm.attach_space(Arc::clone(&space));
        let mut cpu = Cpu {
            kind,
            power: Power::Held,
            local: 0,
            counters: CoreCounters::new(),
            probes: Probes::default(),
            no_skip: false,
            id,
            arm,
            space,
            shared,
            code: Code::new(),
            resetting: true,
            levels: 0,
            status: FaultStatus::default(),
            asleep: Asleep::Awake,
            waker: Waker::NONE,
            event: false,
            reset_requested: false,
            last_pc: 0,
            deferred: None,
        };
        cpu.hold();
        cpu
    }

    /// Puts the core into reset.
    pub fn hold(&mut self) {
        Device::reset(&self.arm, ResetKind::Cold);
        self.power = Power::Held;
        self.resetting = true;
        self.levels = 0;
        self.asleep = Asleep::Awake;
        self.event = false;
        self.reset_requested = false;
        self.after_system_access();
    }

    /// Lets the core start from the vector table at `vectors` in cycle `now`.
    pub fn release(&mut self, vectors: u32, now: u64) {
        self.arm.set_vtor(vectors);
        self.local = self.local.max(now);
        self.power = Power::On;
    }

    /// Drives the interrupt lines.
    pub fn set_levels(&mut self, levels: u64) {
        let changed = levels ^ self.levels;
        if changed == 0 {
            return;
        }
        self.levels = levels;
        for line in (0..64).filter(|n| changed >> n & 1 != 0) {
            self.arm.set_irq(line, levels >> line & 1 != 0);
        }
        self.look_for_wakers();
    }

    /// Makes an interrupt pending, as an edge on its line.
    pub fn pend(&mut self, line: u8) {
        self.arm.pend_irq(line.into());
        self.look_for_wakers();
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

    /// The instruction whose access asked for attention.
    pub fn last_pc(&self) -> u32 {
        self.last_pc
    }

    /// The address of the next instruction.
    pub fn pc(&self) -> u32 {
        self.arm.pc()
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
