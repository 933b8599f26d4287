// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::convert::Infallible;

use idol_runtime::{ClientError, Leased, R, RequestError};
use userlib::kernel::{self, Outcome};
use userlib::{Lease, RecvMessage, ReplyFaultReason, TaskId};

use super::{Mode, Pin, Point, Raw, RawError, Volts, idl};
use crate::{no_notifications, start_server};

struct Server;

impl idl::InOrderRawImpl for Server {
    fn flip(
        &mut self,
        _: &RecvMessage,
        flag: bool,
    ) -> Result<bool, RequestError<Infallible>> {
        Ok(!flag)
    }

    fn mix(
        &mut self,
        _: &RecvMessage,
        a: u8,
        b: u32,
        c: bool,
        d: [u8; 3],
        e: u16,
        f: Point,
        g: usize,
    ) -> Result<Point, RequestError<Infallible>> {
        assert_eq!((a, b, c), (1, 0x2345_6789, true));
        assert_eq!((d, e), ([3, 4, 5], 0x6789));
        assert_eq!(g, usize::MAX - 1);
        Ok(Point { x: f.y, y: f.x })
    }

    fn mode(
        &mut self,
        _: &RecvMessage,
        mode: Mode,
    ) -> Result<Mode, RequestError<Infallible>> {
        Ok(match mode {
            Mode::Off => Mode::Slow,
            _ => Mode::Fast,
        })
    }

    fn volts(
        &mut self,
        _: &RecvMessage,
        volts: Volts,
    ) -> Result<Volts, RequestError<Infallible>> {
        match volts.0 {
            0 => Err(ClientError::BadMessageSize.fail()),
            n => Ok(Volts(n + 1)),
        }
    }

    fn pin(
        &mut self,
        _: &RecvMessage,
        pin: Pin,
    ) -> Result<Pin, RequestError<RawError>> {
        match pin {
            Pin(0) => Err(RawError::Nope.into()),
            Pin(n) => Ok(Pin(0xF0 | n)),
        }
    }

    fn level(
        &mut self,
        _: &RecvMessage,
    ) -> Result<bool, RequestError<RawError>> {
        Ok(true)
    }

    fn nothing(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        Ok(())
    }

    fn into(
        &mut self,
        rm: &RecvMessage,
        args: u8,
        message: u8,
        reply: u8,
        rc: u8,
        len: u8,
        msg: u8,
        rm2: u8,
        op: u8,
        incoming: u8,
        value: u8,
        result: u8,
        error: u8,
        generation: u8,
        r#type: u8,
        leases: Leased<R, [u8]>,
        message_len: Leased<R, [u8]>,
    ) -> Result<u32, RequestError<Infallible>> {
        assert_eq!(rm.lease_count, 2);
        assert_eq!([args, message, reply, rc, len], [1, 2, 3, 4, 5]);
        assert_eq!([msg, rm2, op, incoming, value], [6, 7, 8, 9, 10]);
        assert_eq!([result, error, generation, r#type], [11, 12, 13, 14]);
        Ok((leases.len() * 100 + message_len.len()) as u32)
    }

    fn r#loop(
        &mut self,
        _: &RecvMessage,
        r#in: u8,
        r#mut: Leased<R, [u8]>,
    ) -> Result<u8, RequestError<Infallible>> {
        Ok(r#in + r#mut.len() as u8)
    }
}

no_notifications!(Server);

fn client() -> Raw {
    Raw::from(start_server!(idl, Server))
}

fn fault(op: u16, message: &[u8], reply: usize) -> ReplyFaultReason {
    match send(op, message, reply, &[]) {
        Outcome::Fault(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn send(
    op: u16,
    message: &[u8],
    reply: usize,
    leases: &[Lease<'_>],
) -> Outcome {
    let mut reply = vec![0; reply];
    let target: TaskId = start_server!(idl, Server);
    kernel::send(target, op, message, &mut reply, leases)
}

#[test]
fn bools_make_the_round_trip() {
    let client = client();
    assert!(client.flip(false));
    assert!(!client.flip(true));
    assert_eq!(client.level(), Ok(true));
}

#[test]
fn unaligned_fields_of_all_sizes_make_the_round_trip() {
    let reply = client().mix(
        1,
        0x2345_6789,
        true,
        [3, 4, 5],
        0x6789,
        Point { x: -1, y: 2 },
        usize::MAX - 1,
    );
    assert_eq!(reply, Point { x: 2, y: -1 });
}

#[test]
fn enums_are_converted_from_their_primitive_type() {
    let client = client();
    assert_eq!(client.mode(Mode::Off), Mode::Slow);
    assert_eq!(client.mode(Mode::Slow), Mode::Fast);
}

#[test]
fn types_are_converted_by_from_or_by_a_function() {
    let client = client();
    assert!(matches!(client.volts(Volts(0x1FF)), Ok(Volts(0x200))));
    // The server makes 0x13 into 3, replies 0xF3, and the client makes that
    // into 3 again.
    assert_eq!(client.pin(Pin(0x13)), Ok(Pin(3)));
    assert_eq!(client.pin(Pin(0x10)), Err(RawError::Nope));
}

#[test]
fn an_operation_may_carry_nothing() {
    client().nothing();
    assert_eq!(idl::NOTHING_MSG_SIZE, 0);
    assert_eq!(idl::NOTHING_REPLY_SIZE, 0);
}

#[test]
fn parameters_may_have_any_name() {
    // The trait `Into` has a method of this name, which takes precedence.
    let sum = Raw::into(
        &client(),
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        &[0; 3],
        &[0; 4],
    );
    assert_eq!(sum, 304);
}

#[test]
fn names_may_be_keywords_written_as_raw_identifiers() {
    assert_eq!(client().r#loop(3, &[0; 4]), 7);
    assert_eq!(idl::LOOP_MSG_SIZE, 1);
    assert_eq!(idl::LOOP_REPLY_SIZE, 1);
    assert!(idl::read_loop_msg(&[1]).is_some());
}

#[test]
fn sizes_are_those_of_the_fields_without_padding() {
    let usize_size = size_of::<usize>();
    assert_eq!(idl::MIX_MSG_SIZE, 1 + 4 + 1 + 3 + 2 + 4 + usize_size);
    assert_eq!(idl::MIX_REPLY_SIZE, 4);
    assert_eq!(idl::FLIP_MSG_SIZE, 1);
    assert_eq!(idl::FLIP_REPLY_SIZE, 1);
    assert_eq!(idl::VOLTS_MSG_SIZE, 2);
    assert_eq!(idl::INTO_MSG_SIZE, 14);
    assert_eq!(idl::INTO_REPLY_SIZE, 4);
    assert_eq!(idl::INCOMING_SIZE, idl::MIX_MSG_SIZE);
}

#[test]
fn operations_are_numbered_from_one_and_sent_without_padding() {
    let mut reply = [0; 4];
    let target = start_server!(idl, Server);
    let outcome = kernel::send(target, 4, &[0xFE, 0x01], &mut reply, &[]);
    assert_eq!(outcome, Outcome::Reply { code: 0, len: 2 });
    assert_eq!(reply, [0xFF, 0x01, 0, 0]);
}

#[test]
fn any_byte_but_zero_is_true() {
    for (byte, expected) in [(0, 1), (1, 0), (0x80, 0)] {
        let mut reply = [9];
        let target = start_server!(idl, Server);
        kernel::send(target, 1, &[byte], &mut reply, &[]);
        assert_eq!(reply, [expected]);
    }
}

#[test]
fn an_unknown_operation_is_a_fault() {
    let expected = ReplyFaultReason::UndefinedOperation;
    assert_eq!(fault(0, &[], 0), expected);
    assert_eq!(fault(10, &[], 0), expected);
    assert_eq!(fault(0xFFFF, &[], 0), expected);
}

#[test]
fn a_small_reply_buffer_is_a_fault() {
    let expected = ReplyFaultReason::ReplyBufferTooSmall;
    assert_eq!(fault(4, &[1, 0], 1), expected);
    // The size is checked first, then the leases, then the message.
    assert_eq!(send(4, &[], 1, &[lease()]), Outcome::Fault(expected));
}

#[test]
fn a_wrong_number_of_leases_is_a_fault() {
    let expected = Outcome::Fault(ReplyFaultReason::BadLeases);
    assert_eq!(send(4, &[], 2, &[lease()]), expected);
    assert_eq!(send(8, &[0; 14], 4, &[lease()]), expected);
    assert_eq!(send(8, &[0; 14], 4, &[lease(), lease(), lease()]), expected);
}

fn lease() -> Lease<'static> {
    Lease::read_only(&[])
}

#[test]
fn a_message_of_the_wrong_size_is_a_fault() {
    let expected = ReplyFaultReason::BadMessageContents;
    assert_eq!(fault(4, &[1], 2), expected);
    assert_eq!(fault(4, &[1, 0, 0], 2), expected);
    assert_eq!(fault(7, &[1], 0), expected);
}

#[test]
fn a_message_longer_than_all_is_a_fault_or_cut_off() {
    let message = [0; idl::INCOMING_SIZE + 1];
    // The kernel cuts it off; the operation with the longest message is none
    // the wiser.
    assert_eq!(fault(1, &message, 1), ReplyFaultReason::BadMessageContents);

    kernel::report_sent_length();
    assert_eq!(fault(1, &message, 1), ReplyFaultReason::BadMessageSize);
    assert_eq!(fault(99, &message, 1), ReplyFaultReason::BadMessageSize);
}

#[test]
fn a_value_that_is_no_variant_is_a_fault() {
    assert_eq!(fault(3, &[1], 1), ReplyFaultReason::BadMessageContents);
}

#[test]
fn a_server_can_fault_its_client() {
    assert_eq!(fault(4, &[0, 0], 2), ReplyFaultReason::BadMessageSize);
}

#[test]
fn more_room_than_needed_is_no_fault() {
    let outcome = send(2, &[0; 3], 100, &[]);
    assert_eq!(
        outcome,
        Outcome::Fault(ReplyFaultReason::BadMessageContents)
    );
    let outcome = send(6, &[], 100, &[]);
    assert_eq!(outcome, Outcome::Reply { code: 0, len: 1 });
}

#[test]
fn the_definition_is_kept_word_for_word() {
    let definition = include_bytes!("../../idl/raw.idol");
    let stub = include_str!(concat!(env!("OUT_DIR"), "/raw_server.rs"));
    let declaration =
        format!("static _RAW_IDOL_DEFINITION: [u8; {}]", definition.len());
    assert!(stub.contains(&declaration));
    assert!(stub.contains("#[unsafe(link_section = \".idolatry\")]"));
}
