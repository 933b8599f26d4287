// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What no task should do. The point of the tests that ask for it is that
//! nobody but the puppet comes to harm.

use core::mem;
use test_puppet_api::{Command, KERNEL};
use userlib::{
    Generation, Lease, LeaseAttributes, TaskId, ULease, sys_refresh_task_id,
    sys_send,
};

/// Bytes of the longest reply.
const REPLY_MAX: usize = 128;

/// Sends a message without the help of a stub. Returns the code and the
/// length of the reply, which replaces the message.
pub fn send(command: &Command, data: &mut [u8]) -> (u32, u32) {
    let target = if command.target == KERNEL {
        TaskId::KERNEL
    } else {
        let index = command.target as usize;
        sys_refresh_task_id(TaskId::for_index_and_gen(index, Generation::ZERO))
    };
    let raw = ULease {
        attributes: LeaseAttributes::from_bits_retain(command.lease.attributes),
        base_address: command.lease.address,
        length: command.lease.len,
    };
    let is_lent = raw.length != 0;
    // SAFETY: a `Lease` is a `ULease` in memory. It says that the memory is
    // borrowed by us, which is not so; but only the kernel ever looks at it,
    // and it has to stop us.
    let lease: Lease<'_> = unsafe { mem::transmute(raw) };
    let leases: &[Lease<'_>] = if is_lent { &[lease] } else { &[] };

    let operation = command.argument as u16;
    let message = data.get(..command.message_len as usize).unwrap_or_default();
    let mut reply = [0; REPLY_MAX];
    let (code, len) = sys_send(target, operation, message, &mut reply, leases);
    for (byte, reply) in data.iter_mut().zip(reply) {
        *byte = reply;
    }
    (code, len as u32)
}

/// Loads a word from anywhere.
pub fn load(address: u32) -> u32 {
    // SAFETY: a task can do no harm by a load: it gets what belongs to it, or
    // takes a fault. Volatile, the load is made whatever the address.
    unsafe { (address as *const u32).read_volatile() }
}

/// Stores a word anywhere.
pub fn store(address: u32, value: u32) {
    // SAFETY: the test names no address inside this task. If the store takes
    // no fault, isolation is broken, and the test says so.
    unsafe { (address as *mut u32).write_volatile(value) }
}

/// Jumps anywhere.
pub fn jump(address: u32) {
    // SAFETY: the test names no address of code, so that this takes a fault;
    // if it does not, isolation is broken, and the test says so.
    let target: extern "C" fn() =
        unsafe { mem::transmute((address | 1) as *const ()) };
    target();
}
