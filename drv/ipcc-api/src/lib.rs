// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a task needs to talk to the IPCC driver.
//!
//! ```ignore
//! task_slot!(IPCC, ipcc);
//!
//! let channel = Channel::open(Ipcc::from(IPCC.get_task_id()), 1)?;
//! channel.write(b"ping")?;
//! let n = channel.read_by(&mut buffer, Deadline::ms(50))?;
//! ```
//!
//! [`Ipcc`] is the generated client with one method per operation, and
//! [`Channel`] a thin layer on it for one channel. A `Channel` also speaks the
//! `embedded-io` traits, so that code written for them plugs in.
//!
//! Calls that wait leave the caller's buffer lent to the driver, which copies
//! straight between it and the memory shared with the other core.

#![no_std]
#![forbid(unsafe_code)]

mod channel;

pub use channel::{Channel, Deadline};
pub use ipcc_channel::{ChannelStatus, Events, Flags, Statistics};

use core::fmt;
use derive_idol_err::IdolError;
use userlib::{FromPrimitive, sys_send};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Why a call failed, and what to do.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
#[repr(u32)]
pub enum IpccError {
    /// The driver's configuration has no channel of this number. Fix the
    /// number, or `app.toml`.
    NoSuchChannel = 1,
    /// `app.toml` does not list this task among the channel's `clients`. Add
    /// it there.
    AccessDenied,
    /// The channel is not open, maybe because the driver restarted. Open it.
    NotOpen,
    /// Another task has the channel open for itself alone. Try again once it
    /// has closed it.
    Busy,
    /// The operation is for the other kind of channel: `ring` and `wait` for
    /// doorbells, `read` and `write` for streams.
    WrongKind,
    /// An argument has bits that mean nothing. Take it from `Events`.
    BadArgument,
    /// Nothing can be moved without waiting. Poll, or allow time.
    WouldBlock,
    /// The deadline passed and nothing was moved. Nothing is lost; try again.
    TimedOut,
    /// As many tasks as configured wait in a poll on this channel already.
    /// Raise `poll-waiters` in `app.toml`, or use a blocking call.
    TooManyWaiters,
    /// The channel was shut down. Close it; when all its clients have, it can
    /// be opened again, unless `app.toml` says `reopen = false`.
    Closed,
    /// The peer announced a message of impossible length, which has been
    /// thrown away. The channel goes on; what the peer wanted to say is lost.
    PeerProtocol,
    /// The peer's core or driver restarted. What was under way in either
    /// direction is lost, this channel is still open, and the next message is
    /// the first of a new conversation.
    PeerRestarted,
    /// The peer divides the shared memory in another way. Build both images
    /// from the same channel configuration.
    GeometryMismatch,
    /// This core cannot do that: the other one is not ours to start.
    NotSupported,
    /// The driver restarted. What was under way is lost. Open the channel
    /// again.
    #[idol(server_death)]
    ServerRestarted,
}

impl fmt::Display for IpccError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchChannel => "no such channel",
            Self::AccessDenied => "not among the channel's clients",
            Self::NotOpen => "channel is not open",
            Self::Busy => "channel is in exclusive use",
            Self::WrongKind => "operation is for another kind of channel",
            Self::BadArgument => "argument has meaningless bits",
            Self::WouldBlock => "nothing can be moved without waiting",
            Self::TimedOut => "nothing was moved before the deadline",
            Self::TooManyWaiters => "too many tasks wait in a poll",
            Self::Closed => "channel was shut down",
            Self::PeerProtocol => "peer sent a message of impossible length",
            Self::PeerRestarted => "peer restarted",
            Self::GeometryMismatch => "peer has another memory layout",
            Self::NotSupported => "not possible on this core",
            Self::ServerRestarted => "driver restarted",
        })
    }
}

impl core::error::Error for IpccError {}

impl embedded_io::Error for IpccError {
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind;
        match self {
            Self::NoSuchChannel => ErrorKind::NotFound,
            Self::AccessDenied => ErrorKind::PermissionDenied,
            Self::NotOpen => ErrorKind::NotConnected,
            Self::Busy => ErrorKind::AddrInUse,
            Self::WrongKind | Self::BadArgument => ErrorKind::InvalidInput,
            Self::TimedOut => ErrorKind::TimedOut,
            Self::TooManyWaiters => ErrorKind::OutOfMemory,
            Self::Closed => ErrorKind::BrokenPipe,
            Self::PeerProtocol => ErrorKind::InvalidData,
            Self::PeerRestarted => ErrorKind::ConnectionReset,
            Self::ServerRestarted => ErrorKind::ConnectionAborted,
            Self::NotSupported => ErrorKind::Unsupported,
            Self::WouldBlock | Self::GeometryMismatch => ErrorKind::Other,
        }
    }
}

/// The other core, as far as we can tell.
#[derive(
    Copy,
    Clone,
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
pub struct PeerStatus {
    /// 1 if the other core is ours to start, else 0.
    pub is_ours_to_start: u32,
    /// 1 if the hardware says that the other core has started, else 0. Always
    /// 0 if it is not ours to start.
    pub is_up: u32,
    /// Session of the driver there; 0 while it has told us none, because it
    /// does not run yet or knows no sessions.
    pub session: u32,
    /// 1 while messages can pass, 0 while both sides start over after a
    /// restart or disagree on the memory layout.
    pub is_settled: u32,
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
