// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! SEND: who gets a message, and who does not.

use test_kern_api::call::{self, NOTHING, Span};
use test_kern_api::{Registers, memory};
use test_kern_suite::world::{
    ASSIST, DORMANT, MINOR, NULL, Other, SPARE, TWIN_B, WRAPPING, get,
    inaccessible, me, own, part, put, raw, room, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    FIRST_DEAD_CODE, FaultInfo, Generation, SchedState, TaskId, UsageError,
    extract_new_generation, sys_post, sys_recv_open, sys_reply, sys_send,
};

cases! { send:
    a_message_and_its_reply_arrive_in_full,
    a_response_code_arrives_as_it_is,
    a_response_code_in_the_range_of_dead_codes_arrives_as_it_is,
    the_operation_has_16_bits,
    an_index_out_of_range_faults_the_sender,
    the_largest_index_faults_the_sender,
    an_unbound_slot_faults_the_sender,
    the_range_of_the_index_is_checked_before_the_generation,
    a_stale_id_yields_a_dead_code_with_the_current_generation,
    a_dead_code_comes_with_a_length_of_0,
    a_stale_id_of_a_task_that_waits_delivers_nothing,
    a_message_to_a_stopped_task_waits,
    a_message_to_a_faulted_task_waits,
    a_message_to_a_task_in_a_closed_receive_on_another_waits,
    a_message_to_a_task_that_waits_for_notifications_waits,
    a_message_to_a_task_in_a_closed_receive_on_the_sender_is_delivered,
    a_message_to_oneself_waits_for_ever,
    a_message_of_length_0_may_have_any_base,
    a_message_in_part_of_which_only_what_is_copied_must_be_readable,
    a_message_longer_than_the_buffer_is_cut_off,
    a_message_may_be_longer_than_256_bytes,
    a_message_may_have_more_than_255_leases,
    a_reply_may_be_longer_than_256_bytes,
    a_malformed_message_faults_the_sender,
    a_malformed_reply_buffer_faults_the_sender,
    a_malformed_lease_table_faults_the_sender,
    a_lease_table_that_is_not_aligned_faults_the_sender,
    an_empty_lease_table_must_be_aligned,
    a_lease_table_whose_size_overflows_faults_the_sender,
    an_unreadable_message_faults_the_sender,
    a_fault_in_the_sender_leaves_the_receiver_waiting,
    a_malformed_buffer_faults_the_receiver_and_leaves_the_sender_waiting,
    an_unwritable_buffer_faults_the_receiver_and_leaves_the_sender_waiting,
    one_delivery_can_fault_both_tasks,
    a_malformed_message_is_found_before_a_malformed_buffer,
    a_malformed_lease_table_is_found_before_a_malformed_buffer,
    a_malformed_buffer_is_found_before_an_unreadable_message,
    an_unreachable_reply_buffer_does_not_prevent_delivery,
    an_unreachable_lease_table_does_not_prevent_delivery,
    nothing_about_a_message_that_waits_is_examined,
    a_faulty_message_that_waits_faults_its_sender_when_it_is_received,
}

/// Sends from another task while the suite does not receive.
#[track_caller]
fn send_from(sender: Other, registers: Registers) {
    sender.call(registers);
    assert_eq!(sender.healthy(), SchedState::InSend(me()));
}

fn a_message_and_its_reply_arrive_in_full() {
    let server = ASSIST;
    let (buffer, answer) = (room(0), room(1));
    put(answer, b"at your service");
    server.run(&script![
        call::recv(buffer, 0),
        call::reply(me(), 0, (answer.0, 15)),
    ]);
    let mut reply = [0; 20];
    let outcome =
        sys_send(server.id(), 0x1234, b"are you there?", &mut reply, &[]);
    assert_eq!(outcome, (0, 15));
    assert_eq!(&reply, b"at your service\0\0\0\0\0");
    assert_eq!(&get::<15>(buffer), b"are you there?\0");
    let received = server.result();
    assert_eq!(received.r4, 0);
    assert_eq!(received.r5, u32::from(me().0));
    assert_eq!(received.r6, 0x1234);
    assert_eq!((received.r7, received.r8, received.r9), (14, 20, 0));
}

/// Sends to the assistant, which replies with that code.
fn code_of_reply(code: u32) -> (u32, usize) {
    ASSIST.run(&script![
        call::recv(NOTHING, 0),
        call::reply(me(), code, NOTHING),
    ]);
    sys_send(ASSIST.id(), 0, &[], &mut [], &[])
}

fn a_response_code_arrives_as_it_is() {
    for code in [0, 1, 2, 0x8000_0000, FIRST_DEAD_CODE - 1] {
        assert_eq!(code_of_reply(code), (code, 0));
    }
}

fn a_response_code_in_the_range_of_dead_codes_arrives_as_it_is() {
    for code in [FIRST_DEAD_CODE, FIRST_DEAD_CODE | 9, u32::MAX] {
        assert_eq!(code_of_reply(code), (code, 0));
    }
}

fn the_operation_has_16_bits() {
    send_from(ASSIST, call::send(me(), 0xFFFF));
    let rm = sys_recv_open(&mut [], 0);
    assert_eq!(rm.operation, 0xFFFF);
}

fn an_index_out_of_range_faults_the_sender() {
    let behind_the_last = hubris_num_tasks::NUM_TASKS;
    let id = TaskId::for_index_and_gen(behind_the_last, Generation::ZERO);
    ASSIST.call(call::send(id, 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn the_largest_index_faults_the_sender() {
    // The index of the kernel, with another generation.
    ASSIST.call(call::send(TaskId(0x03FF), 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn an_unbound_slot_faults_the_sender() {
    ASSIST.call(call::send(TaskId::UNBOUND, 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn the_range_of_the_index_is_checked_before_the_generation() {
    let id = TaskId::for_index_and_gen(0x200, Generation::from(63));
    ASSIST.call(call::send(id, 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn a_stale_id_yields_a_dead_code_with_the_current_generation() {
    ASSIST.renew();
    let current = ASSIST.id().generation();
    let (code, _) = sys_send(ASSIST.stale_id(), 2, &[], &mut [], &[]);
    assert_eq!(code, ASSIST.dead_code());
    assert_eq!(extract_new_generation(code), Some(current));
}

fn a_dead_code_comes_with_a_length_of_0() {
    let dead = raw(call::send(ASSIST.stale_id(), 2)
        .message((1, 1))
        .reply_to(room(0)));
    assert_eq!((dead.r4, dead.r5), (ASSIST.dead_code(), 0));
}

fn a_stale_id_of_a_task_that_waits_delivers_nothing() {
    ASSIST.call(call::recv(room(0), SPARE));
    put(room(0), &[0; 4]);
    sys_send(ASSIST.stale_id(), 9, b"lost", &mut [], &[]);
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    assert_eq!(get(room(0)), [0; 4]);
}

fn a_message_to_a_stopped_task_waits() {
    assert_eq!(DORMANT.healthy(), SchedState::Stopped);
    ASSIST.call(call::send(DORMANT.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(DORMANT.id()));
    assert_eq!(DORMANT.healthy(), SchedState::Stopped);
}

fn a_message_to_a_faulted_task_waits() {
    MINOR.call(call::syscall(99));
    let fault = MINOR.fault();
    ASSIST.call(call::send(MINOR.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
    assert_eq!(MINOR.fault(), fault);
}

fn a_message_to_a_task_in_a_closed_receive_on_another_waits() {
    MINOR.call(call::recv_from(me(), room(0), 0));
    ASSIST.call(call::send(MINOR.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(Some(me())));
}

fn a_message_to_a_task_that_waits_for_notifications_waits() {
    MINOR.call(call::recv_from(TaskId::KERNEL, room(0), SPARE));
    ASSIST.call(call::send(MINOR.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(Some(TaskId::KERNEL)));
}

fn a_message_to_a_task_in_a_closed_receive_on_the_sender_is_delivered() {
    ASSIST.run(&script![
        call::recv_from(me(), room(0), 0),
        call::reply(me(), 77, NOTHING),
    ]);
    let outcome = sys_send(ASSIST.id(), 0, b"hello", &mut [], &[]);
    assert_eq!(outcome, (77, 0));
    assert_eq!(&get(room(0)), b"hello");
}

fn a_message_to_oneself_waits_for_ever() {
    ASSIST.call(call::send(ASSIST.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(ASSIST.id()));
}

fn a_message_of_length_0_may_have_any_base() {
    for base in [0, 1, 0xE000_ED00, u32::MAX] {
        let message = call::send(me(), 0).message((base, 0));
        send_from(ASSIST, message.reply_to((base, 0)));
        let mut buffer = [0; 4];
        let rm = sys_recv_open(&mut buffer, 0);
        assert_eq!(rm.message_len, 0);
        sys_reply(rm.sender, 0, &[]);
    }
    ASSIST.results();
}

fn a_message_in_part_of_which_only_what_is_copied_must_be_readable() {
    // The last four bytes of memory that the minor helper has, and more.
    let last = part(memory::high(), 252, 4);
    put(last, b"last");
    send_from(MINOR, call::send(me(), 0).message((last.0, 400)));
    let mut buffer = [0; 4];
    let rm = sys_recv_open(&mut buffer, 0);
    assert_eq!((rm.message_len, &buffer), (4, b"last"));
}

fn a_message_longer_than_the_buffer_is_cut_off() {
    put(room(0), b"0123456789");
    send_from(ASSIST, call::send(me(), 0).message((room(0).0, 10)));
    let mut buffer = [b'.'; 12];
    let rm = sys_recv_open(&mut buffer[..6], 0);
    // The length is what was copied, not what was sent.
    assert_eq!(rm.message_len, 6);
    assert_eq!(&buffer, b"012345......");
}

fn a_message_may_be_longer_than_256_bytes() {
    let all = (memory::low().0, 768);
    send_from(ASSIST, call::send(me(), 0).message(all));
    let mut buffer = [0; 800];
    let rm = sys_recv_open(&mut buffer, 0);
    assert_eq!(rm.message_len, 768);
    assert_eq!(buffer[..768], get::<768>(all));
}

fn a_message_may_have_more_than_255_leases() {
    send_from(ASSIST, call::send(me(), 0).leases((room(0).0, 70_000)));
    assert_eq!(sys_recv_open(&mut [], 0).lease_count, 70_000);
}

fn a_reply_may_be_longer_than_256_bytes() {
    let answer = (memory::high().0, 512);
    ASSIST.run(&script![
        call::recv(NOTHING, 0),
        call::reply(me(), 0, answer),
    ]);
    let mut reply = [1; 600];
    let outcome = sys_send(ASSIST.id(), 0, &[], &mut reply, &[]);
    assert_eq!(outcome, (0, 512));
    assert_eq!(reply[..512], get::<512>(answer));
    assert_eq!(reply[512..], [1; 88]);
}

/// The message faults its sender, and not its receiver, which waits for it.
#[track_caller]
fn faults_the_sender(message: Registers, fault: FaultInfo) {
    MINOR.call(call::recv(room(0), 0));
    ASSIST.call(message);
    assert_eq!(ASSIST.faulted(), (fault, SchedState::Runnable));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
    ASSIST.renew();
}

/// A message to the helper that receives in [`faults_the_sender`].
fn message() -> Registers {
    call::send(MINOR.id(), 0)
}

fn a_malformed_message_faults_the_sender() {
    for slice in WRAPPING {
        MINOR.renew();
        faults_the_sender(
            message().message(slice),
            usage(UsageError::InvalidSlice),
        );
    }
}

fn a_malformed_reply_buffer_faults_the_sender() {
    for slice in WRAPPING {
        MINOR.renew();
        faults_the_sender(
            message().reply_to(slice),
            usage(UsageError::InvalidSlice),
        );
    }
}

fn a_malformed_lease_table_faults_the_sender() {
    // One entry has 12 bytes.
    for table in [
        (0xFFFF_FFF4, 1),
        (0xFFFF_FFE8, 2),
        (0x8000_0000, 0x0AAA_AAAB),
    ] {
        MINOR.renew();
        faults_the_sender(
            message().leases(table),
            usage(UsageError::InvalidSlice),
        );
    }
}

fn a_lease_table_that_is_not_aligned_faults_the_sender() {
    for offset in 1..4 {
        MINOR.renew();
        faults_the_sender(
            message().leases((room(1).0 + offset, 1)),
            usage(UsageError::InvalidSlice),
        );
    }
}

fn an_empty_lease_table_must_be_aligned() {
    faults_the_sender(
        message().leases((2, 0)),
        usage(UsageError::InvalidSlice),
    );
}

fn a_lease_table_whose_size_overflows_faults_the_sender() {
    for count in [0x1555_5556, 0x8000_0000, u32::MAX] {
        MINOR.renew();
        faults_the_sender(
            message().leases((0, count)),
            usage(UsageError::InvalidSlice),
        );
    }
}

fn an_unreadable_message_faults_the_sender() {
    let secret = own(b"of the suite");
    for slice in [NULL, secret, (0xFFFF_FFFE, 1), memory::writeonly()] {
        MINOR.renew();
        faults_the_sender(message().message(slice), inaccessible(slice));
    }
}

fn a_fault_in_the_sender_leaves_the_receiver_waiting() {
    faults_the_sender(message().message(NULL), inaccessible(NULL));
    put(room(1), b"good");
    ASSIST.call(message().message((room(1).0, 4)));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
    let received = get(room(0));
    assert_eq!(&received, b"good");
}

/// The buffer faults the receiver, and its sender waits for a better one.
#[track_caller]
fn faults_the_receiver(buffer: Span, fault: FaultInfo) {
    MINOR.renew();
    ASSIST.renew();
    MINOR.call(call::recv(buffer, SPARE));
    ASSIST.call(message().message(room(1)));
    let receiving = SchedState::InRecv(None);
    assert_eq!(MINOR.faulted(), (fault, receiving));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn a_malformed_buffer_faults_the_receiver_and_leaves_the_sender_waiting() {
    for buffer in WRAPPING {
        faults_the_receiver(buffer, usage(UsageError::InvalidSlice));
    }
}

fn an_unwritable_buffer_faults_the_receiver_and_leaves_the_sender_waiting() {
    for buffer in [NULL, own(&[0; 4]), memory::readonly()] {
        faults_the_receiver(buffer, inaccessible(buffer));
    }
}

fn one_delivery_can_fault_both_tasks() {
    let (bad_buffer, bad_message) = ((0x10, 4), (0x20, 4));
    MINOR.call(call::recv(bad_buffer, 0));
    ASSIST.call(message().message(bad_message));
    assert_eq!(MINOR.fault(), inaccessible(bad_buffer));
    assert_eq!(ASSIST.fault(), inaccessible(bad_message));
}

/// Only the sender is faulted, although the buffer is malformed, too.
#[track_caller]
fn is_found_before_a_malformed_buffer(message: Registers) {
    MINOR.call(call::recv(WRAPPING[0], 0));
    ASSIST.call(message);
    assert_eq!(ASSIST.fault(), usage(UsageError::InvalidSlice));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
}

fn a_malformed_message_is_found_before_a_malformed_buffer() {
    is_found_before_a_malformed_buffer(message().message(WRAPPING[0]));
}

fn a_malformed_lease_table_is_found_before_a_malformed_buffer() {
    is_found_before_a_malformed_buffer(message().leases((1, 1)));
}

fn a_malformed_buffer_is_found_before_an_unreadable_message() {
    MINOR.call(call::recv(WRAPPING[0], 0));
    ASSIST.call(message().message(NULL));
    assert_eq!(MINOR.fault(), usage(UsageError::InvalidSlice));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn an_unreachable_reply_buffer_does_not_prevent_delivery() {
    MINOR.call(call::recv(room(0), 0));
    ASSIST.call(message().reply_to(NULL));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
}

fn an_unreachable_lease_table_does_not_prevent_delivery() {
    MINOR.call(call::recv(room(0), 0));
    ASSIST.call(message().leases((0, 3)));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
    assert_eq!(MINOR.result().r9, 3);
}

fn nothing_about_a_message_that_waits_is_examined() {
    let malformed = call::send(DORMANT.id(), 0)
        .message(WRAPPING[0])
        .reply_to(WRAPPING[1])
        .leases((1, 7));
    ASSIST.call(malformed);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(DORMANT.id()));
}

fn a_faulty_message_that_waits_faults_its_sender_when_it_is_received() {
    for bad in [WRAPPING[0], NULL] {
        ASSIST.renew();
        send_from(ASSIST, call::send(me(), 0).message(bad));
        sys_post(me(), SPARE);
        // Not yet: the notification comes first.
        assert_eq!(sys_recv_open(&mut [0; 4], SPARE).operation, SPARE);
        assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
        // Nor while nobody else has anything to say.
        TWIN_B.call(call::send(me(), 3));
        assert_eq!(sys_recv_open(&mut [0; 4], 0).operation, 3);
        let sending = SchedState::InSend(me());
        assert_eq!(ASSIST.faulted().1, sending);
        TWIN_B.renew();
    }
}
