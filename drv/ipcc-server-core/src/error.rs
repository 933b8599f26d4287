// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Why a call failed.

/// Why a call failed. The client API documents what to do about each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, counters::Count)]
pub enum Error {
    /// The caller is not among the tasks that may talk to us at all: a fault
    /// of the caller's, not an answer.
    Unlisted,
    /// No such channel is configured.
    NoSuchChannel,
    /// The caller is not among the channel's clients.
    AccessDenied,
    /// The caller has not opened the channel.
    NotOpen,
    /// Somebody else has the channel open for itself alone.
    Busy,
    /// The operation is for the other kind of channel.
    WrongKind,
    /// An argument has bits that mean nothing.
    BadArgument,
    /// Nothing could be moved without waiting.
    WouldBlock,
    /// Nothing could be moved before the deadline.
    TimedOut,
    /// As many clients as configured wait in a poll already.
    TooManyWaiters,
    /// The channel was shut down.
    Closed,
    /// The peer sent a message of impossible length, now thrown away.
    PeerProtocol,
    /// The peer restarted. What was under way is lost.
    PeerRestarted,
    /// The peer divides the shared memory in another way.
    GeometryMismatch,
}
