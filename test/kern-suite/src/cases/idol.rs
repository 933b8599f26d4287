// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls through a generated client to a generated server.

use test_kern_api::call::{self, NOTHING};
use test_kern_idol_api::{
    Celsius, Color, Conform, ConformError, ConformTrouble, Kelvin, RawSample,
    Sample, Shape,
};
use test_kern_suite::notifications::assist::TIMER_MASK;
use test_kern_suite::world::{
    ASSIST, IDOL, MINOR, SPARE, now, part, put, room,
};
use test_kern_suite::{cases, script};
use userlib::{
    FaultInfo, Kipcnum, ReplyFaultReason, SchedState, TaskId, kipc, sys_post,
};

cases! { idol:
    arguments_of_all_sizes_arrive,
    arguments_need_no_alignment,
    a_bool_travels_both_ways,
    a_usize_travels_both_ways,
    an_enum_travels_as_its_primitive,
    an_argument_can_be_converted_from_its_wire_type,
    a_structure_can_be_converted_by_a_function,
    a_unit_reply_is_nothing,
    an_error_is_its_number,
    the_largest_error_arrives,
    a_server_that_dies_is_an_error,
    a_server_that_dies_is_server_death,
    a_server_that_dies_is_part_of_a_complex_error,
    a_dead_server_is_remembered_by_its_new_generation,
    a_stale_client_of_an_operation_that_is_not_idempotent_gets_an_error_once,
    an_idempotent_operation_is_retried_when_the_server_has_died,
    a_stale_client_retries_an_idempotent_operation,
    a_cloned_client_has_a_generation_of_its_own,
    a_readable_lease_is_read_element_by_element,
    a_readable_lease_may_be_empty,
    a_readable_lease_may_have_its_maximal_length,
    a_writable_lease_is_written,
    sized_leases_carry_values,
    a_lease_can_be_read_and_written,
    an_array_lease_is_written_element_by_element,
    a_range_of_a_lease_can_be_read,
    a_range_whose_length_is_not_that_of_the_buffer_fails,
    leases_can_be_streamed,
    a_stream_ends_with_the_shorter_lease,
    ssmarshal_carries_enums_and_options,
    ssmarshal_carries_errors,
    hubpack_carries_enums_and_options,
    hubpack_carries_complex_errors,
    a_complex_error_may_be_longer_than_the_reply,
    a_lock_keeps_other_clients_waiting,
    a_lock_is_lost_when_its_client_dies,
    a_notification_reaches_the_handler,
    a_server_can_reply_later,
    an_operation_for_certain_callers_serves_them,
}

fn client() -> Conform {
    Conform::from(IDOL.id())
}

fn arguments_of_all_sizes_arrive() {
    let packed = client().pack(0x11, 0x5544_3322, true, 0x8877);
    assert_eq!(packed, Ok(0x8877_0155_4433_2211));
    let packed = client().pack(0xFF, 0, false, 0);
    assert_eq!(packed, Ok(0xFF));
}

fn arguments_need_no_alignment() {
    let mixed =
        client().mix(0xA1, 0x0807_0605_0403_0201, [0xB1, 0xB2, 0xB3], -2);
    let expected = [0xA1, 1, 2, 3, 4, 5, 6, 7, 8, 0xB1, 0xB2, 0xB3, 0xFE, 0xFF];
    assert_eq!(mixed, Ok(expected));
}

fn a_bool_travels_both_ways() {
    assert_eq!(client().negate(true), Ok(false));
    assert_eq!(client().negate(false), Ok(true));
}

fn a_usize_travels_both_ways() {
    assert_eq!(client().double(0x0101_0101), 0x0202_0202);
}

fn an_enum_travels_as_its_primitive() {
    assert_eq!(client().next_color(Color::Red), Ok(Color::Green));
    assert_eq!(client().next_color(Color::Green), Ok(Color::Blue));
    let end = client().next_color(Color::Blue);
    assert_eq!(end, Err(ConformError::Eight));
}

fn an_argument_can_be_converted_from_its_wire_type() {
    assert_eq!(client().to_celsius(Kelvin(2731)), Ok(Celsius(0)));
    assert_eq!(client().to_celsius(Kelvin(0)), Ok(Celsius(-2731)));
}

fn a_structure_can_be_converted_by_a_function() {
    let sample = Sample(RawSample {
        first: 1000,
        second: 200,
        third: 30,
    });
    assert_eq!(client().sum_sample(4, sample), 1234);
}

fn a_unit_reply_is_nothing() {
    client().set(55);
    assert_eq!(client().get(), 55);
}

fn an_error_is_its_number() {
    assert_eq!(client().fail(6), Ok(()));
    assert_eq!(client().fail(7), Err(ConformError::Seven));
    assert_eq!(client().fail(8), Err(ConformError::Eight));
}

fn the_largest_error_arrives() {
    assert_eq!(client().fail(0xFFFF), Err(ConformError::Largest));
}

/// Has the assistant restart the server in a few ticks, when it has died.
fn restart_server_soon() {
    let request = part(room(3), 0, 5);
    put(request, &[IDOL.index() as u8, 0, 0, 0, 1]);
    ASSIST.run(&script![
        call::set_timer(1, now() + 3, TIMER_MASK),
        call::recv_from(TaskId::KERNEL, NOTHING, TIMER_MASK),
        call::kipc(Kipcnum::ReinitTask).message(request),
    ]);
}

fn a_server_that_dies_is_an_error() {
    restart_server_soon();
    assert_eq!(client().die(), Err(ConformError::ServerDied));
}

fn a_server_that_dies_is_server_death() {
    restart_server_soon();
    assert!(client().die_plainly().is_err());
}

fn a_server_that_dies_is_part_of_a_complex_error() {
    restart_server_soon();
    let outcome = client().shrink_or_die(true, Shape::Point);
    assert_eq!(outcome, Err(ConformTrouble::ServerDied));
}

fn a_dead_server_is_remembered_by_its_new_generation() {
    let client = client();
    restart_server_soon();
    assert!(client.die_plainly().is_err());
    // This is not answered with a dead code any more.
    assert_eq!(client.negate(true), Ok(false));
}

fn a_stale_client_of_an_operation_that_is_not_idempotent_gets_an_error_once() {
    let client = Conform::from(IDOL.stale_id());
    assert_eq!(client.negate(true), Err(ConformError::ServerDied));
    assert_eq!(client.negate(true), Ok(false));
}

fn an_idempotent_operation_is_retried_when_the_server_has_died() {
    let client = client();
    client.set(77);
    restart_server_soon();
    // The kept number is gone with the first server.
    assert_eq!(client.die_once(now() as u32 | 1), 0);
}

fn a_stale_client_retries_an_idempotent_operation() {
    client().set(5);
    let client = Conform::from(IDOL.stale_id());
    assert_eq!(client.get(), 5);
}

fn a_cloned_client_has_a_generation_of_its_own() {
    let first = Conform::from(IDOL.stale_id());
    let second = first.clone();
    assert!(first.negate(true).is_err());
    assert!(second.negate(true).is_err());
    assert!(first.negate(true).is_ok());
    assert!(second.negate(true).is_ok());
}

/// The sum and the number of elements, as the server tells them.
fn sum(words: &[u16]) -> (u32, u32) {
    match client().sum(words) {
        Ok(packed) => (packed & 0xFFFF, packed >> 16),
        Err(_) => panic!("the server has died"),
    }
}

fn a_readable_lease_is_read_element_by_element() {
    assert_eq!(sum(&[1, 20, 300]), (321, 3));
}

fn a_readable_lease_may_be_empty() {
    assert_eq!(sum(&[]), (0, 0));
}

fn a_readable_lease_may_have_its_maximal_length() {
    assert_eq!(sum(&[1; 8]), (8, 8));
}

fn a_writable_lease_is_written() {
    let mut bytes = [0; 5];
    assert_eq!(client().fill(0x5A, &mut bytes).ok(), Some(5));
    assert_eq!(bytes, [0x5A; 5]);
    assert_eq!(client().fill(0x5A, &mut []).ok(), Some(0));
}

fn sized_leases_carry_values() {
    let from = RawSample {
        first: 0x0000_FFFF,
        second: 2,
        third: 3,
    };
    let mut to = RawSample::default();
    assert!(client().invert(&from, &mut to).is_ok());
    let first = 0xFFFF_0000;
    assert_eq!(to, RawSample { first, ..from });
}

fn a_lease_can_be_read_and_written() {
    let mut bytes = *b"desserts";
    assert!(client().reverse(&mut bytes).is_ok());
    assert_eq!(&bytes, b"stressed");
}

fn an_array_lease_is_written_element_by_element() {
    let mut squares = [0; 4];
    assert!(client().squares(&mut squares).is_ok());
    assert_eq!(squares, [0, 1, 4, 9]);
}

fn a_range_of_a_lease_can_be_read() {
    let bytes = [1, 2, 3, 4, 5, 6];
    assert_eq!(client().read_range(1, 4, &bytes), Ok(2 + 3 + 4 + 5));
}

fn a_range_whose_length_is_not_that_of_the_buffer_fails() {
    // The whole buffer goes to the kernel, which fills it as far as possible:
    // the number of bytes is not what is expected.
    let bytes = [1, 2, 3, 4, 5, 6];
    let too_short = client().read_range(0, 3, &bytes);
    assert_eq!(too_short, Err(ConformError::Seven));
    // At the end of the lease, it is.
    assert_eq!(client().read_range(3, 3, &bytes), Ok(4 + 5 + 6));
}

fn leases_can_be_streamed() {
    let from = *b"the quick brown fox";
    let mut to = [0; 19];
    assert_eq!(client().stream(&from, &mut to).ok(), Some(19));
    assert_eq!(to, from);
}

fn a_stream_ends_with_the_shorter_lease() {
    let mut to = [b'.'; 9];
    assert_eq!(client().stream(b"short", &mut to).ok(), Some(5));
    assert_eq!(&to, b"short....");
    assert_eq!(client().stream(b"much too long", &mut to).ok(), Some(9));
    assert_eq!(&to, b"much too ");
    assert_eq!(client().stream(b"", &mut to).ok(), Some(0));
}

/// Shapes, and what is left of them when they are shrunk.
const SHAPES: [(Shape, Shape); 6] = [
    (Shape::Point, Shape::Point),
    (
        Shape::Circle {
            radius: 0x1234_5678,
        },
        Shape::Circle {
            radius: 0x091A_2B3C,
        },
    ),
    (Shape::Rectangle(10, 40_000), Shape::Rectangle(5, 20_000)),
    (Shape::Hidden(None), Shape::Hidden(None)),
    (Shape::Hidden(Some(200)), Shape::Hidden(Some(50))),
    (Shape::Hidden(Some(0)), Shape::Hidden(Some(0))),
];

fn ssmarshal_carries_enums_and_options() {
    for (shape, shrunk) in SHAPES {
        assert_eq!(client().shrink(false, shape), Ok(shrunk));
    }
}

fn ssmarshal_carries_errors() {
    let outcome = client().shrink(true, Shape::Point);
    assert_eq!(outcome, Err(ConformError::Largest));
}

fn hubpack_carries_enums_and_options() {
    for (shape, shrunk) in SHAPES {
        assert_eq!(client().shrink_packed(false, shape), Ok(shrunk));
        assert_eq!(client().shrink_or_die(false, shape), Ok(shrunk));
    }
}

fn hubpack_carries_complex_errors() {
    let outcome = client().shrink_packed(true, Shape::Point);
    assert_eq!(outcome, Err(ConformTrouble::Asked { because: 1975 }));
}

fn a_complex_error_may_be_longer_than_the_reply() {
    let error = ConformTrouble::Long(*b"twelve bytes");
    assert_eq!(client().long_error(), Err(error));
}

/// The position of an operation in the interface, counted from 1.
const GET: u16 = 9;

fn a_lock_keeps_other_clients_waiting() {
    let client = client();
    client.lock();
    ASSIST.call(call::send(IDOL.id(), GET).reply_to(part(room(1), 0, 4)));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(IDOL.id()));
    client.set(3);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(IDOL.id()));
    client.unlock();
    assert_eq!((ASSIST.result().r4, ASSIST.result().r5), (0, 4));
    assert!(!client.lock_was_lost());
}

fn a_lock_is_lost_when_its_client_dies() {
    const LOCK: u16 = 24;
    ASSIST.call(call::send(IDOL.id(), LOCK));
    assert_eq!(ASSIST.result().r4, 0);
    let locked = SchedState::InRecv(Some(ASSIST.id()));
    assert_eq!(IDOL.healthy(), locked);
    kipc::reinit_task(ASSIST.index(), false);
    assert!(client().lock_was_lost());
}

fn a_notification_reaches_the_handler() {
    let client = client();
    assert_eq!(client.notified(), 0);
    sys_post(IDOL.id(), SPARE | 1 << 7);
    assert_eq!(client.notified(), SPARE);
    assert_eq!(client.notified(), 0);
}

fn a_server_can_reply_later() {
    const HOLD: u16 = 29;
    ASSIST.call(call::send(IDOL.id(), HOLD).reply_to(part(room(1), 0, 4)));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(IDOL.id()));
    // The server goes on without it.
    let client = client();
    assert_eq!(client.get(), 0);
    assert!(client.release(0xCAFE));
    assert!(!client.release(0xCAFE));
    assert_eq!((ASSIST.result().r4, ASSIST.result().r5), (0, 4));
    assert_eq!(
        test_kern_suite::world::get(room(1)),
        0xCAFEu32.to_le_bytes()
    );
}

fn an_operation_for_certain_callers_serves_them() {
    const RESTRICTED: u16 = 27;
    assert_eq!(client().restricted(), 42);
    for helper in [ASSIST, MINOR] {
        let call = call::send(IDOL.id(), RESTRICTED);
        helper.call(call.reply_to(part(room(1), 0, 1)));
        let reason = ReplyFaultReason::AccessViolation;
        let fault = FaultInfo::FromServer(IDOL.id(), reason);
        assert_eq!(helper.fault(), fault);
    }
}
