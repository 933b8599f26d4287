// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::TaskId;
use serde::{Deserialize, Serialize};

/// Why a task was taken out of service.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum FaultInfo {
    /// The task touched memory it may not use, or passed such memory to the
    /// kernel.
    MemoryAccess {
        /// The address, if known. For a system call, the base of the slice.
        address: Option<u32>,
        /// Who tried the access.
        source: FaultSource,
    },
    /// An exception frame did not fit on the task's stack.
    StackOverflow {
        /// The process stack pointer.
        address: u32,
    },
    /// The bus refused an access.
    BusError {
        /// The address, if known.
        address: Option<u32>,
        /// Who tried the access.
        source: FaultSource,
    },
    /// An integer division by zero.
    DivideByZero,
    /// The task jumped to memory it may not execute.
    IllegalText,
    /// The task executed an undefined instruction.
    IllegalInstruction,
    /// Any other fault of the processor, with its fault status register (zero
    /// on ARMv6-M, which has none).
    InvalidOperation(u32),
    /// The task misused a system call.
    SyscallUsage(UsageError),
    /// The task panicked.
    Panic,
    /// The given task had this one faulted.
    Injected(TaskId),
    /// The given server refused this client's message.
    FromServer(TaskId, ReplyFaultReason),
}

impl From<UsageError> for FaultInfo {
    #[inline]
    fn from(e: UsageError) -> Self {
        Self::SyscallUsage(e)
    }
}

/// On whose behalf a memory access was made.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum FaultSource {
    /// The task itself.
    User,
    /// The kernel, in a system call.
    Kernel,
}

/// The ways to misuse a system call.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum UsageError {
    /// There is no system call of that number.
    BadSyscallNumber,
    /// A slice is misaligned or runs off the end of the address space.
    InvalidSlice,
    /// No task has that index.
    TaskOutOfRange,
    /// The operation cannot be applied to that task.
    IllegalTask,
    /// The lender lent fewer leases than that.
    LeaseOutOfRange,
    /// The lease is shorter than that.
    OffsetOutOfRange,
    /// No interrupt of this task has that notification mask.
    NoIrq,
    /// The kernel does not understand the message.
    BadKernelMessage,
    /// There is no such reason to fault a client.
    BadReplyFaultReason,
    /// Only the supervisor may do this.
    NotSupervisor,
    /// The client has less room for the reply.
    ReplyTooBig,
}

/// What a server blames its client for.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum ReplyFaultReason {
    /// The interface has no such operation.
    UndefinedOperation = 0,
    /// The message has the wrong length for its operation.
    BadMessageSize = 1,
    /// The message cannot be decoded.
    BadMessageContents = 2,
    /// There are too many or too few leases, or with the wrong rights.
    BadLeases = 3,
    /// The client left too little room for the reply.
    ReplyBufferTooSmall = 4,
    /// The client may not use this operation.
    AccessViolation = 5,
}

impl TryFrom<u32> for ReplyFaultReason {
    type Error = ();

    #[inline]
    fn try_from(value: u32) -> Result<Self, ()> {
        Ok(match value {
            0 => Self::UndefinedOperation,
            1 => Self::BadMessageSize,
            2 => Self::BadMessageContents,
            3 => Self::BadLeases,
            4 => Self::ReplyBufferTooSmall,
            5 => Self::AccessViolation,
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultInfo, ReplyFaultReason, UsageError};

    #[test]
    fn reply_fault_reasons_are_exactly_0_to_5() {
        for n in 0..=5 {
            assert_eq!(ReplyFaultReason::try_from(n).map(|r| r as u32), Ok(n));
        }
        assert!(ReplyFaultReason::try_from(6).is_err());
        assert!(ReplyFaultReason::try_from(u32::MAX).is_err());
    }

    #[test]
    fn a_usage_error_becomes_a_syscall_usage_fault() {
        assert_eq!(
            FaultInfo::from(UsageError::NoIrq),
            FaultInfo::SyscallUsage(UsageError::NoIrq)
        );
    }
}
