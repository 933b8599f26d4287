// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System calls and deferred switches, to which the entry code jumps, and the
//! handlers that need no entry code.

use super::TaskPtr;
use super::current::SyscallTable;
use super::events::{end_of_syscall, events, switch_by_fault};
use super::exit::{resume, switch};
use super::processor::{kernel, reschedule};
use crate::fail::die;
use crate::machine::NextTask;
use abi::{FaultInfo, UsageError};
use core::arch::global_asm;
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::Relaxed;
use cortex_m::peripheral::SCB;

/// The table that is in use, unless system calls are traced.
pub static SYSCALLS: SyscallTable = [
    send,
    recv,
    reply,
    set_timer,
    borrow_read,
    borrow_write,
    borrow_info,
    irq_control,
    panic,
    get_timer,
    refresh_task_id,
    post,
    reply_fault,
    irq_status,
    bad_number,
    bad_number,
];

// `CURRENT_TASK_PTR` and `KERNEL_SYSCALLS`, side by side so that one
// instruction loads both. Debuggers want the former to have four bytes and a
// symbol.
global_asm!(
    ".section .data.kern_entry, \"aw\", %progbits",
    ".balign 8",
    ".global CURRENT_TASK_PTR",
    ".type CURRENT_TASK_PTR, %object",
    ".size CURRENT_TASK_PTR, 4",
    "CURRENT_TASK_PTR:",
    ".word 0",
    ".global KERNEL_SYSCALLS",
    ".type KERNEL_SYSCALLS, %object",
    ".size KERNEL_SYSCALLS, 4",
    "KERNEL_SYSCALLS:",
    ".word {syscalls}",
    ".text",
    syscalls = sym SYSCALLS,
);

/// Defines an entry of the table: it calls a method of the kernel.
///
/// # Safety
///
/// The kernel must have been entered from `caller`, the running task.
macro_rules! syscalls {
    ($($name:ident => $method:ident;)*) => {
        $(
            unsafe extern "C" fn $name(caller: TaskPtr) -> ! {
                // SAFETY: only the entry code uses the table, so the kernel is
                // not at work yet. When the method returns it no longer is.
                unsafe {
                    let Err(fault) = kernel().$method(caller);
                    fault_current(caller, fault)
                }
            }
        )*
    };
}

syscalls! {
    send => send;
    recv => recv;
    reply => reply;
    set_timer => set_timer;
    borrow_read => borrow_read;
    borrow_write => borrow_write;
    borrow_info => borrow_info;
    irq_control => irq_control;
    get_timer => get_timer;
    refresh_task_id => refresh_task_id;
    post => post_from;
    reply_fault => reply_fault;
    irq_status => irq_status;
}

/// The system call that a task makes when it cannot go on.
unsafe extern "C" fn panic(caller: TaskPtr) -> ! {
    // SAFETY: only the entry code uses the table.
    unsafe { fault_current(caller, FaultInfo::Panic) }
}

/// All system calls that do not exist.
unsafe extern "C" fn bad_number(caller: TaskPtr) -> ! {
    let fault = UsageError::BadSyscallNumber.into();
    // SAFETY: only the entry code uses the table.
    unsafe { fault_current(caller, fault) }
}

/// Takes the running task out of service and leaves the kernel.
///
/// # Panics
///
/// If it is the one that would run next.
///
/// # Safety
///
/// The kernel must have been entered from `current`, the running task, and not
/// be at work any more.
#[inline(never)]
#[cold]
pub unsafe fn fault_current(current: TaskPtr, info: FaultInfo) -> ! {
    // SAFETY: our caller promises what is needed.
    let mut kernel = unsafe { kernel() };
    let next = match kernel.force_fault(current, info) {
        NextTask::Specific(next) => next,
        _ => kernel.select(current),
    };
    assert!(next != current, "attempt to return to a faulted task");
    switch_by_fault(next);
    // SAFETY: our caller promises what is needed.
    unsafe { switch(current, next) }
}

/// PendSV has been made pending for a switch of tasks. It is for other reasons,
/// too, but a switch that nobody asked for could pass the processor on to a
/// task that is no more important than the one that runs.
static SWITCH_WANTED: AtomicBool = AtomicBool::new(false);

/// Has the scheduler run before the next instruction of a task.
fn pend_switch() {
    SWITCH_WANTED.store(true, Relaxed);
    SCB::set_pendsv();
}

/// Runs before the next instruction of a task if PendSV has been made pending.
///
/// # Safety
///
/// Only for the entry code.
pub unsafe extern "C" fn deferred_switch(current: TaskPtr) -> ! {
    #[cfg(armv6m)]
    super::phantom::FAULT_IS_FRESH.store(false, Relaxed);
    end_of_syscall(current);
    let wanted = SWITCH_WANTED.load(Relaxed);
    // SAFETY: our caller promises what is needed.
    unsafe {
        if !wanted {
            resume(current)
        }
        SWITCH_WANTED.store(false, Relaxed);
        if let Some(events) = events() {
            (events.secondary_syscall_enter)();
            let next = kernel().select(current);
            if next != current {
                (events.context_switch)(next.as_ptr().addr());
            }
            (events.secondary_syscall_exit)();
        }
        reschedule(current)
    }
}

/// Advances the clock.
#[unsafe(no_mangle)]
unsafe extern "C" fn SysTick() {
    if let Some(events) = events() {
        (events.timer_isr_enter)();
    }
    // SAFETY: this is one of the kernel's handlers.
    if unsafe { kernel() }.tick() {
        pend_switch();
    }
    if let Some(events) = events() {
        (events.timer_isr_exit)();
    }
}

/// Handles external interrupts, and exceptions that should not happen.
#[unsafe(no_mangle)]
unsafe extern "C" fn DefaultHandler() {
    /// The exception number of external interrupt 0.
    const FIRST_IRQ: u32 = 16;

    if let Some(events) = events() {
        (events.isr_enter)();
    }
    let exception = ipsr();
    let Some(irq) = exception.checked_sub(FIRST_IRQ) else {
        die("unexpected exception", exception);
    };
    // SAFETY: this is one of the kernel's handlers.
    if unsafe { kernel() }.interrupt(irq) {
        pend_switch();
    }
    if let Some(events) = events() {
        (events.isr_exit)();
    }
}

/// The number of the exception that is being handled.
fn ipsr() -> u32 {
    let ipsr: u32;
    // SAFETY: reading the register has no effect.
    unsafe {
        core::arch::asm!(
            "mrs {}, ipsr",
            out(reg) ipsr,
            options(nomem, nostack, preserves_flags),
        );
    }
    ipsr
}
