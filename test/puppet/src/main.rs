// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls the IPCC driver, or does what no task should, exactly when and how a
//! test says. See `test-puppet-api` for how the test says it.
//!
//! The puppet's notifications are, in this order, the interrupt by which the
//! test announces a command, and two that it can ask for in a poll.

#![no_std]
#![no_main]

mod mischief;
mod script;

use drv_ipcc_api::{Channel, Ipcc, IpccError};
use embedded_io::{Read, ReadExactError, ReadReady, Write, WriteReady};
use test_puppet_api::{Command, Failure, Operation, SUCCESS, events};
use userlib::{sys_irq_control, sys_recv_notification, task_slot};
use zerocopy::{Immutable, IntoBytes};

task_slot!(IPCC, ipcc);

const COMMAND: u32 = notifications::COMMAND_IRQ_MASK;
const _: () = assert!(notifications::ONE_MASK == events::ONE);
const _: () = assert!(notifications::TWO_MASK == events::TWO);

#[unsafe(export_name = "main")]
fn main() -> ! {
    // Kept for life, so that it learns of the driver's restarts by the dead
    // code.
    let ipcc = Ipcc::from(IPCC.get_task_id());
    sys_irq_control(COMMAND, true);
    script::ready();
    loop {
        let bits = sys_recv_notification(COMMAND | events::ALL);
        let posted = bits.get_raw_bits() & events::ALL;
        if posted != 0 {
            script::note_posts(posted);
        }
        if bits.check_notification_mask(COMMAND) {
            script::follow(|command, data| obey(&ipcc, &command, data));
            sys_irq_control(COMMAND, true);
        }
    }
}

/// Carries out a command. Returns the code and the value of the answer.
fn obey(ipcc: &Ipcc, command: &Command, data: &mut [u8]) -> (u32, u32) {
    let Some(operation) = Operation::from_number(command.operation) else {
        panic!("no such operation");
    };
    let channel = command.target as u8;
    let argument = command.argument;
    let outcome = match operation {
        Operation::Open => ipcc.open(channel).map(|()| 0),
        Operation::Close => ipcc.close(channel).map(|()| 0),
        Operation::Read => ipcc.read(channel, argument, data),
        Operation::Write => ipcc.write(channel, argument, data),
        Operation::Poll => ipcc
            .poll(channel, argument, command.notification)
            .map(|events| events.bits()),
        Operation::PollCancel => ipcc.poll_cancel(channel).map(|()| 0),
        Operation::Ring => ipcc.ring(channel).map(|()| 0),
        Operation::Wait => ipcc.wait(channel, argument).map(|()| 0),
        Operation::Shutdown => ipcc.shutdown(channel).map(|()| 0),
        Operation::Status => {
            ipcc.status(channel).map(|status| store(&status, data))
        }
        Operation::PeerStatus => {
            ipcc.peer_status().map(|status| store(&status, data))
        }
        Operation::PeerStart => ipcc.peer_start().map(|()| 0),
        Operation::Relay => relay_on(channel, data),
        Operation::Send => return mischief::send(command, data),
        Operation::Load => Ok(mischief::load(command.target)),
        Operation::Store => {
            mischief::store(command.target, argument);
            Ok(0)
        }
        Operation::Jump => {
            mischief::jump(command.target);
            Ok(0)
        }
        Operation::Panic => panic!("as you wish"),
    };
    match outcome {
        Ok(value) => (SUCCESS, value),
        Err(error) => (failure(error) as u32, 0),
    }
}

/// The error in terms that the test knows, too.
fn failure(error: IpccError) -> Failure {
    match error {
        IpccError::NoSuchChannel => Failure::NoSuchChannel,
        IpccError::AccessDenied => Failure::AccessDenied,
        IpccError::NotOpen => Failure::NotOpen,
        IpccError::Busy => Failure::Busy,
        IpccError::WrongKind => Failure::WrongKind,
        IpccError::BadArgument => Failure::BadArgument,
        IpccError::WouldBlock => Failure::WouldBlock,
        IpccError::TimedOut => Failure::TimedOut,
        IpccError::TooManyWaiters => Failure::TooManyWaiters,
        IpccError::Closed => Failure::Closed,
        IpccError::PeerProtocol => Failure::PeerProtocol,
        IpccError::PeerRestarted => Failure::PeerRestarted,
        IpccError::GeometryMismatch => Failure::GeometryMismatch,
        IpccError::NotSupported => Failure::NotSupported,
        IpccError::ServerRestarted => Failure::ServerRestarted,
    }
}

/// Shows a value to the test. Returns its size.
fn store(value: &(impl IntoBytes + Immutable), data: &mut [u8]) -> u32 {
    let bytes = value.as_bytes();
    if let Some(space) = data.get_mut(..bytes.len()) {
        space.copy_from_slice(bytes);
    }
    bytes.len() as u32
}

/// Relays on a channel that is opened for that. Returns how many bytes.
fn relay_on(channel: u8, data: &mut [u8]) -> Result<u32, IpccError> {
    let ipcc = Ipcc::from(IPCC.get_task_id());
    let mut channel = Channel::open(ipcc, channel)?;
    relay(&mut channel, data)?;
    Ok(data.len() as u32)
}

/// Fills `data` and sends it all back: code that knows nothing of channels.
fn relay<S>(stream: &mut S, data: &mut [u8]) -> Result<(), S::Error>
where
    S: Read + ReadReady + Write + WriteReady,
{
    match stream.read_exact(data) {
        Ok(()) => (),
        Err(ReadExactError::Other(error)) => return Err(error),
        // A channel has no end.
        Err(ReadExactError::UnexpectedEof) => panic!("the end of a channel"),
    }
    // The peer waits for our answer, so it has nothing more to say yet.
    assert!(!stream.read_ready()?);
    assert!(stream.write_ready()?);
    stream.write_all(data)?;
    stream.flush()
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
