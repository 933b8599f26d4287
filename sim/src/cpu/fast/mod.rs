// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Executes the common instructions without `rsemu`.
//!
//! The interpreter of `rsemu` locks its state, takes a reference to its
//! address space and decodes anew for every instruction. Most instructions
//! need nothing of that: they move data between registers and RAM. They run
//! here, on a copy of the registers and from a cache of decoded instructions,
//! at several times the speed and with the same cycle counts.
//!
//! Everything else makes this module *bail* before it has changed anything:
//! exceptions, special registers, sleep, the private peripheral bus, DSP and
//! floating point, and any access that the MPU or the bus refuses. `rsemu`
//! then executes the instruction and raises the fault, if there is one.

mod alu;
mod bus;
mod code;
mod exec;
mod mpu;
#[cfg(test)]
mod tests;
mod transfer;

use rsemu::cpu::arm::v7m::isa::Cond;
use rsemu::cpu::arm::v7m::{Regs, xpsr};

pub(super) use bus::{Bus, Low, PPB};
pub(super) use code::{Class, Code, Decoded};
pub(super) use exec::Context;
pub(super) use mpu::{Mpu, MpuSetup};

/// The registers of the core in the form in which they change fastest.
#[derive(Clone, Debug)]
pub(super) struct Hot {
    /// `r0` to `r15`. `r[15]` is the address of the next instruction.
    pub r: [u32; 16],
    pub n: bool,
    pub z: bool,
    pub c: bool,
    pub v: bool,
    /// `ITSTATE`, 0 outside of an IT block.
    pub it: u8,
    /// The bits of xPSR that have no field here.
    xpsr_rest: u32,
    /// The stack pointer that is not in `r[13]`.
    sp_other: u32,
    /// Whether `r[13]` is the process stack pointer.
    on_psp: bool,
    pub privileged: bool,
    pub in_handler: bool,
    /// `CCR.UNALIGN_TRP`.
    pub trap_unaligned: bool,
    /// `CCR.DIV_0_TRP`.
    pub trap_div0: bool,
    /// The address tagged by the last LDREX.
    pub exclusive: Option<u32>,
    control: u32,
    primask: bool,
    faultmask: bool,
    basepri: u8,
}

const HELD: u32 = xpsr::N | xpsr::Z | xpsr::C | xpsr::V | xpsr::IT_MASK;

impl Hot {
    /// A copy of the registers of `rsemu`.
    pub fn load(regs: &Regs) -> Self {
        let p = regs.xpsr;
        let in_handler = p & xpsr::EXCEPTION != 0;
        let on_psp = !in_handler && regs.control & 2 != 0;
        Hot {
            r: regs.r,
            n: p & xpsr::N != 0,
            z: p & xpsr::Z != 0,
            c: p & xpsr::C != 0,
            v: p & xpsr::V != 0,
            it: ((p >> 8) & 0xfc) as u8 | (p >> 25 & 3) as u8,
            xpsr_rest: p & !HELD,
            sp_other: if on_psp { regs.msp } else { regs.psp },
            on_psp,
            privileged: in_handler || regs.control & 1 == 0,
            in_handler,
            trap_unaligned: false,
            trap_div0: false,
            exclusive: None,
            control: regs.control,
            primask: regs.primask,
            faultmask: regs.faultmask,
            basepri: regs.basepri,
        }
    }

    /// Takes the registers of `rsemu` again; what only this copy has stays.
    pub fn reload(&mut self, regs: &Regs) {
        *self = Hot {
            trap_unaligned: self.trap_unaligned,
            trap_div0: self.trap_div0,
            exclusive: self.exclusive,
            ..Hot::load(regs)
        };
    }

    /// The registers in the form of `rsemu`.
    pub fn store(&self) -> Regs {
        let mut regs = Regs::new();
        regs.r = self.r;
        (regs.msp, regs.psp) = if self.on_psp {
            (self.sp_other, self.r[13])
        } else {
            (self.r[13], self.sp_other)
        };
        regs.xpsr = self.xpsr();
        regs.primask = self.primask;
        regs.faultmask = self.faultmask;
        regs.basepri = self.basepri;
        regs.control = self.control;
        regs
    }

    /// The program status register.
    pub fn xpsr(&self) -> u32 {
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        self.xpsr_rest
            | flag(self.n, xpsr::N)
            | flag(self.z, xpsr::Z)
            | flag(self.c, xpsr::C)
            | flag(self.v, xpsr::V)
            | it_bits(self.it)
    }

    /// Whether the core is in Thumb state, the only one it has.
    pub fn is_thumb(&self) -> bool {
        self.xpsr_rest & xpsr::T != 0
    }

    /// Whether the IT block lets the next instruction execute.
    pub fn passes_it(&self) -> bool {
        self.passes(Cond(self.it >> 4))
    }

    /// A special register that only this copy has up to date, by its number
    /// in MRS. They read as zero without privilege.
    pub fn special(&self, sysm: u8) -> Option<u32> {
        let value = match sysm {
            8 if self.on_psp => self.sp_other,
            9 if !self.on_psp => self.sp_other,
            8 | 9 => self.r[13],
            16 => self.primask.into(),
            _ => return None,
        };
        Some(if self.privileged { value } else { 0 })
    }

    pub fn primask(&self) -> bool {
        self.primask
    }

    pub fn set_primask(&mut self, masked: bool) {
        self.primask = masked;
    }

    pub fn faultmask(&self) -> bool {
        self.faultmask
    }

    pub fn basepri(&self) -> u8 {
        self.basepri
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
