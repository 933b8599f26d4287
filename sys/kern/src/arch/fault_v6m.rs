// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults.
//!
//! ARMv6-M has one fault and no status.

use super::TaskPtr;
use super::handlers::fault_current;
use super::phantom::FAULT_IS_FRESH;
use abi::FaultInfo;
use core::sync::atomic::Ordering::Relaxed;
use cortex_m::peripheral::SCB;

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
