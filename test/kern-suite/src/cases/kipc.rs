// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Kernel IPC: what all operations have in common, and those that are not
//! about restarts, interrupts or dumps.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, Span};
use test_kern_api::{Registers, memory};
use test_kern_suite::world::{
    ASSIST, DORMANT, IDLE, MINOR, NULL, RUNNER, SUITE, TWIN_A, WRAPPING, get,
    inaccessible, me, own, part, put, raw, room, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    FaultInfo, Kipcnum, ReplyFaultReason, SchedState, TaskId, UsageError, kipc,
    sys_recv_open, sys_reply_fault,
};

cases! { kipc:
    an_unknown_operation_faults_the_caller,
    a_request_that_is_too_short_faults_the_caller,
    a_request_that_cannot_be_decoded_faults_the_caller,
    a_request_may_be_too_long,
    leases_are_ignored,
    the_generation_of_the_kernel_is_not_looked_at_first,
    a_malformed_request_faults_the_caller,
    an_unreadable_request_faults_the_caller,
    a_malformed_response_buffer_faults_the_caller_if_there_is_a_response,
    a_malformed_response_buffer_does_not_matter_if_there_is_no_response,
    an_unwritable_response_buffer_faults_the_caller,
    a_response_buffer_that_is_too_short_yields_the_size_of_the_type,
    a_response_buffer_of_the_right_length_is_enough,
    the_status_of_a_stopped_task,
    the_status_of_a_runnable_task,
    the_status_of_a_task_that_sends,
    the_status_of_a_task_that_waits_for_a_reply,
    the_status_of_a_task_that_receives_from_anyone,
    the_status_of_a_task_that_receives_from_one_task,
    the_status_of_a_task_with_a_bad_slice,
    the_status_of_a_task_that_misused_a_call,
    the_status_of_a_task_that_panicked,
    the_status_of_a_task_with_an_injected_fault,
    the_status_of_a_task_that_was_faulted_by_its_server,
    the_status_of_an_index_out_of_range_faults_the_caller,
    an_injected_fault_names_its_source,
    an_injected_fault_hits_a_task_in_any_state,
    an_injected_fault_replaces_the_fault_and_keeps_the_original_state,
    an_injected_fault_cannot_hit_the_supervisor,
    an_injected_fault_cannot_hit_the_caller,
    an_injected_fault_out_of_range_faults_the_caller,
    the_supervisor_can_inject_faults,
    the_image_id_is_always_the_same,
    a_request_for_the_image_id_is_not_looked_at,
    a_faulted_task_is_found,
    the_first_faulted_task_from_the_start_on_is_found,
    no_faulted_task_is_0,
    a_search_may_start_behind_the_last_task,
    a_search_that_starts_further_behind_faults_the_caller,
    a_faulted_supervisor_is_found_as_0,
    a_malformed_reset_is_a_fault,
}

/// Bytes as a request, in a place of their own.
fn request(bytes: &[u8]) -> Span {
    let room = part(room(3), 0, bytes.len() as u32);
    put(room, bytes);
    room
}

/// A request about a task.
fn about(index: usize) -> Span {
    request(&(index as u32).to_le_bytes())
}

/// The call faults the assistant.
#[track_caller]
fn assert_faults(call: Registers, fault: FaultInfo) {
    ASSIST.renew();
    ASSIST.call(call);
    assert_eq!(ASSIST.faulted(), (fault, SchedState::Runnable));
}

const BAD_MESSAGE: FaultInfo =
    FaultInfo::SyscallUsage(UsageError::BadKernelMessage);
const BAD_SLICE: FaultInfo = FaultInfo::SyscallUsage(UsageError::InvalidSlice);
const OUT_OF_RANGE: FaultInfo =
    FaultInfo::SyscallUsage(UsageError::TaskOutOfRange);

fn an_unknown_operation_faults_the_caller() {
    for operation in [0, 11, 12, 0x100, 0x8001, 0xFFFF] {
        let call = call::send(TaskId::KERNEL, operation)
            .message(about(MINOR.index()))
            .reply_to(room(4));
        assert_faults(call, BAD_MESSAGE);
    }
}

const READ_TASK_STATUS: u16 = Kipcnum::ReadTaskStatus as u16;
const REINIT_TASK: u16 = Kipcnum::ReinitTask as u16;
const FAULT_TASK: u16 = Kipcnum::FaultTask as u16;
const READ_IMAGE_ID: u16 = Kipcnum::ReadImageId as u16;
const FIND_FAULTED_TASK: u16 = Kipcnum::FindFaultedTask as u16;
const READ_PANIC_MESSAGE: u16 = Kipcnum::ReadPanicMessage as u16;

/// Operations with requests, and how long these are.
const REQUESTS: [(u16, usize); 5] = [
    (READ_TASK_STATUS, 4),
    (REINIT_TASK, 5),
    (FAULT_TASK, 4),
    (FIND_FAULTED_TASK, 4),
    (READ_PANIC_MESSAGE, 4),
];

/// A request to the kernel.
fn kernel(operation: u16) -> Registers {
    call::send(TaskId::KERNEL, operation)
}

fn a_request_that_is_too_short_faults_the_caller() {
    let zeros = [0; 8];
    for (operation, length) in REQUESTS {
        for shorter in 0..length {
            let call = kernel(operation)
                .message(request(&zeros[..shorter]))
                .reply_to(room(4));
            assert_faults(call, BAD_MESSAGE);
        }
    }
}

fn a_request_that_cannot_be_decoded_faults_the_caller() {
    // A bool that is neither 0 nor 1.
    let minor = MINOR.id();
    for bad in [2, 0x80, 0xFF] {
        let message = request(&[MINOR.index() as u8, 0, 0, 0, bad]);
        let call = kernel(REINIT_TASK).message(message);
        assert_faults(call, BAD_MESSAGE);
    }
    assert_eq!(MINOR.id(), minor);
}

fn a_request_may_be_too_long() {
    let mut message = [0xFF; 40];
    message[..4].copy_from_slice(&(MINOR.index() as u32).to_le_bytes());
    let result = raw(kernel(READ_TASK_STATUS)
        .message(request(&message))
        .reply_to(room(4)));
    assert_eq!((result.r4, result.r5), (0, 3));
    assert_eq!(get(room(4)), [0, 4, 0]);
}

fn leases_are_ignored() {
    for table in [(1, 1), (0, u32::MAX), (0xFFFF_FFFC, 9)] {
        let result = raw(kernel(READ_TASK_STATUS)
            .message(about(MINOR.index()))
            .reply_to(room(4))
            .leases(table));
        assert_eq!((result.r4, result.r5), (0, 3));
    }
}

fn the_generation_of_the_kernel_is_not_looked_at_first() {
    // Any other id with that index is just a task out of range.
    let id = TaskId(TaskId::KERNEL.0 & !(1 << 15));
    let call = call::send(id, READ_IMAGE_ID);
    assert_faults(call.reply_to(room(4)), OUT_OF_RANGE);
}

fn a_malformed_request_faults_the_caller() {
    for (operation, _) in REQUESTS {
        for slice in WRAPPING {
            let call = kernel(operation).message(slice);
            assert_faults(call.reply_to(room(4)), BAD_SLICE);
        }
    }
}

fn an_unreadable_request_faults_the_caller() {
    for (operation, _) in REQUESTS {
        for base in [NULL, memory::writeonly(), memory::dma(), own(&[0; 8])] {
            let slice = part(base, 0, 8);
            let call = kernel(operation).message(slice);
            assert_faults(call.reply_to(room(4)), inaccessible(slice));
        }
    }
}

fn a_malformed_response_buffer_faults_the_caller_if_there_is_a_response() {
    for operation in [
        READ_TASK_STATUS,
        READ_IMAGE_ID,
        FIND_FAULTED_TASK,
        READ_PANIC_MESSAGE,
    ] {
        for slice in WRAPPING {
            let call = kernel(operation)
                .message(about(MINOR.index()))
                .reply_to(slice);
            assert_faults(call, BAD_SLICE);
        }
    }
}

fn a_malformed_response_buffer_does_not_matter_if_there_is_no_response() {
    for slice in WRAPPING {
        let minor = MINOR.id();
        let reinit = request(&[MINOR.index() as u8, 0, 0, 0, 1]);
        let call = kernel(REINIT_TASK).message(reinit);
        assert_eq!(raw(call.reply_to(slice)).r4, 0);
        assert_eq!(MINOR.id(), minor.next_generation());
        let call = kernel(FAULT_TASK).message(about(MINOR.index()));
        assert_eq!(raw(call.reply_to(slice)).r4, 0);
        MINOR.fault();
    }
}

fn an_unwritable_response_buffer_faults_the_caller() {
    for operation in [READ_TASK_STATUS, READ_IMAGE_ID, FIND_FAULTED_TASK] {
        for base in [NULL, memory::readonly(), memory::dma()] {
            let slice = part(base, 0, 16);
            let call = kernel(operation)
                .message(about(MINOR.index()))
                .reply_to(slice);
            assert_faults(call, inaccessible(slice));
        }
    }
}

fn a_response_buffer_that_is_too_short_yields_the_size_of_the_type() {
    for (operation, encoded, size) in [
        (READ_TASK_STATUS, 3, 16),
        (READ_IMAGE_ID, 8, 8),
        (FIND_FAULTED_TASK, 4, 4),
    ] {
        for shorter in 0..encoded {
            put(room(4), &[0x55; 12]);
            let result = raw(kernel(operation)
                .message(about(MINOR.index()))
                .reply_to(part(room(4), 0, shorter)));
            assert_eq!((result.r4, result.r5), (0, size));
            let behind = part(room(4), shorter, 0);
            assert_eq!(get(behind), [0x55; 4]);
        }
    }
}

fn a_response_buffer_of_the_right_length_is_enough() {
    put(room(4), &[0x55; 8]);
    let result = raw(kernel(READ_TASK_STATUS)
        .message(about(MINOR.index()))
        .reply_to(part(room(4), 0, 3)));
    assert_eq!((result.r4, result.r5), (0, 3));
    assert_eq!(get(room(4)), [0, 4, 0, 0x55]);
}

/// The encoding of a task's state.
#[track_caller]
fn assert_status(index: usize, expected: &[u8]) {
    let result = raw(kernel(READ_TASK_STATUS)
        .message(about(index))
        .reply_to(room(4)));
    assert_eq!((result.r4, result.r5), (0, expected.len() as u32));
    let status = get::<16>(room(4));
    assert_eq!(&status[..expected.len()], expected);
}

/// Bytes of an id.
fn bytes(id: TaskId) -> [u8; 2] {
    id.0.to_le_bytes()
}

fn the_status_of_a_stopped_task() {
    assert_status(DORMANT.index(), &[0, 0]);
}

fn the_status_of_a_runnable_task() {
    assert_status(SUITE.index(), &[0, 1]);
    assert_status(IDLE.index(), &[0, 1]);
}

fn the_status_of_a_task_that_sends() {
    ASSIST.call(call::send(me(), 0));
    let [low, high] = bytes(me());
    assert_status(ASSIST.index(), &[0, 2, low, high]);
}

fn the_status_of_a_task_that_waits_for_a_reply() {
    ASSIST.call(call::send(me(), 0));
    sys_recv_open(&mut [], 0);
    let [low, high] = bytes(me());
    assert_status(ASSIST.index(), &[0, 3, low, high]);
}

fn the_status_of_a_task_that_receives_from_anyone() {
    assert_status(ASSIST.index(), &[0, 4, 0]);
}

fn the_status_of_a_task_that_receives_from_one_task() {
    ASSIST.call(call::recv_from(TWIN_A.id(), room(0), 0));
    let [low, high] = bytes(TWIN_A.id());
    assert_status(ASSIST.index(), &[0, 4, 1, low, high]);
    MINOR.call(call::recv_from(TaskId::KERNEL, room(0), 0));
    assert_status(MINOR.index(), &[0, 4, 1, 0xFF, 0xFF]);
}

fn the_status_of_a_task_with_a_bad_slice() {
    let call = kernel(READ_TASK_STATUS);
    ASSIST.call(call.message((0x11, 4)).reply_to(room(4)));
    assert_status(ASSIST.index(), &[1, 0, 1, 0x11, 0, 0, 0, 1, 1]);
}

fn the_status_of_a_task_that_misused_a_call() {
    ASSIST.call(call::syscall(99));
    assert_status(ASSIST.index(), &[1, 7, 0, 1]);
    ASSIST.renew();
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::reply(MINOR.id(), 0, (room(0).0, 4)),
    ]);
    MINOR.call(call::send(ASSIST.id(), 0));
    assert_status(ASSIST.index(), &[1, 7, 10, 1]);
}

fn the_status_of_a_task_that_panicked() {
    ASSIST.call(call::panic(room(0)));
    assert_status(ASSIST.index(), &[1, 8, 1]);
}

fn the_status_of_a_task_with_an_injected_fault() {
    kipc::fault_task(ASSIST.index());
    let [low, high] = bytes(me());
    assert_status(ASSIST.index(), &[1, 9, low, high, 4, 0]);
}

fn the_status_of_a_task_that_was_faulted_by_its_server() {
    ASSIST.call(call::send(me(), 0));
    sys_recv_open(&mut [], 0);
    sys_reply_fault(ASSIST.id(), ReplyFaultReason::AccessViolation);
    let [low, high] = bytes(me());
    assert_status(ASSIST.index(), &[1, 10, low, high, 5, 3, low, high]);
}

fn the_status_of_an_index_out_of_range_faults_the_caller() {
    for index in [NUM_TASKS, 0x3FF, 0xFFFF, usize::MAX] {
        let call = kernel(READ_TASK_STATUS);
        assert_faults(
            call.message(about(index)).reply_to(room(4)),
            OUT_OF_RANGE,
        );
    }
}

fn an_injected_fault_names_its_source() {
    kipc::fault_task(MINOR.index());
    assert_eq!(MINOR.fault(), FaultInfo::Injected(me()));
    MINOR.renew();
    let call = kernel(FAULT_TASK);
    ASSIST.call(call.message(about(MINOR.index())));
    assert_eq!(MINOR.fault(), FaultInfo::Injected(ASSIST.id()));
}

fn an_injected_fault_hits_a_task_in_any_state() {
    kipc::fault_task(DORMANT.index());
    assert_eq!(DORMANT.faulted().1, SchedState::Stopped);
    MINOR.call(call::recv_from(me(), room(0), 0));
    let state = MINOR.healthy();
    kipc::fault_task(MINOR.index());
    assert_eq!(MINOR.faulted().1, state);
    ASSIST.call(call::send(me(), 0));
    let state = ASSIST.healthy();
    kipc::fault_task(ASSIST.index());
    assert_eq!(ASSIST.faulted().1, state);
    TWIN_A.restart();
    kipc::fault_task(TWIN_A.index());
    assert_eq!(TWIN_A.faulted().1, SchedState::Runnable);
}

fn an_injected_fault_replaces_the_fault_and_keeps_the_original_state() {
    ASSIST.call(call::send(me(), 0));
    sys_recv_open(&mut [], 0);
    let original = ASSIST.healthy();
    sys_reply_fault(ASSIST.id(), ReplyFaultReason::BadLeases);
    kipc::fault_task(ASSIST.index());
    assert_eq!(ASSIST.faulted(), (FaultInfo::Injected(me()), original));
}

fn an_injected_fault_cannot_hit_the_supervisor() {
    let call = kernel(FAULT_TASK).message(about(0));
    assert_faults(call, usage(UsageError::IllegalTask));
    RUNNER.call(call);
    assert_eq!(RUNNER.fault(), usage(UsageError::IllegalTask));
    RUNNER.renew();
}

fn an_injected_fault_cannot_hit_the_caller() {
    let message = about(ASSIST.index());
    let call = kernel(FAULT_TASK).message(message);
    assert_faults(call, usage(UsageError::IllegalTask));
}

fn an_injected_fault_out_of_range_faults_the_caller() {
    for index in [NUM_TASKS, 0x3FF, 0x1_0000, usize::MAX] {
        let call = kernel(FAULT_TASK).message(about(index));
        assert_faults(call, OUT_OF_RANGE);
    }
}

fn the_supervisor_can_inject_faults() {
    let call = kernel(FAULT_TASK);
    RUNNER.call(call.message(about(ASSIST.index())));
    assert_eq!(ASSIST.fault(), FaultInfo::Injected(RUNNER.id()));
}

fn the_image_id_is_always_the_same() {
    let id = kipc::read_image_id();
    assert_eq!(kipc::read_image_id(), id);
    let result = raw(kernel(READ_IMAGE_ID).reply_to(room(4)));
    assert_eq!((result.r4, result.r5), (0, 8));
    assert_eq!(get(room(4)), id.to_le_bytes());
}

fn a_request_for_the_image_id_is_not_looked_at() {
    for slice in [WRAPPING[0], NULL] {
        let call = kernel(READ_IMAGE_ID).message(slice);
        let result = raw(call.reply_to(room(4)));
        assert_eq!((result.r4, result.r5), (0, 8));
    }
}

/// The first faulted task from `start` on, as the kernel tells.
fn find(start: usize) -> u32 {
    let result = raw(kernel(FIND_FAULTED_TASK)
        .message(about(start))
        .reply_to(room(4)));
    assert_eq!((result.r4, result.r5), (0, 4));
    u32::from_le_bytes(get(room(4)))
}

fn a_faulted_task_is_found() {
    kipc::fault_task(ASSIST.index());
    let index = ASSIST.index();
    assert_eq!(find(0), index as u32);
    assert_eq!(find(index), index as u32);
    assert_eq!(find(index + 1), 0);
    let found = kipc::find_faulted_task(1).map(|index| index.get());
    assert_eq!(found, Some(index));
}

fn the_first_faulted_task_from_the_start_on_is_found() {
    kipc::fault_task(TWIN_A.index());
    kipc::fault_task(MINOR.index());
    assert_eq!(find(1), TWIN_A.index() as u32);
    assert_eq!(find(TWIN_A.index() + 1), MINOR.index() as u32);
}

fn no_faulted_task_is_0() {
    assert_eq!(find(0), 0);
    assert_eq!(kipc::find_faulted_task(1), None);
    // Stopped is not faulted.
    assert_eq!(find(DORMANT.index()), 0);
}

fn a_search_may_start_behind_the_last_task() {
    kipc::fault_task(ASSIST.index());
    assert_eq!(find(NUM_TASKS), 0);
}

fn a_search_that_starts_further_behind_faults_the_caller() {
    for start in [NUM_TASKS + 1, 0x400, usize::MAX] {
        let call = kernel(FIND_FAULTED_TASK);
        let call = call.message(about(start)).reply_to(room(4));
        assert_faults(call, OUT_OF_RANGE);
    }
}

fn a_faulted_supervisor_is_found_as_0() {
    RUNNER.call(call::syscall(99));
    RUNNER.fault();
    assert_eq!(find(0), 0);
    kipc::fault_task(ASSIST.index());
    // Index 0 is the first one, not none.
    assert_eq!(find(0), 0);
    assert_eq!(find(1), ASSIST.index() as u32);
    RUNNER.renew();
}

fn a_malformed_reset_is_a_fault() {
    for slice in WRAPPING {
        assert_faults(call::kipc(Kipcnum::Reset).message(slice), BAD_SLICE);
    }
}
