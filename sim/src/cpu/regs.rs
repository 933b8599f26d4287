// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A core's registers as a debugger sees them, and as the corrections do.

use rsemu::cpu::arm::v7m::isa::Cond;
use rsemu::cpu::arm::v7m::sys::{Exception, control};
use rsemu::cpu::arm::v7m::{Regs, xpsr};

/// All registers of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registers {
    /// `r0` to `r15`; `r[13]` is the stack pointer in use, `r[15]` the PC.
    pub r: [u32; 16],
    /// Main stack pointer.
    pub msp: u32,
    /// Process stack pointer.
    pub psp: u32,
    /// Program status.
    pub xpsr: u32,
    /// `CONTROL`.
    pub control: u32,
    /// `PRIMASK`.
    pub primask: bool,
    /// `FAULTMASK`.
    pub faultmask: bool,
    /// `BASEPRI`.
    pub basepri: u8,
    /// `FPSCR` and `S0` to `S31` of a core with FPU.
    pub fpu: Option<Box<FpRegisters>>,
}

/// The registers of the FPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FpRegisters {
    /// `FPSCR`.
    pub fpscr: u32,
    /// `S0` to `S31`.
    pub s: [u32; 32],
}

impl Registers {
    pub(crate) fn new(regs: &Regs) -> Self {
        Registers {
            r: regs.r,
            msp: regs.msp,
            psp: regs.psp,
            xpsr: regs.xpsr,
            control: regs.control,
            primask: regs.primask,
            faultmask: regs.faultmask,
            basepri: regs.basepri,
            fpu: None,
        }
    }

    /// The exception that is being handled, 0 in Thread mode.
    pub fn exception(&self) -> u16 {
        (self.xpsr & 0x1ff) as u16
    }

    /// Whether the code at the PC runs unprivileged.
    pub fn is_unprivileged(&self) -> bool {
        self.exception() == 0 && self.control & 1 != 0
    }

    /// The registers by their `DCRSR` selector, as a core dump lists them:
    /// `r0` to `r15`, xPSR, MSP, PSP, then `CONTROL`, `FAULTMASK`, `BASEPRI`
    /// and `PRIMASK` packed into selector 20, and the FPU's.
    pub fn by_selector(&self) -> Vec<(u32, u32)> {
        let packed = self.control << 24
            | u32::from(self.faultmask) << 16
            | u32::from(self.basepri) << 8
            | u32::from(self.primask);
        let mut list: Vec<_> = (0..).zip(self.r.iter().copied()).collect();
        list.extend([
            (16, self.xpsr),
            (17, self.msp),
            (18, self.psp),
            (20, packed),
        ]);
        if let Some(fpu) = &self.fpu {
            list.push((33, fpu.fpscr));
            list.extend((64..).zip(fpu.s.iter().copied()));
        }
        list
    }
}

/// What the corrections ask of the registers of `rsemu`.
pub(super) trait State {
    /// `ITSTATE`, 0 outside of an IT block.
    fn it(&self) -> u8;

    /// Changes `ITSTATE`.
    fn set_it(&mut self, it: u8);

    fn is_privileged(&self) -> bool;

    /// Whether the execution priority is negative, so that no fault handler
    /// can be entered: in NMI, in HardFault, or with FAULTMASK.
    fn is_negative(&self) -> bool;

    /// Whether an IT block keeps the next instruction from executing.
    fn skips_next(&self) -> bool;
}

impl State for Regs {
    fn it(&self) -> u8 {
        ((self.xpsr >> 8) & 0xfc) as u8 | (self.xpsr >> 25 & 3) as u8
    }

    fn set_it(&mut self, it: u8) {
        self.xpsr = self.xpsr & !xpsr::IT_MASK | it_bits(it);
    }

    #[inline]
    fn is_privileged(&self) -> bool {
        self.in_handler() || self.control & control::NPRIV == 0
    }

    #[inline]
    fn is_negative(&self) -> bool {
        let exception = self.exception();
        self.faultmask
            || exception == Exception::HARD_FAULT
            || exception == Exception::NMI
    }

    fn skips_next(&self) -> bool {
        let it = self.it();
        it != 0 && !Cond(it >> 4).passes(self.xpsr)
    }
}

/// `ITSTATE` at its places in xPSR.
pub(super) fn it_bits(it: u8) -> u32 {
    u32::from(it & 0xfc) << 8 | u32::from(it & 3) << 25
}

/// `ITSTATE` after one more instruction of the block.
pub(super) fn it_advance(it: u8) -> u8 {
    if it & 7 == 0 {
        0
    } else {
        it & 0xe0 | it << 1 & 0x1f
    }
}
