// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Which memory the kernel touches on behalf of a task, and what may not
//! overlap.

use test_kern_api::call::{self, NOTHING, Span};
use test_kern_api::{Registers, memory};
use test_kern_suite::world::{
    ASSIST, MINOR, NULL, astride, get, inaccessible, me, own, part, put,
    put_leases, raw, room,
};
use test_kern_suite::{cases, script};
use userlib::{DEFECT, FaultInfo, SchedState, TaskId, sys_recv_open};

cases! { regions:
    a_task_reads_what_it_may_read,
    a_task_writes_what_it_may_write,
    a_source_may_span_regions,
    a_destination_may_span_regions,
    a_source_may_span_regions_with_different_other_rights,
    a_destination_that_reaches_into_readable_memory_fails_as_a_whole,
    a_source_that_reaches_into_dma_memory_fails_as_a_whole,
    a_source_that_reaches_behind_the_last_region_fails_as_a_whole,
    a_source_that_begins_before_the_first_region_fails_as_a_whole,
    memory_that_is_only_writable_is_no_source,
    memory_that_is_only_writable_is_a_destination,
    memory_that_is_only_readable_is_no_destination,
    memory_that_is_only_readable_is_a_source,
    dma_memory_is_no_source,
    dma_memory_is_no_destination,
    a_lease_table_cannot_be_in_dma_memory,
    registers_are_no_source,
    registers_are_no_destination,
    code_is_a_source,
    code_is_no_destination,
    the_last_byte_of_a_region_can_be_used,
    the_byte_behind_a_region_cannot_be_used,
    a_slice_that_is_cut_to_nothing_is_accessible,
    overlapping_ends_of_a_message_blame_the_receiver,
    overlapping_ends_of_a_reply_blame_the_client,
    overlapping_ends_of_a_read_blame_the_borrower,
    overlapping_ends_of_a_write_blame_the_lender,
    an_overlap_of_one_byte_counts,
    identical_ends_overlap,
    ends_that_touch_do_not_overlap,
    only_what_is_copied_can_overlap,
    ends_of_length_0_do_not_overlap,
}

/// The assistant's message, in the suite's buffer; `Err` is how the assistant
/// has faulted.
fn receive(message: Span, buffer: &mut [u8]) -> Result<usize, FaultInfo> {
    ASSIST.renew();
    ASSIST.call(call::send(me(), 1).message(message));
    // Someone else has something to say, too, so that we need not wait.
    MINOR.renew();
    MINOR.call(call::send(me(), 2));
    let rm = sys_recv_open(buffer, 0);
    if rm.operation == 1 {
        Ok(rm.message_len)
    } else {
        Err(ASSIST.fault())
    }
}

/// Has the assistant receive four bytes; `Err` is how it has faulted.
fn deliver(buffer: Span) -> Result<u32, FaultInfo> {
    ASSIST.renew();
    ASSIST.run(&script![call::recv(buffer, 0)]);
    put(room(1), b"data");
    MINOR.renew();
    let message = part(room(1), 0, 4);
    MINOR.call(call::send(ASSIST.id(), 1).message(message));
    match MINOR.healthy() {
        SchedState::InReply(_) => Ok(ASSIST.result().r7),
        _ => Err(ASSIST.fault()),
    }
}

fn a_task_reads_what_it_may_read() {
    put(room(0), b"shared");
    let mut buffer = [0; 8];
    let message = part(room(0), 0, 6);
    assert_eq!(receive(message, &mut buffer), Ok(6));
    assert_eq!(&buffer, b"shared\0\0");
}

fn a_task_writes_what_it_may_write() {
    assert_eq!(deliver(room(0)), Ok(4));
    assert_eq!(&get(room(0)), b"data");
}

/// Around the place where `low` ends and `high` begins.
fn seam() -> Span {
    astride(memory::high(), 4)
}

fn a_source_may_span_regions() {
    put(seam(), b"span");
    let mut buffer = [0; 4];
    assert_eq!(receive(seam(), &mut buffer), Ok(4));
    assert_eq!(&buffer, b"span");
}

fn a_destination_may_span_regions() {
    put(seam(), b"....");
    assert_eq!(deliver(seam()), Ok(4));
    assert_eq!(&get(seam()), b"data");
}

fn a_source_may_span_regions_with_different_other_rights() {
    // Writable, then not.
    let message = astride(memory::readonly(), 8);
    put(part(message, 0, 4), b"both");
    let mut buffer = [0; 8];
    assert_eq!(receive(message, &mut buffer), Ok(8));
    assert_eq!(&buffer[..4], b"both");
    assert_eq!(buffer[4..], memory::READONLY_PATTERN.to_le_bytes());
    // Three of them.
    let all = (memory::low().0, 512 + 256 + 256);
    let mut buffer = [0; 1024];
    assert_eq!(receive(all, &mut buffer), Ok(1024));
}

fn a_destination_that_reaches_into_readable_memory_fails_as_a_whole() {
    let buffer = astride(memory::readonly(), 4);
    put(part(buffer, 0, 2), b"..");
    assert_eq!(deliver(buffer), Err(inaccessible(buffer)));
    assert_eq!(&get(buffer), b"..");
}

fn a_source_that_reaches_into_dma_memory_fails_as_a_whole() {
    let message = astride(memory::dma(), 4);
    let mut buffer = [0; 4];
    let outcome = receive(message, &mut buffer);
    assert_eq!(outcome, Err(inaccessible(message)));
    assert_eq!(buffer, [0; 4]);
}

fn a_source_that_reaches_behind_the_last_region_fails_as_a_whole() {
    // Two of the minor helper's regions, and one byte more.
    let message = (memory::readonly().0 - 300, 301);
    ASSIST.call(call::recv(message, 0));
    MINOR.call(call::send(ASSIST.id(), 1).message(message));
    assert_eq!(MINOR.fault(), inaccessible(message));
}

fn a_source_that_begins_before_the_first_region_fails_as_a_whole() {
    let message = (memory::low().0 - 1, 8);
    let outcome = receive(message, &mut [0; 8]);
    assert_eq!(outcome, Err(inaccessible(message)));
}

fn memory_that_is_only_writable_is_no_source() {
    let message = part(memory::writeonly(), 0, 4);
    let outcome = receive(message, &mut [0; 4]);
    assert_eq!(outcome, Err(inaccessible(message)));
}

fn memory_that_is_only_writable_is_a_destination() {
    assert_eq!(deliver(memory::writeonly()), Ok(4));
}

fn memory_that_is_only_readable_is_no_destination() {
    let buffer = memory::readonly();
    assert_eq!(deliver(buffer), Err(inaccessible(buffer)));
}

fn memory_that_is_only_readable_is_a_source() {
    let mut buffer = [0; 4];
    let message = part(memory::readonly(), 252, 4);
    assert_eq!(receive(message, &mut buffer), Ok(4));
    assert_eq!(buffer, memory::READONLY_PATTERN.to_le_bytes());
}

fn dma_memory_is_no_source() {
    // The task itself may use it.
    put(memory::dma(), b"fine");
    assert_eq!(&get(memory::dma()), b"fine");
    let message = part(memory::dma(), 0, 4);
    let outcome = receive(message, &mut [0; 4]);
    assert_eq!(outcome, Err(inaccessible(message)));
}

fn dma_memory_is_no_destination() {
    put(memory::dma(), b"same");
    let buffer = part(memory::dma(), 0, 4);
    assert_eq!(deliver(buffer), Err(inaccessible(buffer)));
    assert_eq!(&get(memory::dma()), b"same");
}

fn a_lease_table_cannot_be_in_dma_memory() {
    let leases = put_leases(memory::dma(), &[(1, room(0))]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    let lender = sys_recv_open(&mut [], 0).sender;
    assert_eq!(raw(call::borrow_info(lender, 0, 0)).r4, DEFECT);
    assert_eq!(ASSIST.fault(), inaccessible(leases));
}

/// Registers that the minor helper has in its `uses`. It does not matter that
/// nothing is there.
const REGISTERS: Span = (0x5000_0000, 4);

fn registers_are_no_source() {
    let leases = put_leases(room(0), &[(1, REGISTERS)]);
    MINOR.call(call::send(me(), 0).leases(leases));
    let lender = sys_recv_open(&mut [], 0).sender;
    let outcome = raw(call::borrow_read(lender, 0, 0, room(1)));
    assert_eq!(outcome.r4, DEFECT);
    assert_eq!(MINOR.fault(), inaccessible(REGISTERS));
}

fn registers_are_no_destination() {
    MINOR.call(call::recv(REGISTERS, 0));
    put(room(0), b"data");
    ASSIST.call(call::send(MINOR.id(), 0).message(part(room(0), 0, 4)));
    assert_eq!(MINOR.fault(), inaccessible(REGISTERS));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn code_is_a_source() {
    ASSIST.run(&script![
        call::recv(room(0), 0),
        call::reply(me(), 0, NOTHING),
    ]);
    let text = own(b"in flash");
    let result = raw(call::send(ASSIST.id(), 0).message(text));
    assert_eq!((result.r4, result.r5), (0, 0));
    assert_eq!(&get(room(0)), b"in flash");
}

fn code_is_no_destination() {
    for code in [own(b"code"), NULL] {
        let buffer = part(code, 0, 4);
        assert_eq!(deliver(buffer), Err(inaccessible(buffer)));
    }
}

fn the_last_byte_of_a_region_can_be_used() {
    assert_eq!(deliver(part(memory::writeonly(), 252, 4)), Ok(4));
    let last = part(memory::high(), 255, 1);
    put(last, b"!");
    let mut buffer = [0];
    MINOR.renew();
    MINOR.call(call::send(me(), 0).message(last));
    sys_recv_open(&mut buffer, 0);
    assert_eq!(&buffer, b"!");
}

fn the_byte_behind_a_region_cannot_be_used() {
    let buffer = part(memory::writeonly(), 253, 4);
    assert_eq!(deliver(buffer), Err(inaccessible(buffer)));
}

fn a_slice_that_is_cut_to_nothing_is_accessible() {
    // The other end has no room, so it does not matter that there is nothing.
    MINOR.call(call::recv(NOTHING, 0));
    ASSIST.call(call::send(MINOR.id(), 0).message(NULL));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
    ASSIST.renew();
    MINOR.renew();
    MINOR.call(call::recv(NULL, 0));
    ASSIST.call(call::send(MINOR.id(), 0));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
}

fn overlapping_ends_of_a_message_blame_the_receiver() {
    let (message, buffer) = (part(room(0), 0, 16), part(room(0), 8, 16));
    MINOR.call(call::recv(buffer, 0));
    ASSIST.call(call::send(MINOR.id(), 0).message(message));
    assert_eq!(MINOR.fault(), inaccessible(buffer));
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn overlapping_ends_of_a_reply_blame_the_client() {
    let (message, buffer) = (part(room(0), 8, 16), part(room(0), 0, 16));
    ASSIST.run(&script![
        call::recv(NOTHING, 0),
        call::reply(MINOR.id(), 0, message),
    ]);
    MINOR.call(call::send(ASSIST.id(), 0).reply_to(buffer));
    assert_eq!(MINOR.fault(), inaccessible(buffer));
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

/// Has the assistant borrow from the minor helper.
fn borrow(lent: Span, call: impl Fn(TaskId) -> Registers) {
    let leases = put_leases(room(5), &[(3, lent)]);
    MINOR.renew();
    ASSIST.renew();
    ASSIST.run(&script![call::recv(NOTHING, 0), call(MINOR.id())]);
    MINOR.call(call::send(ASSIST.id(), 0).leases(leases));
}

fn overlapping_ends_of_a_read_blame_the_borrower() {
    let (lent, buffer) = (part(room(0), 0, 16), part(room(0), 8, 16));
    borrow(lent, |lender| call::borrow_read(lender, 0, 0, buffer));
    assert_eq!(ASSIST.fault(), inaccessible(buffer));
    assert_eq!(MINOR.healthy(), SchedState::InReply(ASSIST.id()));
}

fn overlapping_ends_of_a_write_blame_the_lender() {
    let (lent, buffer) = (part(room(0), 0, 16), part(room(0), 8, 16));
    borrow(lent, |lender| call::borrow_write(lender, 0, 0, buffer));
    assert_eq!(MINOR.fault(), inaccessible(lent));
    assert_eq!(
        (ASSIST.results()[1].r4, ASSIST.results()[1].r5),
        (DEFECT, 0)
    );
}

fn an_overlap_of_one_byte_counts() {
    let (lent, buffer) = (part(room(0), 0, 16), part(room(0), 15, 16));
    borrow(lent, |lender| call::borrow_read(lender, 0, 0, buffer));
    assert_eq!(ASSIST.fault(), inaccessible(buffer));
    borrow(buffer, |lender| call::borrow_read(lender, 0, 0, lent));
    assert_eq!(ASSIST.fault(), inaccessible(lent));
}

fn identical_ends_overlap() {
    let both = part(room(0), 0, 16);
    borrow(both, |lender| call::borrow_read(lender, 0, 0, both));
    assert_eq!(ASSIST.fault(), inaccessible(both));
}

fn ends_that_touch_do_not_overlap() {
    let (lent, buffer) = (part(room(0), 0, 16), part(room(0), 16, 16));
    borrow(lent, |lender| call::borrow_read(lender, 0, 0, buffer));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 16));
    borrow(buffer, |lender| call::borrow_read(lender, 0, 0, lent));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 16));
}

fn only_what_is_copied_can_overlap() {
    // The lease reaches into the buffer, but is not used that far.
    let (lent, buffer) = (part(room(0), 0, 64), part(room(0), 16, 16));
    borrow(lent, |lender| call::borrow_read(lender, 0, 0, buffer));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 16));
    borrow(lent, |lender| call::borrow_read(lender, 0, 32, buffer));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 16));
}

fn ends_of_length_0_do_not_overlap() {
    let (all, nothing) = (part(room(0), 0, 16), part(room(0), 8, 0));
    borrow(all, |lender| call::borrow_read(lender, 0, 0, nothing));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 0));
    borrow(nothing, |lender| call::borrow_write(lender, 0, 0, all));
    assert_eq!((ASSIST.results()[1].r4, ASSIST.results()[1].r5), (0, 0));
}
