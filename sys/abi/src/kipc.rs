// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use serde::{Deserialize, Serialize};

/// The operations of kernel IPC, messages sent to [`TaskId::KERNEL`].
///
/// [`TaskId::KERNEL`]: crate::TaskId::KERNEL
pub enum Kipcnum {
    ReadTaskStatus = 1,
    ReinitTask = 2,
    FaultTask = 3,
    ReadImageId = 4,
    Reset = 5,
    GetTaskDumpRegion = 6,
    ReadTaskDumpRegion = 7,
    SoftwareIrq = 8,
    FindFaultedTask = 9,
    ReadPanicMessage = 10,
}

impl TryFrom<u16> for Kipcnum {
    type Error = ();

    #[inline]
    fn try_from(value: u16) -> Result<Self, ()> {
        Ok(match value {
            1 => Self::ReadTaskStatus,
            2 => Self::ReinitTask,
            3 => Self::FaultTask,
            4 => Self::ReadImageId,
            5 => Self::Reset,
            6 => Self::GetTaskDumpRegion,
            7 => Self::ReadTaskDumpRegion,
            8 => Self::SoftwareIrq,
            9 => Self::FindFaultedTask,
            10 => Self::ReadPanicMessage,
            _ => return Err(()),
        })
    }
}

/// Memory of a task that belongs into a dump of it.
#[derive(Copy, Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct TaskDumpRegion {
    /// First address.
    pub base: u32,
    /// Bytes.
    pub size: u32,
}

/// Why the kernel has no panic message to give.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
#[repr(u32)]
pub enum ReadPanicMessageError {
    /// The task has not panicked.
    TaskNotPanicked = 1,
    /// The task panicked with a message the kernel cannot read.
    BadPanicBuffer = 2,
}

impl TryFrom<u32> for ReadPanicMessageError {
    type Error = ();

    #[inline]
    fn try_from(value: u32) -> Result<Self, ()> {
        Ok(match value {
            1 => Self::TaskNotPanicked,
            2 => Self::BadPanicBuffer,
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kipcnum, ReadPanicMessageError, TaskDumpRegion};
    use core::mem::size_of;

    #[test]
    fn kernel_operations_are_exactly_1_to_10() {
        for n in 1..=10u16 {
            assert_eq!(Kipcnum::try_from(n).map(|k| k as u16), Ok(n));
        }
        for n in [0, 11, u16::MAX] {
            assert!(Kipcnum::try_from(n).is_err());
        }
    }

    #[test]
    fn panic_message_errors_are_exactly_1_and_2() {
        for n in 1..=2 {
            assert_eq!(
                ReadPanicMessageError::try_from(n).map(|e| e as u32),
                Ok(n)
            );
        }
        assert!(ReadPanicMessageError::try_from(0).is_err());
        assert!(ReadPanicMessageError::try_from(3).is_err());
    }

    #[test]
    fn the_sizes_that_kernel_ipc_reports_are_as_documented() {
        assert_eq!(size_of::<TaskDumpRegion>(), 8);
        assert_eq!(size_of::<Option<TaskDumpRegion>>(), 12);
    }
}
