// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What programs can call.

use hubris_num_tasks::NUM_TASKS;
use task_hiffy_core::{Failure, Fault, Function, SendArguments};
use userlib::{Generation, Lease, TaskId, hl, sys_refresh_task_id, sys_send};

/// By number, in the order of [`Functions`].
pub const FUNCTIONS: &[Function] = &[
    #[cfg(feature = "testsuite")]
    crate::testsuite::run_test,
    sleep,
    send,
    send_lease_read,
    send_lease_write,
    send_lease_read_write,
];

type TaskIndex = u16;
type Operation = u16;
type Payload = [u8; 32];
type Length = usize;
type Code = u32;

/// The signatures of the functions, for the debugger: parameters and type of
/// the error code. No value of this type ever exists.
#[allow(dead_code)]
pub enum Functions {
    /// Runs a case of the test suite and returns a byte: 1 if it has passed.
    #[cfg(feature = "testsuite")]
    RunTest(u32, Code),
    /// Waits for 1 to 100 ms.
    Sleep(u16, Code),
    /// Sends a message and returns the reply, of exactly the given length. An
    /// error is the response code.
    Send((TaskIndex, Operation, Payload, Length), Code),
    /// Does the same, and lends part of the input data for reading.
    SendLeaseRead((TaskIndex, Operation, Payload, Length, Length), Code),
    /// Does the same, and lends memory for writing, which is returned behind
    /// the reply.
    SendLeaseWrite((TaskIndex, Operation, Payload, Length, Length), Code),
    /// Does both: first the lease for reading, then that for writing.
    SendLeaseReadWrite(
        (TaskIndex, Operation, Payload, Length, Length, Length),
        Code,
    ),
}

fn sleep(
    stack: &[Option<u32>],
    _data: &[u8],
    _scratch: &mut [u8],
) -> Result<usize, Failure> {
    let time = stack.last().ok_or(Fault::MissingParameters)?;
    match time.ok_or(Fault::EmptyParameter(0))? {
        ms @ 1..=100 => {
            hl::sleep_for(ms.into());
            Ok(0)
        }
        _ => Err(Fault::BadParameter(0).into()),
    }
}

fn send(
    stack: &[Option<u32>],
    _data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let arguments = SendArguments::<0>::parse(stack)?;
    transact(&arguments, None, None, scratch)
}

fn send_lease_read(
    stack: &[Option<u32>],
    data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let arguments = SendArguments::<1>::parse(stack)?;
    let [read] = arguments.lease_lengths;
    let lent = data.get(..read).ok_or(Fault::AccessOutOfBounds)?;
    transact(&arguments, Some(lent), None, scratch)
}

fn send_lease_write(
    stack: &[Option<u32>],
    _data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let arguments = SendArguments::<1>::parse(stack)?;
    let [write] = arguments.lease_lengths;
    transact(&arguments, None, Some(write), scratch)
}

fn send_lease_read_write(
    stack: &[Option<u32>],
    data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let arguments = SendArguments::<2>::parse(stack)?;
    let [read, write] = arguments.lease_lengths;
    let lent = data.get(..read).ok_or(Fault::AccessOutOfBounds)?;
    transact(&arguments, Some(lent), Some(write), scratch)
}

/// Sends the message with leases of `read`, if any, and of `write` bytes, if
/// any. Returns how much of `scratch` the reply and these bytes use.
fn transact<const LEASES: usize>(
    arguments: &SendArguments<LEASES>,
    read: Option<&[u8]>,
    write: Option<usize>,
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let index = usize::from(arguments.task_index);
    if index >= NUM_TASKS {
        return Err(Fault::BadParameter(0).into());
    }
    let target = sys_refresh_task_id(TaskId::for_index_and_gen(
        index,
        Generation::default(),
    ));

    // A server may write less than it could: return no bytes of earlier calls.
    scratch.fill(0);
    let (reply, rest) = scratch
        .split_at_mut_checked(arguments.reply_length)
        .ok_or(Fault::ReturnValueOverflow)?;
    let written = rest
        .get_mut(..write.unwrap_or(0))
        .ok_or(Fault::AccessOutOfBounds)?;
    let used = reply.len() + written.len();

    let op = arguments.operation;
    let message = arguments.payload();
    let (code, _) = match (read.map(Lease::read_only), write) {
        (None, None) => sys_send(target, op, message, reply, &[]),
        (Some(read), None) => sys_send(target, op, message, reply, &[read]),
        (None, Some(_)) => {
            let write = Lease::write_only(written);
            sys_send(target, op, message, reply, &[write])
        }
        (Some(read), Some(_)) => {
            let write = Lease::write_only(written);
            sys_send(target, op, message, reply, &[read, write])
        }
    };
    match code {
        0 => Ok(used),
        code => Err(Failure::FunctionError(code)),
    }
}
