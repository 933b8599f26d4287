// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Out of the kernel.
//!
//! A task's r4 to r11 come back from its control block, whether it has been
//! waiting or not. The stack pointer, the FPU's registers and the regions of the
//! memory protection unit are exchanged only when another task is to run.
//!
//! The kernel's stack is forgotten: it was empty when the kernel was entered.

use super::TaskPtr;
use super::current::CURRENT_TASK_PTR;
use crate::descs::TaskDesc;
use crate::mpu::{MPU_ON, MpuImage};
use crate::task::{SavedState, Task};
use core::arch::naked_asm;
use core::mem::offset_of;

const PSP: usize = 8 * 4;
const DESCRIPTOR: usize = offset_of!(Task, descriptor);
const USES_LOW_HALF: usize = offset_of!(Task, uses_low_half);
const LOW_HALF: usize = offset_of!(MpuImage, low);

const _: () = {
    // The code below loads the first nine words of a task as a block,
    assert!(offset_of!(Task, save) == 0);
    assert!(offset_of!(SavedState, r4) == 0);
    assert!(offset_of!(SavedState, psp) == PSP);
    // these two as a pair,
    assert!(USES_LOW_HALF == DESCRIPTOR + 4);
    // and regions from where the descriptor points to.
    assert!(offset_of!(TaskDesc, mpu) == 0);
    assert!(offset_of!(MpuImage, high) == 0);
};

/// Returns from the exception to a task, which has floating point state.
#[cfg(fpu)]
macro_rules! exception_return {
    () => {
        "mvn lr, #0x12
         bx lr"
    };
}
/// Returns from the exception to a task.
#[cfg(not(fpu))]
macro_rules! exception_return {
    () => {
        "mvn lr, #0x2
         bx lr"
    };
}

/// Leaves the kernel for the task that was running.
///
/// # Safety
///
/// The caller must be an exception handler that was entered from `current`,
/// the running task.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(current: TaskPtr) -> ! {
    naked_asm!(
        "ldr sp, =_stack_start",
        "ldm r0, {{r4-r11}}",
        exception_return!(),
        ".pool",
    )
}

/// Leaves the kernel for another task than the one that was running.
///
/// # Safety
///
/// As for [`resume`]. `next` must be a runnable task.
#[unsafe(naked)]
pub unsafe extern "C" fn switch(current: TaskPtr, next: TaskPtr) -> ! {
    naked_asm!(
        "mrs r12, psp",
        "str r12, [r0, #{psp}]",
        // This also puts s0 to s15 where exception entry has left room for
        // them, for which the task's regions must still be in force.
        // (The assembler has not been told what the processor has.)
        #[cfg(fpu)]
        ".fpu fpv4-sp-d16
         add r2, r0, #{fp}
         vstm r2, {{s16-s31}}",
        "ldrd r2, lr, 4f",
        "ldr r0, [r0, #{uses_low_half}]",
        "str r1, [r2]",
        "ldrd r12, r2, [r1, #{descriptor}]",
        "ldr sp, 5f",
        "orrs r0, r2",
        "bne 3f",
        // While regions change they must not be in force: an old size at a
        // new base could cover the kernel (B3.5). So the block that is
        // stored starts with zeros for MPU_CTRL and MPU_RNR, followed by
        // MPU_RBAR, MPU_RASR and their three aliases.
        "2:",
        "ldm r12, {{r4-r11}}",
        "stm lr, {{r0, r2, r4-r11}}",
        "movs r2, #{mpu_on}",
        "str r2, [lr]",
        "dsb",
        #[cfg(fpu)]
        "add r2, r1, #{fp}
         vldm r2, {{s16-s31}}",
        "ldm r1, {{r4-r12}}",
        "msr psp, r12",
        exception_return!(),
        // Regions 0 to 3 go the same way before.
        "3:",
        "movs r0, #0",
        "movs r2, #0",
        "add r3, r12, #{low_half}",
        "ldm r3, {{r4-r11}}",
        "stm lr, {{r0, r2, r4-r11}}",
        "b 2b",
        ".balign 4",
        "4:",
        ".word {current}",
        ".word 0xE000ED94", // MPU_CTRL
        "5:",
        ".word _stack_start",
        current = sym CURRENT_TASK_PTR,
        psp = const PSP,
        descriptor = const DESCRIPTOR,
        uses_low_half = const USES_LOW_HALF,
        low_half = const LOW_HALF,
        mpu_on = const MPU_ON,
        #[cfg(fpu)]
        fp = const offset_of!(SavedState, s16),
    )
}

/// Leaves the kernel for the first time.
#[unsafe(naked)]
pub unsafe extern "C" fn first_task() {
    naked_asm!(
        "movw r1, #:lower16:{current}",
        "movt r1, #:upper16:{current}",
        "ldr r1, [r1]",
        #[cfg(fpu)]
        ".fpu fpv4-sp-d16
         add r2, r1, #{fp}
         vldm r2, {{s16-s31}}",
        // Thread mode is unprivileged from now on.
        "movs r2, #1",
        "msr control, r2",
        "isb",
        "ldr sp, =_stack_start",
        "ldm r1, {{r4-r12}}",
        "msr psp, r12",
        exception_return!(),
        ".pool",
        current = sym CURRENT_TASK_PTR,
        #[cfg(fpu)]
        fp = const offset_of!(SavedState, s16),
    )
}
