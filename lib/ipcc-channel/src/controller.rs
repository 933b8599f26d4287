// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The seam below the driver.

use crate::transfer::{Gone, Sink, Source};
use mailbox::LengthError;

/// The lower half of the driver: something that carries messages between two
/// cores on a few independent channels.
///
/// Channels are numbered from 0 in the order of the driver's configuration.
/// No operation waits. An index that is not configured behaves as a channel
/// on which nothing ever happens.
///
/// The five operations of the original driver's lower half are these:
///
/// | original | here |
/// |---|---|
/// | `read` | [`read`](Controller::read) into a client's lease |
/// | `buffer_data` | [`read`](Controller::read) into the rx buffer |
/// | `write` | [`write`](Controller::write) from a client's lease |
/// | `write_notify` | [`listen`](Controller::listen) for room, then [`write`](Controller::write) from the tx buffer |
/// | `cleanup` | [`cleanup`](Controller::cleanup) |
pub trait Controller {
    /// Whether the peer has a message for us that is not wholly taken yet, or
    /// on a doorbell channel, has rung.
    fn is_occupied(&self, channel: usize) -> bool;

    /// Whether the peer has taken our last message, or on a doorbell channel,
    /// has seen our last ring. Only then can we send the next.
    fn is_free(&self, channel: usize) -> bool;

    /// Largest message that one [`write`](Controller::write) can send, in
    /// bytes; 0 on a doorbell channel.
    fn capacity(&self, channel: usize) -> usize;

    /// Moves the rest of the current message to `sink`, as much as it takes.
    ///
    /// Once the last byte of the message is moved, the peer may send the next
    /// one. What the sink did not take stays, and holds the peer off.
    ///
    /// # Errors
    ///
    /// [`ReadError::Gone`]: nothing was moved. [`ReadError::Length`]: the
    /// peer announced an impossible message, which has been thrown away.
    fn read(
        &mut self,
        channel: usize,
        sink: &mut impl Sink,
    ) -> Result<Taken, ReadError>;

    /// Sends one message with as many bytes of `source` as fit, and returns
    /// how many: 0 if the peer has not taken our last message, or the source
    /// is empty. No message of 0 bytes is ever sent.
    ///
    /// # Errors
    ///
    /// The source is gone; nothing was sent.
    fn write(
        &mut self,
        channel: usize,
        source: &mut impl Source,
    ) -> Result<usize, Gone>;

    /// Rings without a message: on a doorbell channel, or to make a peer that
    /// understands empty messages look at the control block. Does nothing,
    /// and returns `false`, while the peer has not seen our last ring.
    fn ring(&mut self, channel: usize) -> bool;

    /// Tells the peer that its ring was seen, or throws away the rest of its
    /// message; returns how many bytes that lost.
    fn dismiss(&mut self, channel: usize) -> usize;

    /// Takes note of an empty message, if that is what the peer announces:
    /// it can then announce something else. Returns whether it was.
    fn heed(&mut self, channel: usize) -> bool;

    /// Says which of the channel's conditions shall interrupt us from now on.
    /// They are levels: asking for one that already holds interrupts at once.
    fn listen(&mut self, channel: usize, listen: Listen);

    /// The conditions that interrupt us right now.
    fn asserted(&self) -> Asserted;

    /// Ends all use of the channel: nothing interrupts us any more, the rest
    /// of a message is thrown away and the peer is not held off by it.
    /// Returns how many bytes that lost. The channel can be used again.
    fn cleanup(&mut self, channel: usize) -> usize {
        self.listen(channel, Listen::default());
        self.dismiss(channel)
    }
}

/// What [`Controller::read`] moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Bytes moved; 0 if there was no message, or no room for it.
    pub bytes: usize,
    /// The last byte of the message is among them.
    pub is_end: bool,
}

/// Why [`Controller::read`] failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The sink is gone.
    Gone,
    /// The peer broke the message format.
    Length(LengthError),
}

impl From<Gone> for ReadError {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Which conditions of one channel interrupt us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// A message is there.
    pub rx: bool,
    /// Our last message was taken.
    pub tx: bool,
}

/// Channels, as bit sets by index, whose conditions interrupt us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asserted {
    /// Channels with a message that we listen for.
    pub rx: u32,
    /// Channels with room that we listen for.
    pub tx: u32,
}
