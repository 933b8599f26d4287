// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Client of the pipe, a sample server.

#![no_std]
#![forbid(unsafe_code)]

use derive_idol_err::IdolError;
use userlib::{FromPrimitive, sys_send};

/// Why no bytes have been handed over.
#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
#[repr(u32)]
pub enum PipeError {
    /// Somebody else waits already.
    Busy = 1,
    /// Nobody waits; try again later.
    NobodyThere,
    /// The message is not one of the interface.
    BadRequest,
    /// Bytes may have been lost.
    #[idol(server_death)]
    ServerRestarted,
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
