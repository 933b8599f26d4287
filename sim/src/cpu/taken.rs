// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Recognises that a step took an exception, and what it interrupted.

use super::Cpu;
use rsemu::cpu::arm::v7m::sys::Exception;

/// An exception that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Exception number.
    pub number: u16,
    /// Where the exception returns to: the faulting instruction for a fault.
    pub pc: u32,
    /// The link register of the interrupted code.
    pub lr: u32,
    /// The stack pointer of the interrupted code.
    pub sp: u32,
    /// The program status of the interrupted code.
    pub xpsr: u32,
    /// Fault status registers.
    pub cfsr: u32,
    pub hfsr: u32,
    pub mmfar: u32,
    pub bfar: u32,
}

impl Taken {
    /// Whether the run loop hears of it: the faults.
    pub fn is_reported(&self) -> bool {
        (Exception::HARD_FAULT.0..=Exception::USAGE_FAULT.0)
            .contains(&self.number)
    }
}

impl Cpu {
    /// Looks whether the step that just ended entered an exception handler:
    /// the PC is at the handler's entry and LR holds an EXC_RETURN.
    pub(super) fn exception_taken(&mut self) -> Option<Taken> {
        let regs = self.arm.regs();
        let number = regs.exception().0;
        if number == 0 || regs.r[14] < 0xffff_ffe0 {
            return None;
        }
        let vector = self.arm.vtor() + 4 * u32::from(number);
        if self.read_word(vector)? & !1 != regs.r[15] {
            return None;
        }
        self.counters.instructions -= 1;
        if let Some(n) = self.counters.exceptions.get_mut(usize::from(number)) {
            *n += 1;
        }
        let frame = if regs.r[14] & 4 != 0 {
            regs.psp
        } else {
            regs.msp
        };
        let word = |n: u32| self.read_word(frame + 4 * n).unwrap_or(0);
        let xpsr = word(7);
        let basic = if regs.r[14] & 0x10 != 0 { 32 } else { 104 };
        Some(self.arm.with_sys(|sys| Taken {
            number,
            pc: word(6),
            lr: word(5),
            sp: frame + basic + (xpsr >> 9 & 1) * 4,
            xpsr,
            cfsr: sys.cfsr,
            hfsr: sys.hfsr,
            mmfar: sys.mmfar,
            bfar: sys.bfar,
        }))
    }
}
