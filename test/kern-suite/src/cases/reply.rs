// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! REPLY and REPLY_FAULT.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, NOTHING, Span};
use test_kern_api::{Registers, memory, runner};
use test_kern_suite::world::{
    ASSIST, MINOR, NULL, RUNNER, SPARE, TWIN_A, WRAPPING, get, inaccessible,
    me, own, part, put, room, sleep, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    FaultInfo, Generation, ReplyFaultReason, SchedState, TaskId, UsageError,
    sys_recv_open, sys_reply, sys_reply_fault,
};

cases! { reply:
    a_reply_ends_the_wait_of_its_client,
    a_reply_fills_as_much_of_the_buffer_as_it_is_long,
    an_empty_reply_may_have_any_base,
    an_empty_reply_does_not_touch_the_buffer,
    an_index_out_of_range_faults_the_server,
    a_stale_id_makes_a_reply_do_nothing,
    a_client_that_does_not_wait_makes_a_reply_do_nothing,
    a_client_that_has_been_replied_to_makes_a_reply_do_nothing,
    a_client_that_waits_to_be_received_makes_a_reply_do_nothing,
    a_client_of_another_server_makes_a_reply_do_nothing,
    a_faulted_client_makes_a_reply_do_nothing,
    a_malformed_reply_to_a_stale_id_is_not_noticed,
    a_malformed_reply_to_a_client_that_does_not_wait_is_not_noticed,
    a_malformed_reply_faults_the_server,
    a_reply_longer_than_the_buffer_faults_the_server,
    the_size_is_checked_before_the_memory,
    an_unreadable_reply_faults_the_server,
    an_unwritable_buffer_faults_the_client_and_not_the_server,
    one_reply_can_fault_both_tasks,
    only_as_much_of_the_buffer_as_is_used_must_be_writable,
    a_client_whose_server_has_faulted_keeps_waiting,
    a_reply_fault_stops_the_client_for_the_reason_given,
    a_reply_fault_with_an_unknown_reason_faults_the_server,
    the_reason_is_checked_before_the_id,
    a_reply_fault_to_an_index_out_of_range_faults_the_server,
    a_reply_fault_to_a_stale_id_does_nothing,
    a_reply_fault_to_a_client_that_does_not_wait_does_nothing,
    a_reply_fault_to_a_client_of_another_server_does_nothing,
    a_reply_fault_tells_the_supervisor,
}

/// Has the assistant wait for the suite's reply, into that buffer.
#[track_caller]
fn await_reply(buffer: Span) {
    ASSIST.call(call::send(me(), 0).reply_to(buffer));
    assert_eq!(sys_recv_open(&mut [], 0).sender, ASSIST.id());
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

/// Has the assistant serve the minor helper, with that reply. It may name an id
/// that the minor helper had before.
#[track_caller]
fn serve_minor(buffer: Span, reply: Registers) {
    let reply = Registers {
        r4: u32::from(MINOR.id().0),
        ..reply
    };
    ASSIST.run(&script![call::recv(NOTHING, 0), reply]);
    MINOR.call(call::send(ASSIST.id(), 0).reply_to(buffer));
}

fn nobody() -> TaskId {
    TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO)
}

fn a_reply_ends_the_wait_of_its_client() {
    await_reply(room(0));
    sys_reply(ASSIST.id(), 0x1234_5678, b"done");
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    let result = ASSIST.result();
    assert_eq!((result.r4, result.r5), (0x1234_5678, 4));
    assert_eq!(&get(room(0)), b"done");
}

fn a_reply_fills_as_much_of_the_buffer_as_it_is_long() {
    put(room(0), b"........");
    await_reply((room(0).0, 8));
    sys_reply(ASSIST.id(), 0, b"four");
    assert_eq!(ASSIST.result().r5, 4);
    assert_eq!(&get(room(0)), b"four....");
}

fn an_empty_reply_may_have_any_base() {
    for base in [0, 1, 0xE000_ED00, u32::MAX] {
        serve_minor(room(0), call::reply(MINOR.id(), 6, (base, 0)));
        assert_eq!((MINOR.result().r4, MINOR.result().r5), (6, 0));
        ASSIST.results();
    }
}

fn an_empty_reply_does_not_touch_the_buffer() {
    await_reply(NULL);
    sys_reply(ASSIST.id(), 3, &[]);
    assert_eq!((ASSIST.result().r4, ASSIST.result().r5), (3, 0));
}

fn an_index_out_of_range_faults_the_server() {
    for id in [nobody(), TaskId::UNBOUND, TaskId::KERNEL] {
        ASSIST.renew();
        ASSIST.call(call::reply(id, 0, NOTHING));
        assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
    }
}

fn a_stale_id_makes_a_reply_do_nothing() {
    await_reply(room(0));
    sys_reply(ASSIST.stale_id(), 0, &[]);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

fn a_client_that_does_not_wait_makes_a_reply_do_nothing() {
    ASSIST.call(call::recv(room(0), SPARE));
    sys_reply(ASSIST.id(), 0, b"unexpected");
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn a_client_that_has_been_replied_to_makes_a_reply_do_nothing() {
    await_reply(room(0));
    sys_reply(ASSIST.id(), 1, b"first");
    sys_reply(ASSIST.id(), 2, b"second!");
    let result = ASSIST.result();
    assert_eq!((result.r4, result.r5), (1, 5));
    assert_eq!(&get(room(0)), b"first");
}

fn a_client_that_waits_to_be_received_makes_a_reply_do_nothing() {
    ASSIST.call(call::send(me(), 0));
    sys_reply(ASSIST.id(), 0, &[]);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
}

fn a_client_of_another_server_makes_a_reply_do_nothing() {
    MINOR.call(call::recv(room(0), 0));
    ASSIST.call(call::send(MINOR.id(), 0));
    sys_reply(ASSIST.id(), 0, &[]);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
}

fn a_faulted_client_makes_a_reply_do_nothing() {
    await_reply(room(0));
    userlib::kipc::fault_task(ASSIST.index());
    sys_reply(ASSIST.id(), 0, &[]);
    let waiting = SchedState::InReply(me());
    assert_eq!(ASSIST.faulted(), (FaultInfo::Injected(me()), waiting));
}

/// The server's reply does nothing.
#[track_caller]
fn assert_reply_is_ignored(reply: Registers) {
    ASSIST.call(reply);
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn a_malformed_reply_to_a_stale_id_is_not_noticed() {
    for slice in WRAPPING {
        assert_reply_is_ignored(call::reply(MINOR.stale_id(), 0, slice));
    }
}

fn a_malformed_reply_to_a_client_that_does_not_wait_is_not_noticed() {
    for slice in WRAPPING {
        assert_reply_is_ignored(call::reply(MINOR.id(), 0, slice));
    }
}

/// The reply faults the server and leaves its client waiting.
#[track_caller]
fn assert_server_faults(buffer: Span, reply: Registers, fault: FaultInfo) {
    serve_minor(buffer, reply);
    assert_eq!(ASSIST.faulted(), (fault, SchedState::Runnable));
    assert_eq!(MINOR.healthy(), SchedState::InReply(ASSIST.id()));
    ASSIST.renew();
    MINOR.renew();
}

fn a_malformed_reply_faults_the_server() {
    for slice in WRAPPING {
        let reply = call::reply(MINOR.id(), 0, slice);
        let fault = usage(UsageError::InvalidSlice);
        assert_server_faults(room(0), reply, fault);
    }
}

fn a_reply_longer_than_the_buffer_faults_the_server() {
    let reply = call::reply(MINOR.id(), 0, part(room(1), 0, 9));
    let fault = usage(UsageError::ReplyTooBig);
    assert_server_faults(part(room(0), 0, 8), reply, fault);
}

fn the_size_is_checked_before_the_memory() {
    let reply = call::reply(MINOR.id(), 0, NULL);
    let fault = usage(UsageError::ReplyTooBig);
    assert_server_faults(NOTHING, reply, fault);
    assert_server_faults((0, 3), reply, fault);
}

fn an_unreadable_reply_faults_the_server() {
    for slice in [NULL, own(b"mine"), memory::writeonly()] {
        let slice = part(slice, 0, 4);
        let reply = call::reply(MINOR.id(), 0, slice);
        assert_server_faults(room(0), reply, inaccessible(slice));
    }
}

fn an_unwritable_buffer_faults_the_client_and_not_the_server() {
    for buffer in [NULL, memory::readonly(), memory::dma()] {
        let buffer = part(buffer, 0, 4);
        ASSIST.renew();
        await_reply(buffer);
        sys_reply(ASSIST.id(), 0, b"oops");
        let waiting = SchedState::InReply(me());
        assert_eq!(ASSIST.faulted(), (inaccessible(buffer), waiting));
    }
}

fn one_reply_can_fault_both_tasks() {
    let (buffer, message) = ((0x20, 4), (0x10, 4));
    serve_minor(buffer, call::reply(MINOR.id(), 0, message));
    assert_eq!(ASSIST.fault(), inaccessible(message));
    assert_eq!(MINOR.fault(), inaccessible(buffer));
}

fn only_as_much_of_the_buffer_as_is_used_must_be_writable() {
    // The last bytes that the minor helper may write, and more.
    let buffer = part(memory::high(), 252, 4000);
    serve_minor(buffer, call::reply(MINOR.id(), 0, part(room(1), 0, 4)));
    assert_eq!((MINOR.result().r4, MINOR.result().r5), (0, 4));
}

fn a_client_whose_server_has_faulted_keeps_waiting() {
    MINOR.call(call::recv(room(0), 0));
    ASSIST.call(call::send(MINOR.id(), 0));
    userlib::kipc::fault_task(MINOR.index());
    sleep(3);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
}

fn a_reply_fault_stops_the_client_for_the_reason_given() {
    for reason in [
        ReplyFaultReason::UndefinedOperation,
        ReplyFaultReason::BadMessageSize,
        ReplyFaultReason::BadMessageContents,
        ReplyFaultReason::BadLeases,
        ReplyFaultReason::ReplyBufferTooSmall,
        ReplyFaultReason::AccessViolation,
    ] {
        ASSIST.renew();
        await_reply(room(0));
        sys_reply_fault(ASSIST.id(), reason);
        let fault = FaultInfo::FromServer(me(), reason);
        let waiting = SchedState::InReply(me());
        assert_eq!(ASSIST.faulted(), (fault, waiting));
    }
}

fn a_reply_fault_with_an_unknown_reason_faults_the_server() {
    let fault = usage(UsageError::BadReplyFaultReason);
    for reason in [6, 7, 0x100, u32::MAX] {
        let reply = call::reply_fault(MINOR.id(), reason);
        assert_server_faults(room(0), reply, fault);
    }
}

fn the_reason_is_checked_before_the_id() {
    for id in [nobody(), MINOR.stale_id(), MINOR.id()] {
        ASSIST.renew();
        ASSIST.call(call::reply_fault(id, 6));
        let fault = usage(UsageError::BadReplyFaultReason);
        assert_eq!(ASSIST.fault(), fault);
    }
}

fn a_reply_fault_to_an_index_out_of_range_faults_the_server() {
    ASSIST.call(call::reply_fault(nobody(), 0));
    assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
}

fn a_reply_fault_to_a_stale_id_does_nothing() {
    await_reply(room(0));
    let reason = ReplyFaultReason::AccessViolation;
    sys_reply_fault(ASSIST.stale_id(), reason);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

fn a_reply_fault_to_a_client_that_does_not_wait_does_nothing() {
    let reason = ReplyFaultReason::AccessViolation;
    sys_reply_fault(ASSIST.id(), reason);
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    ASSIST.call(call::send(me(), 0));
    sys_reply_fault(ASSIST.id(), reason);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
}

fn a_reply_fault_to_a_client_of_another_server_does_nothing() {
    TWIN_A.call(call::recv(room(0), 0));
    ASSIST.call(call::send(TWIN_A.id(), 0));
    let reason = ReplyFaultReason::AccessViolation;
    sys_reply_fault(ASSIST.id(), reason);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(TWIN_A.id()));
}

fn a_reply_fault_tells_the_supervisor() {
    await_reply(room(0));
    assert_eq!(runner::faults(RUNNER.id()), 0);
    sys_reply_fault(ASSIST.id(), ReplyFaultReason::BadLeases);
    assert_eq!(runner::faults(RUNNER.id()), 1);
}
