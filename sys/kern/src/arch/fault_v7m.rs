// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults.

use super::TaskPtr;
use super::handlers::fault_current;
use crate::fail::die;
use abi::{FaultInfo, FaultSource};
use cortex_m::peripheral::SCB;

/// CFSR, MemManage: instruction fetch (B3.2.15).
const IACCVIOL: u32 = 1 << 0;
/// CFSR, MemManage: stacking for exception entry.
const MSTKERR: u32 = 1 << 4;
/// CFSR, MemManage: lazy stacking of floating point state.
#[cfg(fpu)]
const MLSPERR: u32 = 1 << 5;
/// CFSR, MemManage: MMFAR holds the address.
const MMARVALID: u32 = 1 << 7;
/// CFSR, BusFault: lazy stacking of floating point state.
#[cfg(fpu)]
const LSPERR: u32 = 1 << 13;
/// CFSR, BusFault: BFAR holds the address.
const BFARVALID: u32 = 1 << 15;
/// CFSR, UsageFault: undefined instruction.
const UNDEFINSTR: u32 = 1 << 16;
/// CFSR, UsageFault: division by zero.
const DIVBYZERO: u32 = 1 << 25;

/// CFSR: everything that an instruction causes by itself.
#[cfg(fpu)]
const BY_INSTRUCTION: u32 = 0xFFFF_0703;

/// SHCSR: UsageFault, MemManage, BusFault and SVCall are pending (B3.2.13).
const PENDED: u32 = 0b1111 << 12;

/// The exception numbers of the faults (B1.5.2).
mod exception {
    pub const MEM_MANAGE: u32 = 4;
    pub const BUS_FAULT: u32 = 5;
    pub const USAGE_FAULT: u32 = 6;
}

/// The system control block.
fn scb() -> &'static cortex_m::peripheral::scb::RegisterBlock {
    // SAFETY: the registers exist as long as the program runs, and are made
    // for shared access.
    unsafe { &*SCB::PTR }
}

/// Reads and clears the fault status.
fn take_status() -> u32 {
    let cfsr = scb().cfsr.read();
    // SAFETY: writing ones clears bits that nobody else looks at.
    unsafe { scb().cfsr.write(cfsr) };
    cfsr
}

/// Deals with a fault that hit a task.
///
/// # Safety
///
/// Only for the entry code, when it has saved the context of the task.
pub unsafe extern "C" fn task_fault(current: TaskPtr, exception: u32) -> ! {
    // Addresses are valid only as long as the status says so.
    let mmfar = scb().mmfar.read();
    let bfar = scb().bfar.read();
    let cfsr = take_status();
    // If the task's stack is bad, the exception that was to be taken is still
    // pending. It must not hit the task that runs next.
    // SAFETY: only makes exceptions not pending.
    unsafe { scb().shcsr.modify(|bits| bits & !PENDED) };
    let psp = cortex_m::register::psp::read();
    #[cfg(fpu)]
    forget_unsavable_state(current, psp);

    let info = match exception {
        exception::MEM_MANAGE if cfsr & MSTKERR != 0 => {
            FaultInfo::StackOverflow { address: psp }
        }
        exception::MEM_MANAGE if cfsr & IACCVIOL != 0 => FaultInfo::IllegalText,
        exception::MEM_MANAGE => FaultInfo::MemoryAccess {
            address: (cfsr & MMARVALID != 0).then_some(mmfar),
            source: FaultSource::User,
        },
        exception::BUS_FAULT => FaultInfo::BusError {
            address: (cfsr & BFARVALID != 0).then_some(bfar),
            source: FaultSource::User,
        },
        exception::USAGE_FAULT if cfsr & DIVBYZERO != 0 => {
            FaultInfo::DivideByZero
        }
        exception::USAGE_FAULT if cfsr & UNDEFINSTR != 0 => {
            FaultInfo::IllegalInstruction
        }
        // Also a HardFault, which a task can cause with a breakpoint.
        _ => FaultInfo::InvalidOperation(cfsr),
    };
    // SAFETY: the entry code is the handler of a fault that hit a task.
    unsafe { fault_current(current, info) }
}

/// Keeps floating point registers from being saved on a stack that has no room
/// for them. That would fault, too, and the fault be taken when the next task
/// runs.
#[cfg(fpu)]
fn forget_unsavable_state(current: TaskPtr, psp: u32) {
    use super::processor::{Processor, kernel};
    use crate::machine::Machine;
    use crate::slice::Slice;

    // SAFETY: the kernel was not at work when the fault happened, and the
    // handler has not put it to work yet.
    let kernel = unsafe { kernel() };
    let desc = kernel.task(current).descriptor;
    let frame = Slice::bytes(psp, Processor::FRAME_SIZE);
    let writable = frame.and_then(|slice| desc.writable(slice));
    if writable.is_err() {
        super::fpu::forget_lazy_state();
    }
}

/// Deals with a fault that hit the kernel.
///
/// # Panics
///
/// Unless it was in truth a task's.
pub extern "C" fn kernel_fault() {
    let cfsr = take_status();
    #[cfg(fpu)]
    if cfsr & (MLSPERR | LSPERR) != 0 && cfsr & BY_INSTRUCTION == 0 {
        // The room for floating point registers on the task's stack turned
        // out not to be memory when the kernel switched to another task. Let
        // the registers be lost: the task will fault when it is to get them
        // back.
        super::fpu::forget_lazy_state();
        return;
    }
    die("fault in the kernel, CFSR", cfsr)
}
