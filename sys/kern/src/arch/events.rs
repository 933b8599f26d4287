// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The functions that the application wants to be called.
//!
//! A system call can end in many places, but before a task runs there is
//! PendSV, if it has been made pending; its handler reports the end.

use super::TaskPtr;
use crate::task::Task;
use core::ptr;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::Relaxed;
use cortex_m::peripheral::SCB;

/// The functions that are called, in handler mode.
pub struct EventsTable {
    /// A system call begins; its number.
    pub syscall_enter: fn(u32),
    /// A system call ends.
    pub syscall_exit: fn(),
    /// A deferred switch begins.
    pub secondary_syscall_enter: fn(),
    /// A deferred switch ends.
    pub secondary_syscall_exit: fn(),
    /// An interrupt handler begins.
    pub isr_enter: fn(),
    /// An interrupt handler ends.
    pub isr_exit: fn(),
    /// The handler of the kernel's own timer begins.
    pub timer_isr_enter: fn(),
    /// The handler of the kernel's own timer ends.
    pub timer_isr_exit: fn(),
    /// Another task is about to run; the address of its control block.
    pub context_switch: fn(usize),
}

static EVENTS: AtomicPtr<EventsTable> = AtomicPtr::new(core::ptr::null_mut());

/// The task whose system call's end has not been reported yet.
static CALLER: AtomicPtr<Task> = AtomicPtr::new(ptr::null_mut());

/// Has the functions in `table` called from now on.
pub fn configure(table: &'static EventsTable) {
    EVENTS.store((&raw const *table).cast_mut(), Relaxed);
}

/// Reports the beginning of a system call, and sees to it that the end will be.
pub fn beginning_of_syscall(caller: TaskPtr, number: u32) {
    if let Some(events) = events() {
        (events.syscall_enter)(number);
        CALLER.store(caller.as_ptr(), Relaxed);
        SCB::set_pendsv();
    }
}

/// Reports the end of a system call, if there is one to report.
pub fn end_of_syscall(current: TaskPtr) {
    let caller = CALLER.load(Relaxed);
    if caller.is_null() {
        return;
    }
    CALLER.store(ptr::null_mut(), Relaxed);
    if let Some(events) = events() {
        if caller != current.as_ptr() {
            (events.context_switch)(current.as_ptr().addr());
        }
        (events.syscall_exit)();
    }
}

/// Reports that a fault lets another task run. If that was in a system call,
/// the report comes with its end.
pub fn switch_by_fault(next: TaskPtr) {
    if CALLER.load(Relaxed).is_null()
        && let Some(events) = events()
    {
        (events.context_switch)(next.as_ptr().addr());
    }
}

/// The functions to call, if there are any.
pub fn events() -> Option<&'static EventsTable> {
    // SAFETY: the pointer is null or comes from a static reference.
    unsafe { EVENTS.load(Relaxed).as_ref() }
}
