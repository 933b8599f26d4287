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
use crate::task::{SavedState, Task};
use core::arch::naked_asm;
use core::mem::offset_of;

// The code below stores the first eight words of a task as a block.
const _: () = {
    assert!(offset_of!(Task, save) == 0);
    assert!(offset_of!(SavedState, r4) == 0);
};

/// Saves r4 to r11 of the running task. Leaves its control block in r0.
macro_rules! save_context {
    () => {
        "movw r0, #:lower16:{current}
         movt r0, #:upper16:{current}
         ldr r0, [r0]
         stm r0, {{r4-r11}}"
    };
}

/// Makes a system call.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn SVCall() {
    naked_asm!(
        "movw r1, #:lower16:{current}",
        "movt r1, #:upper16:{current}",
        "ldrd r0, r1, [r1]",
        "stm r0, {{r4-r11}}",
        // The table has 16 entries, of which the last handles all others.
        "cmp r11, #15",
        "bhi 1f",
        "ldr pc, [r1, r11, lsl #2]",
        "1:",
        "ldr pc, [r1, #60]",
        current = sym CURRENT_TASK_PTR,
    )
}

/// Runs another task if one has been woken by an interrupt, or the first task.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn PendSV() {
    naked_asm!(
        // Only start-up runs on the main stack.
        "tst lr, #4",
        "beq {first_task}",
        save_context!(),
        "b {deferred_switch}",
        current = sym CURRENT_TASK_PTR,
        deferred_switch = sym deferred_switch,
        first_task = sym first_task,
    )
}

/// Defines the handler of a fault.
macro_rules! fault_handler {
    ($name:ident) => {
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                // The exception number is in the status register.
                "mrs r1, ipsr",
                // Was it the kernel?
                "tst lr, #4",
                "beq {kernel_fault}",
                save_context!(),
                "b {task_fault}",
                current = sym CURRENT_TASK_PTR,
                kernel_fault = sym fault::kernel_fault,
                task_fault = sym fault::task_fault,
            )
        }
    };
}

fault_handler!(HardFault);
fault_handler!(MemoryManagement);
fault_handler!(BusFault);
fault_handler!(UsageFault);
