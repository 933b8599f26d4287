// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Interfaces whose operations all fail in the same way, for which there is a
//! server that does nothing but fail.

use derive_idol_err::IdolError;
use serde::{Deserialize, Serialize};
// The trait is needed, by whatever name.
use userlib::FromPrimitive as _;
use userlib::sys_send;

#[derive(
    Copy,
    Clone,
    Debug,
    PartialEq,
    userlib::FromPrimitive,
    IdolError,
    counters::Count,
)]
pub enum UniformError {
    NotToday = 1,
    Never,
    #[idol(server_death)]
    Died,
}

include!(concat!(env!("OUT_DIR"), "/uniform_client.rs"));

mod idl {
    use super::UniformError;
    include!(concat!(env!("OUT_DIR"), "/uniform_server.rs"));
}

pub mod complex {
    use super::{Deserialize, Serialize, sys_send};

    #[derive(
        Copy,
        Clone,
        Debug,
        PartialEq,
        Serialize,
        Deserialize,
        hubpack::SerializedSize,
    )]
    pub struct Detailed(pub u32);

    include!(concat!(env!("OUT_DIR"), "/uniform-complex_client.rs"));

    pub mod idl {
        use super::Detailed;
        include!(concat!(env!("OUT_DIR"), "/uniform-complex_server.rs"));
    }
}

#[cfg(test)]
mod tests {
    use idol_runtime::NotificationHandler;
    use userlib::kernel::{self, Outcome};
    use userlib::{Lease, ReplyFaultReason};

    use super::complex::{Detailed, UniformComplex};
    use super::{Uniform, UniformError, complex, idl};
    use crate::start_server;

    #[test]
    fn a_fail_server_fails_each_operation_with_its_error() {
        let server = idl::FailServer::new(UniformError::Never);
        assert_eq!(server.current_notification_mask(), 0);
        let client = Uniform::from(start_server!(idl, server));
        assert_eq!(client.one(1, &[]), Err(UniformError::Never));
        assert_eq!(client.two(), Err(UniformError::Never));

        let idl = complex::idl::FailServer::new(Detailed(77));
        let mut buffer = [0; complex::idl::INCOMING_SIZE];
        let mut server = idl;
        let target = kernel::start_server(move || {
            idol_runtime::dispatch(&mut buffer, &mut server)
        });
        let client = UniformComplex::from(target);
        assert_eq!(client.one(), Err(Detailed(77)));
    }

    #[test]
    fn a_fail_server_checks_requests_like_any_other() {
        let server = idl::FailServer::new(UniformError::NotToday);
        let target = start_server!(idl, server);
        let outcome = kernel::send(target, 1, &[0], &mut [0], &[]);
        assert_eq!(outcome, Outcome::Fault(ReplyFaultReason::BadLeases));
        let leases = [Lease::read_only(&[0; 8])];
        let outcome = kernel::send(target, 1, &[0], &mut [0], &leases);
        assert_eq!(outcome, Outcome::Reply { code: 1, len: 0 });
    }
}
