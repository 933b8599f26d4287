// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Client of the supervisor, `task-jefe`.
//!
//! Mind the direction: the supervisor is the most important task, so it answers
//! at once, and it never calls anybody itself.

#![no_std]
#![forbid(unsafe_code)]

use derive_idol_err::IdolError;
use hubpack::SerializedSize;
use serde::{Deserialize, Serialize};
use userlib::{FromPrimitive, sys_send};

/// Why the chip was last reset, as far as it can tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, counters::Count,
)]
#[repr(C)]
pub enum ResetReason {
    /// The supply came up.
    PowerOn,
    /// The reset pin was pulled.
    Pin,
    /// Software asked for it.
    SystemCall,
    /// The supply dipped.
    Brownout,
    /// The window watchdog expired.
    SystemWatchdog,
    /// The independent watchdog expired.
    IndependentWatchdog,
    /// Software entered a low-power mode that the option bytes forbid.
    LowPowerSecurity,
    /// The chip woke from Standby mode.
    ExitStandby,
    /// Something else; the bits are those of the chip's reset status register.
    Other(u32),
    /// The chip has no cause on record, or nobody has told the supervisor yet.
    Unknown,
}

/// Why a dump could not be taken, found or erased.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
pub enum DumpAgentError {
    /// This image's supervisor takes no dumps. Asking again is of no use.
    DumpAgentUnsupported = 1,
    /// The supervisor was restarted. Dumps it had not finished are lost.
    #[idol(server_death)]
    ServerRestarted,
}

/// Part of RAM that holds a dump or has room for one.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize, SerializedSize,
)]
pub struct DumpArea {
    /// First address.
    pub address: u32,
    /// Size in bytes.
    pub length: u32,
    pub contents: DumpContents,
}

/// What is in a [`DumpArea`].
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, Serialize, Deserialize, SerializedSize,
)]
pub enum DumpContents {
    Available,
    SingleTask,
    WholeSystem,
    TaskRegion,
}

impl Jefe {
    /// Restarts the calling task, which counts as no fault.
    pub fn restart_me(&self) -> ! {
        self.restart_me_raw();
        // Only a supervisor that does not do what it must gets us here.
        unreachable!()
    }
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
