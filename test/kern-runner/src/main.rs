// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The supervisor of the suite: takes orders, and watches over cases.
//!
//! Orders come from the host over the console, or from a debugger through
//! hiffy. The host sends the number of a case and a newline, with an
//! exclamation mark in front for cases that end the system. The answer is
//! `pass` or `fail`, after the reason in lines that start with a bar. A new
//! line `ready`, with the image's number, tells the host that the system has
//! booted. What a debugger sends is in `task/hiffy/src/testsuite.rs`; it gets
//! the verdict only.
//!
//! What a case has left behind can be looked at until the next order. Then all
//! other tasks are restarted.
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
    FaultInfo, FromPrimitive, Generation, NotificationBits,
    PANIC_MESSAGE_MAX_LEN, RecvMessage, ReplyFaultReason, TaskId, TaskState,
    kipc, set_timer_relative, sys_recv_open, sys_refresh_task_id, sys_reply,
    sys_reply_fault, sys_set_timer,
};

const SUITE: usize = Task::suite as usize;
const HIFFY: usize = Task::hiffy as usize;

/// Operations for hiffy: run a case, and just wait until it has ended. The reply
/// is a byte, 1 if it has passed.
const RUN_TEST: u32 = 0x7E57;
const AWAIT_TEST: u32 = 0x7E58;

/// Scripts are made of words.
#[repr(align(4))]
struct Buffer([u8; MESSAGE_SIZE]);

/// What becomes of a case.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Progress {
    /// There is none: the suite waits for one, or will do so soon.
    Idle,
    /// The suite has not asked for it yet.
    Chosen(Choice),
    Running,
    Over {
        passed: bool,
    },
}

struct Runner {
    console: Console,
    engine: Engine,
    progress: Progress,
    /// The suite, while it waits for a case.
    suite: Option<TaskId>,
    /// Hiffy, while it waits for a verdict.
    hiffy: Option<TaskId>,
    /// Notifications of faults since the case began.
    faults: u32,
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    // Cases restart even us.
    let me = sys_refresh_task_id(TaskId::for_index_and_gen(
        Task::runner as usize,
        Generation::ZERO,
    ));
    let has_booted = me.generation() == Generation::ZERO;
    let mut runner = Runner {
        console: Console::open(),
        engine: Engine::default(),
        progress: match has_booted {
            true => Progress::Idle,
            false => Progress::Running,
        },
        suite: None,
        hiffy: None,
        faults: 0,
    };
    if has_booted {
        journal::clear();
        runner.say(format_args!("ready {:016x}", kipc::read_image_id()));
    }

    let mut buffer = Buffer([0; MESSAGE_SIZE]);
    loop {
        let mask = notifications::FAULT_MASK | notifications::TICK_MASK;
        let rm = sys_recv_open(&mut buffer.0, mask);
        if rm.sender != TaskId::KERNEL {
            runner.handle_message(&rm, &buffer.0);
            continue;
        }
        let bits = NotificationBits::new(rm.operation);
        if bits.check_notification_mask(notifications::FAULT_MASK) {
            runner.handle_fault();
        }
        if bits.check_notification_mask(notifications::TICK_MASK) {
            runner.listen();
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
        if self.progress == Progress::Running
            && let TaskState::Faulted { fault, .. } =
                kipc::read_task_status(SUITE)
        {
            self.explain(fault);
            self.finish(false);
        }
    }

    fn handle_message(&mut self, rm: &RecvMessage, buffer: &[u8]) {
        match Operation::from_u32(rm.operation) {
            Some(Operation::Next) => {
                self.suite = Some(rm.sender);
                match self.progress {
                    Progress::Chosen(choice) => self.begin(choice),
                    _ => self.listen(),
                }
            }
            Some(Operation::Pass) => self.finish(true),
            Some(Operation::Faults) => {
                sys_reply(rm.sender, 0, &self.faults.to_le_bytes());
            }
            None if rm.sender.index() == HIFFY => {
                self.handle_hiffy(rm, buffer);
            }
            None => {
                if !self.engine.serve(rm, buffer) {
                    let reason = ReplyFaultReason::UndefinedOperation;
                    sys_reply_fault(rm.sender, reason);
                }
            }
        }
    }

    fn handle_hiffy(&mut self, rm: &RecvMessage, buffer: &[u8]) {
        self.hiffy = Some(rm.sender);
        match (rm.operation, buffer) {
            (RUN_TEST, [a, b, c, d, ..]) if rm.message_len == 4 => {
                let index = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                self.choose(Choice {
                    index,
                    is_last: false,
                });
            }
            (AWAIT_TEST, _) => {
                if let Progress::Over { passed } = self.progress {
                    self.tell_hiffy(passed);
                }
            }
            _ => {
                let reason = ReplyFaultReason::UndefinedOperation;
                sys_reply_fault(rm.sender, reason);
            }
        }
    }

    fn tell_hiffy(&mut self, passed: bool) {
        if let Some(hiffy) = self.hiffy.take() {
            sys_reply(hiffy, 0, &[passed.into()]);
        }
    }

    /// Looks whether the host has an order, and does so again in the next tick.
    fn listen(&mut self) {
        match (self.progress, self.console.poll()) {
            (Progress::Chosen(_) | Progress::Running, _) => {}
            (_, None) => {
                set_timer_relative(1, notifications::TICK_MASK);
            }
            (_, Some(first)) => {
                let choice = self.console.read_choice(first);
                // Nothing but the case is to run.
                kipc::reinit_task(HIFFY, false);
                self.hiffy = None;
                self.choose(choice);
            }
        }
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

    /// Has a case run next.
    fn choose(&mut self, choice: Choice) {
        if let Progress::Over { .. } = self.progress {
            for task in (1..NUM_TASKS).filter(|&task| task != HIFFY) {
                kipc::reinit_task(task, task != Task::dormant as usize);
            }
            self.suite = None;
        }
        sys_set_timer(None, 0);
        self.progress = Progress::Chosen(choice);
        if self.suite.is_some() {
            self.begin(choice);
        }
    }

    /// Has a case run now: the suite waits for it.
    fn begin(&mut self, choice: Choice) {
        if let Some(suite) = self.suite.take() {
            self.faults = 0;
            journal::clear();
            self.progress = Progress::Running;
            sys_reply(suite, 0, &choice.to_code().to_le_bytes());
        }
    }

    /// Reports the end of a case.
    fn finish(&mut self, passed: bool) {
        self.say(format_args!("{}", if passed { "pass" } else { "fail" }));
        self.progress = Progress::Over { passed };
        self.tell_hiffy(passed);
        self.listen();
    }
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
