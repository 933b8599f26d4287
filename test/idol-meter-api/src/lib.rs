// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Client of the meter, a sample server.

#![no_std]
#![forbid(unsafe_code)]

use derive_idol_err::IdolError;
use hubpack::SerializedSize;
use idol_runtime::ServerDeath;
use serde::{Deserialize, Serialize};
use userlib::{FromPrimitive, sys_send};
use zerocopy_derive::{Immutable, IntoBytes};

/// A channel of the meter.
#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    FromPrimitive,
    IntoBytes,
    Immutable,
    Serialize,
    Deserialize,
    counters::Count,
)]
#[repr(u8)]
pub enum Channel {
    A = 1,
    B = 2,
}

/// A span of time, in ticks of the kernel.
#[derive(Copy, Clone, Debug, Eq, PartialEq, IntoBytes, Immutable)]
#[repr(transparent)]
pub struct Ticks(pub u32);

impl From<u32> for Ticks {
    fn from(ticks: u32) -> Self {
        Self(ticks)
    }
}

/// Why the meter does not do what it is asked for.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
#[repr(u32)]
pub enum MeterError {
    /// The period is zero.
    BadPeriod = 1,
    /// The channel is running.
    Running,
    /// The channel may or may not have been started; ask for its reading.
    #[idol(server_death)]
    ServerRestarted,
}

/// What readings are multiplied by.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize, SerializedSize,
)]
pub enum Calibration {
    None,
    Factor(u8),
    Fraction { numerator: u16, denominator: u16 },
}

/// Why a calibration is not accepted.
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
pub enum CalibrationError {
    /// The denominator, or factor, is zero; the calibration is as before.
    Zero { field: u8 },
    /// The server has lost its calibration.
    ServerRestarted,
}

impl From<ServerDeath> for CalibrationError {
    fn from(_: ServerDeath) -> Self {
        Self::ServerRestarted
    }
}

/// What the server has traced and counted.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// Times the channels have fired: A, B.
    pub fired: (u32, u32),
    /// Requests refused with `BadPeriod`, with `Running`.
    pub refused: (u32, u32),
    /// Entries of the newest slot of the trace that are equal.
    pub repeated: u16,
    /// Notifications received.
    pub woken: u32,
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
