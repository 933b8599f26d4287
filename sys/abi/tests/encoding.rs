// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The serialised forms of the types that travel in kernel IPC.

use abi::{
    FaultInfo, FaultSource, ReplyFaultReason, SchedState, TaskDumpRegion,
    TaskId, TaskState, UsageError,
};
use serde::Serialize;

/// Checks that `value` encodes to `expected`, and back to the same thing.
fn assert_encodes<T>(value: T, expected: &[u8])
where
    T: Serialize + for<'a> serde::Deserialize<'a> + std::fmt::Debug,
{
    let mut buffer = [0; 32];
    let n = ssmarshal::serialize(&mut buffer, &value).unwrap();
    assert_eq!(&buffer[..n], expected, "{value:?}");

    let (back, used) = ssmarshal::deserialize::<T>(expected).unwrap();
    assert_eq!(used, n);
    // TaskState has no PartialEq, so compare what a person would see.
    assert_eq!(format!("{back:?}"), format!("{value:?}"));
}

fn faulted(fault: FaultInfo) -> TaskState {
    TaskState::Faulted {
        fault,
        original_state: SchedState::Runnable,
    }
}

const PEER: TaskId = TaskId(0x1234);

#[test]
fn requests_are_fields_without_padding() {
    assert_encodes((5u32, true), &[5, 0, 0, 0, 1]);
    assert_encodes(2u32, &[2, 0, 0, 0]);
}

#[test]
fn healthy_states_encode_as_documented() {
    let healthy = TaskState::Healthy;
    assert_encodes(healthy(SchedState::Stopped), &[0, 0]);
    assert_encodes(healthy(SchedState::Runnable), &[0, 1]);
    assert_encodes(healthy(SchedState::InSend(PEER)), &[0, 2, 0x34, 0x12]);
    assert_encodes(healthy(SchedState::InReply(PEER)), &[0, 3, 0x34, 0x12]);
    assert_encodes(healthy(SchedState::InRecv(None)), &[0, 4, 0]);
    assert_encodes(
        healthy(SchedState::InRecv(Some(PEER))),
        &[0, 4, 1, 0x34, 0x12],
    );
}

#[test]
fn memory_faults_encode_as_documented() {
    assert_encodes(
        faulted(FaultInfo::MemoryAccess {
            address: Some(0x1122_3344),
            source: FaultSource::Kernel,
        }),
        &[1, 0, 1, 0x44, 0x33, 0x22, 0x11, 1, 1],
    );
    assert_encodes(
        faulted(FaultInfo::MemoryAccess {
            address: None,
            source: FaultSource::User,
        }),
        &[1, 0, 0, 0, 1],
    );
    assert_encodes(
        faulted(FaultInfo::StackOverflow {
            address: 0x1122_3344,
        }),
        &[1, 1, 0x44, 0x33, 0x22, 0x11, 1],
    );
    assert_encodes(
        faulted(FaultInfo::BusError {
            address: None,
            source: FaultSource::User,
        }),
        &[1, 2, 0, 0, 1],
    );
}

#[test]
fn other_faults_encode_as_documented() {
    assert_encodes(faulted(FaultInfo::DivideByZero), &[1, 3, 1]);
    assert_encodes(faulted(FaultInfo::IllegalText), &[1, 4, 1]);
    assert_encodes(faulted(FaultInfo::IllegalInstruction), &[1, 5, 1]);
    assert_encodes(
        faulted(FaultInfo::InvalidOperation(0x1122_3344)),
        &[1, 6, 0x44, 0x33, 0x22, 0x11, 1],
    );
    assert_encodes(faulted(UsageError::BadSyscallNumber.into()), &[1, 7, 0, 1]);
    assert_encodes(faulted(UsageError::ReplyTooBig.into()), &[1, 7, 10, 1]);
    assert_encodes(faulted(FaultInfo::Panic), &[1, 8, 1]);
    assert_encodes(faulted(FaultInfo::Injected(PEER)), &[1, 9, 0x34, 0x12, 1]);
    assert_encodes(
        faulted(FaultInfo::FromServer(
            PEER,
            ReplyFaultReason::AccessViolation,
        )),
        &[1, 10, 0x34, 0x12, 5, 1],
    );
}

#[test]
fn usage_errors_are_numbered_in_declaration_order() {
    for (n, e) in [
        UsageError::BadSyscallNumber,
        UsageError::InvalidSlice,
        UsageError::TaskOutOfRange,
        UsageError::IllegalTask,
        UsageError::LeaseOutOfRange,
        UsageError::OffsetOutOfRange,
        UsageError::NoIrq,
        UsageError::BadKernelMessage,
        UsageError::BadReplyFaultReason,
        UsageError::NotSupervisor,
        UsageError::ReplyTooBig,
    ]
    .into_iter()
    .enumerate()
    {
        assert_encodes(e, &[n as u8]);
    }
}

#[test]
fn dump_regions_encode_as_documented() {
    assert_encodes(None::<TaskDumpRegion>, &[0]);
    assert_encodes(
        Some(TaskDumpRegion { base: 1, size: 2 }),
        &[1, 1, 0, 0, 0, 2, 0, 0, 0],
    );
}

#[test]
fn surplus_bytes_are_ignored_and_only_0_and_1_are_booleans() {
    let (value, used) =
        ssmarshal::deserialize::<(u32, bool)>(&[5, 0, 0, 0, 1, 9, 9]).unwrap();
    assert_eq!((value, used), ((5, true), 5));
    assert!(ssmarshal::deserialize::<(u32, bool)>(&[5, 0, 0, 0, 2]).is_err());
}
