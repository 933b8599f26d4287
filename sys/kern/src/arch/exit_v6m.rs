// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Out of the kernel.
//!
//! A task's r4 to r11 come back from its control block, whether it has been
//! waiting or not. The stack pointer and the regions of the memory protection
//! unit are exchanged only when another task is to run.
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
    // and regions from where the descriptor points to.
    assert!(offset_of!(TaskDesc, mpu) == 0);
    assert!(offset_of!(MpuImage, high) == 0);
};

/// Empties the kernel's stack.
macro_rules! empty_stack {
    () => {
        "ldr r3, =_stack_start
         mov sp, r3"
    };
}

/// Loads r4 to r11 of the task in r1 and returns from the exception to it.
/// Leaves r1 at what comes after them.
macro_rules! load_context {
    ($($and_then:literal),*) => {
        concat!(
            "mov r0, r1
             adds r1, #16
             ldm r1!, {{r4-r7}}
             mov r8, r4
             mov r9, r5
             mov r10, r6
             mov r11, r7
             ldm r0!, {{r4-r7}}
            ",
            $($and_then,)*
            "
             movs r0, #2
             mvns r0, r0
             bx r0"
        )
    };
}

/// Copies the registers of four regions from what r2 points to, to r0.
macro_rules! load_four_regions {
    () => {
        "ldm r2!, {{r4-r7}}
         str r4, [r0]
         str r5, [r0, #4]
         str r6, [r0]
         str r7, [r0, #4]
         ldm r2!, {{r4-r7}}
         str r4, [r0]
         str r5, [r0, #4]
         str r6, [r0]
         str r7, [r0, #4]"
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
    naked_asm!(empty_stack!(), "mov r1, r0", load_context!(), ".pool",)
}

/// Leaves the kernel for another task than the one that was running.
///
/// # Safety
///
/// As for [`resume`]. `next` must be a runnable task.
#[unsafe(naked)]
pub unsafe extern "C" fn switch(current: TaskPtr, next: TaskPtr) -> ! {
    naked_asm!(
        "mrs r2, psp",
        "str r2, [r0, #{psp}]",
        "ldr r2, ={current}",
        "str r1, [r2]",
        "ldr r4, [r0, #{uses_low_half}]",
        "ldr r5, [r1, #{uses_low_half}]",
        "ldr r2, [r1, #{descriptor}]",
        empty_stack!(),
        // MPU_CTRL. While regions change they must not be in force: an old
        // size at a new base could cover the kernel.
        "ldr r0, =0xE000ED94",
        "movs r3, #0",
        "str r3, [r0]",
        // MPU_RBAR and MPU_RASR follow after MPU_RNR, which is not needed.
        "adds r0, #8",
        "orrs r4, r5",
        "beq 1f",
        "mov r12, r2",
        "adds r2, #{low_half}",
        load_four_regions!(),
        "mov r2, r12",
        "1:",
        load_four_regions!(),
        "movs r3, #{mpu_on}",
        "subs r0, #8",
        "str r3, [r0]",
        "dsb",
        load_context!(
            "ldr r2, [r1]
             msr psp, r2"
        ),
        ".pool",
        current = sym CURRENT_TASK_PTR,
        psp = const PSP,
        descriptor = const DESCRIPTOR,
        uses_low_half = const USES_LOW_HALF,
        low_half = const LOW_HALF,
        mpu_on = const MPU_ON,
    )
}

/// Leaves the kernel for the first time.
#[unsafe(naked)]
pub unsafe extern "C" fn first_task() {
    naked_asm!(
        "ldr r1, ={current}",
        "ldr r1, [r1]",
        // Thread mode is unprivileged from now on.
        "movs r2, #1",
        "msr control, r2",
        "isb",
        empty_stack!(),
        load_context!(
            "ldr r2, [r1]
             msr psp, r2"
        ),
        ".pool",
        current = sym CURRENT_TASK_PTR,
    )
}
