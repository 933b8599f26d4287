// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the entry code calls, and the handlers that need no entry code.

use super::{Processor, fault, kernel};
use crate::kernel::{Kernel, NextTask};
use crate::profiling::events;
use crate::task::Task;
use abi::{FaultInfo, UsageError};
use core::sync::atomic::{AtomicPtr, Ordering};

/// Handles a system call of a task; returns the task that shall run.
pub type Syscall = unsafe extern "C" fn(caller: *mut Task) -> *mut Task;

/// System calls by number; numbers from 14 on do not exist.
type SyscallTable = [Syscall; 16];

/// The table in use.
pub static SYSCALLS: AtomicPtr<SyscallTable> =
    AtomicPtr::new((&raw const PLAIN).cast_mut());

static PLAIN: SyscallTable = [
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

/// A table with which system calls are reported to the application.
static TRACED: SyscallTable = [traced; 16];

/// Has system calls reported to the application from now on.
pub fn trace_syscalls() {
    SYSCALLS.store((&raw const TRACED).cast_mut(), Ordering::Relaxed);
}

/// Runs one system call.
///
/// # Safety
///
/// `caller` must be the running task, and the entry code the caller.
#[inline(always)]
unsafe fn syscall(
    caller: *mut Task,
    f: impl FnOnce(&mut Kernel<Processor>, usize) -> Result<NextTask, FaultInfo>,
) -> *mut Task {
    // SAFETY: the entry code runs in one of the kernel's handlers.
    let mut kernel = unsafe { kernel() };
    // SAFETY: it is an entry of the task table, to which we hold no reference
    // yet.
    let index = unsafe { (*caller).id.index() };
    let outcome = f(&mut kernel, index);
    match kernel.fault_on_error(index, outcome) {
        NextTask::Same => caller,
        NextTask::Specific(task) => kernel.task_mut(task),
        NextTask::Other => {
            let task = kernel.select(index);
            kernel.task_mut(task)
        }
    }
}

/// Defines an entry of the table.
macro_rules! syscalls {
    ($($name:ident => $f:expr;)*) => {
        $(
            unsafe extern "C" fn $name(caller: *mut Task) -> *mut Task {
                // SAFETY: only the entry code uses the table.
                unsafe { syscall(caller, $f) }
            }
        )*
    };
}

syscalls! {
    send => Kernel::send;
    recv => Kernel::recv;
    reply => Kernel::reply;
    set_timer => |kernel, caller| Ok(kernel.set_timer(caller));
    borrow_read => Kernel::borrow_read;
    borrow_write => Kernel::borrow_write;
    borrow_info => Kernel::borrow_info;
    irq_control => Kernel::irq_control;
    panic => |_, _| Err(FaultInfo::Panic);
    get_timer => |kernel, caller| Ok(kernel.get_timer(caller));
    refresh_task_id => Kernel::refresh_task_id;
    post => Kernel::post_from;
    reply_fault => Kernel::reply_fault;
    irq_status => Kernel::irq_status;
    bad_number => |_, _| Err(UsageError::BadSyscallNumber.into());
}

/// Reports a system call to the application.
unsafe extern "C" fn traced(caller: *mut Task) -> *mut Task {
    // SAFETY: the entry code has saved the caller's registers there.
    let number = unsafe { (*caller).save.r11 };
    let table = &PLAIN;
    let handler = table.get(number as usize).unwrap_or(&table[15]);
    if let Some(events) = events() {
        (events.syscall_enter)(number);
    }
    // SAFETY: as for us.
    let next = unsafe { handler(caller) };
    if let Some(events) = events() {
        if next != caller {
            (events.context_switch)(next.addr());
        }
        (events.syscall_exit)();
    }
    next
}

/// Chooses the task that runs after an interrupt has woken one.
///
/// # Safety
///
/// Only for the entry code.
pub unsafe extern "C" fn deferred_switch(current: *mut Task) -> *mut Task {
    if let Some(events) = events() {
        (events.secondary_syscall_enter)();
    }
    let next = if fault::is_switch_wanted() {
        // SAFETY: the entry code runs in one of the kernel's handlers.
        unsafe { syscall(current, |_, _| Ok(NextTask::Other)) }
    } else {
        current
    };
    if let Some(events) = events() {
        if next != current {
            (events.context_switch)(next.addr());
        }
        (events.secondary_syscall_exit)();
    }
    next
}

/// Advances the clock.
#[unsafe(no_mangle)]
unsafe extern "C" fn SysTick() {
    if let Some(events) = events() {
        (events.timer_isr_enter)();
    }
    // SAFETY: this is one of the kernel's handlers.
    if unsafe { kernel() }.tick() {
        fault::pend_switch();
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

    crate::profiling::event_isr_enter();
    let exception = ipsr();
    let Some(irq) = exception.checked_sub(FIRST_IRQ) else {
        panic!("unexpected exception {exception}");
    };
    // SAFETY: this is one of the kernel's handlers.
    if unsafe { kernel() }.interrupt(irq) {
        fault::pend_switch();
    }
    crate::profiling::event_isr_exit();
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

/// Takes the running task out of service; returns the task that shall run.
///
/// # Panics
///
/// If that is the same one.
///
/// # Safety
///
/// The caller must be the handler of a fault that hit a task.
pub unsafe fn fault_current(current: *mut Task, info: FaultInfo) -> *mut Task {
    // SAFETY: the kernel was not at work when the fault happened, and the
    // handler of the fault is not interrupted.
    let next = unsafe { syscall(current, |_, _| Err(info)) };
    assert!(next != current, "attempt to return to a faulted task");
    if let Some(events) = events() {
        (events.context_switch)(next.addr());
    }
    next
}
