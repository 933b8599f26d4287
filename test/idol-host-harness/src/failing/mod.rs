// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Each way to fail, counted on both sides.

use derive_idol_err::IdolError;
use serde::{Deserialize, Serialize};
use userlib::{FromPrimitive, sys_send};

#[derive(
    Copy, Clone, Debug, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
pub enum DeathAware {
    Early = 1,
    Late = 0xFFFF,
    #[idol(server_death)]
    Died = 3,
}

#[derive(
    Copy, Clone, Debug, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
pub enum Plain {
    First = 1,
    Second,
}

#[derive(
    Copy,
    Clone,
    Debug,
    PartialEq,
    Serialize,
    Deserialize,
    hubpack::SerializedSize,
    counters::Count,
)]
pub enum Detailed {
    Died,
    OutOfRange { low: u32, high: u32 },
}

impl From<idol_runtime::ServerDeath> for Detailed {
    fn from(_: idol_runtime::ServerDeath) -> Self {
        Self::Died
    }
}

include!(concat!(env!("OUT_DIR"), "/failing_client.rs"));

mod idl {
    use super::{DeathAware, Detailed, Plain};
    include!(concat!(env!("OUT_DIR"), "/failing_server.rs"));

    /// What the server has counted about `clike` and `complex`: each outcome,
    /// the errors first.
    #[cfg(test)]
    pub fn counts() -> ([u32; 5], [u32; 4]) {
        use core::sync::atomic::Ordering::Relaxed;
        let (clike, complex) = (
            &__FAILING_SERVER_COUNTERS.clike,
            &__FAILING_SERVER_COUNTERS.complex,
        );
        (
            [
                &clike.Err.Runtime.Early,
                &clike.Err.Runtime.Late,
                &clike.Err.Runtime.Died,
                &clike.Err.Fail.BadLease,
                &clike.Ok,
            ]
            .map(|counter| counter.load(Relaxed)),
            [
                &complex.Err.Runtime.Died,
                &complex.Err.Runtime.OutOfRange,
                &complex.Err.Fail.BadLease,
                &complex.Ok,
            ]
            .map(|counter| counter.load(Relaxed)),
        )
    }
}

/// What the client has counted about `clike`, `complex`, `death` and `simple`.
#[cfg(test)]
fn counts() -> ([u32; 4], [u32; 3], [u32; 2], u32) {
    use core::sync::atomic::Ordering::Relaxed;
    let FailingEventCounts {
        clike,
        complex,
        death,
        simple,
        ..
    } = &__FAILING_CLIENT_COUNTERS;
    (
        [
            &clike.Err.Early,
            &clike.Err.Late,
            &clike.Err.Died,
            &clike.Ok,
        ]
        .map(|counter| counter.load(Relaxed)),
        [&complex.Err.Died, &complex.Err.OutOfRange, &complex.Ok]
            .map(|counter| counter.load(Relaxed)),
        [&death.Err, &death.Ok].map(|counter| counter.load(Relaxed)),
        simple.load(Relaxed),
    )
}

#[cfg(test)]
mod tests;
