// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Recv, Send, Setup, data};
use crate::kernel::Kernel;
use crate::machine::NextTask::{Other, Same, Specific};
use crate::tests::world::World;
use abi::{FaultInfo, SchedState, Sysnum, TaskState, UsageError};

const SUP: usize = 0;
const A: usize = 1;
const B: usize = 2;
const IDLE: usize = 3;

fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 3, 9]).boot()
}

/// The supervisor waits for faults.
fn supervised() -> Kernel<World> {
    let mut k = boot();
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    k
}

#[test]
fn system_calls_that_do_not_exist_fault_the_caller() {
    for number in [14, 15, 16, 0xFF, u32::MAX] {
        let mut k = boot();
        assert_eq!(k.raw_call(A, number, &[]), Other);
        assert_eq!(
            k.fault_and_state(A),
            (UsageError::BadSyscallNumber.into(), SchedState::Runnable)
        );
    }
}

#[test]
fn a_panic_is_a_fault_and_keeps_its_message() {
    let mut k = boot();
    assert_eq!(k.call(A, Sysnum::Panic, &[data(A), 5]), Other);
    assert_eq!(k.fault(A), FaultInfo::Panic);
    assert_eq!(k.code_and_len(A), (data(A), 5));
}

#[test]
fn a_fault_wakes_the_supervisor_and_runs_it() {
    let mut k = supervised();
    assert_eq!(k.raw_call(A, 99, &[]), Specific(SUP));
    assert_eq!(k.got(SUP).operation, 1);
    assert_eq!(k.task(SUP).notifications, 0);
}

#[test]
fn a_fault_is_posted_to_a_busy_supervisor() {
    let mut k = boot();
    k.raw_call(A, 99, &[]);
    assert_eq!(k.task(SUP).notifications, 1);
}

#[test]
fn a_supervisor_that_waits_for_something_else_is_not_woken() {
    let mut k = boot();
    k.do_recv(
        SUP,
        Recv {
            mask: 2,
            ..Recv::default()
        },
    );
    assert_eq!(k.raw_call(A, 99, &[]), Specific(B));
    assert_eq!(k.state(SUP), SchedState::InRecv(None));
    assert_eq!(k.task(SUP).notifications, 1);
}

#[test]
fn a_faulted_supervisor_is_just_a_faulted_task() {
    let mut k = boot();
    assert_eq!(k.raw_call(SUP, 99, &[]), Specific(A));
    assert_eq!(k.raw_call(A, 99, &[]), Specific(B));
    assert_eq!(k.fault(SUP), UsageError::BadSyscallNumber.into());
}

#[test]
fn a_fault_leaves_the_peers_waiting() {
    let mut k = boot();
    k.meet(A, Send::to(k.id(A)), B);
    k.do_send(IDLE, Send::to(k.id(A)));
    let id = k.id(A);
    k.raw_call(A, 99, &[]);
    assert_eq!(k.state(B), SchedState::InReply(id));
    assert_eq!(k.state(IDLE), SchedState::InSend(id));
}

#[test]
fn a_second_fault_keeps_the_first_state() {
    let mut k = boot();
    k.listen(A);
    let request = (A as u32).to_le_bytes();
    k.kipc(SUP, 3, &request, 0);
    k.kipc(B, 3, &request, 0);
    assert_eq!(
        k.fault_and_state(A),
        (FaultInfo::Injected(k.id(B)), SchedState::InRecv(None))
    );
}

#[test]
fn an_injected_fault_leaves_the_caller_running() {
    for state in 0..5 {
        let mut k = supervised();
        match state {
            0 => {}
            1 => k.listen(A),
            2 => k.meet(IDLE, Send::to(k.id(IDLE)), A),
            3 => drop(k.do_send(A, Send::to(k.id(B)))),
            _ => drop(k.raw_call(A, 99, &[])),
        }
        let original = match k.task(A).state {
            TaskState::Healthy(s) => s,
            TaskState::Faulted { original_state, .. } => original_state,
        };
        assert_eq!(k.kipc(B, 3, &(A as u32).to_le_bytes(), 0), Same);
        assert_eq!(k.code_and_len(B), (0, 0));
        assert_eq!(
            k.fault_and_state(A),
            (FaultInfo::Injected(k.id(B)), original)
        );
        assert!(k.is_runnable(SUP));
    }
}

#[test]
fn the_supervisor_and_oneself_cannot_be_injected_a_fault() {
    for (caller, victim) in [(A, SUP), (A, A), (SUP, SUP)] {
        let mut k = boot();
        k.kipc(caller, 3, &(victim as u32).to_le_bytes(), 0);
        assert_eq!(k.fault(caller), UsageError::IllegalTask.into());
    }
}

#[test]
fn a_fault_cannot_be_injected_into_nobody() {
    for victim in [4, u32::MAX] {
        let mut k = boot();
        k.kipc(A, 3, &victim.to_le_bytes(), 0);
        assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
    }
}

#[test]
#[should_panic(expected = "no runnable task")]
fn without_a_runnable_task_the_kernel_stops() {
    let mut k = Setup::new(&[0, 9]).boot();
    k.raw_call(1, 99, &[]);
    k.do_recv(SUP, Recv::default());
}
