// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::convert::Infallible;

use idol_runtime::{
    ClientError, LeaseBufReader, LeaseBufWriter, Leased, LenLimit, R, RW,
    RequestError, W,
};
use userlib::kernel::{self, Outcome};
use userlib::{DEFECT, Lease, RecvMessage, ReplyFaultReason, TaskId};

use super::{COUNT, Lending, Point, idl};
use crate::{assert_panics, no_notifications, panic_of, start_server};

struct Server;

/// For a transfer that fails.
fn gone(_: ()) -> RequestError<Infallible> {
    RequestError::went_away()
}

impl idl::InOrderLendingImpl for Server {
    fn sum(
        &mut self,
        rm: &RecvMessage,
        words: Leased<R, [u16]>,
    ) -> Result<u32, RequestError<Infallible>> {
        assert_eq!(words.lender(), rm.sender);
        assert_eq!(words.lease_index(), 0);
        let mut sum = 0;
        for i in 0..words.len() {
            let word = words.read_at(i).ok_or(()).map_err(gone)?;
            sum += u32::from(word);
        }
        Ok(sum)
    }

    fn read_one(
        &mut self,
        _: &RecvMessage,
        point: Leased<R, Point>,
    ) -> Result<i16, RequestError<Infallible>> {
        let point = point.read().ok_or(()).map_err(gone)?;
        Ok(point.x - point.y)
    }

    fn write_one(
        &mut self,
        _: &RecvMessage,
        x: i16,
        point: Leased<W, Point>,
    ) -> Result<(), RequestError<Infallible>> {
        point.write(Point { x, y: -x }).map_err(gone)
    }

    fn fill(
        &mut self,
        _: &RecvMessage,
        with: u8,
        bytes: LenLimit<Leased<W, [u8]>, 4>,
    ) -> Result<u8, RequestError<Infallible>> {
        assert!(!bytes.is_empty());
        let len = LenLimit::len_as_u8(&bytes);
        let bytes = bytes.into_inner();
        for i in 0..usize::from(len) {
            bytes.write_at(i, with).map_err(gone)?;
        }
        Ok(len)
    }

    fn double(
        &mut self,
        _: &RecvMessage,
        point: Leased<RW, Point>,
    ) -> Result<(), RequestError<Infallible>> {
        let Point { x, y } = point.read().ok_or(()).map_err(gone)?;
        point.write(Point { x: 2 * x, y: 2 * y }).map_err(gone)
    }

    fn reverse(
        &mut self,
        _: &RecvMessage,
        words: LenLimit<Leased<RW, [u32]>, 300>,
    ) -> Result<u16, RequestError<Infallible>> {
        let mut buffer = [0; 300];
        let buffer = &mut buffer[..words.len()];
        words.read_range(0..words.len(), buffer).map_err(gone)?;
        buffer.reverse();
        words.write_range(0..words.len(), buffer).map_err(gone)?;
        Ok(LenLimit::len_as_u16(&words))
    }

    fn array(
        &mut self,
        _: &RecvMessage,
        from: Leased<R, [u16; 4]>,
        to: Leased<W, [u16; COUNT]>,
    ) -> Result<u16, RequestError<Infallible>> {
        assert_eq!((from.lease_index(), to.lease_index()), (0, 1));
        let first = from.read_at(0).ok_or(()).map_err(gone)?;
        let mut rest = [0; 3];
        from.read_range(1..4, &mut rest).map_err(gone)?;
        to.write_range(0..3, &rest).map_err(gone)?;
        to.write_at(3, first).map_err(gone)?;
        // All of it at once is fine, too.
        Ok(from.read().ok_or(()).map_err(gone)?.iter().sum())
    }

    fn in_place(
        &mut self,
        _: &RecvMessage,
        array: Leased<RW, [u16; 4]>,
    ) -> Result<(), RequestError<Infallible>> {
        let last = array.read_at(3).ok_or(()).map_err(gone)?;
        array.write_at(0, last).map_err(gone)
    }

    fn stream(
        &mut self,
        _: &RecvMessage,
        from: Leased<R, [u8]>,
        to: Leased<W, [u8]>,
    ) -> Result<u32, RequestError<Infallible>> {
        let mut from = LeaseBufReader::<R, 4>::from(from);
        let mut to = LeaseBufWriter::<W, 3>::from(to);
        let mut count = 0;
        while let Some(byte) = from.read() {
            to.write(byte.to_ascii_uppercase())
                .map_err(|()| ClientError::BadLease.fail())?;
            count += 1;
        }
        assert!(from.is_eof());
        Ok(count)
    }
}

no_notifications!(Server);

fn client() -> Lending {
    Lending::from(start_server!(idl, Server))
}

/// What becomes of operation `op` with these leases.
fn send(op: u16, message: &[u8], leases: &[Lease<'_>]) -> Outcome {
    let target: TaskId = start_server!(idl, Server);
    kernel::send(target, op, message, &mut [0; 4], leases)
}

const BAD_LEASE: Outcome = Outcome::Fault(ReplyFaultReason::BadLeases);

#[test]
fn slices_of_any_length_are_read_element_by_element() {
    let client = client();
    assert_eq!(client.sum(&[]), 0);
    assert_eq!(client.sum(&[1, 0x100, 0xFFFF]), 0x10100);
}

#[test]
fn a_single_value_is_read_and_written() {
    let client = client();
    assert_eq!(client.read_one(&Point { x: 5, y: 7 }), -2);
    let mut point = Point { x: 0, y: 0 };
    assert!(client.write_one(3, &mut point).is_ok());
    assert_eq!(point, Point { x: 3, y: -3 });
}

#[test]
fn a_single_value_and_a_slice_can_be_changed_in_place() {
    let client = client();
    let mut point = Point { x: 1, y: 2 };
    assert!(client.double(&mut point).is_ok());
    assert_eq!(point, Point { x: 2, y: 4 });

    let mut words = [1, 2, 3];
    assert!(matches!(client.reverse(&mut words), Ok(3)));
    assert_eq!(words, [3, 2, 1]);
}

#[test]
fn the_elements_of_an_array_can_be_addressed() {
    let client = client();
    let mut to = [9; 4];
    assert_eq!(client.array(&[1, 2, 3, 4], &mut to), 10);
    assert_eq!(to, [2, 3, 4, 1]);

    let mut array = [1, 2, 3, 4];
    assert!(client.in_place(&mut array).is_ok());
    assert_eq!(array, [4, 2, 3, 4]);
}

#[test]
fn a_slice_up_to_the_limit_passes_and_a_longer_one_panics_the_client() {
    let client = client();
    let mut bytes = [0; 5];
    assert!(matches!(client.fill(7, &mut bytes[..4]), Ok(4)));
    assert_eq!(bytes, [7, 7, 7, 7, 0]);
    assert_panics(|| {
        let _ = client.fill(7, &mut bytes);
    });
}

#[test]
fn a_slice_beyond_the_limit_is_a_fault() {
    let mut bytes = [0; 5];
    let outcome = send(4, &[7], &[Lease::write_only(&mut bytes)]);
    assert_eq!(outcome, BAD_LEASE);
    assert_eq!(bytes, [0; 5]);
}

#[test]
fn a_length_that_is_no_multiple_of_the_element_is_a_fault() {
    assert_eq!(send(1, &[], &[Lease::read_only(&[0; 3])]), BAD_LEASE);
    assert!(matches!(
        send(1, &[], &[Lease::read_only(&[0; 4])]),
        Outcome::Reply { code: 0, len: 4 }
    ));
}

#[test]
fn a_length_other_than_that_of_the_type_is_a_fault() {
    for len in [0, 3, 5, 8] {
        let bytes = vec![0; len];
        assert_eq!(send(2, &[], &[Lease::read_only(&bytes)]), BAD_LEASE);
    }
}

#[test]
fn a_missing_right_is_a_fault_and_an_additional_one_is_not() {
    let mut bytes = [0; 4];
    let read = |op| send(op, &[0; 2][..], &[Lease::read_only(&[0; 4])]);
    // `read_one` takes no message, `write_one` does.
    let outcome = send(2, &[], &[Lease::write_only(&mut bytes)]);
    assert_eq!(outcome, BAD_LEASE);
    assert_eq!(read(3), BAD_LEASE);
    let outcome = send(5, &[], &[Lease::write_only(&mut bytes)]);
    assert_eq!(outcome, BAD_LEASE);
    let outcome = send(5, &[], &[Lease::read_only(&bytes)]);
    assert_eq!(outcome, BAD_LEASE);

    let success = |len| Outcome::Reply { code: 0, len };
    let outcome = send(2, &[], &[Lease::read_write(&mut bytes)]);
    assert_eq!(outcome, success(2));
    let outcome = send(3, &[0; 2], &[Lease::read_write(&mut bytes)]);
    assert_eq!(outcome, success(0));
}

#[test]
fn leases_are_validated_after_the_message() {
    let outcome = send(3, &[0], &[Lease::read_only(&[])]);
    let expected = ReplyFaultReason::BadMessageContents;
    assert_eq!(outcome, Outcome::Fault(expected));
}

#[test]
fn a_client_that_dies_during_a_transfer_gets_no_reply() {
    for code in [DEFECT, userlib::FIRST_DEAD_CODE] {
        kernel::script_borrows([None, Some(code)]);
        let outcome = send(1, &[], &[Lease::read_only(&[0; 4])]);
        assert_eq!(outcome, Outcome::Blocked);
    }
}

#[test]
fn buffered_transfers_take_one_system_call_for_many_bytes() {
    let client = client();
    let mut to = [0; 10];
    let before = kernel::borrows();
    assert_eq!(client.stream(b"0123abcdXY", &mut to), 10);
    assert_eq!(&to, b"0123ABCDXY");
    // Reads of 4, 4 and 2 bytes, writes of 3, 3, 3 and 1.
    assert_eq!(kernel::borrows() - before, 3 + 4);
}

#[test]
fn what_a_dropped_writer_holds_back_is_written() {
    let client = client();
    let mut to = [b'.'; 9];
    assert_eq!(client.stream(b"abcd", &mut to), 4);
    assert_eq!(&to, b"ABCD.....");
}

#[test]
fn writing_beyond_the_end_fails() {
    let client = client();
    let mut to = [0; 3];
    let reason: ReplyFaultReason = panic_of(|| {
        client.stream(b"abcd", &mut to);
    });
    assert_eq!(reason, ReplyFaultReason::BadLeases);
    assert_eq!(&to, b"ABC");
}

#[test]
fn combined_client_errors_are_counted_once_for_the_interface() {
    let client = client();
    // Other tests count, too, at the same time.
    let before = idl::counts();
    client.sum(&[]);
    let _ = client.fill(0, &mut [0]);
    let _: ReplyFaultReason = panic_of(|| {
        client.stream(b"a", &mut []);
    });
    kernel::script_borrows([Some(DEFECT)]);
    let _ = send(1, &[], &[Lease::read_only(&[0; 2])]);
    let after = idl::counts();
    for (before, after) in before.iter().zip(after) {
        assert!(after > *before);
    }
}

/// A lease of `memory` with the rights that `rights` selects.
fn lease_of(memory: &mut [u8], rights: u8) -> Lease<'_> {
    match rights {
        0 => Lease::read_only(memory),
        1 => Lease::write_only(memory),
        _ => Lease::read_write(memory),
    }
}

proptest::proptest! {
    #[test]
    fn no_request_harms_the_server(
        op in 0..12u16,
        message in proptest::collection::vec(proptest::num::u8::ANY, 0..4),
        leases in proptest::collection::vec((1..16usize, 0..3u8), 0..4),
        reply in 0..6usize,
    ) {
        let mut memory: Vec<_> =
            leases.iter().map(|&(len, _)| vec![0; len]).collect();
        let lent: Vec<_> = memory
            .iter_mut()
            .zip(&leases)
            .map(|(memory, &(_, rights))| lease_of(memory, rights))
            .collect();
        let target = start_server!(idl, Server);
        let mut reply = vec![0; reply];
        let outcome = kernel::send(target, op, &message, &mut reply, &lent);
        assert_ne!(outcome, Outcome::Blocked);
        // Only what the interface asks for is done, whatever it is.
        if let Outcome::Reply { code, len } = outcome {
            assert!((1..10).contains(&op) && code == 0 && len <= reply.len());
        }
    }
}
