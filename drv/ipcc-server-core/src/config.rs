// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build fixes about each channel.

/// What a channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stream of bytes, in messages.
    Stream,
    /// Nothing but rings.
    Doorbell,
}

/// One channel of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct ChannelConfig {
    /// The hardware channel, from 1.
    pub number: u8,
    /// What it carries.
    pub kind: Kind,
    /// Only one client at a time may have it open.
    pub is_exclusive: bool,
    /// After a shutdown and the last close it can be opened again.
    pub is_reopenable: bool,
    /// The clients that may open it, as bits by their place in the table of
    /// clients.
    pub clients: u32,
}
