// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The system block of `rsemu`: time and interrupts while the core sleeps,
//! and what an ARMv6-M does not have.

use super::kind::CpuKind;
use rsemu::cpu::arm::v7m::Regs;
use rsemu::cpu::arm::v7m::sys::{Exception, Sys, ccr, shcsr};

/// SYST_CSR: counting.
const SYSTICK_ENABLE: u32 = 1 << 0;
/// SYST_CSR: reaching zero pends the exception.
const SYSTICK_INTERRUPT: u32 = 1 << 1;
pub(super) const SCR_SLEEPONEXIT: u32 = 1 << 1;
pub(super) const SCR_SEVONPEND: u32 = 1 << 4;

/// Latches asserted lines as pending, as `rsemu` does before each step.
pub(super) fn latch(sys: &mut Sys, mut levels: u64) {
    while levels != 0 {
        let irq = Exception(16 + levels.trailing_zeros() as u16);
        levels &= levels - 1;
        if !sys.is_active(irq) {
            sys.set_pending(irq, true);
        }
    }
}

/// Whether a pending exception ends WFI: it could be taken if PRIMASK were
/// clear (ARMv7-M ARM, B1.5.4 and B1.5.17). `regs` are those of the sleeper.
pub(super) fn ends_sleep(sys: &Sys, regs: &Regs) -> bool {
    let mut priority = sys.active_priority();
    if regs.faultmask {
        priority = priority.min(-1);
    }
    if regs.basepri != 0 {
        priority = priority.min((regs.basepri & sys.group_mask()).into());
    }
    sys.highest_pending().is_some_and(|(_, p)| p < priority)
}

/// Cycles until SysTick becomes pending, if it is going to.
pub(super) fn systick_in(sys: &Sys) -> Option<u64> {
    let on = SYSTICK_ENABLE | SYSTICK_INTERRUPT;
    if sys.syst_csr & on != on || sys.syst_rvr == 0 {
        return None;
    }
    Some(match sys.syst_cvr {
        0 => u64::from(sys.syst_rvr) + 1,
        n => n.into(),
    })
}

/// Lets time pass, as `rsemu` does after each step.
pub(super) fn tick(sys: &mut Sys, cycles: u64) {
    sys.tick_cyccnt(cycles);
    if sys.tick_systick(cycles) && sys.syst_csr & SYSTICK_INTERRUPT != 0 {
        sys.set_pending(Exception::SYSTICK, true);
    }
}

/// Undoes guest writes that an ARMv6-M ignores: HardFault is the only fault,
/// unaligned accesses cause it, and the MPU is coarser.
pub(super) fn constrain(sys: &mut Sys, kind: CpuKind) {
    if kind.is_v6m() {
        sys.shcsr &=
            !(shcsr::MEMFAULTENA | shcsr::BUSFAULTENA | shcsr::USGFAULTENA);
        sys.ccr = ccr::UNALIGN_TRP | ccr::STKALIGN;
        sys.prigroup = 0;
        // The smallest region has 256 bytes; a smaller one matches nothing.
        for rasr in &mut sys.mpu_rasr {
            if *rasr >> 1 & 0x1f < 7 {
                *rasr &= !1;
            }
        }
    }
}
