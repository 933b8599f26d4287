// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How a test moves a puppet: a task that calls the IPCC driver, or does what
//! no task should, exactly when and how a test says.
//!
//! The two share three variables of the puppet, which the test finds by their
//! symbols. It fills in [`COMMAND`] and [`DATA`], raises the puppet's command
//! interrupt, and waits until the count in [`ANSWER`] has gone up.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Symbol of the [`Command`].
pub const COMMAND: &str = "PUPPET_COMMAND";

/// Symbol of the [`Answer`].
pub const ANSWER: &str = "PUPPET_ANSWER";

/// Symbol of the [`Posts`].
pub const POSTS: &str = "PUPPET_POSTS";

/// Symbol of the bytes that the puppet lends, [`DATA_LEN`] of them.
pub const DATA: &str = "PUPPET_DATA";

/// Bytes that the puppet can lend at once.
pub const DATA_LEN: usize = 2048;

/// Notification bits of a puppet that a test can ask for in a poll.
pub mod events {
    /// The first.
    pub const ONE: u32 = 1 << 1;
    /// The second.
    pub const TWO: u32 = 1 << 2;
    /// Both.
    pub const ALL: u32 = ONE | TWO;
}

/// The task id by which the kernel is called.
pub const KERNEL: u32 = 0xFFFF;

/// The code of a call that succeeded.
pub const SUCCESS: u32 = 0;

/// Why a call failed: the driver's errors, for both sides to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Failure {
    NoSuchChannel = 1,
    AccessDenied,
    NotOpen,
    Busy,
    WrongKind,
    BadArgument,
    WouldBlock,
    TimedOut,
    TooManyWaiters,
    Closed,
    PeerProtocol,
    PeerRestarted,
    GeometryMismatch,
    NotSupported,
    ServerRestarted,
}

impl Failure {
    /// The failure that a code stands for.
    pub fn from_code(code: u32) -> Option<Self> {
        const ALL: [Failure; 15] = [
            Failure::NoSuchChannel,
            Failure::AccessDenied,
            Failure::NotOpen,
            Failure::Busy,
            Failure::WrongKind,
            Failure::BadArgument,
            Failure::WouldBlock,
            Failure::TimedOut,
            Failure::TooManyWaiters,
            Failure::Closed,
            Failure::PeerProtocol,
            Failure::PeerRestarted,
            Failure::GeometryMismatch,
            Failure::NotSupported,
            Failure::ServerRestarted,
        ];
        ALL.into_iter().find(|failure| *failure as u32 == code)
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Opens channel `target`.
    Open = 1,
    /// Closes channel `target`.
    Close,
    /// Reads channel `target` to the lent bytes, with deadline `argument`.
    Read,
    /// Writes the lent bytes to channel `target`, with deadline `argument`.
    Write,
    /// Polls channel `target` for the events in `argument`, to be told by
    /// `notification`.
    Poll,
    /// Takes back the poll of channel `target`.
    PollCancel,
    /// Rings channel `target`.
    Ring,
    /// Waits for a ring of channel `target`, with deadline `argument`.
    Wait,
    /// Shuts channel `target` down.
    Shutdown,
    /// Stores the status of channel `target` in the lent bytes.
    Status,
    /// Stores the status of the peer in the lent bytes.
    PeerStatus,
    /// Starts the peer.
    PeerStart,
    /// Reads as many bytes as are lent from channel `target`, and writes them
    /// all back, through the traits of `embedded-io`.
    Relay,
    /// Sends message `argument`, made of the first [`Command::message_len`] of
    /// the lent bytes, to the task with index `target`, or to [`KERNEL`]; with
    /// [`Command::lease`], unless its length is 0. The reply is stored in the
    /// lent bytes.
    Send,
    /// Loads the word at `target`.
    Load,
    /// Stores `argument` at `target`.
    Store,
    /// Jumps to `target`.
    Jump,
    /// Panics.
    Panic,
}

impl Operation {
    /// The operation with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        const ALL: [Operation; 18] = [
            Operation::Open,
            Operation::Close,
            Operation::Read,
            Operation::Write,
            Operation::Poll,
            Operation::PollCancel,
            Operation::Ring,
            Operation::Wait,
            Operation::Shutdown,
            Operation::Status,
            Operation::PeerStatus,
            Operation::PeerStart,
            Operation::Relay,
            Operation::Send,
            Operation::Load,
            Operation::Store,
            Operation::Jump,
            Operation::Panic,
        ];
        ALL.into_iter()
            .find(|operation| *operation as u32 == number)
    }
}

/// One command.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct Command {
    /// An [`Operation`].
    pub operation: u32,
    /// A channel, task or address.
    pub target: u32,
    /// A deadline in milliseconds, events, or what else the operation takes.
    pub argument: u32,
    /// Notification bits out of [`events`].
    pub notification: u32,
    /// Where the lent bytes begin in the puppet's data.
    pub offset: u32,
    /// How many bytes are lent.
    pub len: u32,
    /// Bytes of the message of [`Operation::Send`].
    pub message_len: u32,
    /// The lease of [`Operation::Send`].
    pub lease: RawLease,
}

/// A lease as the kernel reads it, which can be wrong.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct RawLease {
    /// 1 to allow reading, 2 to allow writing.
    pub attributes: u32,
    /// First address.
    pub address: u32,
    /// Bytes.
    pub len: u32,
}

/// What came of a command.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct Answer {
    /// 0 before the puppet has started, then 1, and one more for each command
    /// that it has carried out.
    pub count: u32,
    /// The tick at which the puppet has started.
    pub started_at: u32,
    /// [`SUCCESS`], or a [`Failure`]; of [`Operation::Send`], the response
    /// code.
    pub code: u32,
    /// Bytes moved, events, or what else the operation returns.
    pub value: u32,
    /// The tick of the call.
    pub called_at: u32,
    /// The tick of the answer.
    pub answered_at: u32,
}

/// The notifications that the puppet has received.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct Posts {
    /// How often any came since the puppet started.
    pub count: u32,
    /// The bits that came last.
    pub bits: u32,
    /// The tick at which they were noticed.
    pub noticed_at: u32,
}

/// Words of a [`Command`].
pub const COMMAND_WORDS: usize = size_of::<Command>() / size_of::<u32>();

#[cfg(test)]
mod tests {
    use super::{Failure, Operation};

    #[test]
    fn every_number_from_the_first_operation_to_the_last_is_one() {
        let last = Operation::Panic as u32;
        for number in 1..=last {
            let operation = Operation::from_number(number);
            assert_eq!(operation.map(|o| o as u32), Some(number));
        }
        assert_eq!(Operation::from_number(0), None);
        assert_eq!(Operation::from_number(last + 1), None);
    }

    #[test]
    fn every_code_from_the_first_failure_to_the_last_is_one() {
        let last = Failure::ServerRestarted as u32;
        for code in 1..=last {
            assert_eq!(Failure::from_code(code).map(|f| f as u32), Some(code));
        }
        assert_eq!(Failure::from_code(0), None);
        assert_eq!(Failure::from_code(last + 1), None);
    }
}
