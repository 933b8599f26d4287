// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Client of the Idol server of the conformance suite.
//!
//! Interface and types exist for the sake of their encodings: what they do is
//! nothing but a way to see that arguments and replies arrive.

#![no_std]
#![forbid(unsafe_code)]

use derive_idol_err::IdolError;
use hubpack::SerializedSize;
use idol_runtime::ServerDeath;
use serde::{Deserialize, Serialize};
use userlib::{FromPrimitive, sys_send};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Travels as one byte, of which most values are no color.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IntoBytes, Immutable,
)]
#[repr(u8)]
pub enum Color {
    Red = 3,
    Green = 5,
    Blue = 250,
}

/// A temperature in tenths; travels as a number.
#[derive(Copy, Clone, Debug, Eq, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Kelvin(pub u16);

impl From<u16> for Kelvin {
    fn from(tenths: u16) -> Self {
        Self(tenths)
    }
}

/// A temperature in tenths; travels as a number.
#[derive(Copy, Clone, Debug, Eq, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Celsius(pub i16);

/// A structure whose fields the compiler may not move.
#[derive(
    Copy,
    Clone,
    Debug,
    Default,
    Eq,
    PartialEq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct RawSample {
    pub first: u32,
    pub second: u16,
    pub third: u16,
}

/// As [`RawSample`], but not to be received directly.
#[derive(Copy, Clone, Debug, Eq, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Sample(pub RawSample);

/// An enum with contents.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize, SerializedSize,
)]
pub enum Shape {
    Point,
    Circle { radius: u32 },
    Rectangle(u16, u16),
    Hidden(Option<u8>),
}

/// An error that is a number.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
pub enum ConformError {
    Seven = 7,
    Eight,
    Largest = 0xFFFF,
    #[idol(server_death)]
    ServerDied = 0x100,
}

/// An error with contents.
#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    Serialize,
    Deserialize,
    SerializedSize,
    counters::Count,
)]
pub enum ConformTrouble {
    ServerDied,
    Asked { because: u32 },
    Long([u8; 12]),
}

impl From<ServerDeath> for ConformTrouble {
    fn from(_: ServerDeath) -> Self {
        Self::ServerDied
    }
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
