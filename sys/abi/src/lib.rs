// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel, the tasks and the tools on the host agree about.
//!
//! Everything here is plain data: numbers that cross the system call boundary
//! in registers, structures the kernel reads from task memory, and types that
//! travel in kernel IPC. The serialised form of a type is its *declaration*,
//! so the order of fields and variants is part of the interface.

#![no_std]
#![forbid(unsafe_code)]

mod fault;
mod header;
mod irq;
mod kipc;
mod lease;
mod state;
mod syscall;
mod task_id;

pub use fault::{FaultInfo, FaultSource, ReplyFaultReason, UsageError};
pub use header::{CABOOSE_MAGIC, HEADER_MAGIC, ImageHeader, ImageVectors};
pub use irq::{
    Interrupt, InterruptNum, InterruptOwner, IrqControlArg, IrqStatus,
};
pub use kipc::{Kipcnum, ReadPanicMessageError, TaskDumpRegion};
pub use lease::{LeaseAttributes, ULease};
pub use state::{SchedState, TaskState};
pub use syscall::{
    DEFECT, FIRST_DEAD_CODE, Sysnum, dead_response_code, extract_new_generation,
};
pub use task_id::{Generation, TaskId};
