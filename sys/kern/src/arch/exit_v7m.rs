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
use crate::mpu::{MPU_ON, MpuImage, MpuRegion};
use crate::region::REGIONS_PER_TASK;
use crate::task::{SavedState, Task};
use core::arch::naked_asm;
use core::mem::offset_of;

// The code below loads the first nine words of a task as a block.
const _: () = {
    assert!(offset_of!(Task, save) == 0);
    assert!(offset_of!(SavedState, r4) == 0);
    assert!(offset_of!(SavedState, psp) == PSP);
};

const PSP: usize = 8 * 4;
const DESCRIPTOR: usize = offset_of!(Task, descriptor);
const REGIONS: usize =
    offset_of!(TaskDesc, mpu) + offset_of!(MpuImage, regions);
const HALF: usize = REGIONS_PER_TASK / 2 * size_of::<MpuRegion>();
const USES_LOW_HALF: usize =
    offset_of!(TaskDesc, mpu) + offset_of!(MpuImage, uses_low_half);

/// Empties the kernel's stack.
macro_rules! empty_stack {
    () => {
        "movw r3, #:lower16:_stack_start
         movt r3, #:upper16:_stack_start
         mov sp, r3"
    };
}

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
    naked_asm!(empty_stack!(), "ldm r0, {{r4-r11}}", exception_return!(),)
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
        "movw r2, #:lower16:{current}",
        "movt r2, #:upper16:{current}",
        "str r1, [r2]",
        "ldr r0, [r0, #{descriptor}]",
        "ldr r12, [r1, #{descriptor}]",
        "ldrb r0, [r0, #{uses_low_half}]",
        "ldrb r2, [r12, #{uses_low_half}]",
        "adds r12, #{regions}",
        empty_stack!(),
        // While regions change they must not be in force: an old size at a new
        // base could cover the kernel (B3.5). So the block that is stored
        // starts with zeros for MPU_CTRL and MPU_RNR, followed by MPU_RBAR,
        // MPU_RASR and their three aliases.
        "movw lr, #0xED94",
        "movt lr, #0xE000",
        "orrs r0, r2",
        "beq 2f",
        "movs r0, #0",
        "movs r2, #0",
        "ldm r12, {{r4-r11}}",
        "stm lr, {{r0, r2, r4-r11}}",
        "2:",
        "adds r12, #{half}",
        "ldm r12, {{r4-r11}}",
        "stm lr, {{r0, r2, r4-r11}}",
        "mov r2, #{mpu_on}",
        "str r2, [lr]",
        "dsb",
        #[cfg(fpu)]
        "add r2, r1, #{fp}
         vldm r2, {{s16-s31}}",
        "ldm r1, {{r4-r12}}",
        "msr psp, r12",
        exception_return!(),
        current = sym CURRENT_TASK_PTR,
        psp = const PSP,
        descriptor = const DESCRIPTOR,
        regions = const REGIONS,
        half = const HALF,
        uses_low_half = const USES_LOW_HALF,
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
        empty_stack!(),
        "ldm r1, {{r4-r12}}",
        "msr psp, r12",
        exception_return!(),
        current = sym CURRENT_TASK_PTR,
        #[cfg(fpu)]
        fp = const offset_of!(SavedState, s16),
    )
}
