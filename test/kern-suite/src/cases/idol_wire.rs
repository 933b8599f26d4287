// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What generated clients and servers put into messages, and how a server
//! answers clients that were not generated.

use test_kern_api::Registers;
use test_kern_api::call::{self, NOTHING, Span};
use test_kern_idol_api::{Color, Conform, Shape};
use test_kern_suite::world::{
    ASSIST, IDOL, NULL, get, inaccessible, me, part, put, put_leases, room,
    usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    FaultInfo, LeaseAttributes, ReplyFaultReason, SchedState, UsageError,
};

cases! { idol_wire:
    operations_are_numbered_from_1,
    arguments_are_packed_without_padding,
    a_bool_is_sent_as_0_or_1,
    a_client_packs_its_arguments,
    a_client_sends_an_enum_as_its_primitive,
    a_client_serialises_what_is_not_zerocopy,
    a_client_has_room_for_the_longer_of_value_and_error,
    a_client_lends_for_writing_only,
    a_client_lends_for_reading_only,
    any_nonzero_byte_is_a_true_bool,
    an_ok_reply_is_the_bytes_of_the_value,
    an_error_reply_is_a_code_without_bytes,
    a_complex_error_has_code_1_and_the_bytes_of_the_error,
    ssmarshal_is_the_declaration_index_and_the_fields,
    ssmarshal_ignores_surplus_bytes,
    hubpack_ignores_surplus_bytes,
    a_message_that_is_too_short_is_bad_contents,
    a_zerocopy_message_that_is_too_long_is_bad_contents,
    an_unknown_operation_is_undefined,
    a_primitive_that_is_no_variant_is_bad_contents,
    an_enum_index_that_does_not_exist_is_bad_contents,
    a_reply_buffer_that_is_too_small_is_a_fault,
    a_reply_buffer_may_be_larger,
    missing_and_surplus_leases_are_bad,
    a_lease_without_the_right_is_bad,
    a_lease_with_more_rights_is_good,
    a_lease_of_another_size_is_bad,
    a_lease_of_half_an_element_is_bad,
    a_lease_of_too_many_elements_is_bad,
    leases_are_checked_before_the_operation_begins,
    the_operation_is_checked_before_the_reply_buffer,
    the_reply_buffer_is_checked_before_the_leases,
    the_number_of_leases_is_checked_before_the_contents,
    the_contents_are_checked_before_the_leases,
    memory_behind_a_lease_is_checked_when_it_is_used,
    a_range_beyond_the_lease_faults_the_server,
    a_complex_error_that_does_not_fit_faults_the_server,
    each_client_error_is_its_reply_fault,
    a_client_that_went_away_is_not_answered,
}

/// Positions of operations in the interface, counted from 1.
mod op {
    pub const PACK: u16 = 1;
    pub const NEGATE: u16 = 2;
    pub const NEXT_COLOR: u16 = 3;
    pub const FAIL: u16 = 6;
    pub const GET: u16 = 9;
    pub const SUM: u16 = 10;
    pub const FILL: u16 = 11;
    pub const INVERT: u16 = 12;
    pub const SQUARES: u16 = 14;
    pub const READ_RANGE: u16 = 15;
    pub const SHRINK: u16 = 17;
    pub const SHRINK_PACKED: u16 = 18;
    pub const LONG_ERROR: u16 = 20;
    pub const ACCUSE: u16 = 28;
    pub const LAST: u16 = 32;
}

/// A message to the server.
fn message(operation: u16, bytes: &[u8], reply_size: u32) -> Registers {
    let message = part(room(0), 0, bytes.len() as u32);
    put(message, bytes);
    call::send(IDOL.id(), operation)
        .message(message)
        .reply_to(part(room(1), 0, reply_size))
}

/// The server's answer to the assistant: code and length.
#[track_caller]
fn ask(message: Registers) -> (u32, u32) {
    ASSIST.renew();
    ASSIST.call(message);
    (ASSIST.result().r4, ASSIST.result().r5)
}

/// The bytes of the reply.
fn reply<const N: usize>() -> [u8; N] {
    get(room(1))
}

/// The server faults the assistant.
#[track_caller]
fn assert_refused(message: Registers, reason: ReplyFaultReason) {
    ASSIST.renew();
    ASSIST.call(message);
    let fault = FaultInfo::FromServer(IDOL.id(), reason);
    let waiting = SchedState::InReply(IDOL.id());
    assert_eq!(ASSIST.faulted(), (fault, waiting));
}

fn operations_are_numbered_from_1() {
    use test_kern_idol_api::ConformOperation as Operation;
    assert_eq!(Operation::pack as u16, op::PACK);
    assert_eq!(Operation::negate as u16, op::NEGATE);
    assert_eq!(Operation::mix as u16, op::LAST);
    assert_eq!(ask(message(op::GET, &[], 4)), (0, 4));
}

fn arguments_are_packed_without_padding() {
    let bytes = [0x11, 0x22, 0x33, 0x44, 0x55, 1, 0x77, 0x88];
    assert_eq!(ask(message(op::PACK, &bytes, 8)), (0, 8));
    assert_eq!(reply(), bytes);
}

/// What the generated client sends: the assistant receives it, and replies with
/// so many zeros.
fn sent<const N: usize>(
    reply_size: u32,
    call_client: impl FnOnce(&Conform),
) -> ([u8; N], Registers) {
    ASSIST.renew();
    put(room(2), &[0; 16]);
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::reply(me(), 0, part(room(2), 0, reply_size)),
    ]);
    call_client(&Conform::from(ASSIST.id()));
    let received = ASSIST.result();
    assert_eq!(received.r7, N as u32);
    (get(room(0)), received)
}

/// What the generated client lends: the assistant receives a message, looks at
/// its first lease, and replies with so many zeros. Returns the number of
/// leases, and the attributes and the length of the first one.
fn lent(
    reply_size: u32,
    call_client: impl FnOnce(&Conform),
) -> (u32, u32, u32) {
    ASSIST.renew();
    put(room(2), &[0; 16]);
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::borrow_info(me(), 0, 0),
        call::reply(me(), 0, part(room(2), 0, reply_size)),
    ]);
    call_client(&Conform::from(ASSIST.id()));
    let [received, info, ..] = ASSIST.results();
    assert_eq!(info.r4, 0);
    (received.r9, info.r5, info.r6)
}

fn a_bool_is_sent_as_0_or_1() {
    let (bytes, _) =
        sent(1, |client| assert_eq!(client.negate(true), Ok(false)));
    assert_eq!(bytes, [1]);
    let (bytes, _) =
        sent(1, |client| assert_eq!(client.negate(false), Ok(false)));
    assert_eq!(bytes, [0]);
}

fn a_client_packs_its_arguments() {
    let (bytes, received) = sent(8, |client| {
        assert_eq!(client.pack(1, 0x0504_0302, true, 0x0706), Ok(0));
    });
    assert_eq!(bytes, [1, 2, 3, 4, 5, 1, 6, 7]);
    let Registers { r6, r8, r9, .. } = received;
    assert_eq!((r6, r8, r9), (op::PACK.into(), 8, 0));
}

fn a_client_sends_an_enum_as_its_primitive() {
    ASSIST.renew();
    put(room(2), &[5]);
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::reply(me(), 0, part(room(2), 0, 1)),
    ]);
    let client = Conform::from(ASSIST.id());
    assert_eq!(client.next_color(Color::Blue), Ok(Color::Green));
    assert_eq!(get(room(0)), [250]);
}

fn a_client_serialises_what_is_not_zerocopy() {
    // A bool is a byte, then comes the enum: its index and its fields.
    let (bytes, received) = sent(1, |client| {
        let shape = Shape::Circle {
            radius: 0x0403_0201,
        };
        assert_eq!(client.shrink(true, shape), Ok(Shape::Point));
    });
    assert_eq!(bytes, [1, 1, 1, 2, 3, 4]);
    assert_eq!(received.r6, op::SHRINK.into());
    let (bytes, received) = sent(1, |client| {
        let shape = Shape::Hidden(Some(9));
        assert_eq!(client.shrink_packed(false, shape), Ok(Shape::Point));
    });
    assert_eq!(bytes, [0, 3, 1, 9]);
    assert_eq!(received.r6, op::SHRINK_PACKED.into());
}

fn a_client_has_room_for_the_longer_of_value_and_error() {
    // An index and a number in one case, an index and twelve bytes in the
    // other.
    let (_, received) = sent::<0>(0, |client| {
        // No bytes are no error: this is not what the server would do.
        let _ = client.get();
    });
    assert_eq!(received.r8, 4);
    ASSIST.renew();
    put(room(2), &[2]);
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::reply(me(), 0, part(room(2), 0, 1)),
    ]);
    let client = Conform::from(ASSIST.id());
    assert_eq!(client.long_error(), Ok(2));
    assert_eq!(ASSIST.result().r8, 13);
}

fn a_client_lends_for_writing_only() {
    let lent = lent(4, |client| {
        assert_eq!(client.fill(0, &mut [0; 6]).ok(), Some(0));
    });
    assert_eq!(lent, (1, LeaseAttributes::WRITE.bits(), 6));
}

fn a_client_lends_for_reading_only() {
    let lent = lent(4, |client| {
        assert_eq!(client.sum(&[0; 3]).ok(), Some(0));
    });
    assert_eq!(lent, (1, LeaseAttributes::READ.bits(), 6));
}

fn any_nonzero_byte_is_a_true_bool() {
    for byte in [1, 2, 0x80, 0xFF] {
        assert_eq!(ask(message(op::NEGATE, &[byte], 1)), (0, 1));
        assert_eq!(reply(), [0]);
    }
    assert_eq!(ask(message(op::NEGATE, &[0], 1)), (0, 1));
    assert_eq!(reply(), [1]);
    // In the other encodings, too.
    let shrink = message(op::SHRINK, &[0x80, 0], 8);
    assert_eq!(ask(shrink), (0xFFFF, 0));
}

fn an_ok_reply_is_the_bytes_of_the_value() {
    let next_color = message(op::NEXT_COLOR, &[3], 1);
    assert_eq!(ask(next_color), (0, 1));
    assert_eq!(reply(), [5]);
}

fn an_error_reply_is_a_code_without_bytes() {
    assert_eq!(ask(message(op::FAIL, &[7, 0], 0)), (7, 0));
    assert_eq!(ask(message(op::FAIL, &[0xFF, 0xFF], 8)), (0xFFFF, 0));
}

fn a_complex_error_has_code_1_and_the_bytes_of_the_error() {
    let shrink = message(op::SHRINK_PACKED, &[1, 0], 16);
    assert_eq!(ask(shrink), (1, 5));
    // Index and number.
    assert_eq!(reply(), [1, 0xB7, 0x07, 0, 0]);
}

fn ssmarshal_is_the_declaration_index_and_the_fields() {
    // A rectangle of 10 by 0x0400.
    let shrink = message(op::SHRINK, &[0, 2, 10, 0, 0, 4], 8);
    assert_eq!(ask(shrink), (0, 5));
    assert_eq!(reply(), [2, 5, 0, 0, 2]);
    // Nothing hidden, and something.
    assert_eq!(ask(message(op::SHRINK, &[0, 3, 0], 8)), (0, 2));
    assert_eq!(reply(), [3, 0]);
    assert_eq!(ask(message(op::SHRINK, &[0, 3, 1, 40], 8)), (0, 3));
    assert_eq!(reply(), [3, 1, 10]);
}

fn ssmarshal_ignores_surplus_bytes() {
    let shrink = message(op::SHRINK, &[0, 0, 0xFF, 0xFF], 8);
    assert_eq!(ask(shrink), (0, 1));
}

fn hubpack_ignores_surplus_bytes() {
    let shrink = message(op::SHRINK_PACKED, &[0, 0, 0xFF, 0xFF], 16);
    assert_eq!(ask(shrink), (0, 1));
}

fn a_message_that_is_too_short_is_bad_contents() {
    let reason = ReplyFaultReason::BadMessageContents;
    for length in 0..8 {
        assert_refused(message(op::PACK, &[0; 8][..length], 8), reason);
    }
    for length in 0..2 {
        assert_refused(message(op::SHRINK, &[0; 2][..length], 8), reason);
        let packed = message(op::SHRINK_PACKED, &[0; 2][..length], 16);
        assert_refused(packed, reason);
    }
}

fn a_zerocopy_message_that_is_too_long_is_bad_contents() {
    let reason = ReplyFaultReason::BadMessageContents;
    assert_refused(message(op::NEGATE, &[0; 2], 1), reason);
    assert_refused(message(op::PACK, &[0; 9], 8), reason);
}

fn an_unknown_operation_is_undefined() {
    let reason = ReplyFaultReason::UndefinedOperation;
    for operation in [0, op::LAST + 1, 0xFFFF] {
        assert_refused(message(operation, &[], 64), reason);
    }
}

fn a_primitive_that_is_no_variant_is_bad_contents() {
    let reason = ReplyFaultReason::BadMessageContents;
    for color in [0, 4, 6, 255] {
        assert_refused(message(op::NEXT_COLOR, &[color], 1), reason);
    }
}

fn an_enum_index_that_does_not_exist_is_bad_contents() {
    let reason = ReplyFaultReason::BadMessageContents;
    assert_refused(message(op::SHRINK, &[0, 4], 8), reason);
    assert_refused(message(op::SHRINK_PACKED, &[0, 4], 16), reason);
    // Nor does a tag of an option.
    assert_refused(message(op::SHRINK, &[0, 3, 2, 0], 8), reason);
}

fn a_reply_buffer_that_is_too_small_is_a_fault() {
    let reason = ReplyFaultReason::ReplyBufferTooSmall;
    for size in 0..8 {
        assert_refused(message(op::PACK, &[0; 8], size), reason);
    }
    assert_refused(message(op::GET, &[], 3), reason);
}

fn a_reply_buffer_may_be_larger() {
    assert_eq!(ask(message(op::GET, &[], 64)), (0, 4));
}

/// A message with leases of so many bytes each.
fn lend(operation: u16, bytes: &[u8], leases: &[(u32, u32)]) -> Registers {
    let mut table = [(0, NOTHING); 4];
    for (entry, &(rights, length)) in table.iter_mut().zip(leases) {
        *entry = (rights, part(room(2), 0, length));
    }
    let table = put_leases(room(3), &table[..leases.len()]);
    message(operation, bytes, 4).leases(table)
}

const READ: u32 = 1;
const WRITE: u32 = 2;

fn missing_and_surplus_leases_are_bad() {
    let reason = ReplyFaultReason::BadLeases;
    assert_refused(lend(op::SUM, &[], &[]), reason);
    assert_refused(lend(op::SUM, &[], &[(READ, 2); 2]), reason);
    assert_refused(lend(op::GET, &[], &[(READ, 2)]), reason);
    assert_refused(lend(op::INVERT, &[], &[(READ, 8)]), reason);
}

fn a_lease_without_the_right_is_bad() {
    let reason = ReplyFaultReason::BadLeases;
    for rights in [0, WRITE] {
        assert_refused(lend(op::SUM, &[], &[(rights, 2)]), reason);
    }
    for rights in [0, READ] {
        assert_refused(lend(op::FILL, &[1], &[(rights, 2)]), reason);
    }
}

fn a_lease_with_more_rights_is_good() {
    let both = READ | WRITE;
    assert_eq!(ask(lend(op::FILL, &[1], &[(both, 2)])), (0, 4));
    assert_eq!(ask(lend(op::SUM, &[], &[(both, 4)])), (0, 4));
    assert_eq!(reply::<4>()[2..], [2, 0]);
    assert_eq!(ask(lend(op::INVERT, &[], &[(both, 8); 2])), (0, 0));
}

fn a_lease_of_another_size_is_bad() {
    let reason = ReplyFaultReason::BadLeases;
    for length in [0, 7, 9, 16] {
        let leases = [(READ, length), (WRITE, 8)];
        assert_refused(lend(op::INVERT, &[], &leases), reason);
        let leases = [(READ, 8), (WRITE, length)];
        assert_refused(lend(op::INVERT, &[], &leases), reason);
    }
    for length in [0, 15, 17] {
        assert_refused(lend(op::SQUARES, &[], &[(WRITE, length)]), reason);
    }
}

fn a_lease_of_half_an_element_is_bad() {
    let reason = ReplyFaultReason::BadLeases;
    for length in [1, 3, 15] {
        assert_refused(lend(op::SUM, &[], &[(READ, length)]), reason);
    }
}

fn a_lease_of_too_many_elements_is_bad() {
    assert_eq!(ask(lend(op::SUM, &[], &[(READ, 16)])), (0, 4));
    let reason = ReplyFaultReason::BadLeases;
    assert_refused(lend(op::SUM, &[], &[(READ, 18)]), reason);
}

fn leases_are_checked_before_the_operation_begins() {
    // The first lease is written to only if the second one is good, too.
    put(room(2), &[0x77; 8]);
    let leases = [(READ | WRITE, 8), (READ, 8)];
    let reason = ReplyFaultReason::BadLeases;
    assert_refused(lend(op::INVERT, &[], &leases), reason);
    assert_eq!(get(room(2)), [0x77; 8]);
}

fn the_operation_is_checked_before_the_reply_buffer() {
    let reason = ReplyFaultReason::UndefinedOperation;
    assert_refused(message(op::LAST + 1, &[], 0), reason);
}

fn the_reply_buffer_is_checked_before_the_leases() {
    let reason = ReplyFaultReason::ReplyBufferTooSmall;
    let sum = lend(op::SUM, &[], &[]);
    assert_refused(Registers { r8: 3, ..sum }, reason);
}

fn the_number_of_leases_is_checked_before_the_contents() {
    let reason = ReplyFaultReason::BadLeases;
    assert_refused(lend(op::NEXT_COLOR, &[4], &[(READ, 1)]), reason);
}

fn the_contents_are_checked_before_the_leases() {
    let reason = ReplyFaultReason::BadMessageContents;
    assert_refused(lend(op::FILL, &[], &[(READ, 4)]), reason);
}

/// A message with a lease of memory that may not be there.
fn lend_memory(operation: u16, bytes: &[u8], lease: (u32, Span)) -> Registers {
    let table = put_leases(room(3), &[lease]);
    message(operation, bytes, 4).leases(table)
}

fn memory_behind_a_lease_is_checked_when_it_is_used() {
    ASSIST.renew();
    ASSIST.call(lend_memory(op::SUM, &[], (READ, NULL)));
    assert_eq!(ASSIST.fault(), inaccessible(part(NULL, 0, 2)));
    // Without elements, it is not used.
    let nothing = lend_memory(op::SUM, &[], (READ, NOTHING));
    assert_eq!(ask(nothing), (0, 4));
    assert_eq!(IDOL.healthy(), SchedState::InRecv(None));
}

fn a_range_beyond_the_lease_faults_the_server() {
    // From byte 7 to byte 11, of six.
    let bytes = [7, 0, 0, 0, 4, 0, 0, 0];
    ASSIST.call(lend(op::READ_RANGE, &bytes, &[(READ, 6)]));
    assert_eq!(IDOL.fault(), usage(UsageError::OffsetOutOfRange));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(IDOL.id()));
}

fn a_complex_error_that_does_not_fit_faults_the_server() {
    // The server checks for the size of the value only.
    ASSIST.call(message(op::LONG_ERROR, &[], 1));
    assert_eq!(IDOL.fault(), usage(UsageError::ReplyTooBig));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(IDOL.id()));
}

fn each_client_error_is_its_reply_fault() {
    for (number, reason) in [
        (0, ReplyFaultReason::UndefinedOperation),
        (1, ReplyFaultReason::BadMessageSize),
        (2, ReplyFaultReason::BadMessageContents),
        (3, ReplyFaultReason::BadLeases),
        (4, ReplyFaultReason::ReplyBufferTooSmall),
        (5, ReplyFaultReason::AccessViolation),
    ] {
        assert_refused(message(op::ACCUSE, &[number, 0, 0, 0], 0), reason);
    }
}

fn a_client_that_went_away_is_not_answered() {
    ASSIST.call(message(op::ACCUSE, &[6, 0, 0, 0], 0));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(IDOL.id()));
    assert_eq!(IDOL.healthy(), SchedState::InRecv(None));
}
