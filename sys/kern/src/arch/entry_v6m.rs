// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! In and out of the kernel.
//!
//! A task's r4 to r11 and stack pointer go to its control block on every entry,
//! so that the kernel and debuggers find them there, and come back from it.
//! What the compiler's calling convention does not preserve, exception entry
//! has put on the task's stack.

use super::handlers::{SYSCALLS, deferred_switch};
use super::{CURRENT_TASK_PTR, fault};
use crate::descs::{REGIONS_PER_TASK, TaskDesc};
use crate::mpu::MpuImage;
use crate::task::{SavedState, Task};
use core::arch::naked_asm;
use core::mem::offset_of;

// The code below stores and loads the first nine words of a task as a block.
const _: () = {
    assert!(offset_of!(Task, save) == 0);
    assert!(offset_of!(SavedState, r4) == 0);
    assert!(offset_of!(SavedState, psp) == 8 * 4);
};

const DESCRIPTOR: usize = offset_of!(Task, descriptor);
const REGIONS: usize =
    offset_of!(TaskDesc, mpu) + offset_of!(MpuImage, regions);

/// Saves the context of the interrupted task. Leaves its control block in r0
/// and r4, the address of the pointer to it in r5, and its r11 in r7.
macro_rules! save_context {
    () => {
        "ldr r1, ={current}
         ldr r0, [r1]
         mov r2, r0
         stm r2!, {{r4-r7}}
         mov r4, r8
         mov r5, r9
         mov r6, r10
         mov r7, r11
         stm r2!, {{r4-r7}}
         mrs r3, psp
         str r3, [r2]
         mov r4, r0
         mov r5, r1"
    };
}

/// Loads the context of the task in r0 and returns to it.
macro_rules! load_context {
    () => {
        "movs r1, r0
         adds r0, #16
         ldm r0!, {{r4-r7}}
         mov r8, r4
         mov r9, r5
         mov r10, r6
         mov r11, r7
         ldr r2, [r0]
         msr psp, r2
         ldm r1!, {{r4-r7}}
         movs r0, #2
         mvns r0, r0
         bx r0"
    };
}

/// Makes a system call: from a task any, from the kernel the one that starts
/// the first task.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn SVCall() {
    naked_asm!(
        // Is the caller on the main stack?
        "mov r0, lr",
        "lsls r0, r0, #29",
        "bpl 3f",
        // Is it a phantom?
        "ldr r0, ={fault_is_fresh}",
        "ldrb r0, [r0]",
        "cmp r0, #0",
        "bne 4f",
        save_context!(),
        // The table has 16 entries.
        "cmp r7, #15",
        "bls 1f",
        "movs r7, #15",
        "1:",
        "ldr r2, ={syscalls}",
        "ldr r2, [r2]",
        "lsls r7, r7, #2",
        "ldr r2, [r2, r7]",
        "blx r2",
        // Most calls return to their caller.
        "cmp r0, r4",
        "bne 2f",
        load_context!(),
        "2:",
        "ldr r1, ={switch}",
        "bx r1",
        "3:",
        "ldr r1, ={first}",
        "bx r1",
        "4:",
        "bx lr",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        fault_is_fresh = sym fault::FAULT_IS_FRESH,
        syscalls = sym SYSCALLS,
        first = sym first_task,
        switch = sym switch,
    )
}

/// Runs another task if one has been woken by an interrupt.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        save_context!(),
        "bl {deferred_switch}",
        "cmp r0, r4",
        "bne 1f",
        load_context!(),
        "1:",
        "ldr r1, ={switch}",
        "bx r1",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        deferred_switch = sym deferred_switch,
        switch = sym switch,
    )
}

/// Handles the only fault there is.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn HardFault() {
    naked_asm!(
        // Was it the kernel?
        "mov r0, lr",
        "lsls r0, r0, #29",
        "bpl 1f",
        save_context!(),
        "bl {task_fault}",
        "ldr r1, ={switch}",
        "bx r1",
        "1:",
        "bl {kernel_fault}",
        "udf #0",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        kernel_fault = sym fault::kernel_fault,
        task_fault = sym fault::task_fault,
        switch = sym switch,
    )
}

/// Exchanges the regions and leaves the kernel.
///
/// r0 is the control block of the task that shall run, r5 the address of the
/// pointer to it.
#[unsafe(naked)]
unsafe extern "C" fn switch() {
    naked_asm!(
        "str r0, [r5]",
        "movs r1, #{descriptor}",
        "ldr r1, [r0, r1]",
        "adds r1, #{regions}",
        // MPU_CTRL. While regions change they must not be in force: an old
        // size at a new base could cover the kernel.
        "ldr r2, =0xE000ED94",
        "movs r3, #0",
        "str r3, [r2]",
        "movs r3, #{count}",
        // MPU_RBAR and MPU_RASR.
        "1:",
        "ldm r1!, {{r4, r5}}",
        "str r4, [r2, #8]",
        "str r5, [r2, #12]",
        "subs r3, #1",
        "bne 1b",
        "movs r3, #{mpu_on}",
        "str r3, [r2]",
        "dsb",
        load_context!(),
        ".pool",
        descriptor = const DESCRIPTOR,
        regions = const REGIONS,
        count = const REGIONS_PER_TASK,
        mpu_on = const super::start::MPU_ON,
    )
}

/// Leaves the kernel for the first time.
#[unsafe(naked)]
unsafe extern "C" fn first_task() {
    naked_asm!(
        "ldr r5, ={current}",
        "ldr r0, [r5]",
        // Thread mode is unprivileged from now on, and nobody returns to what
        // is on the main stack.
        "movs r1, #1",
        "msr control, r1",
        "isb",
        "ldr r1, =_stack_start",
        "msr msp, r1",
        load_context!(),
        ".pool",
        current = sym CURRENT_TASK_PTR,
    )
}

/// Starts the first task.
///
/// # Safety
///
/// [`CURRENT_TASK_PTR`] must be set, and everything be ready for tasks.
pub unsafe fn start_first_task() -> ! {
    // SAFETY: the handler recognises the caller by its stack, and does not
    // return.
    unsafe { core::arch::asm!("svc #0xFF", options(noreturn)) }
}
