// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reporting of system calls to the application.
//!
//! Untraced system calls know nothing about it. When tracing is on, the entry
//! code uses another table, whose one handler reports the beginning.

use super::TaskPtr;
use super::current::{KERNEL_SYSCALLS, Syscall, SyscallTable};
use super::events::{EventsTable, beginning_of_syscall, configure};
use super::handlers::SYSCALLS;
use core::sync::atomic::Ordering::Relaxed;

static TRACED: SyscallTable = [traced; 16];

/// Has the functions in `table` called from now on.
pub fn trace(table: &'static EventsTable) {
    configure(table);
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
    beginning_of_syscall(caller, number);
    let [.., bad_number] = SYSCALLS;
    let handler: Syscall =
        SYSCALLS.get(number as usize).copied().unwrap_or(bad_number);
    // SAFETY: we are what the entry code would have jumped to.
    unsafe { handler(caller) }
}
