// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The processor: ARMv7-M with and without FPU, and ARMv6-M.
//!
//! Every exception that enters the kernel (SVCall, PendSV, SysTick, external
//! interrupts) has the same, lowest priority, so the kernel is never entered
//! while it is at work. That is what makes one [`Processor`] at a time, and
//! with it the exclusive access to the statics below, possible. Faults have a
//! higher priority; one that hits the kernel is the end of it.
//!
//! References are to the ARMv7-M Architecture Reference Manual (DDI 0403E)
//! unless stated otherwise.

#[cfg_attr(armv6m, path = "entry_v6m.rs")]
#[cfg_attr(armv7m, path = "entry_v7m.rs")]
mod entry;
#[cfg_attr(armv6m, path = "fault_v6m.rs")]
#[cfg_attr(armv7m, path = "fault_v7m.rs")]
mod fault;
#[cfg(fpu)]
mod fpu;
mod handlers;
#[cfg_attr(armv6m, path = "memory_v6m.rs")]
#[cfg_attr(armv7m, path = "memory_v7m.rs")]
mod memory;
mod processor;
mod start;
mod trace;

pub use processor::{Processor, TaskPtr};
pub use start::start;
pub use trace::trace_syscalls;

use crate::config::TASK_COUNT;
use crate::kernel::{Kernel, Shared};
use crate::task::Task;
use core::arch::global_asm;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicPtr;

/// The task table. Initialised by [`start`], before any exception that could
/// use it.
#[used]
#[unsafe(no_mangle)]
static mut HUBRIS_TASK_TABLE_SPACE: [MaybeUninit<Task>; TASK_COUNT] =
    [const { MaybeUninit::uninit() }; TASK_COUNT];

// What the entry code needs first, side by side so that one instruction loads
// it. Debuggers want `CURRENT_TASK_PTR` to have four bytes and a symbol.
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
    syscalls = sym handlers::SYSCALLS,
);

unsafe extern "C" {
    /// The control block of the task that runs, or is interrupted by the
    /// kernel. Null before the first one has been chosen.
    safe static CURRENT_TASK_PTR: AtomicPtr<c_void>;

    /// The handlers of system calls.
    safe static KERNEL_SYSCALLS: AtomicPtr<handlers::SyscallTable>;
}

/// Ticks since boot.
#[used]
#[unsafe(no_mangle)]
static mut TICKS: u64 = 0;

/// What the kernel knows beyond the tasks and the clock. Debuggers want it in
/// one piece, which the optimiser would not leave it in otherwise.
#[used]
static mut SHARED: Shared = Shared::INITIAL;

/// The kernel.
///
/// # Safety
///
/// The task table must be initialised. The caller must be the only one at
/// work: either [`start`], or a handler of the kernel's priority. It must drop
/// the result before it calls this again.
#[inline(always)]
unsafe fn kernel() -> Kernel<Processor> {
    Kernel {
        // SAFETY: our caller promises that it will be the only one.
        machine: unsafe { Processor::new() },
    }
}
