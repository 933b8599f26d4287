// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! BORROW_READ, BORROW_WRITE and BORROW_INFO.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, NOTHING, Span};
use test_kern_api::{Registers, memory};
use test_kern_suite::world::{
    ASSIST, MINOR, NULL, TWIN_A, WRAPPING, get, inaccessible, me, own, part,
    put, put_leases, raw, room, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    DEFECT, FaultInfo, Generation, SchedState, TaskId, UsageError,
    sys_borrow_info, sys_borrow_read, sys_borrow_write, sys_recv_open,
    sys_reply,
};

cases! { borrow:
    a_lease_can_be_read,
    a_lease_can_be_written,
    a_lease_can_be_inquired,
    each_lease_of_a_table_can_be_reached,
    a_read_is_cut_off_at_the_end_of_the_lease,
    a_write_is_cut_off_at_the_end_of_the_lease,
    a_read_is_cut_off_at_the_end_of_the_buffer,
    an_offset_skips_the_start_of_a_lease,
    an_offset_at_the_end_of_a_lease_transfers_nothing,
    an_offset_beyond_the_end_faults_the_borrower,
    an_offset_that_overflows_the_address_faults_the_borrower,
    an_index_beyond_the_table_faults_the_borrower,
    any_index_of_an_empty_table_faults_the_borrower,
    an_inquiry_ignores_the_register_of_the_offset,
    a_missing_right_to_read_is_a_defect_that_faults_nobody,
    a_missing_right_to_write_is_a_defect_that_faults_nobody,
    undefined_attributes_are_ignored_and_reported,
    a_lease_of_length_0_may_have_any_base,
    a_lease_may_have_any_alignment,
    the_lease_table_is_read_again_for_each_call,
    leases_may_overlap_each_other_the_message_and_the_reply,
    a_lender_index_out_of_range_faults_the_borrower,
    a_stale_lender_yields_a_dead_code,
    a_lender_that_waits_for_nobody_is_a_defect,
    a_lender_that_waits_to_be_received_is_a_defect,
    a_lender_to_another_task_is_a_defect,
    a_lender_that_has_been_replied_to_is_a_defect,
    a_faulted_lender_is_a_defect,
    a_malformed_buffer_faults_the_borrower,
    a_buffer_that_the_borrower_may_not_access_faults_the_borrower,
    an_unreadable_lease_table_faults_the_lender,
    a_lease_of_memory_that_the_lender_may_not_read_faults_the_lender,
    a_lease_of_memory_that_the_lender_may_not_write_faults_the_lender,
    a_lease_that_is_not_well_formed_faults_the_lender,
    one_copy_can_fault_both_tasks,
    only_the_part_of_a_lease_that_is_copied_must_be_accessible,
    the_buffer_is_checked_before_the_lender,
    the_lender_is_checked_before_its_table,
    the_table_is_checked_before_the_index,
    the_index_is_checked_before_the_offset,
    the_offset_is_checked_before_the_right,
    the_right_is_checked_before_the_memory,
}

const READ: u32 = 1;
const WRITE: u32 = 2;

/// Where [`lend`] puts the table.
fn table() -> Span {
    room(0)
}

/// Memory to lend.
fn lent() -> Span {
    part(room(1), 0, 16)
}

/// Has the assistant lend to the suite.
#[track_caller]
fn lend(leases: &[(u32, Span)]) -> TaskId {
    let table = put_leases(table(), leases);
    lend_table(table)
}

/// Has the assistant send a lease table to the suite.
#[track_caller]
fn lend_table(table: Span) -> TaskId {
    ASSIST.call(call::send(me(), 0).leases(table));
    let rm = sys_recv_open(&mut [], 0);
    assert_eq!(rm.sender, ASSIST.id());
    assert_eq!(rm.lease_count, table.1 as usize);
    rm.sender
}

/// Has the minor helper lend to the assistant, which makes a call. The call may
/// name an id that the minor helper had before.
#[track_caller]
fn lend_to_assist(table: Span, borrow: Registers) {
    let borrow = Registers {
        r4: u32::from(MINOR.id().0),
        ..borrow
    };
    ASSIST.run(&script![call::recv(NOTHING, 0), borrow]);
    MINOR.call(call::send(ASSIST.id(), 0).leases(table));
}

/// The call faults the borrower, and the lender keeps waiting.
#[track_caller]
fn assert_borrower_faults(table: Span, borrow: Registers, fault: FaultInfo) {
    lend_to_assist(table, borrow);
    assert_eq!(ASSIST.faulted(), (fault, SchedState::Runnable));
    assert_eq!(MINOR.healthy(), SchedState::InReply(ASSIST.id()));
    ASSIST.renew();
    MINOR.renew();
}

/// All three calls for a lease.
fn all_calls(lender: TaskId, index: u32, offset: u32) -> [Registers; 3] {
    [
        call::borrow_read(lender, index, offset, part(room(2), 0, 4)),
        call::borrow_write(lender, index, offset, part(room(2), 0, 4)),
        call::borrow_info(lender, index, 0),
    ]
}

/// All three calls yield that code, fault nobody and leave the lender alone.
#[track_caller]
fn assert_code(lender: TaskId, code: u32) {
    for borrow in all_calls(lender, 0, 0) {
        let result = raw(borrow);
        assert_eq!((result.r4, result.r5), (code, 0));
    }
}

fn a_lease_can_be_read() {
    put(lent(), b"0123456789abcdef");
    let lender = lend(&[(READ, lent())]);
    let mut buffer = [0; 16];
    let outcome = sys_borrow_read(lender, 0, 0, &mut buffer);
    assert_eq!(outcome, (0, 16));
    assert_eq!(&buffer, b"0123456789abcdef");
}

fn a_lease_can_be_written() {
    let lender = lend(&[(WRITE, lent())]);
    let outcome = sys_borrow_write(lender, 0, 0, b"fedcba9876543210");
    assert_eq!(outcome, (0, 16));
    assert_eq!(&get(lent()), b"fedcba9876543210");
}

fn a_lease_can_be_inquired() {
    for attributes in [0, READ, WRITE, READ | WRITE] {
        let lender = lend(&[(attributes, (0x1234, 0x5678))]);
        let info = sys_borrow_info(lender, 0).unwrap();
        assert_eq!(info.attributes.bits(), attributes);
        assert_eq!(info.len, 0x5678);
        sys_reply(lender, 0, &[]);
    }
}

fn each_lease_of_a_table_can_be_reached() {
    let leases = [1, 2, 3, 4, 5].map(|n| (READ, part(room(1), n, n)));
    put(room(1), b"0123456789");
    let lender = lend(&leases);
    for n in 1..=5u32 {
        let mut buffer = [0; 8];
        let index = n as usize - 1;
        let outcome = sys_borrow_read(lender, index, 0, &mut buffer);
        assert_eq!(outcome, (0, n as usize));
        assert_eq!(buffer[0], b'0' + n as u8);
    }
}

fn a_read_is_cut_off_at_the_end_of_the_lease() {
    let lender = lend(&[(READ, part(lent(), 0, 3))]);
    put(lent(), b"abcd");
    let mut buffer = [b'.'; 6];
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut buffer), (0, 3));
    assert_eq!(&buffer, b"abc...");
}

fn a_write_is_cut_off_at_the_end_of_the_lease() {
    put(lent(), b"......");
    let lender = lend(&[(WRITE, part(lent(), 0, 3))]);
    assert_eq!(sys_borrow_write(lender, 0, 0, b"abcdef"), (0, 3));
    assert_eq!(&get(lent()), b"abc...");
}

fn a_read_is_cut_off_at_the_end_of_the_buffer() {
    put(lent(), b"abcdef");
    let lender = lend(&[(READ, lent())]);
    let mut buffer = [0; 2];
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut buffer), (0, 2));
    assert_eq!(&buffer, b"ab");
}

fn an_offset_skips_the_start_of_a_lease() {
    put(lent(), b"abcdefgh");
    let lender = lend(&[(READ | WRITE, part(lent(), 0, 8))]);
    let mut buffer = [0; 8];
    assert_eq!(sys_borrow_read(lender, 0, 5, &mut buffer), (0, 3));
    assert_eq!(&buffer, b"fgh\0\0\0\0\0");
    assert_eq!(sys_borrow_write(lender, 0, 6, b"XYZ"), (0, 2));
    assert_eq!(&get(lent()), b"abcdefXY");
}

fn an_offset_at_the_end_of_a_lease_transfers_nothing() {
    let lender = lend(&[(READ | WRITE, part(lent(), 0, 8))]);
    assert_eq!(sys_borrow_read(lender, 0, 8, &mut [0; 4]), (0, 0));
    assert_eq!(sys_borrow_write(lender, 0, 8, b"none"), (0, 0));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}

fn an_offset_beyond_the_end_faults_the_borrower() {
    let fault = usage(UsageError::OffsetOutOfRange);
    for offset in [17, 18, u32::MAX] {
        let [read, write, _] = all_calls(MINOR.id(), 0, offset);
        for call in [read, write] {
            let leases = put_leases(table(), &[(READ | WRITE, lent())]);
            assert_borrower_faults(leases, call, fault);
        }
    }
}

fn an_offset_that_overflows_the_address_faults_the_borrower() {
    let fault = usage(UsageError::OffsetOutOfRange);
    let leases =
        put_leases(table(), &[(READ | WRITE, (0xFFFF_0000, u32::MAX))]);
    let [read, write, _] = all_calls(MINOR.id(), 0, 0x1_0000);
    assert_borrower_faults(leases, read, fault);
    assert_borrower_faults(leases, write, fault);
}

fn an_index_beyond_the_table_faults_the_borrower() {
    let fault = usage(UsageError::LeaseOutOfRange);
    for index in [1, 2, 0x1555_5556, u32::MAX] {
        for call in all_calls(MINOR.id(), index, 0) {
            let leases = put_leases(table(), &[(READ | WRITE, lent())]);
            assert_borrower_faults(leases, call, fault);
        }
    }
}

fn any_index_of_an_empty_table_faults_the_borrower() {
    for call in all_calls(MINOR.id(), 0, 0) {
        let fault = usage(UsageError::LeaseOutOfRange);
        assert_borrower_faults(NOTHING, call, fault);
    }
}

fn an_inquiry_ignores_the_register_of_the_offset() {
    let lender = lend(&[(READ, lent())]);
    let info = raw(call::borrow_info(lender, 0, u32::MAX));
    assert_eq!((info.r4, info.r5, info.r6), (0, READ, 16));
}

fn a_missing_right_to_read_is_a_defect_that_faults_nobody() {
    for attributes in [0, WRITE, !READ] {
        let lender = lend(&[(attributes, lent())]);
        let outcome = sys_borrow_read(lender, 0, 0, &mut [0; 4]);
        assert_eq!(outcome, (DEFECT, 0));
        assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
        sys_reply(lender, 0, &[]);
    }
}

fn a_missing_right_to_write_is_a_defect_that_faults_nobody() {
    put(lent(), b"same");
    for attributes in [0, READ, !WRITE] {
        let lender = lend(&[(attributes, lent())]);
        let outcome = sys_borrow_write(lender, 0, 0, b"else");
        assert_eq!(outcome, (DEFECT, 0));
        assert_eq!(&get(lent()), b"same");
        assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
        sys_reply(lender, 0, &[]);
    }
}

fn undefined_attributes_are_ignored_and_reported() {
    let attributes = 0xFFFF_FFFC | READ;
    let lender = lend(&[(attributes, lent())]);
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut [0; 4]), (0, 4));
    assert_eq!(raw(call::borrow_info(lender, 0, 0)).r5, attributes);
}

fn a_lease_of_length_0_may_have_any_base() {
    for base in [0, 1, 0xE000_ED00, u32::MAX] {
        let lender = lend(&[(READ | WRITE, (base, 0))]);
        assert_eq!(sys_borrow_read(lender, 0, 0, &mut [0; 4]), (0, 0));
        assert_eq!(sys_borrow_write(lender, 0, 0, &[0; 4]), (0, 0));
        sys_reply(lender, 0, &[]);
    }
}

fn a_lease_may_have_any_alignment() {
    put(lent(), b"0123456789abcdef");
    for offset in 0..8u32 {
        let lender = lend(&[(READ, part(lent(), offset, 7))]);
        let mut buffer = [0; 8];
        // The borrower's side is not aligned in the same way.
        let outcome = sys_borrow_read(lender, 0, 0, &mut buffer[1..]);
        assert_eq!(outcome, (0, 7));
        let expected = &b"0123456789abcdef"[offset as usize..][..7];
        assert_eq!(&buffer[1..], expected);
        sys_reply(lender, 0, &[]);
    }
}

fn the_lease_table_is_read_again_for_each_call() {
    put(room(1), b"first");
    put(room(2), b"second");
    let lender = lend(&[(READ, part(room(1), 0, 5))]);
    let mut buffer = [0; 6];
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut buffer), (0, 5));
    assert_eq!(&buffer, b"first\0");
    put_leases(table(), &[(READ, part(room(2), 0, 6))]);
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut buffer), (0, 6));
    assert_eq!(&buffer, b"second");
}

fn leases_may_overlap_each_other_the_message_and_the_reply() {
    let shared = part(room(1), 0, 8);
    put(shared, b"original");
    let leases = put_leases(table(), &[(READ, shared), (WRITE, shared)]);
    ASSIST.call(
        call::send(me(), 0)
            .message(shared)
            .reply_to(shared)
            .leases(leases),
    );
    let mut buffer = [0; 8];
    let rm = sys_recv_open(&mut buffer, 0);
    assert_eq!(&buffer, b"original");
    assert_eq!(sys_borrow_write(rm.sender, 1, 0, b"modified"), (0, 8));
    assert_eq!(sys_borrow_read(rm.sender, 0, 0, &mut buffer), (0, 8));
    assert_eq!(&buffer, b"modified");
    sys_reply(rm.sender, 0, b"re");
    assert_eq!(&get(shared), b"redified");
}

fn a_lender_index_out_of_range_faults_the_borrower() {
    let nobody = TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO);
    for id in [nobody, TaskId::UNBOUND, TaskId::KERNEL] {
        for call in all_calls(id, 0, 0) {
            ASSIST.renew();
            ASSIST.call(call);
            assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
        }
    }
}

fn a_stale_lender_yields_a_dead_code() {
    lend(&[(READ | WRITE, lent())]);
    assert_code(ASSIST.stale_id(), ASSIST.dead_code());
}

fn a_lender_that_waits_for_nobody_is_a_defect() {
    assert_code(ASSIST.id(), DEFECT);
    assert_code(me(), DEFECT);
}

fn a_lender_that_waits_to_be_received_is_a_defect() {
    let leases = put_leases(table(), &[(READ | WRITE, lent())]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    assert_code(ASSIST.id(), DEFECT);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
}

fn a_lender_to_another_task_is_a_defect() {
    let leases = put_leases(table(), &[(READ | WRITE, lent())]);
    TWIN_A.call(call::recv(NOTHING, 0));
    ASSIST.call(call::send(TWIN_A.id(), 0).leases(leases));
    assert_code(ASSIST.id(), DEFECT);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(TWIN_A.id()));
}

fn a_lender_that_has_been_replied_to_is_a_defect() {
    let lender = lend(&[(READ | WRITE, lent())]);
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut [0; 4]), (0, 4));
    sys_reply(lender, 0, &[]);
    assert_code(lender, DEFECT);
}

fn a_faulted_lender_is_a_defect() {
    let lender = lend(&[(READ | WRITE, lent())]);
    userlib::kipc::fault_task(ASSIST.index());
    assert_code(lender, DEFECT);
}

fn a_malformed_buffer_faults_the_borrower() {
    for slice in WRAPPING {
        for call in [
            call::borrow_read(MINOR.id(), 0, 0, slice),
            call::borrow_write(MINOR.id(), 0, 0, slice),
        ] {
            let leases = put_leases(table(), &[(READ | WRITE, lent())]);
            let fault = usage(UsageError::InvalidSlice);
            assert_borrower_faults(leases, call, fault);
        }
    }
}

fn a_buffer_that_the_borrower_may_not_access_faults_the_borrower() {
    let mine = own(b"of the suite");
    for (call, slice) in [
        (call::borrow_read(MINOR.id(), 0, 0, NULL), NULL),
        (call::borrow_read(MINOR.id(), 0, 0, mine), mine),
        (
            call::borrow_read(MINOR.id(), 0, 0, memory::readonly()),
            memory::readonly(),
        ),
        (call::borrow_write(MINOR.id(), 0, 0, NULL), NULL),
        (call::borrow_write(MINOR.id(), 0, 0, mine), mine),
        (
            call::borrow_write(MINOR.id(), 0, 0, memory::writeonly()),
            memory::writeonly(),
        ),
    ] {
        let leases = put_leases(table(), &[(READ | WRITE, lent())]);
        assert_borrower_faults(leases, call, inaccessible(slice));
    }
}

/// Each of the calls faults the lender and is a defect.
#[track_caller]
fn assert_lender_faults(table: Span, calls: &[Registers], fault: FaultInfo) {
    for &call in calls {
        ASSIST.renew();
        lend_table(table);
        let lender = u32::from(ASSIST.id().0);
        let result = raw(Registers { r4: lender, ..call });
        assert_eq!((result.r4, result.r5), (DEFECT, 0));
        let waiting = SchedState::InReply(me());
        assert_eq!(ASSIST.faulted(), (fault, waiting));
    }
}

fn an_unreadable_lease_table_faults_the_lender() {
    for table in [(0, 1), (memory::writeonly().0, 1), (memory::dma().0, 2)] {
        let calls = all_calls(ASSIST.id(), 0, 0);
        assert_lender_faults(table, &calls, inaccessible(table));
    }
}

fn a_lease_of_memory_that_the_lender_may_not_read_faults_the_lender() {
    for lent in [NULL, memory::dma(), memory::writeonly(), own(b"ours")] {
        let leases = put_leases(table(), &[(READ | WRITE, lent)]);
        let [read, _, _] = all_calls(ASSIST.id(), 0, 0);
        assert_lender_faults(leases, &[read], inaccessible(lent));
    }
}

fn a_lease_of_memory_that_the_lender_may_not_write_faults_the_lender() {
    for lent in [NULL, memory::dma(), memory::readonly(), own(b"ours")] {
        let leases = put_leases(table(), &[(READ | WRITE, lent)]);
        let [_, write, _] = all_calls(ASSIST.id(), 0, 0);
        assert_lender_faults(leases, &[write], inaccessible(lent));
    }
}

fn a_lease_that_is_not_well_formed_faults_the_lender() {
    for lent in WRAPPING {
        let leases = put_leases(table(), &[(READ | WRITE, lent)]);
        let [read, write, _] = all_calls(ASSIST.id(), 0, 0);
        let fault = usage(UsageError::InvalidSlice);
        assert_lender_faults(leases, &[read, write], fault);
    }
}

fn one_copy_can_fault_both_tasks() {
    let (lent, buffer) = ((0x10, 4), (0x20, 4));
    let leases = put_leases(table(), &[(READ | WRITE, lent)]);
    for call in [
        call::borrow_read(MINOR.id(), 0, 0, buffer),
        call::borrow_write(MINOR.id(), 0, 0, buffer),
    ] {
        MINOR.renew();
        ASSIST.renew();
        lend_to_assist(leases, call);
        assert_eq!(ASSIST.fault(), inaccessible(buffer));
        assert_eq!(MINOR.fault(), inaccessible(lent));
    }
}

fn only_the_part_of_a_lease_that_is_copied_must_be_accessible() {
    // The last bytes that the assistant may read, and what is behind.
    let lent = part(memory::readonly(), 248, 1000);
    let lender = lend(&[(READ, lent)]);
    assert_eq!(sys_borrow_read(lender, 0, 4, &mut [0; 4]), (0, 4));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
    let outcome = sys_borrow_read(lender, 0, 4, &mut [0; 5]);
    assert_eq!(outcome, (DEFECT, 0));
    let rest = part(lent, 4, 5);
    assert_eq!(ASSIST.fault(), inaccessible(rest));
}

fn the_buffer_is_checked_before_the_lender() {
    let nobody = TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO);
    for lender in [nobody, MINOR.stale_id(), MINOR.id()] {
        ASSIST.renew();
        ASSIST.call(call::borrow_read(lender, 0, 0, WRAPPING[0]));
        assert_eq!(ASSIST.fault(), usage(UsageError::InvalidSlice));
    }
}

fn the_lender_is_checked_before_its_table() {
    // Not received, so the table does not matter.
    ASSIST.call(call::send(me(), 0).leases((0, 1)));
    assert_code(ASSIST.id(), DEFECT);
    assert_eq!(ASSIST.healthy(), SchedState::InSend(me()));
}

fn the_table_is_checked_before_the_index() {
    let calls = all_calls(ASSIST.id(), 5, 0);
    assert_lender_faults((0, 1), &calls, inaccessible((0, 1)));
}

fn the_index_is_checked_before_the_offset() {
    let leases = put_leases(table(), &[(READ | WRITE, lent())]);
    let fault = usage(UsageError::LeaseOutOfRange);
    let [read, write, _] = all_calls(MINOR.id(), 1, u32::MAX);
    assert_borrower_faults(leases, read, fault);
    assert_borrower_faults(leases, write, fault);
}

fn the_offset_is_checked_before_the_right() {
    let leases = put_leases(table(), &[(0, lent())]);
    let fault = usage(UsageError::OffsetOutOfRange);
    let [read, write, _] = all_calls(MINOR.id(), 0, 17);
    assert_borrower_faults(leases, read, fault);
    assert_borrower_faults(leases, write, fault);
}

fn the_right_is_checked_before_the_memory() {
    let lender = lend(&[(0, NULL)]);
    for call in [
        call::borrow_read(lender, 0, 0, NULL),
        call::borrow_write(lender, 0, 0, NULL),
    ] {
        assert_eq!(raw(call).r4, DEFECT);
    }
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
}
