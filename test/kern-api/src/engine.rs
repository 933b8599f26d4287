// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Executes scripts: both ends of the protocol.

#[cfg(target_abi = "eabihf")]
use crate::floating::{self, Floating};
use crate::{Registers, Special, Step, data, journal, mischief, svc};
use userlib::{
    FromPrimitive, RecvMessage, ReplyFaultReason, TaskId, sys_get_timer,
    sys_reply, sys_reply_fault, sys_send,
};
use zerocopy::{FromBytes, IntoBytes};

/// Steps of the longest script.
pub const MAX_STEPS: usize = 6;

/// Bytes of the longest message to an engine.
pub const MESSAGE_SIZE: usize = size_of::<[Step; MAX_STEPS]>();

/// What an engine is asked for.
#[derive(Copy, Clone, Debug, Eq, PartialEq, userlib::FromPrimitive)]
#[repr(u16)]
pub enum Operation {
    /// Execute the steps in the message, after a reply without content.
    Run = 1,
    /// Reply with the results of the last script.
    Results,
}

/// The part of a helper task that executes scripts.
#[derive(Default)]
pub struct Engine {
    results: [Registers; MAX_STEPS],
}

impl Engine {
    /// Does what a message asks for. `buffer` is where it was received.
    ///
    /// Returns whether the message was meant for an engine.
    pub fn serve(&mut self, rm: &RecvMessage, buffer: &[u8]) -> bool {
        match Operation::from_u32(rm.operation) {
            Some(Operation::Run) => {
                let message = buffer.get(..rm.message_len).unwrap_or(&[]);
                let Ok(steps) = <[Step]>::ref_from_bytes(message) else {
                    sys_reply_fault(
                        rm.sender,
                        ReplyFaultReason::BadMessageSize,
                    );
                    return true;
                };
                self.results = Default::default();
                sys_reply(rm.sender, 0, &[]);
                for (step, result) in steps.iter().zip(&mut self.results) {
                    *result = execute(step);
                }
            }
            Some(Operation::Results) => {
                sys_reply(rm.sender, 0, self.results.as_bytes());
            }
            None => return false,
        }
        true
    }
}

/// Executes one step. What a step that is no system call yields is in r4.
fn execute(step: &Step) -> Registers {
    let registers = step.registers();
    let yielded = match step.special() {
        None => {
            // SAFETY: the slices in scripts name memory that is made for it
            // (see `memory`), or nothing that the task could harm.
            return unsafe { svc::svc(registers) };
        }
        Some(Special::Mark) => {
            journal::mark(registers.r4 as u8);
            0
        }
        Some(Special::Wait) => {
            let end = sys_get_timer().now + u64::from(registers.r4);
            while sys_get_timer().now < end {}
            0
        }
        Some(
            special @ (Special::FloatingCall
            | Special::HoldFloating
            | Special::CountFloating),
        ) => execute_floating(special, registers),
        Some(Special::Mischief) => mischief::commit(registers.r4, registers.r5),
        Some(Special::ChangeData) => {
            data::change();
            0
        }
        Some(Special::ReadData) => return data::read(),
    };
    Registers {
        r4: yielded,
        ..Registers::default()
    }
}

/// Executes a step that needs an FPU.
#[cfg(target_abi = "eabihf")]
fn execute_floating(special: Special, registers: Registers) -> u32 {
    match special {
        // SAFETY: as for system calls in `execute`.
        Special::FloatingCall => unsafe { floating::call(registers) },
        Special::HoldFloating => {
            let pattern = Floating::pattern(registers.r4);
            let end = sys_get_timer().now + u64::from(registers.r4);
            let mut changed = 0;
            while sys_get_timer().now < end {
                changed |= floating::hold(&pattern, 5_000);
            }
            changed
        }
        _ => floating::count(),
    }
}

/// Without an FPU, nothing is as it should be.
#[cfg(not(target_abi = "eabihf"))]
fn execute_floating(_: Special, _: Registers) -> u32 {
    u32::MAX
}

/// Asks a task with an engine to execute a script. Returns the response code.
pub fn run(task: TaskId, steps: &[Step]) -> u32 {
    let operation = Operation::Run as u16;
    sys_send(task, operation, steps.as_bytes(), &mut [], &[]).0
}

/// Asks a task for the results of its last script. `Err` is the response code
/// if it has none.
pub fn results(task: TaskId) -> Result<[Registers; MAX_STEPS], u32> {
    let mut results = [Registers::default(); MAX_STEPS];
    let operation = Operation::Results as u16;
    let (code, _) = sys_send(task, operation, &[], results.as_mut_bytes(), &[]);
    match code {
        0 => Ok(results),
        code => Err(code),
    }
}
