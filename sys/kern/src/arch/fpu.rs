// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The floating point unit.
//!
//! Tasks always run with floating point state: exception entry makes room for
//! s0 to s15 on the stack and fills it only when the kernel touches the unit,
//! which it does to switch tasks (lazy stacking, B1.5.7).

use crate::task::SavedState;
use core::arch::asm;
use core::mem::offset_of;
use cortex_m::peripheral::{FPU, SCB};

/// FPCCR: room on the stack has not been filled yet (B3.2.21).
const LSPACT: u32 = 1 << 0;
/// FPCCR: fill it lazily.
const LSPEN: u32 = 1 << 30;
/// FPCCR: make room for floating point state at all.
const ASPEN: u32 = 1 << 31;

/// Lets everybody use the unit, and has its state saved lazily.
///
/// # Safety
///
/// Must not be called once tasks run.
pub unsafe fn enable(scb: &mut SCB, fpu: &FPU) {
    scb.enable_fpu();
    // SAFETY: this is what the unit is set to at reset; code that ran before
    // us does not rely on anything else, as it does not run any more.
    unsafe { fpu.fpccr.modify(|bits| bits | ASPEN | LSPEN) };
}

/// Lets the room for s0 to s15 on the stack be, if it has not been filled yet.
///
/// The registers are then loaded from there on the way back to the task.
pub fn forget_lazy_state() {
    // SAFETY: the register is made for shared access, and the change affects
    // nothing but the task that is interrupted.
    unsafe { (*FPU::PTR).fpccr.modify(|bits| bits & !LSPACT) };
}

/// Loads s16 to s31.
pub fn load(save: &SavedState) {
    // SAFETY: the kernel does not use these registers, nor does the compiler
    // when it compiles integer code.
    unsafe {
        asm!(
            "add {first}, {save}, #{s16}",
            "vldm {first}, {{s16-s31}}",
            first = out(reg) _,
            save = in(reg) save,
            s16 = const offset_of!(SavedState, s16),
            options(nostack, readonly, preserves_flags),
        );
    }
}
