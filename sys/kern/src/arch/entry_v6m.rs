// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Into the kernel.
//!
//! A task's r4 to r11 go to its control block on every entry, so that the
//! kernel and debuggers find them there. What the compiler's calling convention
//! does not preserve, exception entry has put on the task's stack.
//!
//! The kernel is always entered from a task, so its stack is empty then, and a
//! handler need not return: it leaves through [`exit`](super::exit). As all
//! registers have been saved already, and the compiler knows that the handler
//! does not return, it saves none a second time.

use super::current::CURRENT_TASK_PTR;
use super::exit::first_task;
use super::fault;
use super::handlers::deferred_switch;
use super::phantom::FAULT_IS_FRESH;
use crate::task::{SavedState, Task};
use core::arch::naked_asm;
use core::mem::offset_of;

// The code below stores the first eight words of a task as a block.
const _: () = {
    assert!(offset_of!(Task, save) == 0);
    assert!(offset_of!(SavedState, r4) == 0);
};

/// Saves r4 to r11 of the running task. Leaves its control block in r0, and
/// its r11 in r7.
macro_rules! save_context {
    () => {
        "ldr r0, ={current}
         ldr r0, [r0]
         mov r1, r0
         stm r1!, {{r4-r7}}
         mov r4, r8
         mov r5, r9
         mov r6, r10
         mov r7, r11
         stm r1!, {{r4-r7}}"
    };
}

/// Makes a system call.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn SVCall() {
    naked_asm!(
        // Is it a phantom?
        "ldr r0, ={fault_is_fresh}",
        "ldrb r0, [r0]",
        "cmp r0, #0",
        "bne 2f",
        save_context!(),
        "ldr r1, ={current}",
        "ldr r1, [r1, #4]",
        // The table has 16 entries, of which the last handles all others.
        "cmp r7, #15",
        "bls 1f",
        "movs r7, #15",
        "1:",
        "lsls r7, r7, #2",
        "ldr r1, [r1, r7]",
        "bx r1",
        "2:",
        "bx lr",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        fault_is_fresh = sym FAULT_IS_FRESH,
    )
}

/// Runs another task if one has been woken by an interrupt, or the first task.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        // Only start-up runs on the main stack.
        "mov r0, lr",
        "lsls r0, r0, #29",
        "bpl 1f",
        save_context!(),
        "ldr r1, ={deferred_switch}",
        "bx r1",
        "1:",
        "ldr r1, ={first_task}",
        "bx r1",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        deferred_switch = sym deferred_switch,
        first_task = sym first_task,
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
        "ldr r1, ={task_fault}",
        "bx r1",
        "1:",
        "ldr r1, ={kernel_fault}",
        "bx r1",
        ".pool",
        current = sym CURRENT_TASK_PTR,
        kernel_fault = sym fault::kernel_fault,
        task_fault = sym fault::task_fault,
    )
}
