// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a channel tells about itself.

use bitflags::bitflags;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a client can wait for, or learns from `poll`.
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
#[repr(transparent)]
pub struct Events(u32);

bitflags! {
    impl Events: u32 {
        /// A read finds at least one byte, or on a doorbell channel, the peer
        /// has rung.
        const READABLE = 1 << 0;
        /// A write moves at least one byte, or on a doorbell channel, the
        /// peer has seen our last ring.
        const WRITABLE = 1 << 1;
    }
}

/// The state of a channel's flags and masks, and of its life.
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
#[repr(transparent)]
pub struct Flags(u32);

bitflags! {
    impl Flags: u32 {
        /// The peer's flag is set: a message waits, or it has rung.
        const RX_OCCUPIED = 1 << 0;
        /// Our own flag is set: the peer has not taken our last message.
        const TX_OCCUPIED = 1 << 1;
        /// The peer's flag interrupts us.
        const RX_UNMASKED = 1 << 2;
        /// Our own flag interrupts us once it is clear.
        const TX_UNMASKED = 1 << 3;
        /// A message waits in the slot because the rx buffer is full.
        const OVERFLOW = 1 << 4;
        /// The channel is being shut down.
        const CLOSED = 1 << 5;
        /// The peer misbehaved so often that it is not listened to for a
        /// while.
        const MUTED = 1 << 6;
        /// A ring is owed to the peer as soon as it has seen the last.
        const RING_OWED = 1 << 7;
        /// The peer speaks of sessions.
        const PEER_HAS_SESSIONS = 1 << 8;
        /// Nothing is sent or delivered until both sides know of each other's
        /// restart.
        const UNSETTLED = 1 << 9;
        /// The peer divides the shared memory in another way.
        const GEOMETRY_MISMATCH = 1 << 10;
    }
}

/// Counts since the driver started. They wrap.
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
pub struct Statistics {
    /// Messages taken from the peer whole.
    pub rx_messages: u32,
    /// Bytes taken from the peer.
    pub rx_bytes: u32,
    /// Messages sent.
    pub tx_messages: u32,
    /// Bytes sent.
    pub tx_bytes: u32,
    /// Interrupts because of a message or ring of the peer.
    pub rx_interrupts: u32,
    /// Interrupts because the peer took a message or saw a ring.
    pub tx_interrupts: u32,
    /// Times a message did not fit the rx buffer and the peer was held off.
    pub overflows: u32,
    /// Messages of impossible length.
    pub protocol_errors: u32,
    /// Received bytes thrown away by a shutdown or a restart of the peer.
    pub rx_discarded: u32,
    /// Unsent bytes thrown away by a shutdown or a restart of the peer.
    pub tx_discarded: u32,
    /// Most bytes the rx buffer ever held.
    pub rx_high_water: u32,
    /// Most bytes the tx buffer ever held.
    pub tx_high_water: u32,
}

impl Statistics {
    /// Nothing has happened.
    pub const ZERO: Self = Self {
        rx_messages: 0,
        rx_bytes: 0,
        tx_messages: 0,
        tx_bytes: 0,
        rx_interrupts: 0,
        tx_interrupts: 0,
        overflows: 0,
        protocol_errors: 0,
        rx_discarded: 0,
        tx_discarded: 0,
        rx_high_water: 0,
        tx_high_water: 0,
    };
}

/// Everything there is to know about a channel.
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
pub struct ChannelStatus {
    /// The hardware channel, from 1.
    pub number: u32,
    /// Flags and masks.
    pub flags: Flags,
    /// Opens not yet closed, over all clients.
    pub opens: u32,
    /// Calls waiting to read, or for a ring.
    pub readers: u32,
    /// Calls waiting to write.
    pub writers: u32,
    /// Clients waiting in a poll.
    pub pollers: u32,
    /// Bytes in the rx buffer.
    pub rx_buffered: u32,
    /// Bytes in the tx buffer.
    pub tx_buffered: u32,
    /// Our session; 0 without sessions.
    pub session: u32,
    /// The peer's session; 0 while it has none.
    pub peer_session: u32,
    /// Counts since the driver started.
    pub statistics: Statistics,
}
