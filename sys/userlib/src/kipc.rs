// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Services of the kernel that are reached by message.
//!
//! Invalid indices fault the caller; see each function for what else does.

use crate::{
    Kipcnum, Lease, PANIC_MESSAGE_MAX_LEN, ReadPanicMessageError,
    TaskDumpRegion, TaskId, TaskState, UnwrapLite, sys_send,
};
use core::num::NonZeroUsize;
use serde::{Deserialize, Serialize};

/// Bytes of the longest request: a task and a dump region.
const REQUEST_MAX: usize = 12;

/// Sends a request to the kernel.
fn send(
    op: Kipcnum,
    request: impl Serialize,
    response: &mut [u8],
) -> (u32, usize) {
    let mut message = [0; REQUEST_MAX];
    let len = ssmarshal::serialize(&mut message, &request).unwrap_lite();
    let leases: &[Lease<'_>] = &[];
    sys_send(TaskId::KERNEL, op as u16, &message[..len], response, leases)
}

/// Sends a request to the kernel and decodes the response, of which no
/// encoding is longer than `N` bytes.
fn call<T, const N: usize>(op: Kipcnum, request: impl Serialize) -> T
where
    T: for<'a> Deserialize<'a>,
{
    let mut response = [0; N];
    send(op, request, &mut response);
    // Surplus bytes are not looked at, so the length does not matter.
    let (value, _) = ssmarshal::deserialize(&response).unwrap_lite();
    value
}

/// The state of a task.
pub fn read_task_status(task: usize) -> TaskState {
    call::<_, { size_of::<TaskState>() }>(Kipcnum::ReadTaskStatus, task as u32)
}

/// The index of the first faulted task at or after `task`, except task 0.
pub fn find_faulted_task(task: usize) -> Option<NonZeroUsize> {
    let found: u32 = call::<_, 4>(Kipcnum::FindFaultedTask, task as u32);
    NonZeroUsize::new(found as usize)
}

/// Where the kernel keeps the control block of a task.
///
/// Needs the kernel feature `dump`; otherwise the caller is faulted.
pub fn get_task_desc_region(task: usize) -> TaskDumpRegion {
    dump_region(task, 0).unwrap_lite()
}

/// The memory of a task that belongs into a dump of it; 0 is the first region.
///
/// Needs the kernel feature `dump`; otherwise the caller is faulted.
pub fn get_task_dump_region(
    task: usize,
    region: usize,
) -> Option<TaskDumpRegion> {
    // The kernel counts the control block as region 0.
    dump_region(task, region.wrapping_add(1))
}

fn dump_region(task: usize, region: usize) -> Option<TaskDumpRegion> {
    call::<_, { size_of::<Option<TaskDumpRegion>>() }>(
        Kipcnum::GetTaskDumpRegion,
        (task as u32, region as u32),
    )
}

/// Copies memory of a task, and returns how many bytes were copied.
///
/// Only the supervisor may call this, and not for itself. Needs the kernel
/// feature `dump`; otherwise the caller is faulted.
pub fn read_task_dump_region(
    task: usize,
    region: TaskDumpRegion,
    response: &mut [u8],
) -> usize {
    let (_, len) =
        send(Kipcnum::ReadTaskDumpRegion, (task as u32, region), response);
    len
}

/// Resets a task, and sets it running if `start` is true.
pub fn reinit_task(task: usize, start: bool) {
    send(Kipcnum::ReinitTask, (task as u32, start), &mut []);
}

/// Takes a task out of service. Neither the supervisor nor the caller can be
/// the victim.
pub fn fault_task(task: usize) {
    send(Kipcnum::FaultTask, task as u32, &mut []);
}

/// Resets the processor.
pub fn system_restart() -> ! {
    send(Kipcnum::Reset, (), &mut []);
    panic!();
}

/// The number that identifies the image.
pub fn read_image_id() -> u64 {
    call::<_, 8>(Kipcnum::ReadImageId, ())
}

/// Makes the interrupts pending that notify `task` with `mask`.
///
/// Only the supervisor may call this.
pub fn software_irq(task: usize, mask: u32) {
    send(Kipcnum::SoftwareIrq, (task as u32, mask), &mut []);
}

/// The message that a task panicked with.
///
/// It is whatever bytes the task passed, so not necessarily UTF-8.
///
/// # Errors
///
/// If the task has not panicked, or its message cannot be read.
pub fn read_panic_message(
    task: usize,
    buf: &mut [u8; PANIC_MESSAGE_MAX_LEN],
) -> Result<core::str::Utf8Chunks<'_>, ReadPanicMessageError> {
    let (code, len) = send(Kipcnum::ReadPanicMessage, task as u32, buf);
    match ReadPanicMessageError::try_from(code) {
        Ok(e) => Err(e),
        Err(()) => Ok(buf.get(..len).unwrap_lite().utf8_chunks()),
    }
}
