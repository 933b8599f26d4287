// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs the cases of a test suite, one at a time: what `humility test` calls.
//!
//! The cases are elsewhere, in the task with a static `TESTS`. Whoever watches
//! over them is bound to the slot `runner`; it gets the position of the case,
//! and replies with a byte when the case has ended.

use task_hiffy_core::{Failure, Fault};
use userlib::{extract_new_generation, sys_send, task_slot};

task_slot!(RUNNER, runner);

/// Operations of the runner: run a case, and just wait until it has ended.
const RUN_TEST: u16 = 0x7E57;
const AWAIT_TEST: u16 = 0x7E58;

/// Returns one byte: 1 if the case has passed, 0 if it has failed.
pub fn run_test(
    stack: &[Option<u32>],
    _data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let index = stack.last().ok_or(Fault::MissingParameters)?;
    let index = index.ok_or(Fault::EmptyParameter(0))?;
    let verdict = scratch.get_mut(..1).ok_or(Fault::ReturnValueOverflow)?;
    let message = index.to_le_bytes();
    let ask = |operation, verdict: &mut [u8]| {
        let runner = RUNNER.get_task_id();
        sys_send(runner, operation, &message, verdict, &[])
    };
    let mut answer = ask(RUN_TEST, verdict);
    // Cases may restart the runner, which goes on after that.
    while extract_new_generation(answer.0).is_some() {
        answer = ask(AWAIT_TEST, verdict);
    }
    match answer {
        (0, length) => Ok(length),
        (code, _) => Err(Failure::FunctionError(code)),
    }
}
