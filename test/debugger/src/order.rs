// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the tasks of the image can be told to do: see `test/debug-victim`.

use crate::Rig;

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Panic with this number in the message.
    Panic(u32),
    /// Make a system call with these registers, from r4 on.
    SystemCall([u32; 8]),
    /// Load from an address.
    Read(u32),
    /// Store to an address.
    Write(u32),
    /// Divide by zero.
    DivideByZero,
    /// Go on at an address.
    Jump(u32),
    /// Execute what is no instruction.
    UndefinedInstruction,
    /// Recurse for ever.
    UseUpTheStack,
    /// Load a double word that is not aligned.
    Unaligned,
    /// Never wait for anything again.
    Spin,
    /// Record something with many fields.
    Record,
}

impl Order {
    fn encode(self) -> (u32, [u32; 8]) {
        let with = |first| [first, 0, 0, 0, 0, 0, 0, 0];
        match self {
            Self::Panic(number) => (1, with(number)),
            Self::SystemCall(registers) => (2, registers),
            Self::Read(address) => (3, with(address)),
            Self::Write(address) => (4, with(address)),
            Self::DivideByZero => (5, with(0)),
            Self::Jump(address) => (6, with(address)),
            Self::UndefinedInstruction => (7, with(0)),
            Self::UseUpTheStack => (8, with(0)),
            Self::Unaligned => (9, with(0)),
            Self::Spin => (10, with(0)),
            Self::Record => (11, with(1)),
        }
    }
}

impl Rig {
    /// Gives an order, which the task finds within a millisecond.
    ///
    /// # Panics
    ///
    /// If the task is not one that takes orders.
    pub fn order(&mut self, task: &str, order: Order) {
        let (number, arguments) = order.encode();
        let base = self.address(task, "VICTIM_ARGUMENTS");
        for (offset, argument) in (0..).step_by(4).zip(arguments) {
            assert!(self.soc.write_u32(base + offset, argument));
        }
        self.set(task, "VICTIM_ORDER", number);
    }

    /// Fills the memory for what system calls refer to, and tells where it is.
    ///
    /// # Panics
    ///
    /// If the task is not one that takes orders.
    pub fn lay_out(&mut self, task: &str, words: [u32; 4]) -> u32 {
        let base = self.address(task, "VICTIM_MEMORY");
        for (offset, word) in (0..).step_by(4).zip(words) {
            assert!(self.soc.write_u32(base + offset, word));
        }
        base
    }
}
