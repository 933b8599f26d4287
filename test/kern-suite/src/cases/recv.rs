// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! RECV: messages and notifications, and which comes first.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, NOTHING};
use test_kern_api::engine::Operation;
use test_kern_api::memory;
use test_kern_suite::world::{
    ASSIST, DORMANT, MINOR, NULL, SPARE, SUITE, TWIN_A, TWIN_B, WRAPPING,
    inaccessible, me, put, raw, room, sleep, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    ClosedRecvError, Generation, SchedState, TaskId, UsageError,
    extract_new_generation, sys_post, sys_recv, sys_recv_closed,
    sys_recv_notification, sys_recv_open, sys_reply,
};

cases! { recv:
    a_message_comes_with_its_sender_operation_lengths_and_lease_count,
    a_notification_comes_from_the_kernel_with_its_bits_and_nothing_else,
    a_notification_clears_exactly_the_bits_that_are_received,
    bits_outside_of_the_mask_stay_posted,
    several_posted_bits_arrive_together,
    a_notification_beats_a_message_that_waits,
    a_notification_beats_a_message_in_a_closed_receive,
    a_notification_beats_the_dead_code_of_a_closed_receive,
    a_notification_beats_an_index_out_of_range_in_a_closed_receive,
    a_notification_ends_a_closed_receive_that_waits_for_a_message,
    a_posted_bit_that_is_not_in_the_mask_does_not_end_a_receive,
    the_buffer_of_a_receive_without_message_is_never_examined,
    a_closed_receive_on_the_kernel_ignores_messages,
    a_closed_receive_on_the_kernel_without_mask_waits_for_ever,
    a_closed_receive_takes_the_message_of_its_sender_only,
    a_closed_receive_waits_for_its_sender,
    a_closed_receive_on_a_stale_id_yields_a_dead_code,
    a_dead_code_leaves_all_results_but_the_first_two_as_they_were,
    a_closed_receive_on_an_index_out_of_range_faults_the_caller,
    a_closed_receive_on_oneself_waits_for_ever,
    a_closed_receive_on_a_stopped_task_waits,
    bits_30_to_16_of_the_sender_are_ignored,
    a_sender_without_bit_31_means_an_open_receive,
    a_closed_receive_that_finds_a_bad_sender_faults_it_and_waits,
    a_closed_receive_learns_of_the_restart_of_a_bad_sender,
    an_open_receive_skips_bad_senders,
    an_open_receive_with_only_bad_senders_waits,
    a_bad_buffer_faults_the_receiver_and_leaves_the_sender_waiting,
    a_bad_message_and_a_bad_buffer_fault_both_tasks,
    a_buffer_of_length_0_may_have_any_base,
    the_most_important_sender_is_received_first,
    equally_important_senders_are_received_in_turn_after_the_receiver,
    a_sender_that_was_restarted_is_not_received,
    a_sender_that_was_faulted_is_not_received,
    a_receive_of_a_restarted_task_does_not_get_the_old_messages,
}

fn a_message_comes_with_its_sender_operation_lengths_and_lease_count() {
    put(room(0), b"twelve bytes");
    ASSIST.call(
        call::send(me(), 0x0102)
            .message((room(0).0, 12))
            .reply_to((room(1).0, 33))
            .leases((room(2).0, 2)),
    );
    let mut buffer = [0; 16];
    let rm = sys_recv_open(&mut buffer, 0);
    assert_eq!(rm.sender, ASSIST.id());
    assert_eq!(rm.operation, 0x0102);
    assert_eq!(rm.message_len, 12);
    assert_eq!(rm.response_capacity, 33);
    assert_eq!(rm.lease_count, 2);
    assert_eq!(&buffer, b"twelve bytes\0\0\0\0");
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

fn a_notification_comes_from_the_kernel_with_its_bits_and_nothing_else() {
    sys_post(me(), SPARE);
    let mut receive = call::recv(room(0), SPARE);
    // What the results must replace.
    (receive.r8, receive.r9) = (8, 9);
    let received = raw(receive);
    assert_eq!(received.r4, 0);
    assert_eq!(received.r5, u32::from(TaskId::KERNEL.0));
    assert_eq!(received.r6, SPARE);
    assert_eq!((received.r7, received.r8, received.r9), (0, 0, 0));
}

fn a_notification_clears_exactly_the_bits_that_are_received() {
    sys_post(me(), 0b111 << 10);
    assert_eq!(sys_recv_open(&mut [], 0b010 << 10).operation, 0b010 << 10);
    assert_eq!(sys_recv_open(&mut [], u32::MAX).operation, 0b101 << 10);
}

fn bits_outside_of_the_mask_stay_posted() {
    sys_post(me(), 1 << 20);
    sys_post(me(), 1 << 21);
    assert_eq!(sys_recv_open(&mut [], 1 << 21).operation, 1 << 21);
    assert_eq!(sys_recv_open(&mut [], 1 << 20).operation, 1 << 20);
}

fn several_posted_bits_arrive_together() {
    sys_post(me(), 1 << 31);
    sys_post(me(), 1 << 0);
    assert_eq!(sys_recv_open(&mut [], u32::MAX).operation, 1 << 31 | 1);
}

fn a_notification_beats_a_message_that_waits() {
    ASSIST.call(call::send(me(), 5));
    sys_post(me(), SPARE);
    assert_eq!(sys_recv_open(&mut [], SPARE).sender, TaskId::KERNEL);
    assert_eq!(sys_recv_open(&mut [], SPARE).sender, ASSIST.id());
}

fn a_notification_beats_a_message_in_a_closed_receive() {
    ASSIST.call(call::send(me(), 5));
    sys_post(me(), SPARE);
    let sender = ASSIST.id();
    let receive = || match sys_recv_closed(&mut [], SPARE, sender) {
        Ok(rm) => rm.sender,
        Err(ClosedRecvError::Dead(_)) => panic!("dead"),
    };
    assert_eq!(receive(), TaskId::KERNEL);
    assert_eq!(receive(), sender);
}

fn a_notification_beats_the_dead_code_of_a_closed_receive() {
    let stale = ASSIST.stale_id();
    sys_post(me(), SPARE);
    let rm = sys_recv(&mut [], SPARE, Some(stale));
    assert_eq!(rm.ok().map(|rm| rm.operation), Some(SPARE));
    let rm = sys_recv(&mut [], SPARE, Some(stale));
    assert_eq!(rm.err(), Some(ASSIST.dead_code()));
}

fn a_notification_beats_an_index_out_of_range_in_a_closed_receive() {
    let nobody = TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO);
    sys_post(me(), SPARE);
    let rm = sys_recv(&mut [], SPARE, Some(nobody));
    assert_eq!(rm.ok().map(|rm| rm.operation), Some(SPARE));
}

fn a_notification_ends_a_closed_receive_that_waits_for_a_message() {
    MINOR.call(call::recv_from(me(), room(0), SPARE));
    sys_post(MINOR.id(), SPARE);
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    let received = MINOR.result();
    assert_eq!(received.r5, u32::from(TaskId::KERNEL.0));
    assert_eq!(received.r6, SPARE);
}

fn a_posted_bit_that_is_not_in_the_mask_does_not_end_a_receive() {
    MINOR.call(call::recv(room(0), 1 << 4));
    sys_post(MINOR.id(), !(1 << 4));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
    sys_post(MINOR.id(), 1 << 4);
    assert_eq!(MINOR.result().r6, 1 << 4);
}

fn the_buffer_of_a_receive_without_message_is_never_examined() {
    for bad in WRAPPING {
        sys_post(me(), SPARE);
        assert_eq!(raw(call::recv(bad, SPARE)).r6, SPARE);
        let kernel = TaskId::KERNEL;
        MINOR.call(call::recv_from(kernel, bad, SPARE));
        sys_post(MINOR.id(), SPARE);
        assert_eq!(MINOR.result().r6, SPARE);
    }
}

fn a_closed_receive_on_the_kernel_ignores_messages() {
    ASSIST.call(call::send(me(), 5));
    sys_post(me(), SPARE);
    assert_eq!(sys_recv_notification(SPARE).get_raw_bits(), SPARE);
    MINOR.call(call::recv_from(TaskId::KERNEL, room(0), SPARE));
    TWIN_A.call(call::send(MINOR.id(), 5));
    assert_eq!(TWIN_A.healthy(), SchedState::InSend(MINOR.id()));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
}

fn a_closed_receive_on_the_kernel_without_mask_waits_for_ever() {
    MINOR.call(call::recv_from(TaskId::KERNEL, room(0), 0));
    sys_post(MINOR.id(), u32::MAX);
    let waiting = SchedState::InRecv(Some(TaskId::KERNEL));
    assert_eq!(MINOR.healthy(), waiting);
    MINOR.renew();
}

fn a_closed_receive_takes_the_message_of_its_sender_only() {
    for sender in [ASSIST, TWIN_A, TWIN_B, MINOR] {
        sender.call(call::send(me(), sender.index() as u16));
    }
    let rm = sys_recv(&mut [], 0, Some(MINOR.id())).ok().unwrap();
    assert_eq!(
        (rm.sender, rm.operation),
        (MINOR.id(), MINOR.index() as u32)
    );
    for other in [ASSIST, TWIN_A, TWIN_B] {
        assert_eq!(other.healthy(), SchedState::InSend(me()));
    }
}

fn a_closed_receive_waits_for_its_sender() {
    MINOR.call(call::recv_from(TWIN_A.id(), room(0), 0));
    let waiting = SchedState::InRecv(Some(TWIN_A.id()));
    assert_eq!(MINOR.healthy(), waiting);
    TWIN_A.call(call::send(MINOR.id(), 4));
    assert_eq!(TWIN_A.healthy(), SchedState::InReply(MINOR.id()));
}

fn a_closed_receive_on_a_stale_id_yields_a_dead_code() {
    let rm = sys_recv(&mut [], 0, Some(ASSIST.stale_id()));
    let code = rm.err().unwrap();
    let generation = ASSIST.id().generation();
    assert_eq!(extract_new_generation(code), Some(generation));
    let rm = sys_recv_closed(&mut [], 0, ASSIST.stale_id());
    assert_eq!(rm.err(), Some(ClosedRecvError::Dead(generation)));
}

fn a_dead_code_leaves_all_results_but_the_first_two_as_they_were() {
    let mut receive = call::recv_from(ASSIST.stale_id(), room(0), 6);
    (receive.r8, receive.r9, receive.r10) = (88, 99, 1010);
    let dead = raw(receive);
    assert_eq!((dead.r4, dead.r5), (ASSIST.dead_code(), 0));
    (receive.r4, receive.r5) = (dead.r4, dead.r5);
    assert_eq!(dead, receive);
}

fn a_closed_receive_on_an_index_out_of_range_faults_the_caller() {
    let nobody = TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO);
    ASSIST.call(call::recv_from(nobody, room(0), 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn a_closed_receive_on_oneself_waits_for_ever() {
    ASSIST.call(call::recv_from(ASSIST.id(), room(0), 0));
    let waiting = SchedState::InRecv(Some(ASSIST.id()));
    assert_eq!(ASSIST.healthy(), waiting);
}

fn a_closed_receive_on_a_stopped_task_waits() {
    ASSIST.call(call::recv_from(DORMANT.id(), room(0), 0));
    let waiting = SchedState::InRecv(Some(DORMANT.id()));
    assert_eq!(ASSIST.healthy(), waiting);
}

fn bits_30_to_16_of_the_sender_are_ignored() {
    ASSIST.call(call::send(me(), 5));
    let mut receive = call::recv_from(ASSIST.id(), NOTHING, 0);
    receive.r7 |= 0x7FFF_0000;
    assert_eq!(raw(receive).r6, 5);
}

fn a_sender_without_bit_31_means_an_open_receive() {
    ASSIST.call(call::send(me(), 5));
    let mut receive = call::recv(NOTHING, 0);
    receive.r7 = u32::from(MINOR.stale_id().0) | 0x7FFF_0000;
    assert_eq!(raw(receive).r5, u32::from(ASSIST.id().0));
}

/// Has the minor helper do a closed receive on the assistant, which has sent it
/// an unreadable message while the minor helper was not ready for messages.
fn receive_from_a_bad_sender() {
    let assist = ASSIST.id();
    MINOR.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, SPARE),
        call::recv_from(assist, room(0), 0),
    ]);
    ASSIST.call(call::send(MINOR.id(), 0).message(NULL));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
    sys_post(MINOR.id(), SPARE);
    sleep(1);
}

fn a_closed_receive_that_finds_a_bad_sender_faults_it_and_waits() {
    receive_from_a_bad_sender();
    let sending = SchedState::InSend(MINOR.id());
    assert_eq!(ASSIST.faulted(), (inaccessible(NULL), sending));
    let receiving = SchedState::InRecv(Some(ASSIST.id()));
    assert_eq!(MINOR.healthy(), receiving);
}

fn a_closed_receive_learns_of_the_restart_of_a_bad_sender() {
    receive_from_a_bad_sender();
    ASSIST.restart();
    let code = ASSIST.dead_code();
    let receive = MINOR.results()[1];
    assert_eq!((receive.r4, receive.r5), (code, 0));
}

fn an_open_receive_skips_bad_senders() {
    ASSIST.call(call::send(me(), 1).message(NULL));
    TWIN_B.call(call::send(me(), 2).reply_to(WRAPPING[0]));
    TWIN_A.call(call::send(me(), 3).leases((1, 1)));
    MINOR.call(call::send(me(), 4));
    assert_eq!(sys_recv_open(&mut [0; 4], 0).operation, 4);
    assert_eq!(ASSIST.fault(), inaccessible(NULL));
    assert_eq!(TWIN_B.fault(), usage(UsageError::InvalidSlice));
    assert_eq!(TWIN_A.fault(), usage(UsageError::InvalidSlice));
}

fn an_open_receive_with_only_bad_senders_waits() {
    MINOR.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, SPARE),
        call::recv(room(0), 0),
    ]);
    let bad = call::send(MINOR.id(), 0).message(NULL);
    ASSIST.call(bad);
    TWIN_A.call(bad);
    sys_post(MINOR.id(), SPARE);
    sleep(1);
    assert_eq!(ASSIST.fault(), inaccessible(NULL));
    assert_eq!(TWIN_A.fault(), inaccessible(NULL));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
}

fn a_bad_buffer_faults_the_receiver_and_leaves_the_sender_waiting() {
    for (buffer, fault) in [
        (WRAPPING[0], usage(UsageError::InvalidSlice)),
        (NULL, inaccessible(NULL)),
        (memory::readonly(), inaccessible(memory::readonly())),
    ] {
        MINOR.run(&script![
            call::recv_from(TaskId::KERNEL, NOTHING, SPARE),
            call::recv(buffer, 0),
        ]);
        ASSIST.call(call::send(MINOR.id(), 0).message(room(1)));
        sys_post(MINOR.id(), SPARE);
        sleep(1);
        assert_eq!(MINOR.faulted(), (fault, SchedState::Runnable));
        assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
        MINOR.renew();
        ASSIST.renew();
    }
}

fn a_bad_message_and_a_bad_buffer_fault_both_tasks() {
    let bad_buffer = (0x10, 4);
    MINOR.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, SPARE),
        call::recv(bad_buffer, 0),
    ]);
    ASSIST.call(call::send(MINOR.id(), 0).message(NULL));
    sys_post(MINOR.id(), SPARE);
    sleep(1);
    assert_eq!(MINOR.fault(), inaccessible(bad_buffer));
    assert_eq!(ASSIST.fault(), inaccessible(NULL));
}

fn a_buffer_of_length_0_may_have_any_base() {
    for base in [0, 1, 0xE000_ED00, u32::MAX] {
        ASSIST.call(call::send(me(), 7).message(room(0)));
        let received = raw(call::recv((base, 0), 0));
        assert_eq!((received.r6, received.r7), (7, 0));
        sys_reply(ASSIST.id(), 0, &[]);
    }
}

fn the_most_important_sender_is_received_first() {
    // The suite has priority 4, the others 5, 4, 3.
    for sender in [MINOR, TWIN_B, ASSIST] {
        sender.call(call::send(me(), 0));
    }
    for sender in [ASSIST, TWIN_B, MINOR] {
        assert_eq!(sys_recv_open(&mut [], 0).sender, sender.id());
    }
}

fn equally_important_senders_are_received_in_turn_after_the_receiver() {
    TWIN_A.call(call::send(me(), 0));
    TWIN_B.call(call::send(me(), 0));
    assert!(TWIN_A.index() < SUITE.index());
    assert!(SUITE.index() < TWIN_B.index());
    assert_eq!(sys_recv_open(&mut [], 0).sender, TWIN_B.id());
    assert_eq!(sys_recv_open(&mut [], 0).sender, TWIN_A.id());
}

fn a_sender_that_was_restarted_is_not_received() {
    ASSIST.call(call::send(me(), 1));
    MINOR.call(call::send(me(), 2));
    ASSIST.stop();
    assert_eq!(sys_recv_open(&mut [], 0).operation, 2);
    sys_post(me(), SPARE);
    assert_eq!(sys_recv_open(&mut [], SPARE).operation, SPARE);
}

fn a_sender_that_was_faulted_is_not_received() {
    ASSIST.call(call::send(me(), 1));
    MINOR.call(call::send(me(), 2));
    userlib::kipc::fault_task(ASSIST.index());
    assert_eq!(sys_recv_open(&mut [], 0).operation, 2);
}

fn a_receive_of_a_restarted_task_does_not_get_the_old_messages() {
    MINOR.call(call::recv_from(TaskId::KERNEL, NOTHING, SPARE));
    ASSIST.call(call::send(MINOR.id(), Operation::Results as u16));
    MINOR.restart();
    let dead = MINOR.dead_code();
    let result = ASSIST.result();
    assert_eq!((result.r4, result.r5), (dead, 0));
    MINOR.results();
}
