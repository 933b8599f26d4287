// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::convert::Infallible;
use std::sync::{Mutex, MutexGuard};

use idol_runtime::{ClientError, RequestError};
use userlib::kernel::{self, Blocked, Outcome, ServerFault};
use userlib::{
    FIRST_DEAD_CODE, Generation, RecvMessage, ReplyFaultReason, TaskId,
    UsageError,
};

use super::{DeathAware, Detailed, Failing, Plain, counts, idl};
use crate::{assert_panics, no_notifications, panic_of, start_server};

/// Fails as the argument says; with 0 it succeeds.
struct Server;

impl idl::InOrderFailingImpl for Server {
    fn clike(
        &mut self,
        _: &RecvMessage,
        code: u32,
    ) -> Result<u32, RequestError<DeathAware>> {
        match code {
            0 => Ok(42),
            1 => Err(DeathAware::Early.into()),
            2 => Err(DeathAware::Late)?,
            3 => Err(DeathAware::Died.into()),
            4 => Err(ClientError::BadLease.fail()),
            _ => Err(RequestError::went_away()),
        }
    }

    fn clike_again(
        &mut self,
        _: &RecvMessage,
        code: u32,
    ) -> Result<u32, RequestError<Plain>> {
        match code {
            0 => Ok(43),
            1 => Err(Plain::First.into()),
            _ => Err(Plain::Second.into()),
        }
    }

    fn complex(
        &mut self,
        _: &RecvMessage,
        code: u32,
    ) -> Result<u8, RequestError<Detailed>> {
        match code {
            0 => Ok(44),
            1 => Err(Detailed::OutOfRange { low: 1, high: 2 }.into()),
            _ => Err(ClientError::BadLease.fail()),
        }
    }

    fn complex_again(
        &mut self,
        rm: &RecvMessage,
        code: u32,
    ) -> Result<u8, RequestError<Detailed>> {
        self.complex(rm, code)
    }

    fn death(
        &mut self,
        _: &RecvMessage,
        code: u32,
    ) -> Result<u32, RequestError<Infallible>> {
        match code {
            0 => Ok(45),
            _ => Err(ClientError::AccessViolation.fail()),
        }
    }

    fn simple(
        &mut self,
        _: &RecvMessage,
        code: u32,
    ) -> Result<u32, RequestError<Infallible>> {
        Ok(code)
    }
}

no_notifications!(Server);

/// Makes a client; counters are common to all tests, so one runs at a time.
fn client() -> (Failing, MutexGuard<'static, ()>) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    (Failing::from(start_server!(idl, Server)), guard)
}

/// Makes a client of a server that replies with `code` and `message` whatever
/// is asked.
fn client_of(code: u32, message: &'static [u8]) -> Failing {
    Failing::from(kernel::start_server(move || {
        let rm = userlib::sys_recv(&mut [0; 4], 0, None).ok().unwrap();
        userlib::sys_reply(rm.sender, code, message);
    }))
}

#[test]
fn a_clike_error_is_the_response_code() {
    let (client, _guard) = client();
    assert_eq!(client.clike(0), Ok(42));
    assert_eq!(client.clike(1), Err(DeathAware::Early));
    assert_eq!(client.clike(2), Err(DeathAware::Late));
    assert_eq!(client.clike_again(0), Ok(43));
    assert_eq!(client.clike_again(2), Err(Plain::Second));
}

#[test]
fn a_response_code_that_is_no_variant_panics_the_client() {
    assert_panics(|| {
        let _ = client_of(2, &[]).clike(0);
    });
    assert_panics(|| {
        let _ = client_of(3, &[]).clike_again(0);
    });
}

#[test]
fn a_complex_error_is_in_the_payload() {
    let (client, _guard) = client();
    let error = Detailed::OutOfRange { low: 1, high: 2 };
    assert_eq!(client.complex(0), Ok(44));
    assert_eq!(client.complex(1), Err(error));
    assert_eq!(client.complex_again(0), Ok(44));
    assert_eq!(client.complex_again(1), Err(error));
}

#[test]
fn a_complex_error_has_response_code_one_and_its_hubpack_encoding() {
    let (_, _guard) = client();
    let mut reply = [0; 9];
    let target = kernel::server_id();
    let outcome = kernel::send(target, 3, &[1, 0, 0, 0], &mut reply, &[]);
    assert_eq!(outcome, Outcome::Reply { code: 1, len: 9 });
    assert_eq!(reply, [1, 1, 0, 0, 0, 2, 0, 0, 0]);
}

#[test]
fn a_complex_error_that_cannot_be_decoded_panics_the_client() {
    for message in [&[][..], &[2], &[1, 1, 0, 0, 0]] {
        assert_panics(|| {
            let _ = client_of(1, message).complex(0);
        });
    }
}

#[test]
fn the_reply_size_that_is_checked_is_that_of_success() {
    let (_, _guard) = client();
    assert_eq!(idl::COMPLEX_REPLY_SIZE, 1);
    let target = kernel::server_id();
    let fault: ServerFault = panic_of(|| {
        kernel::send(target, 3, &[1, 0, 0, 0], &mut [0], &[]);
    });
    assert_eq!(fault, ServerFault(UsageError::ReplyTooBig));
}

#[test]
fn an_idempotent_operation_is_repeated_until_the_server_lives() {
    let (client, _guard) = client();
    kernel::kill_server(70);
    assert_eq!(client.clike_again(1), Err(Plain::First));
    kernel::kill_server(2);
    assert_eq!(client.complex_again(0), Ok(44));
    kernel::kill_server(1);
    assert_eq!(client.simple(9), 9);
    // The generation wraps; the client follows it.
    assert_eq!(kernel::server_id().generation(), Generation::from(73 % 64));
}

#[test]
fn other_operations_report_the_servers_death_and_follow_the_server() {
    let (client, _guard) = client();
    kernel::kill_server(1);
    assert_eq!(client.clike(0), Err(DeathAware::Died));
    assert_eq!(client.clike(0), Ok(42));
    kernel::kill_server(1);
    assert_eq!(client.complex(0), Err(Detailed::Died));
    assert_eq!(client.complex(0), Ok(44));
    kernel::kill_server(1);
    assert!(client.death(0).is_err());
    assert!(matches!(client.death(0), Ok(45)));
}

#[test]
fn a_dead_code_that_the_server_sends_counts_as_its_death() {
    let client = client_of(FIRST_DEAD_CODE + 5, &[]);
    assert_eq!(client.clike(0), Err(DeathAware::Died));
    // The client now believes in generation 5, which the server is not.
    assert_eq!(client.clike(0), Err(DeathAware::Died));
}

#[test]
fn a_clone_follows_the_server_by_itself() {
    let (client, _guard) = client();
    let clone = client.clone();
    kernel::kill_server(1);
    assert!(client.death(0).is_err());
    assert!(client.death(0).is_ok());
    assert!(clone.death(0).is_err());
}

#[test]
fn an_error_of_an_operation_that_fails_by_death_alone_panics_the_client() {
    assert_panics(|| {
        let _ = client_of(1, &[]).death(0);
    });
}

#[test]
fn a_simple_reply_ignores_the_response_code() {
    let client = client_of(7, &[1, 2, 0, 0]);
    assert_eq!(client.simple(0), 0x201);
}

#[test]
fn a_short_reply_leaves_the_rest_of_a_zerocopy_value_zero() {
    assert_eq!(client_of(0, &[9]).simple(0), 9);
    assert_eq!(client_of(0, &[]).clike(0), Ok(0));
}

#[test]
fn a_short_reply_of_another_encoding_panics_the_client() {
    assert_panics(|| {
        let _ = client_of(0, &[]).complex(0);
    });
}

#[test]
fn a_client_that_went_away_gets_no_reply() {
    let (client, _guard) = client();
    let _: Blocked = panic_of(|| {
        let _ = client.clike(5);
    });
}

#[test]
fn a_defective_client_is_faulted() {
    let (client, _guard) = client();
    let reason: ReplyFaultReason = panic_of(|| {
        let _ = client.clike(4);
    });
    assert_eq!(reason, ReplyFaultReason::BadLeases);
    let reason: ReplyFaultReason = panic_of(|| {
        let _ = client.complex(2);
    });
    assert_eq!(reason, ReplyFaultReason::BadLeases);
    let reason: ReplyFaultReason = panic_of(|| {
        let _ = client.death(1);
    });
    assert_eq!(reason, ReplyFaultReason::AccessViolation);
}

#[test]
fn each_outcome_is_counted_on_both_sides() {
    let (client, _guard) = client();
    let before = (counts(), idl::counts());

    let _ = client.clike(0);
    let _ = client.clike(1);
    let _ = client.clike(1);
    kernel::kill_server(1);
    let _ = client.clike(0);
    let _ = client.complex(0);
    let _ = client.complex(1);
    let _ = client.death(0);
    kernel::kill_server(1);
    let _ = client.death(0);
    kernel::kill_server(3);
    client.simple(0);
    let _: ReplyFaultReason = panic_of(|| {
        let _ = client.clike(4);
    });

    let ((clike, complex, death, simple), (srv_clike, srv_complex)) = before;
    let after = (
        (
            // Early, Late, Died, Ok
            add(clike, [2, 0, 1, 1]),
            // Died, OutOfRange, Ok
            add(complex, [0, 1, 1]),
            // Err, Ok
            add(death, [1, 1]),
            simple + 1,
        ),
        (
            // Early, Late, Died, BadLease, Ok
            add(srv_clike, [2, 0, 0, 1, 1]),
            // Died, OutOfRange, BadLease, Ok
            add(srv_complex, [0, 1, 0, 1]),
        ),
    );
    assert_eq!((counts(), idl::counts()), after);
}

fn add<const N: usize>(mut a: [u32; N], b: [u32; N]) -> [u32; N] {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a
}

#[test]
fn a_client_is_an_id_and_debuggable() {
    let (client, _guard) = client();
    assert_eq!(size_of::<Failing>(), size_of::<TaskId>());
    assert!(format!("{client:?}").starts_with("Failing"));
}
