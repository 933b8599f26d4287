// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The processor: ARMv7-M with and without FPU, and ARMv6-M.
//!
//! Every exception that enters the kernel (SVCall, PendSV, SysTick, external
//! interrupts) has the same, lowest priority, so the kernel is never entered
//! while it is at work. That is what makes one [`processor::Processor`] at a
//! time, and with it the exclusive access to the kernel's statics, possible.
//! Faults have a higher priority; one that hits the kernel is the end of it.
//!
//! References are to the ARMv7-M Architecture Reference Manual (DDI 0403E)
//! unless stated otherwise.

mod config;
mod current;
#[cfg_attr(armv6m, path = "entry_v6m.rs")]
#[cfg_attr(armv7m, path = "entry_v7m.rs")]
mod entry;
mod events;
#[cfg_attr(armv6m, path = "exit_v6m.rs")]
#[cfg_attr(armv7m, path = "exit_v7m.rs")]
mod exit;
#[cfg_attr(armv6m, path = "fault_v6m.rs")]
#[cfg_attr(armv7m, path = "fault_v7m.rs")]
mod fault;
#[cfg(fpu)]
mod fpu;
mod handlers;
#[cfg_attr(armv6m, path = "memory_v6m.rs")]
#[cfg_attr(armv7m, path = "memory_v7m.rs")]
mod memory;
#[cfg(armv6m)]
mod phantom;
mod processor;
mod start;
mod task_table;
mod trace;

pub use events::{EventsTable, events};
pub use start::start;
pub use task_table::TaskPtr;
pub use trace::trace;
