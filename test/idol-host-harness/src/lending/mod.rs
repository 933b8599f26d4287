// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Each kind of lease.

use userlib::sys_send;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(
    Copy, Clone, Debug, PartialEq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Point {
    pub x: i16,
    pub y: i16,
}

pub const COUNT: usize = 4;

include!(concat!(env!("OUT_DIR"), "/lending_client.rs"));

mod idl {
    use super::{COUNT, Point};
    include!(concat!(env!("OUT_DIR"), "/lending_server.rs"));

    /// How often the server has handled `sum`, counted `fill` as done, and
    /// counted a bad lease and a client that went away, of any operation.
    #[cfg(test)]
    pub fn counts() -> [u32; 4] {
        use core::sync::atomic::Ordering::Relaxed;
        let counters = &__LENDING_SERVER_COUNTERS;
        [
            &counters.sum,
            &counters.fill.Ok,
            &counters.ClientError.BadLease,
            &counters.ClientError.WentAway,
        ]
        .map(|counter| counter.load(Relaxed))
    }
}

#[cfg(test)]
mod access;
#[cfg(test)]
mod tests;
