// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{
    DEVICE, DMA, Recv, SHARED, SIZE, Send, Setup, WRITE_ONLY, code, data,
};
use crate::kernel::Kernel;
use crate::machine::NextTask::{Other, Same, Specific};
use crate::tests::world::World;
use abi::{
    DEFECT, FaultInfo, FaultSource, SchedState, Sysnum, TaskId, UsageError,
    dead_response_code,
};

const SUP: usize = 0;
const SERVER: usize = 1;
const CLIENT: usize = 2;

const READ: u32 = 1;
const WRITE: u32 = 2;

/// Where the client has its lease table.
const TABLE: u32 = data(CLIENT) + 0x800;
/// What the client lends.
const LENT: u32 = data(CLIENT) + 0x400;
/// Where the server copies from and to.
const OWN: u32 = data(SERVER) + 0x400;

/// A client that has lent these (attributes, base, length) to the server.
fn lending(leases: &[(u32, u32, u32)]) -> Kernel<World> {
    let mut k = Setup::new(&[0, 1, 2, 9]).boot();
    k.write_leases(TABLE, leases);
    k.write(LENT, b"0123456789");
    k.write(OWN, b"abcdefghij");
    let message = Send {
        leases: (TABLE, leases.len() as u32),
        ..Send::to(k.id(SERVER))
    };
    k.meet(SERVER, message, CLIENT);
    k
}

/// Arguments of BORROW_READ and BORROW_WRITE after the lender.
#[derive(Clone, Copy)]
struct Part {
    index: u32,
    offset: u32,
    own: (u32, u32),
}

const ALL: Part = Part {
    index: 0,
    offset: 0,
    own: (OWN, 10),
};

impl Kernel<World> {
    fn borrow_call(&mut self, number: Sysnum, p: Part) -> super::world::Next {
        let id = self.id(CLIENT).0.into();
        self.call(SERVER, number, &[id, p.index, p.offset, p.own.0, p.own.1])
    }
}

fn inaccessible(base: u32) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(base),
        source: FaultSource::Kernel,
    }
}

#[test]
fn reading_copies_from_the_lease() {
    let mut k = lending(&[(READ, LENT, 10)]);
    assert_eq!(k.borrow_call(Sysnum::BorrowRead, ALL), Same);
    assert_eq!(k.code_and_len(SERVER), (0, 10));
    assert_eq!(k.read(OWN, 10), b"0123456789");
}

#[test]
fn writing_copies_to_the_lease() {
    let mut k = lending(&[(WRITE, LENT, 10)]);
    assert_eq!(k.borrow_call(Sysnum::BorrowWrite, ALL), Same);
    assert_eq!(k.code_and_len(SERVER), (0, 10));
    assert_eq!(k.read(LENT, 10), b"abcdefghij");
}

#[test]
fn index_and_offset_select_the_part() {
    let mut k = lending(&[(WRITE, 0, 0), (READ, LENT, 10)]);
    k.borrow_call(
        Sysnum::BorrowRead,
        Part {
            index: 1,
            offset: 7,
            own: (OWN, 2),
        },
    );
    assert_eq!(k.code_and_len(SERVER), (0, 2));
    assert_eq!(k.read(OWN, 3), b"78c");
}

#[test]
fn a_copy_is_cut_to_what_is_left_of_the_lease() {
    let mut k = lending(&[(READ | WRITE, LENT, 10)]);
    let part = Part { offset: 7, ..ALL };
    k.borrow_call(Sysnum::BorrowRead, part);
    assert_eq!(k.code_and_len(SERVER), (0, 3));
    k.borrow_call(Sysnum::BorrowWrite, part);
    assert_eq!(k.code_and_len(SERVER), (0, 3));
}

#[test]
fn an_offset_at_the_end_copies_nothing() {
    let mut k = lending(&[(READ, LENT, 10)]);
    k.borrow_call(Sysnum::BorrowRead, Part { offset: 10, ..ALL });
    assert_eq!(k.code_and_len(SERVER), (0, 0));
}

#[test]
fn information_is_that_of_the_table() {
    let mut k = lending(&[(0xFFFF_FFF1, LENT, 0x1234)]);
    let id = k.id(CLIENT).0.into();
    // The third argument is not an offset here.
    let next = k.call(SERVER, Sysnum::BorrowInfo, &[id, 0, 0xFFFF_FFFF]);
    assert_eq!(next, Same);
    assert_eq!(k.results(SERVER)[..3], [0, 0xFFFF_FFF1, 0x1234]);
}

#[test]
fn leases_are_looked_up_again_for_each_call() {
    let mut k = lending(&[(READ, LENT, 10)]);
    k.write_leases(TABLE, &[(READ, LENT + 5, 2)]);
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.code_and_len(SERVER), (0, 2));
    assert_eq!(k.read(OWN, 2), b"56");
}

#[test]
fn undefined_attributes_are_ignored() {
    let mut k = lending(&[(0x8000_0000 | READ, LENT, 10)]);
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.code_and_len(SERVER), (0, 10));
}

#[test]
fn a_missing_right_is_a_defect_and_nobodys_fault() {
    for (rights, call) in [
        (WRITE, Sysnum::BorrowRead),
        (READ, Sysnum::BorrowWrite),
        (0, Sysnum::BorrowRead),
    ] {
        let mut k = lending(&[(rights, LENT, 10)]);
        assert_eq!(k.borrow_call(call, ALL), Same);
        assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
        assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    }
}

#[test]
fn a_malformed_own_slice_comes_first() {
    for number in [Sysnum::BorrowRead, Sysnum::BorrowWrite] {
        let mut k = lending(&[]);
        k.call(SERVER, number, &[0x3FE, 9, 0, 0xFFFF_FFFF, 1]);
        assert_eq!(k.fault(SERVER), UsageError::InvalidSlice.into());
    }
}

#[test]
fn a_lender_that_does_not_exist_faults_the_caller() {
    for number in [Sysnum::BorrowRead, Sysnum::BorrowWrite, Sysnum::BorrowInfo]
    {
        let mut k = lending(&[]);
        k.call(SERVER, number, &[TaskId(4).0.into(), 9, 9, 0, 0]);
        assert_eq!(k.fault(SERVER), UsageError::TaskOutOfRange.into());
    }
}

#[test]
fn a_stale_lender_is_dead() {
    for number in [Sysnum::BorrowRead, Sysnum::BorrowWrite, Sysnum::BorrowInfo]
    {
        let mut k = lending(&[]);
        let old = k.id(CLIENT).0.into();
        k.restart_task(CLIENT);
        assert_eq!(k.call(SERVER, number, &[old, 9, 9, 0, 0]), Same);
        assert_eq!(k.code_and_len(SERVER), (dead_response_code(1.into()), 0));
    }
}

#[test]
fn who_does_not_wait_for_the_caller_lends_nothing() {
    // Neither somebody who is running nor one who waits for another.
    for (caller, lender) in [(SERVER, SUP), (SUP, CLIENT)] {
        let calls =
            [Sysnum::BorrowRead, Sysnum::BorrowWrite, Sysnum::BorrowInfo];
        for number in calls {
            let mut k = lending(&[(READ | WRITE, LENT, 10)]);
            let id = k.id(lender).0.into();
            k.call(caller, number, &[id, 9, 9, 0, 0]);
            assert_eq!(k.code_and_len(caller), (DEFECT, 0));
        }
    }
}

#[test]
fn leases_end_with_the_reply() {
    let mut k = lending(&[(READ, LENT, 10)]);
    k.do_reply(SERVER, k.id(CLIENT), 0, (0, 0));
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
}

#[test]
fn a_bad_lease_table_faults_the_lender() {
    for base in [0x6000_0000, data(SERVER), DMA, DEVICE, WRITE_ONLY] {
        for number in
            [Sysnum::BorrowRead, Sysnum::BorrowWrite, Sysnum::BorrowInfo]
        {
            let mut k = Setup::new(&[0, 1, 2, 9]).boot();
            let message = Send {
                leases: (base, 1),
                ..Send::to(k.id(SERVER))
            };
            k.meet(SERVER, message, CLIENT);
            assert_eq!(k.borrow_call(number, ALL), Other);
            assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
            assert_eq!(
                k.fault_and_state(CLIENT),
                (inaccessible(base), SchedState::InReply(k.id(SERVER)))
            );
        }
    }
}

#[test]
fn the_whole_lease_table_must_be_accessible() {
    let mut k = Setup::new(&[0, 1, 2, 9]).boot();
    let base = data(CLIENT) + SIZE - 12;
    k.write_leases(base, &[(READ, LENT, 10)]);
    let message = Send {
        leases: (base, 2),
        ..Send::to(k.id(SERVER))
    };
    k.meet(SERVER, message, CLIENT);
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.fault(CLIENT), inaccessible(base));
}

#[test]
fn an_index_beyond_the_table_faults_the_caller() {
    for index in [1, 0x1555_5556, u32::MAX] {
        // The index comes before the offset.
        let part = Part {
            index,
            offset: u32::MAX,
            ..ALL
        };
        let mut k = lending(&[(READ, LENT, 10)]);
        k.borrow_call(Sysnum::BorrowRead, part);
        assert_eq!(k.fault(SERVER), UsageError::LeaseOutOfRange.into());
        assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    }
}

#[test]
fn an_empty_table_has_no_leases_wherever_it_is() {
    let mut k = Setup::new(&[0, 1, 2, 9]).boot();
    let message = Send {
        leases: (0x6000_0000, 0),
        ..Send::to(k.id(SERVER))
    };
    k.meet(SERVER, message, CLIENT);
    k.borrow_call(Sysnum::BorrowInfo, ALL);
    assert_eq!(k.fault(SERVER), UsageError::LeaseOutOfRange.into());
}

#[test]
fn an_offset_beyond_the_lease_faults_the_caller() {
    // Before the missing right is noticed.
    let mut k = lending(&[(0, LENT, 10)]);
    k.borrow_call(Sysnum::BorrowRead, Part { offset: 11, ..ALL });
    assert_eq!(k.fault(SERVER), UsageError::OffsetOutOfRange.into());

    let mut k = lending(&[(READ, 0xFFFF_FFF0, 0x100)]);
    k.borrow_call(
        Sysnum::BorrowRead,
        Part {
            offset: 0x10,
            ..ALL
        },
    );
    assert_eq!(k.fault(SERVER), UsageError::OffsetOutOfRange.into());
}

#[test]
fn a_lease_that_runs_off_the_address_space_faults_the_lender() {
    let mut k = lending(&[(READ, 0xFFFF_FFF0, 0x10)]);
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.fault(CLIENT), UsageError::InvalidSlice.into());
    assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
}

#[test]
fn inaccessible_lent_memory_faults_the_lender() {
    for (number, rights, base) in [
        (Sysnum::BorrowRead, READ, 0x6000_0000),
        (Sysnum::BorrowRead, READ, DMA),
        (Sysnum::BorrowRead, READ, DEVICE),
        (Sysnum::BorrowRead, READ, WRITE_ONLY),
        (Sysnum::BorrowWrite, WRITE, code(CLIENT)),
        (Sysnum::BorrowWrite, WRITE, DMA),
    ] {
        let mut k = lending(&[(rights, base, 10)]);
        assert_eq!(k.borrow_call(number, ALL), Other);
        assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
        assert_eq!(k.fault(CLIENT), inaccessible(base));
    }
}

#[test]
fn the_address_in_the_fault_is_that_of_the_part() {
    let mut k = lending(&[(READ, 0x6000_0000, 10)]);
    k.borrow_call(Sysnum::BorrowRead, Part { offset: 4, ..ALL });
    assert_eq!(k.fault(CLIENT), inaccessible(0x6000_0004));
}

#[test]
fn a_defective_lender_wakes_the_supervisor_straight_away() {
    let mut k = lending(&[(READ, 0x6000_0000, 10)]);
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    assert_eq!(k.borrow_call(Sysnum::BorrowRead, ALL), Specific(SUP));
    assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
    assert_eq!(k.state(SERVER), SchedState::Runnable);
}

#[test]
fn inaccessible_own_memory_faults_the_caller() {
    for (number, base) in [
        (Sysnum::BorrowRead, code(SERVER)),
        (Sysnum::BorrowRead, DMA),
        (Sysnum::BorrowWrite, WRITE_ONLY),
        (Sysnum::BorrowWrite, DEVICE),
    ] {
        let mut k = lending(&[(READ | WRITE, LENT, 10)]);
        k.borrow_call(
            number,
            Part {
                own: (base, 10),
                ..ALL
            },
        );
        assert_eq!(k.fault(SERVER), inaccessible(base));
        assert_eq!(k.state(CLIENT), SchedState::InReply(TaskId(1)));
    }
}

#[test]
fn both_ends_can_be_faulted() {
    let mut k = lending(&[(READ, 0x6000_0000, 10)]);
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    let next = k.borrow_call(
        Sysnum::BorrowRead,
        Part {
            own: (0x7000_0000, 10),
            ..ALL
        },
    );
    assert_eq!(next, Specific(SUP));
    assert_eq!(k.fault(CLIENT), inaccessible(0x6000_0000));
    assert_eq!(k.fault(SERVER), inaccessible(0x7000_0000));
}

#[test]
fn overlap_is_the_fault_of_the_destination() {
    let part = Part {
        own: (SHARED + 4, 8),
        ..ALL
    };
    let mut k = lending(&[(READ, SHARED, 8)]);
    k.borrow_call(Sysnum::BorrowRead, part);
    assert_eq!(k.fault(SERVER), inaccessible(SHARED + 4));
    assert_eq!(k.state(CLIENT), SchedState::InReply(TaskId(1)));

    let mut k = lending(&[(WRITE, SHARED, 8)]);
    k.borrow_call(Sysnum::BorrowWrite, part);
    assert_eq!(k.fault(CLIENT), inaccessible(SHARED));
    assert_eq!(k.code_and_len(SERVER), (DEFECT, 0));
}

#[test]
fn leases_may_overlap_each_other() {
    let mut k = lending(&[(READ, LENT, 10), (WRITE, LENT, 10)]);
    k.borrow_call(Sysnum::BorrowWrite, Part { index: 1, ..ALL });
    k.borrow_call(Sysnum::BorrowRead, ALL);
    assert_eq!(k.code_and_len(SERVER), (0, 10));
}
