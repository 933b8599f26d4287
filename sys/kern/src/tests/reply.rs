// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{DEVICE, DMA, Recv, SHARED, Send, Setup, code, data};
use crate::kernel::Kernel;
use crate::machine::NextTask::{Other, Same, Specific};
use crate::tests::world::World;
use abi::{
    FaultInfo, FaultSource, ReplyFaultReason, SchedState, Sysnum, TaskId,
    UsageError,
};

const SUP: usize = 0;
const SERVER: usize = 1;
const CLIENT: usize = 2;
const OTHER: usize = 3;

/// A client that waits for a reply of up to `capacity` bytes.
fn waiting(reply: (u32, u32)) -> Kernel<World> {
    let mut k = Setup::new(&[1, 2, 0, 4, 9]).boot();
    let message = Send {
        reply,
        ..Send::to(k.id(SERVER))
    };
    k.meet(SERVER, message, CLIENT);
    k
}

fn buffer() -> (u32, u32) {
    (data(CLIENT) + 0x400, 8)
}

fn inaccessible(base: u32) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(base),
        source: FaultSource::Kernel,
    }
}

#[test]
fn a_reply_unblocks_the_client_with_code_and_length() {
    let mut k = waiting(buffer());
    k.write(data(SERVER), b"pong");
    let next = k.do_reply(SERVER, k.id(CLIENT), 0xCAFE, (data(SERVER), 4));
    // Although the client is more important.
    assert_eq!(next, Same);
    assert_eq!(k.code_and_len(CLIENT), (0xCAFE, 4));
    assert_eq!(k.state(CLIENT), SchedState::Runnable);
    assert_eq!(k.read(buffer().0, 5), b"pong\xDA");
}

#[test]
fn a_code_in_the_dead_range_is_passed_on() {
    let mut k = waiting(buffer());
    k.do_reply(SERVER, k.id(CLIENT), 0xFFFF_FF07, (0, 0));
    assert_eq!(k.code_and_len(CLIENT), (0xFFFF_FF07, 0));
}

#[test]
fn the_upper_half_of_the_id_is_ignored() {
    let mut k = waiting(buffer());
    let id = u32::from(k.id(CLIENT).0) | 0xABCD_0000;
    k.call(SERVER, Sysnum::Reply, &[id, 1, 0, 0]);
    assert_eq!(k.state(CLIENT), SchedState::Runnable);
}

#[test]
fn a_client_that_does_not_exist_faults_the_caller() {
    let mut k = waiting(buffer());
    k.do_reply(SERVER, TaskId(5), 0, (0, 0));
    assert_eq!(k.fault(SERVER), UsageError::TaskOutOfRange.into());

    let mut k = waiting(buffer());
    k.do_reply(SERVER, TaskId::KERNEL, 0, (0, 0));
    assert_eq!(k.fault(SERVER), UsageError::TaskOutOfRange.into());
}

#[test]
fn a_reply_to_nobody_is_ignored_before_its_slice_is_looked_at() {
    let bad = (0xFFFF_FFFF, 0xFFFF_FFFF);
    // A stale id, a task that is not waiting, and one that waits for another.
    let mut k = waiting(buffer());
    let stale = k.id(CLIENT).next_generation();
    assert_eq!(k.do_reply(SERVER, stale, 0, bad), Same);
    assert_eq!(k.do_reply(SERVER, k.id(OTHER), 0, bad), Same);
    assert_eq!(k.do_reply(OTHER, k.id(CLIENT), 0, bad), Same);
    assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    assert_eq!(k.state(SERVER), SchedState::Runnable);
    assert_eq!(k.state(OTHER), SchedState::Runnable);
}

#[test]
fn a_second_reply_is_ignored() {
    let mut k = waiting(buffer());
    k.do_reply(SERVER, k.id(CLIENT), 1, (0, 0));
    k.do_reply(SERVER, k.id(CLIENT), 2, (0, 0));
    assert_eq!(k.code_and_len(CLIENT), (1, 0));
}

#[test]
fn a_malformed_reply_faults_the_caller() {
    let mut k = waiting(buffer());
    k.do_reply(SERVER, k.id(CLIENT), 0, (0xFFFF_FFFF, 1));
    assert_eq!(k.fault(SERVER), UsageError::InvalidSlice.into());
    assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
}

#[test]
fn a_reply_that_is_too_big_faults_the_caller() {
    let mut k = waiting(buffer());
    // Its size is checked before the memory is.
    k.do_reply(SERVER, k.id(CLIENT), 0, (0x6000_0000, 9));
    assert_eq!(k.fault(SERVER), UsageError::ReplyTooBig.into());
    assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
}

#[test]
fn an_inaccessible_reply_faults_the_caller() {
    for base in [0, 0x6000_0000, DMA, DEVICE, data(CLIENT)] {
        let mut k = waiting(buffer());
        assert_eq!(k.do_reply(SERVER, k.id(CLIENT), 0, (base, 8)), Other);
        assert_eq!(k.fault(SERVER), inaccessible(base));
        assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    }
}

#[test]
fn an_inaccessible_reply_buffer_faults_the_client() {
    for base in [0, 0x6000_0000, DMA, DEVICE, code(CLIENT)] {
        let mut k = waiting((base, 8));
        let next = k.do_reply(SERVER, k.id(CLIENT), 0, (data(SERVER), 1));
        assert_eq!(next, Other);
        assert_eq!(k.state(SERVER), SchedState::Runnable);
        assert_eq!(
            k.fault_and_state(CLIENT),
            (inaccessible(base), SchedState::InReply(k.id(SERVER)))
        );
    }
}

#[test]
fn the_reply_buffer_is_used_only_as_far_as_the_reply_goes() {
    let end = data(CLIENT) + super::world::SIZE;
    let mut k = waiting((end - 4, 8));
    k.do_reply(SERVER, k.id(CLIENT), 0, (data(SERVER), 4));
    assert_eq!(k.code_and_len(CLIENT), (0, 4));

    let mut k = waiting((0x6000_0000, 8));
    k.do_reply(SERVER, k.id(CLIENT), 0, (0x7000_0000, 0));
    assert_eq!(k.code_and_len(CLIENT), (0, 0));
}

#[test]
fn a_fault_of_the_client_runs_the_supervisor_if_it_was_waiting() {
    let mut k = waiting((0x6000_0000, 8));
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    let next = k.do_reply(SERVER, k.id(CLIENT), 0, (data(SERVER), 1));
    assert_eq!(next, Specific(SUP));
    assert_eq!(k.state(SERVER), SchedState::Runnable);
}

#[test]
fn overlap_is_the_clients_fault() {
    let mut k = waiting((SHARED, 8));
    k.do_reply(SERVER, k.id(CLIENT), 0, (SHARED + 7, 8));
    assert_eq!(k.fault(CLIENT), inaccessible(SHARED));
    assert_eq!(k.state(SERVER), SchedState::Runnable);
}

#[test]
fn both_parties_can_be_faulted_by_one_reply() {
    let mut k = waiting((0x6000_0000, 8));
    k.do_reply(SERVER, k.id(CLIENT), 0, (0x7000_0000, 8));
    assert_eq!(k.fault(CLIENT), inaccessible(0x6000_0000));
    assert_eq!(k.fault(SERVER), inaccessible(0x7000_0000));
}

fn reply_fault(k: &mut Kernel<World>, id: TaskId, reason: u32) {
    k.call(SERVER, Sysnum::ReplyFault, &[id.0.into(), reason]);
}

#[test]
fn a_server_can_fault_its_client_and_goes_on() {
    for reason in 0..=5 {
        let mut k = waiting(buffer());
        k.do_recv(
            SUP,
            Recv {
                mask: 1,
                ..Recv::default()
            },
        );
        let id = u32::from(k.id(CLIENT).0);
        let next = k.call(SERVER, Sysnum::ReplyFault, &[id, reason]);
        assert_eq!(next, Same);
        let why = ReplyFaultReason::try_from(reason).unwrap();
        assert_eq!(
            k.fault_and_state(CLIENT),
            (
                FaultInfo::FromServer(k.id(SERVER), why),
                SchedState::InReply(k.id(SERVER))
            )
        );
        assert!(k.is_runnable(SUP));
    }
}

#[test]
fn a_bad_reason_faults_the_caller_before_the_id_is_looked_at() {
    for id in [TaskId(2), TaskId(0x3FE)] {
        let mut k = waiting(buffer());
        reply_fault(&mut k, id, 6);
        assert_eq!(k.fault(SERVER), UsageError::BadReplyFaultReason.into());
        assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    }
}

#[test]
fn a_reply_fault_needs_a_task_that_exists() {
    let mut k = waiting(buffer());
    reply_fault(&mut k, TaskId(5), 0);
    assert_eq!(k.fault(SERVER), UsageError::TaskOutOfRange.into());
}

#[test]
fn a_reply_fault_of_somebody_who_does_not_wait_is_ignored() {
    let mut k = waiting(buffer());
    let stale = k.id(CLIENT).next_generation();
    reply_fault(&mut k, stale, 0);
    let other = k.id(OTHER);
    reply_fault(&mut k, other, 0);
    assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
    assert_eq!(k.state(OTHER), SchedState::Runnable);
    assert_eq!(k.state(SERVER), SchedState::Runnable);
}
