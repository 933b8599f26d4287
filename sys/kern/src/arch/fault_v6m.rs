// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults.
//!
//! ARMv6-M has one fault and no status. If a task makes a system call on a bad
//! stack, the fault is taken first, and SVCall is still pending when its
//! handler returns. There is no way to ask for that, or to undo it. So the
//! handler of the fault makes PendSV pending, too. SVCall comes before it,
//! because it has the smaller number, and the next task only after both. An
//! SVCall before that PendSV is a phantom.

use super::TaskPtr;
use super::handlers::fault_current;
use abi::FaultInfo;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use cortex_m::peripheral::SCB;

/// A fault has been handled, and no task has run since.
pub static FAULT_IS_FRESH: AtomicBool = AtomicBool::new(false);

/// Deals with a fault that hit a task.
///
/// # Safety
///
/// Only for the entry code, when it has saved the context of the task.
pub unsafe extern "C" fn task_fault(current: TaskPtr) -> ! {
    FAULT_IS_FRESH.store(true, Relaxed);
    SCB::set_pendsv();
    // SAFETY: the entry code is the handler of a fault that hit a task.
    unsafe { fault_current(current, FaultInfo::InvalidOperation(0)) }
}

/// Deals with a fault that hit the kernel.
///
/// # Panics
///
/// Always.
pub extern "C" fn kernel_fault() -> ! {
    panic!("fault in the kernel");
}

/// Notes that PendSV has come, and any phantom before it.
pub fn no_more_phantoms() {
    FAULT_IS_FRESH.store(false, Relaxed);
}
