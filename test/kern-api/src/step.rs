// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::Registers;
use crate::mischief::Mischief;
use userlib::FromPrimitive;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// One line of a script.
#[derive(
    Copy, Clone, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Step {
    /// 0 for a system call, otherwise a [`Special`].
    special: u32,
    registers: Registers,
}

impl From<Registers> for Step {
    fn from(registers: Registers) -> Self {
        Self {
            special: 0,
            registers,
        }
    }
}

/// What is no system call.
#[derive(Copy, Clone, Debug, Eq, PartialEq, userlib::FromPrimitive)]
#[repr(u32)]
pub enum Special {
    /// Write a mark into the journal.
    Mark = 1,
    /// Be busy for some ticks.
    Wait,
    /// Make a system call with all floating point registers in use.
    FloatingCall,
    /// Keep values in all floating point registers for some ticks.
    HoldFloating,
    /// Look at the floating point registers.
    CountFloating,
    /// Do something that no task may do.
    Mischief,
    /// Change static data.
    ChangeData,
    /// Look at static data.
    ReadData,
}

impl Step {
    /// Writes a mark into the journal.
    pub fn mark(mark: u8) -> Self {
        Self {
            special: Special::Mark as u32,
            registers: Registers {
                r4: mark.into(),
                ..Registers::default()
            },
        }
    }

    /// Keeps the processor busy for a certain number of ticks.
    pub fn wait(ticks: u32) -> Self {
        Self {
            special: Special::Wait as u32,
            registers: Registers {
                r4: ticks,
                ..Registers::default()
            },
        }
    }

    /// Makes a system call while all floating point registers are in use. Its
    /// result is which have changed (see [`crate::floating`]).
    ///
    /// Only where there is an FPU.
    pub fn floating_call(call: Registers) -> Self {
        Self {
            special: Special::FloatingCall as u32,
            registers: call,
        }
    }

    /// Keeps values in all floating point registers, for a certain number of
    /// ticks and without system calls. Its result is which have changed (see
    /// [`crate::floating`]).
    ///
    /// Only where there is an FPU.
    pub fn hold_floating(ticks: u32) -> Self {
        Self {
            special: Special::HoldFloating as u32,
            registers: Registers {
                r4: ticks,
                ..Registers::default()
            },
        }
    }

    /// Looks which floating point registers are not zero.
    ///
    /// Only where there is an FPU.
    pub fn count_floating() -> Self {
        Self {
            special: Special::CountFloating as u32,
            registers: Registers::default(),
        }
    }

    /// Does something that no task may do, at or with `argument`.
    pub fn mischief(what: Mischief, argument: u32) -> Self {
        Self {
            special: Special::Mischief as u32,
            registers: Registers {
                r4: what as u32,
                r5: argument,
                ..Registers::default()
            },
        }
    }

    /// Changes the helper's static data (see [`crate::data`]).
    pub fn change_data() -> Self {
        Self {
            special: Special::ChangeData as u32,
            registers: Registers::default(),
        }
    }

    /// Looks at the helper's static data (see [`crate::data`]): `.data`,
    /// `.bss` and `.uninit` result in r4, r5 and r6.
    pub fn read_data() -> Self {
        Self {
            special: Special::ReadData as u32,
            registers: Registers::default(),
        }
    }

    /// What is to be done.
    pub fn special(&self) -> Option<Special> {
        Special::from_u32(self.special)
    }

    /// Arguments.
    pub fn registers(&self) -> Registers {
        self.registers
    }
}
