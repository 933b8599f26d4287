// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use serde::{Deserialize, Serialize};
use zerocopy_derive::{FromBytes, Immutable, KnownLayout};

bitflags::bitflags! {
    /// What the IRQ_STATUS system call answers.
    #[derive(Copy, Clone, Debug, PartialEq, Eq)]
    pub struct IrqStatus: u32 {
        /// At least one interrupt of the notification is enabled.
        const ENABLED = 1 << 0;
        /// At least one interrupt of the notification is pending.
        const PENDING = 1 << 1;
        /// The notification is posted to the caller.
        const POSTED = 1 << 2;
    }

    /// What the IRQ_CONTROL system call shall do.
    #[derive(Copy, Clone, Debug, PartialEq, Eq)]
    pub struct IrqControlArg: u32 {
        /// Enable the interrupts; disable them if absent.
        const ENABLED = 1 << 0;
        /// Also forget interrupts that are already pending.
        const CLEAR_PENDING = 1 << 1;
    }
}

/// The number of an external interrupt.
#[derive(
    Copy,
    Clone,
    Debug,
    FromBytes,
    Immutable,
    KnownLayout,
    Serialize,
    Deserialize,
    Hash,
    Eq,
    PartialEq,
    Ord,
    PartialOrd,
)]
#[repr(transparent)]
pub struct InterruptNum(pub u32);

impl InterruptNum {
    /// A number no interrupt has.
    pub const fn invalid() -> Self {
        Self(u32::MAX)
    }

    /// Whether this is anything but [`Self::invalid`].
    #[inline]
    pub fn is_valid(&self) -> bool {
        *self != Self::invalid()
    }
}

/// Who is told about an interrupt, and how.
#[derive(
    Copy,
    Clone,
    Debug,
    FromBytes,
    Immutable,
    KnownLayout,
    Serialize,
    Deserialize,
    Hash,
    Eq,
    PartialEq,
    Ord,
    PartialOrd,
)]
#[repr(C)]
pub struct InterruptOwner {
    /// Index of the task.
    pub task: u32,
    /// Notification bits posted to it.
    pub notification: u32,
}

impl InterruptOwner {
    /// An owner that cannot exist.
    pub const fn invalid() -> Self {
        Self {
            task: u32::MAX,
            notification: 0,
        }
    }

    /// Whether this is anything but [`Self::invalid`].
    #[inline]
    pub fn is_valid(&self) -> bool {
        *self != Self::invalid()
    }
}

/// An interrupt and its owner.
#[derive(
    Copy,
    Clone,
    Debug,
    FromBytes,
    Immutable,
    KnownLayout,
    Serialize,
    Deserialize,
)]
#[repr(C)]
pub struct Interrupt {
    /// The interrupt.
    pub irq: InterruptNum,
    /// Who is told about it.
    pub owner: InterruptOwner,
}

#[cfg(test)]
mod tests {
    use super::{InterruptNum, InterruptOwner, IrqControlArg, IrqStatus};

    #[test]
    fn the_flag_bits_are_as_documented() {
        assert_eq!(IrqStatus::ENABLED.bits(), 1);
        assert_eq!(IrqStatus::PENDING.bits(), 2);
        assert_eq!(IrqStatus::POSTED.bits(), 4);
        assert_eq!(IrqControlArg::ENABLED.bits(), 1);
        assert_eq!(IrqControlArg::CLEAR_PENDING.bits(), 2);
        assert!(IrqControlArg::from_bits(4).is_none());
    }

    #[test]
    fn the_invalid_values_are_invalid() {
        assert!(!InterruptNum::invalid().is_valid());
        assert!(!InterruptOwner::invalid().is_valid());
        assert!(InterruptNum(0).is_valid());
        let owner = InterruptOwner {
            task: 0,
            notification: 0,
        };
        assert!(owner.is_valid());
    }
}
