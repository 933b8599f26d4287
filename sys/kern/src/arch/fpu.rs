// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The floating point unit.
//!
//! Tasks always run with floating point state: exception entry makes room for
//! s0 to s15 on the stack and fills it only when the kernel touches the unit,
//! which it does to switch tasks (lazy stacking, B1.5.7).

use crate::task::FpRegisters;
use core::arch::asm;
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
pub fn load(registers: &FpRegisters) {
    // SAFETY: the kernel does not use these registers, nor does the compiler
    // when it compiles integer code.
    unsafe {
        asm!(
            "vldm {registers}, {{s16-s31}}",
            registers = in(reg) registers,
            options(nostack, readonly, preserves_flags),
        );
    }
}
