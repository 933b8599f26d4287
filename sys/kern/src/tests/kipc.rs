// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{DEVICE, DMA, Send, Setup, code, data, response};
use crate::kernel::Kernel;
use crate::machine::NextTask::Same;
use crate::tests::world::World;
use abi::{FaultInfo, FaultSource, SchedState, Sysnum, TaskId, UsageError};
use std::vec::Vec;

const SUP: usize = 0;
const A: usize = 1;
const B: usize = 2;

const READ_TASK_STATUS: u16 = 1;
const REINIT_TASK: u16 = 2;
const FAULT_TASK: u16 = 3;
const READ_IMAGE_ID: u16 = 4;
const RESET: u16 = 5;
const FIND_FAULTED_TASK: u16 = 9;
const READ_PANIC_MESSAGE: u16 = 10;

fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 3, 9]).boot()
}

fn index(task: usize) -> [u8; 4] {
    (task as u32).to_le_bytes()
}

/// Makes a request that must succeed, and returns the response.
fn ask(k: &mut Kernel<World>, op: u16, request: &[u8]) -> Vec<u8> {
    assert_eq!(k.kipc(A, op, request, 0x40), Same);
    let (code, len) = k.code_and_len(A);
    assert_eq!(code, 0);
    k.read(response(A), len)
}

fn inaccessible(base: u32) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(base),
        source: FaultSource::Kernel,
    }
}

#[test]
fn unknown_operations_fault_the_caller() {
    for op in [0, 11, 0xFFFF] {
        let mut k = boot();
        k.kipc(A, op, &[0; 16], 16);
        assert_eq!(k.fault(A), UsageError::BadKernelMessage.into());
    }
}

#[cfg(not(feature = "dump"))]
#[test]
fn without_the_feature_dumps_are_unknown() {
    for op in [6, 7] {
        let mut k = boot();
        k.kipc(SUP, op, &[0; 16], 16);
        assert_eq!(k.fault(SUP), UsageError::BadKernelMessage.into());
    }
}

#[test]
fn the_kernel_answers_before_anything_else_is_checked() {
    // As its id says, the kernel has no index that could be out of range.
    let mut k = boot();
    k.kipc(A, READ_IMAGE_ID, &[], 8);
    assert_eq!(k.code_and_len(A), (0, 8));
    assert_eq!(
        k.read(response(A), 8),
        0x0123_4567_89AB_CDEFu64.to_le_bytes()
    );
}

#[test]
fn the_status_of_tasks_is_encoded() {
    let mut k = boot();
    assert_eq!(ask(&mut k, READ_TASK_STATUS, &index(A)), [0, 1]);
    k.listen(B);
    assert_eq!(ask(&mut k, READ_TASK_STATUS, &index(B)), [0, 4, 0]);
    k.raw_call(SUP, 99, &[]);
    assert_eq!(ask(&mut k, READ_TASK_STATUS, &index(SUP)), [1, 7, 0, 1]);
}

#[test]
fn the_status_of_nobody_faults_the_caller() {
    for i in [4, usize::MAX] {
        let mut k = boot();
        k.kipc(A, READ_TASK_STATUS, &index(i), 16);
        assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
    }
}

#[test]
fn surplus_bytes_of_a_request_are_ignored() {
    let mut k = boot();
    let response = ask(&mut k, READ_TASK_STATUS, &[0, 0, 0, 0, 0xFF, 0xFF]);
    assert_eq!(response, [0, 1]);
}

#[test]
fn short_requests_fault_the_caller() {
    for (op, len) in [
        (READ_TASK_STATUS, 3),
        (REINIT_TASK, 4),
        (FAULT_TASK, 3),
        (FIND_FAULTED_TASK, 3),
        (READ_PANIC_MESSAGE, 3),
        (READ_TASK_STATUS, 0),
    ] {
        let mut k = boot();
        k.kipc(A, op, &[2; 16][..len], 16);
        assert_eq!(k.fault(A), UsageError::BadKernelMessage.into());
    }
    let mut k = boot();
    k.kipc(SUP, 8, &[2; 7], 16);
    assert_eq!(k.fault(SUP), UsageError::BadKernelMessage.into());
}

#[test]
fn a_boolean_is_0_or_1() {
    let mut k = boot();
    k.kipc(A, REINIT_TASK, &[2, 0, 0, 0, 2], 0);
    assert_eq!(k.fault(A), UsageError::BadKernelMessage.into());
}

#[test]
fn a_short_response_buffer_gets_nothing_but_the_size_in_memory() {
    for (op, capacity, size) in [
        (READ_TASK_STATUS, 1, 16),
        (READ_IMAGE_ID, 7, 8),
        (FIND_FAULTED_TASK, 0, 4),
    ] {
        let mut k = boot();
        assert_eq!(k.kipc(A, op, &index(0), capacity), Same);
        assert_eq!(k.code_and_len(A), (0, size));
        assert_eq!(k.read(response(A), 8), [0xDA; 8]);
    }
}

/// Sends a request whose slices are wrong in some way.
fn spoilt(op: u16, message: (u32, u32), reply: (u32, u32)) -> Kernel<World> {
    let mut k = boot();
    k.do_send(
        A,
        Send {
            operation: op,
            message,
            reply,
            ..Send::to(TaskId::KERNEL)
        },
    );
    k
}

#[test]
fn only_the_slices_an_operation_uses_must_be_well_formed() {
    let bad = (0xFFFF_FFFF, 1);
    let good = (data(A), 16);
    // (operation, looks at the message, looks at the response)
    for (op, message, response) in [
        (READ_TASK_STATUS, true, true),
        (REINIT_TASK, true, false),
        (FAULT_TASK, true, false),
        (READ_IMAGE_ID, false, true),
        (8, true, false),
        (FIND_FAULTED_TASK, true, true),
        (READ_PANIC_MESSAGE, true, true),
    ] {
        let is_malformed = |k: Kernel<World>| match k.task(A).state {
            abi::TaskState::Faulted { fault, .. } => {
                fault == UsageError::InvalidSlice.into()
            }
            _ => false,
        };
        assert_eq!(is_malformed(spoilt(op, bad, good)), message, "{op}");
        assert_eq!(is_malformed(spoilt(op, good, bad)), response, "{op}");
    }
}

#[test]
fn the_lease_table_is_never_looked_at() {
    let mut k = boot();
    k.do_send(
        A,
        Send {
            operation: READ_IMAGE_ID,
            reply: (data(A), 8),
            leases: (1, u32::MAX),
            ..Send::to(TaskId::KERNEL)
        },
    );
    assert_eq!(k.code_and_len(A), (0, 8));
}

#[test]
fn inaccessible_requests_and_responses_fault_the_caller() {
    for base in [0, 0x6000_0000, DMA, DEVICE] {
        let k = spoilt(READ_TASK_STATUS, (base, 4), (data(A), 16));
        assert_eq!(k.fault(A), inaccessible(base));
    }
    for base in [0, 0x6000_0000, DMA, DEVICE, code(A)] {
        let k = spoilt(READ_IMAGE_ID, (0, 0), (base, 8));
        assert_eq!(k.fault(A), inaccessible(base));
    }
}

#[test]
fn faulted_tasks_are_found_from_any_start_but_task_0_looks_like_none() {
    let mut k = boot();
    let found = |k: &mut Kernel<World>, start: usize| {
        let bytes = ask(k, FIND_FAULTED_TASK, &index(start));
        u32::from_le_bytes(bytes.try_into().unwrap())
    };
    assert_eq!(found(&mut k, 0), 0);
    k.raw_call(B, 99, &[]);
    k.raw_call(SUP, 99, &[]);
    assert_eq!(found(&mut k, 0), 0);
    assert_eq!(found(&mut k, 1), 2);
    assert_eq!(found(&mut k, 2), 2);
    assert_eq!(found(&mut k, 3), 0);
    assert_eq!(found(&mut k, 4), 0);
    k.kipc(A, FIND_FAULTED_TASK, &index(5), 4);
    assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
}

#[test]
#[should_panic(expected = "system reset")]
fn anybody_can_reset_the_system() {
    boot().kipc(A, RESET, &[], 0);
}

#[test]
fn a_reset_needs_a_well_formed_message_nevertheless() {
    let k = spoilt(RESET, (0xFFFF_FFFF, 1), (0, 0));
    assert_eq!(k.fault(A), UsageError::InvalidSlice.into());
}

/// B panics with this message; then A asks for it.
fn panic_message(message: (u32, u32), buffer: (u32, u32)) -> Kernel<World> {
    let mut k = boot();
    k.write(data(B) + 0x800, b"Why me?");
    k.call(B, Sysnum::Panic, &[message.0, message.1]);
    k.write(data(A), &index(B));
    k.do_send(
        A,
        Send {
            operation: READ_PANIC_MESSAGE,
            message: (data(A), 4),
            reply: buffer,
            ..Send::to(TaskId::KERNEL)
        },
    );
    k
}

#[test]
fn a_panic_message_can_be_read() {
    let mut k = panic_message((data(B) + 0x800, 7), (data(A) + 0x800, 128));
    assert_eq!(k.code_and_len(A), (0, 7));
    assert_eq!(k.read(data(A) + 0x800, 7), b"Why me?");
}

#[test]
fn a_panic_message_is_cut_to_the_buffer() {
    let mut k = panic_message((data(B) + 0x800, 7), (data(A) + 0x800, 3));
    assert_eq!(k.code_and_len(A), (0, 3));
    assert_eq!(k.read(data(A) + 0x800, 4), b"Why\xDA");
}

#[test]
fn a_task_that_has_not_panicked_has_no_message() {
    let mut k = boot();
    k.kipc(A, READ_PANIC_MESSAGE, &index(B), 16);
    assert_eq!(k.code_and_len(A), (1, 0));
    k.raw_call(B, 99, &[]);
    k.kipc(A, READ_PANIC_MESSAGE, &index(B), 16);
    assert_eq!(k.code_and_len(A), (1, 0));
}

#[test]
fn a_panic_that_was_overwritten_has_no_message() {
    let mut k = boot();
    k.call(B, Sysnum::Panic, &[data(B), 1]);
    k.kipc(A, FAULT_TASK, &index(B), 0);
    k.kipc(A, READ_PANIC_MESSAGE, &index(B), 16);
    assert_eq!(k.code_and_len(A), (1, 0));
}

#[test]
fn a_panic_message_that_cannot_be_read_is_reported() {
    for message in [
        (0xFFFF_FFFF, 1),
        (0x6000_0000, 1),
        (data(A), 1),
        (DMA, 1),
        (DEVICE, 1),
    ] {
        let k = panic_message(message, (data(A) + 0x800, 128));
        assert_eq!(k.code_and_len(A), (2, 0));
        assert_eq!(k.state(A), SchedState::Runnable);
    }
}

#[test]
fn a_bad_buffer_for_the_panic_message_faults_the_caller() {
    let k = panic_message((data(B) + 0x800, 7), (0x6000_0000, 128));
    assert_eq!(k.fault(A), inaccessible(0x6000_0000));
}

#[test]
fn the_panic_message_of_nobody_faults_the_caller() {
    let mut k = boot();
    k.kipc(A, READ_PANIC_MESSAGE, &index(4), 16);
    assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
}
