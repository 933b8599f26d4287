// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! States in words, those that the debugger uses.

use super::{Entry, View};
use crate::rule::Rule;
use crate::value::Value;
use std::fmt::Write;

/// The task id that means the kernel.
const KERNEL: u16 = 0xffff;
/// Bits of a task id that are the index.
const INDEX_BITS: u32 = 10;

/// How much of a panic message is read.
const MESSAGE_LIMIT: u32 = 255;

/// Texts for the ways to misuse a system call. Others are unknown to the
/// debugger, which then shows no tasks at all.
pub(crate) const USAGE: [(&str, &str); 8] = [
    ("BadSyscallNumber", "undefined syscall number"),
    ("InvalidSlice", "sent malformed slice to kernel"),
    ("TaskOutOfRange", "used bogus task index"),
    ("IllegalTask", "illegal task operation"),
    ("LeaseOutOfRange", "bad caller lease index"),
    ("OffsetOutOfRange", "bad caller lease offset"),
    ("NoIrq", "referred to undefined interrupt"),
    ("BadKernelMessage", "sent nonsense IPC to kernel"),
];

/// Reasons for which a server refuses a client.
pub(crate) const REASONS: [&str; 6] = [
    "UndefinedOperation",
    "BadMessageSize",
    "BadMessageContents",
    "BadLeases",
    "ReplyBufferTooSmall",
    "AccessViolation",
];

/// Why there are no words for a state.
#[derive(Debug)]
pub(super) struct Untellable {
    pub rule: Rule,
    pub what: String,
}

fn unknown(what: impl Into<String>) -> Untellable {
    Untellable {
        rule: Rule::C2,
        what: what.into(),
    }
}

type Told = Result<String, Untellable>;

/// What a task does or waits for.
pub(super) fn state(view: View<'_>, entry: &Entry<'_>) -> Told {
    let teller = Teller { view, entry };
    let state = entry.state().ok_or_else(|| unknown("there is no state"))?;
    match state.variant() {
        Some(("Healthy", [sched])) => teller.sched(sched),
        Some(("Faulted", _)) => {
            let (Some(fault), Some(original)) =
                (state.field("fault"), state.field("original_state"))
            else {
                return Err(unknown(format!("unknown state {state}")));
            };
            let fault = teller.fault(fault)?;
            let original = teller.sched(original)?;
            Ok(format!("FAULT: {fault} (was: {original})"))
        }
        _ => Err(unknown(format!("unknown state {state}"))),
    }
}

struct Teller<'a> {
    view: View<'a>,
    entry: &'a Entry<'a>,
}

impl Teller<'_> {
    /// Name and generation of another task.
    fn peer(&self, id: u16) -> String {
        let index = usize::from(id & ((1 << INDEX_BITS) - 1));
        let generation = id >> INDEX_BITS;
        match self.view.system.task_names().nth(index) {
            Some(name) => format!("{name}/gen{generation}"),
            None => format!("task {index}/gen{generation}"),
        }
    }

    fn sched(&self, sched: &Value) -> Told {
        let none = || unknown(format!("unknown state {sched}"));
        let (name, fields) = sched.variant().ok_or_else(none)?;
        let peer = || fields.first().and_then(Value::int::<u16>);
        Ok(match name {
            "Stopped" => "not started".into(),
            "Runnable" if self.entry.is_current => "RUNNING".into(),
            "Runnable" => "ready".into(),
            "InSend" => match peer().ok_or_else(none)? {
                KERNEL => "HALT: send to kernel".into(),
                id => format!("wait: send to {}", self.peer(id)),
            },
            "InReply" => {
                let id = peer().ok_or_else(none)?;
                format!("wait: reply from {}", self.peer(id))
            }
            "InRecv" => {
                let from = fields.first().and_then(Value::option);
                let from = match from.ok_or_else(none)? {
                    None => None,
                    Some(id) => Some(id.int::<u16>().ok_or_else(none)?),
                };
                self.receive(from)
            }
            _ => return Err(none()),
        })
    }

    fn receive(&self, from: Option<u16>) -> String {
        let mask = self.entry.saved("r6").unwrap_or(0);
        let notifications = self.notifications(mask);
        match (from, mask) {
            (Some(KERNEL), 0) => "(DEAD)".into(),
            (Some(KERNEL), _) => format!("notif:{notifications}"),
            (from, mask) => {
                let from = from.map(|id| format!("({} only)", self.peer(id)));
                let mut text = format!("recv{}", from.unwrap_or_default());
                if mask != 0 {
                    let _ = write!(text, ", notif:{notifications}");
                }
                text
            }
        }
    }

    /// The bits of a mask by their names, and what posts them.
    fn notifications(&self, mask: u32) -> String {
        let config = &self.view.system.config;
        let task = self.entry.name;
        let timer = self.entry.value.field("timer");
        let timer = |name| timer.and_then(|timer| timer.field(name));
        let deadline = timer("deadline")
            .and_then(Value::option)
            .flatten()
            .and_then(Value::int::<u64>);
        let to_post = timer("to_post").and_then(Value::int::<u32>);
        let mut text = String::new();
        for bit in (0..32).filter(|bit| mask >> bit & 1 != 0) {
            match config.notification(task, bit) {
                Some(name) => write!(text, " {name}"),
                None => write!(text, " bit{bit}"),
            }
            .unwrap_or_default();
            let mut posted_by = Vec::new();
            if let (Some(deadline), Some(to_post), Some(now)) =
                (deadline, to_post, self.view.ticks())
                && to_post >> bit & 1 != 0
            {
                posted_by.push(match deadline.checked_sub(now) {
                    Some(left) => format!("T+{left}"),
                    None => format!("T-{}", now - deadline),
                });
            }
            let interrupts = config.interrupts(task, 1 << bit);
            posted_by.extend(interrupts.map(|irq| format!("irq{irq}")));
            if !posted_by.is_empty() {
                let _ = write!(text, "({})", posted_by.join("/"));
            }
        }
        text
    }

    fn fault(&self, fault: &Value) -> Told {
        let none = || unknown(format!("unknown fault {fault}"));
        let (name, fields) = fault.variant().ok_or_else(none)?;
        let id = || fields.first().and_then(Value::int::<u16>).ok_or_else(none);
        Ok(match name {
            "MemoryAccess" => self.access("mem", fault).ok_or_else(none)?,
            "BusError" => self.access("bus", fault).ok_or_else(none)?,
            "StackOverflow" => {
                let address: u32 = fault
                    .field("address")
                    .and_then(Value::int)
                    .ok_or_else(none)?;
                format!("stack overflow; sp={address:#010x}")
            }
            "DivideByZero" => "divide by zero".into(),
            "IllegalText" => "jump to non-executable mem".into(),
            "IllegalInstruction" => "illegal instruction".into(),
            "InvalidOperation" => {
                let cfsr: u32 =
                    fields.first().and_then(Value::int).ok_or_else(none)?;
                format!("general fault, cfsr={cfsr:#x}")
            }
            "SyscallUsage" => {
                let usage = fields.first().and_then(Value::variant);
                let (usage, _) = usage.ok_or_else(none)?;
                let text = USAGE.iter().find(|(name, _)| *name == usage);
                let (_, text) = text.ok_or_else(|| {
                    unknown(format!("the debugger does not know {usage}"))
                })?;
                format!("in syscall: {text}")
            }
            "Panic" => self.panic_message()?,
            "Injected" => format!("killed by {}", self.peer(id()?)),
            "FromServer" => {
                let reason = fields.get(1).and_then(Value::variant);
                let (reason, _) = reason.ok_or_else(none)?;
                if !REASONS.contains(&reason) {
                    return Err(none());
                }
                let id = id()?;
                let index = id & ((1 << INDEX_BITS) - 1);
                let generation = id >> INDEX_BITS;
                format!(
                    "reply fault: task id #{index}/gen{generation}, reason \
                     {reason}"
                )
            }
            _ => return Err(none()),
        })
    }

    fn access(&self, kind: &str, fault: &Value) -> Option<String> {
        let address = fault.field("address")?.option()?;
        let place = match address {
            Some(address) => {
                format!("precise: {:#010x}", address.int::<u32>()?)
            }
            None => "imprecise".into(),
        };
        let source = match fault.field("source")?.variant()? {
            ("User", _) => "in task code",
            ("Kernel", _) => "in syscall",
            _ => return None,
        };
        Some(format!("{kind} fault ({place}) {source}"))
    }

    /// What a task has passed to the PANIC system call.
    fn panic_message(&self) -> Told {
        let saved = |name| self.entry.saved(name).unwrap_or(0);
        let (address, len) = (saved("r4"), saved("r5").min(MESSAGE_LIMIT));
        if len == 0 {
            return Ok("(no message)".into());
        }
        let bytes = self.view.memory().read(address, len);
        let bytes = bytes.ok_or_else(|| Untellable {
            rule: Rule::E3,
            what: format!("the panic message at {address:#010x} is missing"),
        })?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(Untellable {
                rule: Rule::D6,
                what: format!("the panic message is no text: {error}"),
            }),
        }
    }
}
