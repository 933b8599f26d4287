// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Hooks for measuring the kernel.
//!
//! An application can have functions of its own called when the kernel is
//! entered and left, for example to toggle pins. Without, the hooks cost
//! nothing on the way through a system call.

use core::sync::atomic::{AtomicPtr, Ordering};

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

/// Has the functions in `table` called from now on.
pub fn configure_events_table(table: &'static EventsTable) {
    EVENTS.store((&raw const *table).cast_mut(), Ordering::Relaxed);
    crate::arch::trace_syscalls();
}

/// Reports that an interrupt handler begins. For handlers that the application
/// has written; the kernel reports its own.
pub fn event_isr_enter() {
    if let Some(events) = events() {
        (events.isr_enter)();
    }
}

/// Reports that an interrupt handler ends.
pub fn event_isr_exit() {
    if let Some(events) = events() {
        (events.isr_exit)();
    }
}

/// The functions to call, if there are any.
pub(crate) fn events() -> Option<&'static EventsTable> {
    // SAFETY: the pointer is null or comes from a static reference.
    unsafe { EVENTS.load(Ordering::Relaxed).as_ref() }
}
