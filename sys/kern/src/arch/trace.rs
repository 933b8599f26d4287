// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reporting of system calls to the application.
//!
//! Untraced system calls know nothing about it. When tracing is on, the entry
//! code uses another table, whose one handler reports the beginning. A system
//! call can end in many places, but before a task runs there is PendSV, if it
//! has been made pending; its handler reports the end.

use super::handlers::{SYSCALLS, Syscall, SyscallTable};
use super::{KERNEL_SYSCALLS, TaskPtr};
use crate::profiling::events;
use crate::task::Task;
use core::ptr;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::Relaxed;
use cortex_m::peripheral::SCB;

static TRACED: SyscallTable = [traced; 16];

/// The task whose system call's end has not been reported yet.
static CALLER: AtomicPtr<Task> = AtomicPtr::new(ptr::null_mut());

/// Has system calls reported from now on.
pub fn trace_syscalls() {
    KERNEL_SYSCALLS.store((&raw const TRACED).cast_mut(), Relaxed);
}

/// Reports the beginning of a system call, and handles it.
///
/// # Safety
///
/// Only for the entry code.
unsafe extern "C" fn traced(caller: TaskPtr) -> ! {
    // SAFETY: the entry code has saved the caller's registers there.
    let number = unsafe { (*caller.as_ptr()).save.r11 };
    if let Some(events) = events() {
        (events.syscall_enter)(number);
        CALLER.store(caller.as_ptr(), Relaxed);
        SCB::set_pendsv();
    }
    let [.., bad_number] = SYSCALLS;
    let handler: Syscall =
        SYSCALLS.get(number as usize).copied().unwrap_or(bad_number);
    // SAFETY: we are what the entry code would have jumped to.
    unsafe { handler(caller) }
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
