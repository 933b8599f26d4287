// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the server needs of the kernel.

use crate::error::Error;
use abi::TaskId;
use ipcc_channel::{Gone, SharedBytes};

/// The system calls that the server makes, and the recorder of its history.
///
/// A client that waits for its reply has lent us one lease, of the length it
/// told when it called.
pub trait Kernel {
    /// Copies to `client`'s lease, from `offset`.
    ///
    /// # Errors
    ///
    /// The client does not wait for us any more; nothing was copied.
    fn copy_out(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), Gone>;

    /// Copies to `client`'s lease out of shared memory.
    ///
    /// # Errors
    ///
    /// As for [`Kernel::copy_out`].
    fn copy_out_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: SharedBytes,
    ) -> Result<(), Gone>;

    /// Copies from `client`'s lease, from `offset`, and fills `space`.
    ///
    /// # Errors
    ///
    /// The client does not wait for us any more.
    fn copy_in(
        &mut self,
        client: TaskId,
        offset: usize,
        space: &mut [u8],
    ) -> Result<(), Gone>;

    /// Copies from `client`'s lease into shared memory.
    ///
    /// # Errors
    ///
    /// As for [`Kernel::copy_in`].
    fn copy_in_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        space: SharedBytes,
    ) -> Result<(), Gone>;

    /// Ends `client`'s waiting. Without a count, the client has left no room
    /// for one.
    fn reply(&mut self, client: TaskId, answer: Result<Option<u32>, Error>);

    /// Posts notification bits to `client`. Returns whether it still lives.
    fn post(&mut self, client: TaskId, bits: u32) -> bool;

    /// The id that the task of `client` has now: another one than `client`
    /// if it has restarted.
    fn current_id(&mut self, client: TaskId) -> TaskId;

    /// Ticks since boot.
    fn now(&mut self) -> u64;

    /// Asks for [`Server::on_alarm`](crate::Server::on_alarm) once the time
    /// has come, or not at all.
    fn set_alarm(&mut self, deadline: Option<u64>);

    /// Records what happened.
    fn record(&mut self, event: Event);
}

/// What is worth remembering for a look at the driver after the fact.
/// Channels are by their hardware number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, counters::Count)]
pub enum Event {
    /// The resting value of an unused entry.
    #[count(skip)]
    None,
    /// The server started with this session, 0 without sessions.
    Started(u32),
    /// A client opened a channel.
    Open(u8, TaskId),
    /// A client closed a channel, or died having it open.
    Close(u8, TaskId),
    /// A message, or part of one, came in: channel and bytes.
    Received(u8, u32),
    /// A message went out: channel and bytes.
    Sent(u8, u32),
    /// The rx buffer is full and the peer held off.
    OverflowStart(u8),
    /// The rx buffer has taken the rest.
    OverflowEnd(u8),
    /// The peer rang.
    Rang(u8),
    /// We rang.
    Ring(u8),
    /// A client was told to look at a channel.
    Posted(u8, TaskId),
    /// A deadline passed: a call ended with this part of its bytes done.
    CutShort(u8, u32),
    /// A call failed.
    Failed(u8, #[count(children)] Error),
    /// The peer sent a message of impossible length.
    PeerProtocol(u8),
    /// The peer is not listened to for a while.
    Muted(u8),
    /// It is listened to again.
    Unmuted(u8),
    /// The channel was shut down.
    Shutdown(u8),
    /// The peer restarted, with this session.
    PeerRestarted(u32),
    /// The peer accepted our session.
    Settled,
    /// The peer divides the shared memory in another way.
    GeometryMismatch,
}
