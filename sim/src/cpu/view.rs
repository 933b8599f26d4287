// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the run loop has to know of the system block before it may let
//! instructions run without `rsemu`.

use super::fast::{Hot, MpuSetup};
use super::kind::CpuKind;
use rsemu::cpu::arm::v7m::sys::{Exception, Sys, ccr, shcsr};

/// SYST_CSR: counting, and pending the exception.
const SYSTICK_ON: u32 = 3;
const SCR_SLEEPONEXIT: u32 = 1 << 1;
const SCR_SEVONPEND: u32 = 1 << 4;

/// A digest of the system block. It holds until an instruction changes the
/// block or an interrupt line changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// An exception is going to be taken before the next instruction.
    pub takeable: bool,
    /// WFI does not sleep, or ends.
    pub wakes: bool,
    /// Any interrupt is pending, and SEVONPEND makes that an event.
    pub pending_event: bool,
    /// The cycle at which SysTick becomes pending, or the end of time.
    pub systick_at: u64,
    /// The execution priority.
    pub priority: i32,
    pub sleep_on_exit: bool,
    pub reset_requested: bool,
    /// Fault status before the next step.
    pub cfsr: u32,
    pub hfsr: u32,
}

impl View {
    /// Before anything is known.
    pub const UNKNOWN: View = View {
        takeable: true,
        wakes: true,
        pending_event: false,
        systick_at: u64::MAX,
        priority: 256,
        sleep_on_exit: false,
        reset_requested: false,
        cfsr: 0,
        hfsr: 0,
    };

    /// Digests `sys`, whose timers stand at cycle `now`.
    pub fn new(sys: &mut Sys, hot: &mut Hot, levels: u64, now: u64) -> View {
        latch(sys, levels);
        hot.trap_unaligned = sys.ccr & ccr::UNALIGN_TRP != 0;
        hot.trap_div0 = sys.ccr & ccr::DIV_0_TRP != 0;
        let unmasked = unmasked_priority(sys, hot);
        let priority = if hot.primask() {
            unmasked.min(0)
        } else {
            unmasked
        };
        let pending = sys.highest_pending().map_or(i32::MAX, |(_, p)| p);
        let ticking =
            sys.syst_csr & SYSTICK_ON == SYSTICK_ON && sys.syst_rvr != 0;
        let left = match sys.syst_cvr {
            0 => u64::from(sys.syst_rvr) + 1,
            n => n.into(),
        };
        View {
            takeable: pending < priority,
            wakes: pending < unmasked,
            pending_event: sys.scr & SCR_SEVONPEND != 0
                && sys.pending.iter().any(|&w| w != 0),
            systick_at: if ticking { now + left } else { u64::MAX },
            priority,
            sleep_on_exit: sys.scr & SCR_SLEEPONEXIT != 0,
            reset_requested: sys.reset_requested,
            cfsr: sys.cfsr,
            hfsr: sys.hfsr,
        }
    }
}

/// The MPU's registers and the one thing besides them that it looks at.
pub(super) fn mpu_setup(sys: &Sys, view: &View) -> MpuSetup {
    MpuSetup::new(sys, view.priority)
}

/// Latches asserted lines as pending, as `rsemu` does before each step.
fn latch(sys: &mut Sys, mut levels: u64) {
    while levels != 0 {
        let irq = Exception(16 + levels.trailing_zeros() as u16);
        levels &= levels - 1;
        if !sys.is_active(irq) {
            sys.set_pending(irq, true);
        }
    }
}

/// The execution priority without PRIMASK, which does not keep an interrupt
/// from ending WFI (ARMv7-M ARM, B1.5.4 and B1.5.17).
fn unmasked_priority(sys: &Sys, hot: &Hot) -> i32 {
    let mut priority = sys.active_priority();
    if hot.faultmask() {
        priority = priority.min(-1);
    }
    if hot.basepri() != 0 {
        priority = priority.min((hot.basepri() & sys.group_mask()).into());
    }
    priority
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
