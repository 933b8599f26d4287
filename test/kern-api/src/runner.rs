// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the suite asks the runner, beyond what any helper does.

use userlib::{TaskId, sys_send};

/// Operations of the runner. They follow those of the engine.
#[derive(Copy, Clone, Debug, Eq, PartialEq, userlib::FromPrimitive)]
#[repr(u16)]
pub enum Operation {
    /// Which case to run: waits for the host, replies with the [`Choice`].
    Next = 16,
    /// The case has passed. Does not return.
    Pass,
    /// How many notifications of faults there have been since the case began.
    Faults,
}

/// Which case the host has chosen.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The position of the case in its table.
    pub index: usize,
    /// Whether it is one of those that end the system.
    pub is_last: bool,
}

impl Choice {
    const LAST: u32 = 1 << 31;

    /// The choice as a number.
    pub fn to_code(self) -> u32 {
        let last = if self.is_last { Self::LAST } else { 0 };
        self.index as u32 & !Self::LAST | last
    }

    fn from_code(code: u32) -> Self {
        Self {
            index: (code & !Self::LAST) as usize,
            is_last: code & Self::LAST != 0,
        }
    }
}

/// The mark that the runner leaves in the journal for each notification of a
/// fault.
pub const FAULT_MARK: u8 = b'!';

/// Waits for the host to choose a case.
pub fn next(runner: TaskId) -> Choice {
    Choice::from_code(ask(runner, Operation::Next))
}

/// Reports success.
pub fn pass(runner: TaskId) -> ! {
    ask(runner, Operation::Pass);
    panic!("the runner has let a case go on that had passed");
}

/// How many notifications of faults the runner has had since the case began.
pub fn faults(runner: TaskId) -> u32 {
    ask(runner, Operation::Faults)
}

fn ask(runner: TaskId, operation: Operation) -> u32 {
    let mut reply = [0; 4];
    let (code, length) =
        sys_send(runner, operation as u16, &[], &mut reply, &[]);
    assert_eq!((code, length), (0, reply.len()));
    u32::from_le_bytes(reply)
}
