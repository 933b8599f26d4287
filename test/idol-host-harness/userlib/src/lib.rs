// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! As much of `userlib` as generated code and `idol-runtime` use, for the host.
//!
//! The system calls go to [`kernel`], which plays the kernel's part inside of
//! one thread: a send runs the server until it has received the message and
//! gone on to its next receive.

pub mod kernel;

use std::marker::PhantomData;

pub use abi::*;
pub use num_derive::{FromPrimitive, ToPrimitive};
pub use num_traits::{FromPrimitive, ToPrimitive};
pub use unwrap_lite::UnwrapLite;

pub struct RecvMessage {
    pub sender: TaskId,
    pub operation: u32,
    pub message_len: usize,
    pub response_capacity: usize,
    pub lease_count: usize,
}

pub struct BorrowInfo {
    pub attributes: LeaseAttributes,
    pub len: usize,
}

#[derive(Copy, Clone)]
#[repr(transparent)]
pub struct NotificationBits(u32);

impl NotificationBits {
    pub fn new(bits: u32) -> Self {
        Self(bits)
    }

    pub fn get_raw_bits(&self) -> u32 {
        self.0
    }
}

/// A lease; the addresses of the host do not fit the kernel's `ULease`.
pub struct Lease<'a> {
    attributes: LeaseAttributes,
    base: *mut u8,
    len: usize,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Lease<'a> {
    pub fn read_only(x: &'a [u8]) -> Self {
        Self::new(LeaseAttributes::READ, x.as_ptr().cast_mut(), x.len())
    }

    pub fn read_write(x: &'a mut [u8]) -> Self {
        let rights = LeaseAttributes::READ | LeaseAttributes::WRITE;
        Self::new(rights, x.as_mut_ptr(), x.len())
    }

    pub fn write_only(x: &'a mut [u8]) -> Self {
        Self::new(LeaseAttributes::WRITE, x.as_mut_ptr(), x.len())
    }

    fn new(attributes: LeaseAttributes, base: *mut u8, len: usize) -> Self {
        Self {
            attributes,
            base,
            len,
            memory: PhantomData,
        }
    }
}

/// Sends, on behalf of the client.
///
/// A client that the kernel would fault panics instead, with the reason.
pub fn sys_send(
    target: TaskId,
    operation: u16,
    outgoing: &[u8],
    incoming: &mut [u8],
    leases: &[Lease<'_>],
) -> (u32, usize) {
    match kernel::send(target, operation, outgoing, incoming, leases) {
        kernel::Outcome::Reply { code, len } => (code, len),
        kernel::Outcome::Fault(reason) => std::panic::panic_any(reason),
        kernel::Outcome::Blocked => std::panic::panic_any(kernel::Blocked),
    }
}

/// Receives, on behalf of the server.
///
/// # Errors
/// The dead code, if `specific_sender` has died.
pub fn sys_recv(
    buffer: &mut [u8],
    notification_mask: u32,
    specific_sender: Option<TaskId>,
) -> Result<RecvMessage, u32> {
    kernel::recv(buffer, notification_mask, specific_sender)
}

pub fn sys_reply(peer: TaskId, code: u32, message: &[u8]) {
    kernel::reply(peer, code, message);
}

pub fn sys_reply_fault(task_id: TaskId, reason: ReplyFaultReason) {
    kernel::reply_fault(task_id, reason);
}

pub fn sys_borrow_info(lender: TaskId, index: usize) -> Option<BorrowInfo> {
    kernel::borrow_info(lender, index)
}

pub fn sys_borrow_read(
    lender: TaskId,
    index: usize,
    offset: usize,
    dest: &mut [u8],
) -> (u32, usize) {
    kernel::borrow_read(lender, index, offset, dest)
}

pub fn sys_borrow_write(
    lender: TaskId,
    index: usize,
    offset: usize,
    src: &[u8],
) -> (u32, usize) {
    kernel::borrow_write(lender, index, offset, src)
}
