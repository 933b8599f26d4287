// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! In and out of the kernel.
//!
//! A task's r4 to r11 and stack pointer go to its control block on every entry,
//! so that the kernel and debuggers find them there, and come back from it.
//! What the compiler's calling convention does not preserve, exception entry
//! has put on the task's stack. The FPU's registers and the regions of the
//! memory protection unit are exchanged only when another task is to run.

use super::handlers::{SYSCALLS, deferred_switch};
use super::{CURRENT_TASK_PTR, fault};
use crate::descs::{REGIONS_PER_TASK, TaskDesc};
use crate::mpu::{MpuImage, MpuRegion};
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
const HALF: usize = REGIONS_PER_TASK / 2 * size_of::<MpuRegion>();
const USES_LOW_HALF: usize =
    offset_of!(TaskDesc, mpu) + offset_of!(MpuImage, uses_low_half);

/// Saves the context of the interrupted task. Leaves its control block in r0
/// and r4, and the address of the pointer to it in r5.
macro_rules! save_context {
    () => {
        "movw r1, #:lower16:{current}
         movt r1, #:upper16:{current}
         ldr r0, [r1]
         mrs r12, psp
         stm r0, {{r4-r12}}
         mov r4, r0
         mov r5, r1"
    };
}

/// The value that returns from the exception to a task.
#[cfg(fpu)]
macro_rules! exc_return {
    () => {
        "mvn lr, #0x12"
    };
}
#[cfg(not(fpu))]
macro_rules! exc_return {
    () => {
        "mvn lr, #0x2"
    };
}

/// Makes a system call: from a task any, from the kernel the one that starts
/// the first task.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn SVCall() {
    naked_asm!(
        // Is the caller on the main stack?
        "tst lr, #4",
        "beq {first}",
        "movw r1, #:lower16:{current}",
        "movt r1, #:upper16:{current}",
        "ldr r0, [r1]",
        "mrs r12, psp",
        "stm r0, {{r4-r12}}",
        // The table has 16 entries.
        "lsrs r2, r11, #4",
        "it ne",
        "movne r11, #15",
        "movw r2, #:lower16:{syscalls}",
        "movt r2, #:upper16:{syscalls}",
        "ldr r2, [r2]",
        "ldr r2, [r2, r11, lsl #2]",
        "mov r4, r0",
        "mov r5, r1",
        "blx r2",
        // Most calls return to their caller.
        "cmp r0, r4",
        "bne {switch}",
        "ldm r0, {{r4-r11}}",
        exc_return!(),
        "bx lr",
        current = sym CURRENT_TASK_PTR,
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
        "bne {switch}",
        "ldm r0, {{r4-r11}}",
        exc_return!(),
        "bx lr",
        current = sym CURRENT_TASK_PTR,
        deferred_switch = sym deferred_switch,
        switch = sym switch,
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
                "mrs r0, ipsr",
                // Was it the kernel?
                "tst lr, #4",
                "beq {kernel_fault}",
                "mov r2, r0",
                save_context!(),
                "mov r1, r2",
                "bl {task_fault}",
                "b {switch}",
                current = sym CURRENT_TASK_PTR,
                kernel_fault = sym fault::kernel_fault,
                task_fault = sym fault::task_fault,
                switch = sym switch,
            )
        }
    };
}

fault_handler!(HardFault);
fault_handler!(MemoryManagement);
fault_handler!(BusFault);
fault_handler!(UsageFault);

/// Exchanges the contexts and leaves the kernel.
///
/// r0 is the control block of the task that shall run, r4 that of the one that
/// ran, r5 the address of the pointer to it.
#[unsafe(naked)]
unsafe extern "C" fn switch() {
    naked_asm!(
        // This also puts s0 to s15 where exception entry has left room for
        // them, for which the task's regions must still be in force.
        // (The assembler has not been told what the processor has.)
        #[cfg(fpu)]
        ".fpu fpv4-sp-d16
         add r1, r4, #{fp}
         vstm r1, {{s16-s31}}",
        "str r0, [r5]",
        "ldr r1, [r0, #{descriptor}]",
        "ldr r2, [r4, #{descriptor}]",
        "ldrb r3, [r1, #{uses_low_half}]",
        "ldrb r2, [r2, #{uses_low_half}]",
        // MPU_CTRL. While regions change they must not be in force: an old
        // size at a new base could cover the kernel (B3.5).
        "movw r12, #0xED94",
        "movt r12, #0xE000",
        "orrs r3, r2",
        "mov r2, #0",
        "str r2, [r12]",
        // MPU_RBAR, MPU_RASR, and their three aliases.
        "add r2, r1, #{regions}",
        "add r3, r12, #8",
        "beq 2f",
        "ldm r2, {{r4-r11}}",
        "stm r3, {{r4-r11}}",
        "2:",
        "adds r2, #{half}",
        "ldm r2, {{r4-r11}}",
        "stm r3, {{r4-r11}}",
        "mov r2, #{mpu_on}",
        "str r2, [r12]",
        "dsb",
        #[cfg(fpu)]
        "add r1, r0, #{fp}
         vldm r1, {{s16-s31}}",
        "ldm r0, {{r4-r12}}",
        "msr psp, r12",
        exc_return!(),
        "bx lr",
        descriptor = const DESCRIPTOR,
        regions = const REGIONS,
        half = const HALF,
        uses_low_half = const USES_LOW_HALF,
        mpu_on = const super::start::MPU_ON,
        #[cfg(fpu)]
        fp = const offset_of!(SavedState, fp),
    )
}

/// Leaves the kernel for the first time.
#[unsafe(naked)]
unsafe extern "C" fn first_task() {
    naked_asm!(
        "movw r5, #:lower16:{current}",
        "movt r5, #:upper16:{current}",
        "ldr r0, [r5]",
        #[cfg(fpu)]
        ".fpu fpv4-sp-d16
         add r1, r0, #{fp}
         vldm r1, {{s16-s31}}",
        // Thread mode is unprivileged from now on, and nobody returns to what
        // is on the main stack.
        "movs r1, #1",
        "msr control, r1",
        "isb",
        "movw r1, #:lower16:_stack_start",
        "movt r1, #:upper16:_stack_start",
        "msr msp, r1",
        "ldm r0, {{r4-r12}}",
        "msr psp, r12",
        exc_return!(),
        "bx lr",
        current = sym CURRENT_TASK_PTR,
        #[cfg(fpu)]
        fp = const offset_of!(SavedState, fp),
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
