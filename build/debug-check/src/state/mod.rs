// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the tasks were doing.

mod check;
mod stack;
mod text;
mod unwind;

pub use stack::Margin;
pub use unwind::Backtrace;

pub(crate) use check::{check, check_margins, check_tasks};
pub(crate) use stack::margins;
pub(crate) use text::{REASONS, USAGE};

use crate::Dump;
use crate::dwarf::Variable;
use crate::kernel::Kernel;
use crate::memory::Memory;
use crate::rule::{Findings, Rule};
use crate::system::System;
use crate::value::{Value, decode};

/// How far the system has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Tasks run.
    Booted,
    /// No task has run yet.
    NotBooted,
    /// The processor has just been reset.
    InReset,
    /// The kernel has found itself to be wrong, for this reason.
    Failed(String),
}

/// A line of the task table.
#[derive(Clone, Debug)]
pub struct Task {
    /// Number of the task.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// How often it has been restarted.
    pub generation: u32,
    /// Its priority.
    pub priority: u8,
    /// What it does or waits for, in words.
    pub state: String,
    /// Whether it is out of service.
    pub is_faulted: bool,
    /// Through which functions it got there.
    pub backtrace: Backtrace,
}

/// An entry of the task table, decoded.
pub(crate) struct Entry<'a> {
    pub index: u32,
    pub name: &'a str,
    pub value: Value,
    pub is_current: bool,
}

impl Entry<'_> {
    /// A saved register.
    pub fn saved(&self, register: &str) -> Option<u32> {
        self.value.field("save")?.field(register)?.int()
    }

    pub fn state(&self) -> Option<&Value> {
        self.value.field("state")
    }

    pub fn is_faulted(&self) -> bool {
        let state = self.state().and_then(Value::variant);
        state.is_some_and(|(name, _)| name == "Faulted")
    }

    /// Its fault, if it has one.
    pub fn fault(&self) -> Option<&str> {
        let (name, _) = self.state()?.field("fault")?.variant()?;
        Some(name)
    }

    /// What it did, before its fault if it has one.
    pub fn sched(&self) -> Option<(&str, &[Value])> {
        let state = self.state()?;
        let sched = state.field("original_state").or(state.only())?;
        sched.variant()
    }
}

/// The view of a dump with the image it is of.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub system: &'a System,
    pub kernel: &'a Kernel,
    pub dump: &'a Dump,
}

impl<'a> View<'a> {
    pub fn memory(&self) -> &'a Memory {
        &self.dump.memory
    }

    /// The name of the program that a variable is in.
    pub fn program(&self, variable: &Variable) -> String {
        self.system.modules[variable.module].name.clone()
    }

    /// How far the system has come.
    pub fn status(&self) -> Status {
        let memory = self.memory();
        let failed = self.kernel.failed.and_then(|at| memory.read(at, 1));
        if failed == Some(&[1]) {
            let epitaph = self.kernel.epitaph;
            let text = epitaph.and_then(|(at, len)| memory.read(at, len));
            let text = text.unwrap_or_default();
            let end = text.iter().position(|byte| *byte == 0);
            let text = &text[..end.unwrap_or(text.len())];
            return Status::Failed(String::from_utf8_lossy(text).into_owned());
        }
        if memory.word(self.kernel.current).is_some_and(|at| at != 0) {
            return Status::Booted;
        }
        let pc = self.dump.pc();
        let reset = self.system.kernel_module().and_then(|(_, module)| {
            module.function_at(pc?).filter(|it| it.name == "Reset")
        });
        match reset {
            Some(_) => Status::InReset,
            None => Status::NotBooted,
        }
    }

    /// Milliseconds since boot.
    pub fn ticks(&self) -> Option<u64> {
        let bytes = self.memory().read(self.kernel.ticks, 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// The task table; tasks whose entries cannot be decoded are left out.
    pub fn entries(&self, findings: &mut Findings) -> Vec<Entry<'a>> {
        let View {
            system,
            kernel,
            dump,
        } = *self;
        let memory = &dump.memory;
        let current = memory.word(kernel.current);
        let mut entries = Vec::new();
        for (index, name) in (0..).zip(system.task_names()) {
            if dump.task.is_some_and(|only| u32::from(only) != index) {
                continue;
            }
            let address = kernel.entry(index);
            let Some(bytes) = memory.read(address, kernel.task_size) else {
                let what = format!(
                    "its entry in the task table, at {address:#010x}, is \
                     missing"
                );
                findings.add(Rule::E3, name, what);
                continue;
            };
            match decode(&system.types, kernel.task, bytes, memory) {
                Ok(value) => entries.push(Entry {
                    index,
                    name,
                    value,
                    is_current: current == Some(address),
                }),
                Err(error) => {
                    let what = format!("its entry in the task table: {error}");
                    findings.add(Rule::C2, name, what);
                }
            }
        }
        entries
    }
}

/// The lines of the task table.
pub(crate) fn tasks(
    view: View<'_>,
    entries: &[Entry<'_>],
    findings: &mut Findings,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    for entry in entries {
        let state = match text::state(view, entry) {
            Ok(state) => state,
            Err(text::Untellable { rule, what }) => {
                findings.add(rule, entry.name, what.clone());
                format!("? ({what})")
            }
        };
        let field = |name: &str| entry.value.field(name).and_then(Value::int);
        tasks.push(Task {
            index: entry.index,
            name: entry.name.into(),
            generation: field("generation").unwrap_or(0),
            priority: field("priority")
                .and_then(|priority| u8::try_from(priority).ok())
                .unwrap_or(0),
            state,
            is_faulted: entry.is_faulted(),
            backtrace: unwind::backtrace(view, entry),
        });
    }
    tasks
}

impl System {
    /// The tasks that are out of service, and the kernel if it is.
    ///
    /// `read` reads the memory of a live system, which may not have started
    /// yet. Meant to be called often.
    pub fn faulted(
        &self,
        read: impl Fn(u32, u32) -> Option<Vec<u8>>,
    ) -> Vec<&str> {
        let Some(kernel) = self.kernel() else {
            return Vec::new();
        };
        let current = read(kernel.current, 4);
        if current.is_none_or(|bytes| bytes == [0; 4]) {
            return Vec::new();
        }
        let state = self
            .types
            .as_struct(kernel.task)
            .and_then(|task| task.member("state"));
        let states = state.and_then(|state| {
            let it = self.types.as_struct(state.ty)?;
            Some((state.offset, it.size, it.variants.as_ref()?))
        });
        let Some((offset, size, variants)) = states else {
            return Vec::new();
        };
        let is_faulted = |index: u32| {
            let bytes = read(kernel.entry(index).wrapping_add(offset), size);
            let variant = bytes.and_then(|bytes| {
                crate::value::active(&self.types, variants, &bytes)
            });
            variant.is_some_and(|member| member.name == "Faulted")
        };
        let tasks = (0..).zip(self.task_names());
        let mut faulted: Vec<_> = tasks
            .filter(|(index, _)| is_faulted(*index))
            .map(|(_, name)| name)
            .collect();
        let failed = kernel.failed.and_then(|address| read(address, 1));
        if failed.is_some_and(|flag| flag != [0]) {
            faulted.push("kernel");
        }
        faulted
    }
}
