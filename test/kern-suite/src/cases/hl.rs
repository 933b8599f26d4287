// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `userlib`: the module `hl`, and what the other wrappers add to the system
//! calls.

use core::cell::Cell;
use hubris_num_tasks::Task;
use test_kern_api::call;
use test_kern_suite::notifications::TIMER_MASK as TIMER;
use test_kern_suite::world::{
    ASSIST, IDOL, MINOR, RUNNER, SPARE, get, me, next_tick, now, part, put,
    put_leases, room,
};
use test_kern_suite::{cases, script};
use userlib::hl::{self, Caller, Message};
use userlib::task_slot::TaskSlot;
use userlib::{
    ClosedRecvError, FromPrimitive, Lease, LeaseAttributes, NotificationBits,
    SchedState, TaskId, sys_borrow_info, sys_borrow_read, sys_get_timer,
    sys_post, sys_recv_notification, sys_recv_open, sys_reply, sys_send,
    sys_set_timer, task_slot,
};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

task_slot!(RUNNER_SLOT, runner);
task_slot!(pub PARTNER, partner);
task_slot!(IDOL_SLOT, idol);

cases! { hl:
    a_slot_holds_the_index_of_its_task,
    a_slot_that_is_bound_to_another_name_holds_the_index_of_that_task,
    a_slot_resolves_to_the_current_generation,
    a_message_goes_to_the_closure_with_its_operation,
    a_notification_goes_to_the_other_closure_with_its_bits,
    an_unknown_operation_is_answered_with_code_1,
    any_number_is_an_operation_if_that_is_the_type,
    an_error_of_the_closure_is_the_reply,
    a_closure_that_succeeds_has_to_reply_itself,
    a_receive_without_notifications_ignores_them,
    a_receive_from_one_task_takes_only_its_messages,
    a_receive_from_a_dead_task_is_an_error,
    a_fixed_message_must_have_exactly_the_right_length,
    a_fixed_message_must_have_room_for_the_reply,
    a_fixed_message_may_have_more_room_for_the_reply,
    a_fixed_message_ignores_leases,
    a_fixed_message_with_leases_must_have_exactly_that_many,
    a_reply_has_code_0_and_the_bytes_of_the_value,
    a_failure_has_its_code_and_no_bytes,
    a_borrow_tells_rights_and_length,
    a_borrow_reads_and_writes_values,
    a_borrow_does_not_do_things_by_halves,
    sleep_until_waits_for_a_tick,
    sleep_for_adds_a_tick,
    sleep_until_the_past_returns_at_once,
    sleep_restores_the_timer,
    sleep_leaves_no_timer_where_there_was_none,
    sleep_is_not_ended_by_a_stray_notification,
    sleep_keeps_other_notifications_posted,
    lease_constructors_grant_the_right_rights,
    a_lease_from_a_mutable_slice_is_readable_and_writable,
    a_condition_is_not_evaluated_without_its_notification,
    a_notification_mask_matches_any_of_its_bits,
    a_timer_has_fired_when_its_notification_comes_and_no_deadline_is_left,
    an_inquiry_of_a_lease_that_does_not_exist_is_none,
    notification_constants_are_those_of_the_application_file,
    the_caller_of_a_message_can_be_kept_for_later,
}

/// Operations of a little server.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
enum Op {
    Add = 3,
    Ask = 4,
}

#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
struct Pair {
    a: u16,
    b: u16,
}

/// Aligned for what is received.
#[repr(align(8))]
struct Buffer([u8; 16]);

impl Buffer {
    const EMPTY: Self = Self([0; 16]);
}

/// Has the assistant send bytes to the suite.
fn send(operation: u16, bytes: &[u8], room_for_reply: u32) {
    put(room(0), bytes);
    ASSIST.call(
        call::send(me(), operation)
            .message(part(room(0), 0, bytes.len() as u32))
            .reply_to(part(room(1), 0, room_for_reply)),
    );
}

/// What the assistant got back: code and length.
fn outcome() -> (u32, u32) {
    (ASSIST.result().r4, ASSIST.result().r5)
}

fn a_slot_holds_the_index_of_its_task() {
    assert_eq!(RUNNER_SLOT.get_task_index(), Task::runner as u16);
    assert_eq!(IDOL_SLOT.get_task_index(), Task::idol as u16);
    let unbound: u16 = TaskSlot::UNBOUND.get_task_index();
    assert_eq!(unbound, 0x3FE);
}

fn a_slot_that_is_bound_to_another_name_holds_the_index_of_that_task() {
    assert_eq!(PARTNER.get_task_index(), Task::assist as u16);
}

fn a_slot_resolves_to_the_current_generation() {
    assert_eq!(PARTNER.get_task_id(), ASSIST.id());
    let before = PARTNER.get_task_id();
    ASSIST.restart();
    assert_eq!(PARTNER.get_task_id(), before.next_generation());
    assert_eq!(IDOL_SLOT.get_task_id(), IDOL.id());
    assert_eq!(RUNNER_SLOT.get_task_id(), RUNNER.id());
}

fn a_message_goes_to_the_closure_with_its_operation() {
    send(Op::Add as u16, &[1, 0, 2, 0], 4);
    let mut buffer = Buffer::EMPTY;
    hl::recv(
        &mut buffer.0,
        SPARE,
        7,
        |_, _| panic!("no notification"),
        |state, op, message| -> Result<(), u32> {
            assert_eq!((state, op), (7, Op::Add));
            let (pair, caller) = message.fixed::<Pair, u32>().unwrap();
            assert_eq!(caller.task_id(), ASSIST.id());
            caller.reply(u32::from(pair.a + pair.b));
            Ok(())
        },
    );
    assert_eq!(outcome(), (0, 4));
    assert_eq!(get(room(1)), 3u32.to_le_bytes());
}

fn a_notification_goes_to_the_other_closure_with_its_bits() {
    sys_post(me(), SPARE | 1 << 8);
    let seen = Cell::new(0);
    hl::recv(
        &mut [],
        SPARE,
        &seen,
        |seen, bits| seen.set(bits),
        |_, _: u32, _| -> Result<(), u32> { panic!("no message") },
    );
    assert_eq!(seen.get(), SPARE);
}

fn an_unknown_operation_is_answered_with_code_1() {
    send(5, &[], 4);
    hl::recv_without_notification(&mut [], |_: Op, _| -> Result<(), u32> {
        panic!("unknown")
    });
    assert_eq!(outcome(), (1, 0));
}

fn any_number_is_an_operation_if_that_is_the_type() {
    send(0xABCD, &[], 0);
    hl::recv_without_notification(&mut [], |op: u32, _| {
        assert_eq!(op, 0xABCD);
        Err(99u32)
    });
    assert_eq!(outcome(), (99, 0));
}

fn an_error_of_the_closure_is_the_reply() {
    for code in [1, 2, 0x1_0000, u32::MAX] {
        send(Op::Ask as u16, &[], 0);
        hl::recv_without_notification(&mut [], |_: Op, _| Err(code));
        assert_eq!(outcome(), (code, 0));
    }
}

fn a_closure_that_succeeds_has_to_reply_itself() {
    send(Op::Ask as u16, &[], 0);
    hl::recv_without_notification(&mut [], |_: Op, _| Ok::<_, u32>(()));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

fn a_receive_without_notifications_ignores_them() {
    sys_post(me(), u32::MAX);
    send(Op::Ask as u16, &[], 0);
    hl::recv_without_notification(&mut [], |_: Op, _| Err(6u32));
    assert_eq!(outcome(), (6, 0));
}

fn a_receive_from_one_task_takes_only_its_messages() {
    send(Op::Add as u16, &[], 0);
    MINOR.call(call::send(me(), Op::Ask as u16));
    let received = hl::recv_from_without_notification(
        Some(MINOR.id()),
        &mut [],
        |op: Op, _| {
            assert_eq!(op, Op::Ask);
            Err(8u32)
        },
    );
    assert_eq!(received, Ok(()));
    assert_eq!(MINOR.result().r4, 8);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
    // The kernel has no messages.
    sys_post(me(), SPARE);
    let received = hl::recv_from(
        Some(TaskId::KERNEL),
        &mut [],
        SPARE,
        (),
        |(), bits| assert_eq!(bits, SPARE),
        |(), _: Op, _| -> Result<(), u32> { panic!("no message") },
    );
    assert_eq!(received, Ok(()));
}

fn a_receive_from_a_dead_task_is_an_error() {
    let received = hl::recv_from_without_notification(
        Some(MINOR.stale_id()),
        &mut [],
        |_: Op, _| -> Result<(), u32> { panic!("no message") },
    );
    let generation = MINOR.id().generation();
    assert_eq!(received, Err(ClosedRecvError::Dead(generation)));
}

/// Whether a message of `length` bytes and with so much room for the reply is
/// a pair that is answered with a number.
fn is_pair(length: usize, room_for_reply: u32) -> bool {
    send(Op::Add as u16, &[0; 8][..length], room_for_reply);
    let mut buffer = Buffer::EMPTY;
    let fits = Cell::new(false);
    hl::recv_without_notification(&mut buffer.0, |_: Op, message| {
        let parts = message.fixed::<Pair, u32>();
        fits.set(parts.is_some());
        Err(1u32)
    });
    fits.get()
}

fn a_fixed_message_must_have_exactly_the_right_length() {
    for length in 0..8 {
        assert_eq!(is_pair(length, 4), length == 4);
    }
}

fn a_fixed_message_must_have_room_for_the_reply() {
    for room in 0..4 {
        assert!(!is_pair(4, room));
    }
}

fn a_fixed_message_may_have_more_room_for_the_reply() {
    assert!(is_pair(4, 5));
    assert!(is_pair(4, 64));
}

/// Has the assistant send an empty message with leases, and looks at it.
fn look_at_leases<R>(count: u32, look: impl FnOnce(Message<'_>) -> R) -> R {
    ASSIST.renew();
    let leases = [(1, room(2)); 4];
    let leases = put_leases(room(3), &leases[..count as usize]);
    ASSIST.call(call::send(me(), Op::Ask as u16).leases(leases));
    let result = Cell::new(None);
    hl::recv_without_notification(&mut [], |_: Op, message| {
        result.set(Some(look(message)));
        Err(1u32)
    });
    result.into_inner().unwrap()
}

fn a_fixed_message_ignores_leases() {
    for count in 0..3 {
        let seen = look_at_leases(count, |message| {
            let count = message.lease_count();
            assert!(message.fixed::<(), ()>().is_some());
            count
        });
        assert_eq!(seen, count as usize);
    }
}

fn a_fixed_message_with_leases_must_have_exactly_that_many() {
    for count in 0..4 {
        let fits = look_at_leases(count, |message| {
            message.fixed_with_leases::<(), ()>(2).is_some()
        });
        assert_eq!(fits, count == 2);
    }
}

fn a_reply_has_code_0_and_the_bytes_of_the_value() {
    send(Op::Ask as u16, &[], 16);
    hl::recv_without_notification(&mut [], |_: Op, message| {
        let ((), caller) = message.fixed::<(), [u8; 3]>().ok_or(9u32)?;
        caller.reply([7, 8, 9]);
        Ok::<_, u32>(())
    });
    assert_eq!(outcome(), (0, 3));
    assert_eq!(get(room(1)), [7, 8, 9]);
}

fn a_failure_has_its_code_and_no_bytes() {
    send(Op::Ask as u16, &[], 16);
    hl::recv_without_notification(&mut [], |_: Op, message| {
        let ((), caller) = message.fixed::<(), u32>().ok_or(9u32)?;
        caller.reply_fail(0x55AAu32);
        Ok::<_, u32>(())
    });
    assert_eq!(outcome(), (0x55AA, 0));
}

/// Has the assistant lend memory to the suite.
fn lender(rights: u32) -> Caller<()> {
    let leases = put_leases(room(3), &[(rights, part(room(2), 0, 8))]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    Caller::from(sys_recv_open(&mut [], 0).sender)
}

fn a_borrow_tells_rights_and_length() {
    let caller = lender(2);
    let info = caller.borrow(0).info().unwrap();
    assert_eq!(info.attributes, LeaseAttributes::WRITE);
    assert_eq!(info.len, 8);
    sys_reply(caller.task_id(), 0, &[]);
    assert!(caller.borrow(0).info().is_none());
}

fn a_borrow_reads_and_writes_values() {
    put(room(2), &[1, 2, 3, 4, 5, 6, 7, 8]);
    let caller = lender(3);
    let borrow = caller.borrow(0);
    assert_eq!(borrow.read_at::<u32>(2), Some(0x0605_0403));
    assert_eq!(borrow.write_at(4, 0xBEEFu16), Some(()));
    let mut rest = [0; 5];
    assert_eq!(borrow.clone().read_fully_at(3, &mut rest), Some(()));
    assert_eq!(rest, [4, 0xEF, 0xBE, 7, 8]);
    assert_eq!(borrow.write_fully_at(0, b"xyz"), Some(()));
    assert_eq!(&get(room(2)), b"xyz\x04");
}

fn a_borrow_does_not_do_things_by_halves() {
    let caller = lender(3);
    let borrow = caller.borrow(0);
    assert_eq!(borrow.read_at::<u32>(5), None);
    assert_eq!(borrow.write_at(6, 0u32), None);
    assert_eq!(borrow.read_fully_at(0, &mut [0; 9]), None);
    assert_eq!(borrow.write_fully_at(8, &[0]), None);
    sys_reply(caller.task_id(), 0, &[]);
    assert_eq!(caller.borrow(0).read_at::<u8>(0), None);
}

fn sleep_until_waits_for_a_tick() {
    for ticks in 1..4 {
        let time = next_tick() + ticks;
        hl::sleep_until(time);
        assert_eq!(now(), time);
    }
}

fn sleep_for_adds_a_tick() {
    for ticks in 0..4 {
        let start = next_tick();
        hl::sleep_for(ticks);
        assert_eq!(now(), start + ticks + 1);
    }
}

fn sleep_until_the_past_returns_at_once() {
    let start = next_tick();
    hl::sleep_until(start);
    hl::sleep_until(0);
    assert_eq!(now(), start);
}

fn sleep_restores_the_timer() {
    let deadline = now() + 1000;
    sys_set_timer(Some(deadline), TIMER);
    hl::sleep_for(1);
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (Some(deadline), TIMER));
    // One that is over by then fires afterwards.
    sys_set_timer(Some(now() + 1), TIMER);
    hl::sleep_for(3);
    assert_eq!(sys_recv_notification(TIMER).get_raw_bits(), TIMER);
}

fn sleep_leaves_no_timer_where_there_was_none() {
    hl::sleep_for(1);
    assert_eq!(sys_get_timer().deadline, None);
}

fn sleep_is_not_ended_by_a_stray_notification() {
    let start = next_tick();
    sys_post(me(), 1 << 31);
    hl::sleep_until(start + 3);
    assert_eq!(now(), start + 3);
}

fn sleep_keeps_other_notifications_posted() {
    sys_post(me(), SPARE);
    hl::sleep_for(1);
    assert_eq!(sys_recv_notification(SPARE).get_raw_bits(), SPARE);
}

/// The rights that the assistant's server sees.
fn rights(lease: Lease<'_>) -> u32 {
    ASSIST.run(&script![
        call::recv((0, 0), 0),
        call::borrow_info(me(), 0, 0),
        call::reply(me(), 0, (0, 0)),
    ]);
    sys_send(ASSIST.id(), 0, &[], &mut [], &[lease]);
    let info = ASSIST.results()[1];
    assert_eq!((info.r4, info.r6), (0, 3));
    info.r5
}

fn lease_constructors_grant_the_right_rights() {
    let mut bytes = *b"abc";
    assert_eq!(rights(Lease::read_only(&bytes)), 1);
    assert_eq!(rights(Lease::write_only(&mut bytes)), 2);
    assert_eq!(rights(Lease::read_write(&mut bytes)), 3);
    assert_eq!(rights(Lease::from(&bytes[..])), 1);
}

fn a_lease_from_a_mutable_slice_is_readable_and_writable() {
    let mut bytes = *b"abc";
    assert_eq!(rights(Lease::from(&mut bytes[..])), 3);
}

fn a_condition_is_not_evaluated_without_its_notification() {
    let bits = NotificationBits::new(0b0110);
    assert!(!bits.check_condition(0b1000, || panic!("evaluated")));
    assert!(bits.check_condition(0b0010, || true));
    assert!(!bits.check_condition(0b0010, || false));
}

fn a_notification_mask_matches_any_of_its_bits() {
    let bits = NotificationBits::new(0b0110);
    assert!(bits.check_notification_mask(0b1100));
    assert!(!bits.check_notification_mask(0b1001));
    assert!(!bits.check_notification_mask(0));
    assert_eq!(bits.get_raw_bits(), 0b0110);
}

fn a_timer_has_fired_when_its_notification_comes_and_no_deadline_is_left() {
    sys_set_timer(Some(now() + 1000), TIMER);
    sys_post(me(), TIMER);
    // Somebody else has posted it.
    assert!(!sys_recv_notification(TIMER).has_timer_fired(TIMER));
    sys_set_timer(Some(now() + 1), TIMER);
    let bits = sys_recv_notification(TIMER);
    assert!(bits.has_timer_fired(TIMER));
    assert!(!bits.has_timer_fired(SPARE));
}

fn an_inquiry_of_a_lease_that_does_not_exist_is_none() {
    assert!(sys_borrow_info(ASSIST.id(), 0).is_none());
    assert!(sys_borrow_info(ASSIST.stale_id(), 0).is_none());
    assert_eq!(sys_borrow_read(ASSIST.id(), 0, 0, &mut []).0, 1);
}

fn notification_constants_are_those_of_the_application_file() {
    use test_kern_suite::notifications as n;
    let own = [
        (n::SPARE_BIT, n::SPARE_MASK),
        (n::TIMER_BIT, n::TIMER_MASK),
        (n::ONE_IRQ_BIT, n::ONE_IRQ_MASK),
        (n::PAIR_IRQ_BIT, n::PAIR_IRQ_MASK),
        (n::LEVEL_IRQ_BIT, n::LEVEL_IRQ_MASK),
    ];
    for (position, (bit, mask)) in own.into_iter().enumerate() {
        assert_eq!(usize::from(bit), position);
        assert_eq!(mask, 1 << position);
    }
    // The same for every task, this one included.
    assert_eq!(n::suite::LEVEL_IRQ_MASK, n::LEVEL_IRQ_MASK);
    assert_eq!(n::assist::FOUR_IRQ_BIT, 2);
    assert_eq!(n::runner::FAULT_MASK, 1);
}

fn the_caller_of_a_message_can_be_kept_for_later() {
    send(Op::Ask as u16, &[], 4);
    let kept: Cell<Option<Caller<u32>>> = Cell::new(None);
    hl::recv_without_notification(&mut [], |_: Op, message| {
        let ((), caller) = message.fixed::<(), u32>().ok_or(9u32)?;
        kept.set(Some(caller));
        Ok::<_, u32>(())
    });
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
    kept.into_inner().unwrap().reply(0x600D_F00D);
    assert_eq!(outcome(), (0, 4));
}
