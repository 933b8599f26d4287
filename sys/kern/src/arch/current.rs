// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the entry code needs first. [`handlers`](super::handlers) defines it.

use super::TaskPtr;
use core::ffi::c_void;
use core::sync::atomic::AtomicPtr;

/// Handles a system call of the running task.
pub type Syscall = unsafe extern "C" fn(caller: TaskPtr) -> !;

/// System calls by number; from 14 on there are none.
pub type SyscallTable = [Syscall; 16];

unsafe extern "C" {
    /// The control block of the task that runs, or is interrupted by the
    /// kernel. Null before the first one has been chosen.
    pub safe static CURRENT_TASK_PTR: AtomicPtr<c_void>;

    /// The handlers of system calls.
    pub safe static KERNEL_SYSCALLS: AtomicPtr<SyscallTable>;
}
