// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! PANIC, and reading the message back.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, Span};
use test_kern_api::mischief::Mischief;
use test_kern_api::{Registers, Step, memory, runner};
use test_kern_suite::world::{
    ASSIST, MINOR, NULL, RUNNER, WRAPPING, get, inaccessible, own, part, put,
    raw, room, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    FaultInfo, Kipcnum, PANIC_MESSAGE_MAX_LEN, ReadPanicMessageError,
    SchedState, UsageError, kipc,
};

cases! { panic:
    a_panic_is_a_fault,
    a_panic_tells_the_supervisor,
    a_panic_may_have_any_message,
    a_message_can_be_read_back,
    an_empty_message_can_be_read_back,
    a_message_is_cut_off_at_the_end_of_the_buffer,
    a_message_longer_than_what_userlib_reads_is_cut_off,
    a_task_that_has_not_panicked_has_no_message,
    a_task_that_has_faulted_otherwise_has_no_message,
    a_restarted_task_has_no_message,
    a_malformed_message_is_an_error,
    an_unreadable_message_is_an_error,
    an_unwritable_buffer_faults_the_reader,
    a_buffer_that_overlaps_the_message_faults_the_reader,
    an_index_out_of_range_faults_the_reader,
    a_panic_in_rust_without_messages_says_panic,
    any_bytes_can_be_read_back,
}

/// Has the assistant panic with that message.
fn panic_with(message: Span) {
    ASSIST.renew();
    ASSIST.call(call::panic(message));
    let expected = (FaultInfo::Panic, SchedState::Runnable);
    assert_eq!(ASSIST.faulted(), expected);
}

/// A request for the assistant's message.
fn read_to(buffer: Span) -> Registers {
    let request = part(room(3), 0, 4);
    put(request, &(ASSIST.index() as u32).to_le_bytes());
    call::kipc(Kipcnum::ReadPanicMessage)
        .message(request)
        .reply_to(buffer)
}

const NOT_PANICKED: u32 = ReadPanicMessageError::TaskNotPanicked as u32;
const BAD_BUFFER: u32 = ReadPanicMessageError::BadPanicBuffer as u32;

fn a_panic_is_a_fault() {
    panic_with(room(0));
}

fn a_panic_tells_the_supervisor() {
    panic_with(room(0));
    assert_eq!(runner::faults(RUNNER.id()), 1);
}

fn a_panic_may_have_any_message() {
    for message in [NULL, WRAPPING[0], WRAPPING[2], (u32::MAX, 0)] {
        panic_with(message);
    }
}

fn a_message_can_be_read_back() {
    put(room(0), b"out of cheese");
    panic_with((room(0).0, 13));
    let mut buffer = [0; PANIC_MESSAGE_MAX_LEN];
    let message = kipc::read_panic_message(ASSIST.index(), &mut buffer);
    let mut chunks = message.unwrap();
    assert_eq!(chunks.next().unwrap().valid(), "out of cheese");
    assert!(chunks.next().is_none());
    put(room(1), &[b'.'; 16]);
    let result = raw(read_to(room(1)));
    assert_eq!((result.r4, result.r5), (0, 13));
    assert_eq!(&get(room(1)), b"out of cheese...");
}

fn an_empty_message_can_be_read_back() {
    for base in [0, 1, room(0).0, u32::MAX] {
        panic_with((base, 0));
        let result = raw(read_to(room(1)));
        assert_eq!((result.r4, result.r5), (0, 0));
    }
}

fn a_message_is_cut_off_at_the_end_of_the_buffer() {
    put(room(0), b"0123456789");
    panic_with((room(0).0, 10));
    for length in 0..10 {
        put(room(1), &[b'.'; 10]);
        let result = raw(read_to(part(room(1), 0, length)));
        assert_eq!((result.r4, result.r5), (0, length));
        let copied = get::<10>(room(1));
        let n = length as usize;
        assert_eq!(&copied[..n], &b"0123456789"[..n]);
        assert_eq!(&copied[n..], &b".........."[n..]);
    }
}

fn a_message_longer_than_what_userlib_reads_is_cut_off() {
    panic_with((memory::high().0, 200));
    let result = raw(read_to(part(room(0), 0, 128)));
    assert_eq!((result.r4, result.r5), (0, 128));
}

fn a_task_that_has_not_panicked_has_no_message() {
    let result = raw(read_to(room(1)));
    assert_eq!((result.r4, result.r5), (NOT_PANICKED, 0));
    let mut buffer = [0; PANIC_MESSAGE_MAX_LEN];
    let message = kipc::read_panic_message(ASSIST.index(), &mut buffer);
    let error = message.err().unwrap();
    assert_eq!(error, ReadPanicMessageError::TaskNotPanicked);
}

fn a_task_that_has_faulted_otherwise_has_no_message() {
    ASSIST.call(call::syscall(99));
    assert_eq!(raw(read_to(room(1))).r4, NOT_PANICKED);
    // Even if it has panicked before.
    panic_with(room(0));
    kipc::fault_task(ASSIST.index());
    assert_eq!(raw(read_to(room(1))).r4, NOT_PANICKED);
}

fn a_restarted_task_has_no_message() {
    panic_with(room(0));
    ASSIST.stop();
    assert_eq!(raw(read_to(room(1))).r4, NOT_PANICKED);
}

fn a_malformed_message_is_an_error() {
    for message in WRAPPING {
        panic_with(message);
        let result = raw(read_to(room(1)));
        assert_eq!((result.r4, result.r5), (BAD_BUFFER, 0));
    }
}

fn an_unreadable_message_is_an_error() {
    let ours = own(b"of the suite");
    for message in [NULL, ours, memory::dma(), memory::writeonly()] {
        panic_with(message);
        let result = raw(read_to(room(1)));
        assert_eq!((result.r4, result.r5), (BAD_BUFFER, 0));
    }
    let mut buffer = [0; PANIC_MESSAGE_MAX_LEN];
    let message = kipc::read_panic_message(ASSIST.index(), &mut buffer);
    let error = message.err().unwrap();
    assert_eq!(error, ReadPanicMessageError::BadPanicBuffer);
}

fn an_unwritable_buffer_faults_the_reader() {
    panic_with(room(0));
    for buffer in [NULL, own(b"code"), memory::writeonly()] {
        MINOR.renew();
        MINOR.call(read_to(buffer));
        assert_eq!(MINOR.fault(), inaccessible(buffer));
    }
}

fn a_buffer_that_overlaps_the_message_faults_the_reader() {
    panic_with(part(room(0), 0, 16));
    let buffer = part(room(0), 15, 16);
    MINOR.call(read_to(buffer));
    assert_eq!(MINOR.fault(), inaccessible(buffer));
}

fn an_index_out_of_range_faults_the_reader() {
    let request = part(room(3), 0, 4);
    for index in [NUM_TASKS, 0x400, usize::MAX] {
        put(request, &(index as u32).to_le_bytes());
        let call = call::kipc(Kipcnum::ReadPanicMessage).message(request);
        MINOR.renew();
        MINOR.call(call.reply_to(room(1)));
        assert_eq!(MINOR.fault(), usage(UsageError::TaskOutOfRange));
    }
}

fn a_panic_in_rust_without_messages_says_panic() {
    ASSIST.run(&script![Step::mischief(Mischief::Panic, 0)]);
    assert_eq!(ASSIST.fault(), FaultInfo::Panic);
    let result = raw(read_to(room(1)));
    assert_eq!((result.r4, result.r5), (0, 5));
    assert_eq!(&get(room(1)), b"PANIC");
}

fn any_bytes_can_be_read_back() {
    let message = [b'o', b'k', 0xFF, 0, 0xC0];
    put(room(0), &message);
    panic_with((room(0).0, 5));
    let mut buffer = [0; PANIC_MESSAGE_MAX_LEN];
    let read = kipc::read_panic_message(ASSIST.index(), &mut buffer);
    let mut chunks = read.unwrap();
    let first = chunks.next().unwrap();
    assert_eq!((first.valid(), first.invalid()), ("ok", &[0xFF][..]));
    let second = chunks.next().unwrap();
    assert_eq!((second.valid(), second.invalid()), ("\0", &[0xC0][..]));
}
