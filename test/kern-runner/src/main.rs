// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The supervisor of the suite: talks to the host, and watches over cases.
//!
//! The host sends the number of a case and a newline, with an exclamation mark
//! in front for cases that end the system. The answer is `pass` or `fail`,
//! after the reason in lines that start with a bar. Between two cases all other
//! tasks are restarted. A new line `ready`, with the image's number, tells the
//! host that the system has booted.
//!
//! Unlike a supervisor in earnest, this one leaves faulted tasks alone: cases
//! want to look at them.

#![no_std]
#![no_main]

mod console;

use console::Console;
use core::fmt::Write;
use hubris_num_tasks::{NUM_TASKS, Task};
use test_kern_api::engine::{Engine, MESSAGE_SIZE};
use test_kern_api::journal;
use test_kern_api::runner::{Choice, FAULT_MARK, Operation};
use userlib::{
    FaultInfo, FromPrimitive, Generation, PANIC_MESSAGE_MAX_LEN, RecvMessage,
    ReplyFaultReason, TaskId, TaskState, kipc, sys_recv_open,
    sys_refresh_task_id, sys_reply, sys_reply_fault,
};

const SUITE: usize = Task::suite as usize;

/// Scripts are made of words.
#[repr(align(4))]
struct Buffer([u8; MESSAGE_SIZE]);

struct Runner {
    console: Console,
    engine: Engine,
    /// The case that the suite has not asked for yet.
    chosen: Option<Choice>,
    /// Notifications of faults since the case began.
    faults: u32,
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut runner = Runner {
        console: Console::open(),
        engine: Engine::default(),
        chosen: None,
        faults: 0,
    };
    // Cases restart even us.
    let me = sys_refresh_task_id(TaskId::for_index_and_gen(
        Task::runner as usize,
        Generation::ZERO,
    ));
    if me.generation() == Generation::ZERO {
        journal::clear();
        runner.say(format_args!("ready {:016x}", kipc::read_image_id()));
    }

    let mut buffer = Buffer([0; MESSAGE_SIZE]);
    loop {
        let rm = sys_recv_open(&mut buffer.0, notifications::FAULT_MASK);
        if rm.sender == TaskId::KERNEL {
            runner.handle_fault();
        } else {
            runner.handle_message(&rm, &buffer.0);
        }
    }
}

impl Runner {
    fn say(&mut self, text: core::fmt::Arguments<'_>) {
        // The console takes everything.
        let _ = writeln!(self.console, "{text}");
    }

    fn handle_fault(&mut self) {
        journal::mark(FAULT_MARK);
        self.faults = self.faults.wrapping_add(1);
        if let TaskState::Faulted { fault, .. } = kipc::read_task_status(SUITE)
        {
            self.explain(fault);
            self.finish("fail");
        }
    }

    fn handle_message(&mut self, rm: &RecvMessage, buffer: &[u8]) {
        let code = match Operation::from_u32(rm.operation) {
            Some(Operation::Next) => {
                let choice = match self.chosen.take() {
                    Some(choice) => choice,
                    None => self.console.read_choice(),
                };
                choice.to_code()
            }
            Some(Operation::Pass) => return self.finish("pass"),
            Some(Operation::Faults) => self.faults,
            None => {
                if !self.engine.serve(rm, buffer) {
                    let reason = ReplyFaultReason::UndefinedOperation;
                    sys_reply_fault(rm.sender, reason);
                }
                return;
            }
        };
        sys_reply(rm.sender, 0, &code.to_le_bytes());
    }

    /// Says why the suite has faulted.
    fn explain(&mut self, fault: FaultInfo) {
        let mut buffer = [0; PANIC_MESSAGE_MAX_LEN];
        match kipc::read_panic_message(SUITE, &mut buffer) {
            Ok(message) => {
                for line in message.flat_map(|chunk| chunk.valid().lines()) {
                    self.say(format_args!("| {line}"));
                }
            }
            Err(_) => self.say(format_args!("| the suite's fault: {fault:?}")),
        }
    }

    /// Reports the end of a case, and begins the next one.
    fn finish(&mut self, verdict: &str) {
        self.say(format_args!("{verdict}"));
        self.chosen = Some(self.console.read_choice());
        self.faults = 0;
        journal::clear();
        for task in 1..NUM_TASKS {
            kipc::reinit_task(task, task != Task::dormant as usize);
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
