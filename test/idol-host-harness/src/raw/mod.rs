// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Arguments and replies that travel as they are in memory.

use derive_idol_err::IdolError;
use userlib::{FromPrimitive, sys_send};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(
    Copy, Clone, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Point {
    pub x: i16,
    pub y: i16,
}

#[derive(
    Copy, Clone, Debug, PartialEq, FromPrimitive, IntoBytes, Immutable,
)]
#[repr(u8)]
pub enum Mode {
    Off = 0,
    Slow = 3,
    Fast = 7,
}

#[derive(Copy, Clone, Debug, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Volts(u16);

// Generated code says `into`, so this is enough for it.
#[allow(clippy::from_over_into)]
impl Into<Volts> for u16 {
    fn into(self) -> Volts {
        Volts(self)
    }
}

#[derive(Copy, Clone, Debug, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Pin(u8);

/// Pins are numbered from 0 to 15, whatever is received.
pub fn pin_from_byte(byte: u8) -> Pin {
    Pin(byte & 0xF)
}

#[derive(Copy, Clone, Debug, PartialEq, FromPrimitive, IdolError)]
pub enum RawError {
    Nope = 1,
    #[idol(server_death)]
    Died,
}

include!(concat!(env!("OUT_DIR"), "/raw_client.rs"));

mod idl {
    use super::{Mode, Pin, Point, RawError, Volts, pin_from_byte};
    include!(concat!(env!("OUT_DIR"), "/raw_server.rs"));
}

#[cfg(test)]
mod tests;
