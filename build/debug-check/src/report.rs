// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What was read, for people.

use crate::dump::Dump;
use crate::memory::Memory;
use crate::rule::{Finding, Findings};
use crate::state::{self, Margin, Status, Task, View};
use crate::system::System;
use crate::trace::{self, CounterSet, Ring};
use crate::value::{self, Value};
use std::fmt;

/// Width of the names of tasks.
const NAME: usize = 20;

/// What there is to say about an archive.
#[derive(Debug)]
pub struct ArchiveReport {
    /// The rules broken.
    pub findings: Findings,
    /// The image, if it could be read.
    pub system: Option<System>,
}

/// What there is to say about a dump.
#[derive(Debug)]
pub struct DumpReport {
    /// The rules broken, by the archive or the dump.
    pub findings: Findings,
    /// The image, if it could be read.
    pub system: Option<System>,
    /// How far the system had come.
    pub status: Status,
    /// Milliseconds since boot.
    pub ticks: Option<u64>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The ring buffers of all programs.
    pub rings: Vec<Ring>,
    /// The counters of all programs.
    pub counters: Vec<CounterSet>,
    /// The stacks.
    pub margins: Vec<Margin>,
    /// Where the processor was.
    pub pc: Option<String>,
    memory: Memory,
}

impl DumpReport {
    /// That there is nothing to report but what is wrong.
    pub(crate) fn unreadable(findings: Findings) -> Self {
        Self {
            findings,
            system: None,
            status: Status::NotBooted,
            ticks: None,
            tasks: Vec::new(),
            rings: Vec::new(),
            counters: Vec::new(),
            margins: Vec::new(),
            pc: None,
            memory: Memory::default(),
        }
    }

    /// Decodes a dump.
    pub(crate) fn new(
        dump: Dump,
        system: System,
        mut findings: Findings,
    ) -> Self {
        let mut report = Self::unreadable(Findings::default());
        report.pc = dump.pc().map(|pc| match system.module_at(pc) {
            Some((_, module)) => {
                format!("{}: {}", module.name, module.describe(pc))
            }
            None => format!("{pc:#010x}"),
        });
        if let Some(kernel) = system.kernel() {
            let view = View {
                system: &system,
                kernel,
                dump: &dump,
            };
            if state::check(view, &mut findings) {
                report.decode(view, &mut findings);
            }
        }
        report.findings = findings;
        report.system = Some(system);
        report.memory = dump.memory;
        report
    }

    fn decode(&mut self, view: View<'_>, findings: &mut Findings) {
        self.status = view.status();
        self.ticks = view.ticks();
        self.rings = trace::rings(view, findings);
        self.counters = trace::counters(view, findings);
        let has_tasks = match self.status {
            Status::Booted | Status::Failed(_) => true,
            // A dump of a single task says nothing of the others.
            _ => view.dump.task.is_some(),
        };
        if has_tasks {
            let entries = view.entries(findings);
            self.tasks = state::tasks(view, &entries, findings);
            self.margins = state::margins(view);
            state::check_tasks(view, &entries, &self.tasks, findings);
            state::check_margins(&entries, &self.margins, findings);
        }
    }

    /// The task of a name.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// The value of a program's variable, if it can be decoded.
    pub fn variable(&self, program: &str, name: &str) -> Option<Value> {
        let system = self.system.as_ref()?;
        let mut modules = system.modules.iter();
        let module = modules.position(|module| module.name == program)?;
        let variable = system.variable(module, name)?;
        let bytes = self.memory.read(variable.address, variable.size)?;
        value::decode(&system.types, variable.ty, bytes, &self.memory).ok()
    }

    /// The ring buffer whose path ends in this.
    pub fn ring(&self, path: &str) -> Option<&Ring> {
        self.rings.iter().find(|ring| ring.path.ends_with(path))
    }
}

impl fmt::Display for ArchiveReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(system) = &self.system {
            image(f, system)?;
        }
        verdict(f, &self.findings)
    }
}

impl fmt::Display for DumpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(system) = &self.system {
            image(f, system)?;
        }
        if let Some(pc) = &self.pc {
            writeln!(f, "pc       {pc}")?;
        }
        match &self.status {
            Status::Booted => {}
            Status::NotBooted => writeln!(f, "\nno task has run yet")?,
            Status::InReset => writeln!(f, "\nthe processor is in reset")?,
            Status::Failed(epitaph) => {
                writeln!(f, "\nthe kernel has failed: {epitaph}")?;
            }
        }
        self.write_tasks(f)?;
        self.write_rings(f)?;
        self.write_counters(f)?;
        self.write_margins(f)?;
        writeln!(f)?;
        verdict(f, &self.findings)
    }
}

impl DumpReport {
    fn write_tasks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tasks.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nsystem time = {}", self.ticks.unwrap_or(0))?;
        writeln!(f, "ID {:<NAME$} {:>8} PRI STATE", "TASK", "GEN")?;
        for task in &self.tasks {
            writeln!(
                f,
                "{:2} {:<NAME$.NAME$} {:8} {:3} {}",
                task.index,
                task.name,
                task.generation,
                task.priority,
                task.state
            )?;
            for frame in &task.backtrace.frames {
                writeln!(f, "      {frame}")?;
            }
            if let Some(trouble) = &task.backtrace.trouble {
                writeln!(f, "      ? {trouble}")?;
            }
        }
        Ok(())
    }

    fn write_rings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ring in self.rings.iter().filter(|ring| !ring.entries.is_empty()) {
            writeln!(f, "\n{}: ring buffer {}", ring.program, ring.path)?;
            writeln!(f, " NDX LINE      GEN    COUNT PAYLOAD")?;
            for entry in &ring.entries {
                let count = entry.count.map(|count| count.to_string());
                writeln!(
                    f,
                    "{:4} {:4} {:8} {:>8} {}",
                    entry.index,
                    entry.line,
                    entry.generation,
                    count.unwrap_or_default(),
                    entry.payload
                )?;
            }
        }
        Ok(())
    }

    /// Counters that stand at 0 are left out.
    fn write_counters(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for set in &self.counters {
            let counters = set.counters.iter();
            let mut counted = counters.filter(|it| it.value > 0).peekable();
            if counted.peek().is_some() {
                writeln!(f, "\n{}: counters {}", set.program, set.path)?;
            }
            for counter in counted {
                writeln!(f, "{:10} {}", counter.value, counter.event)?;
            }
        }
        Ok(())
    }

    fn write_margins(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.margins.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n   {:<NAME$} STACK      SIZE   USED MARGIN", "TASK")?;
        for margin in &self.margins {
            writeln!(
                f,
                "   {:<NAME$.NAME$} {:#010x} {:4} {:6} {:6}",
                margin.task,
                margin.base,
                margin.size,
                margin.used,
                margin.free()
            )?;
        }
        Ok(())
    }
}

fn image(f: &mut fmt::Formatter<'_>, system: &System) -> fmt::Result {
    let config = &system.config;
    let text = |text: &Option<String>| text.clone().unwrap_or("?".into());
    writeln!(f, "image    {} ({})", config.name, text(&config.image_name))?;
    writeln!(f, "board    {}, {}", config.board, config.target)?;
    writeln!(f, "git rev  {}", text(&config.git_rev))?;
    let tasks: Vec<_> = system.task_names().collect();
    writeln!(f, "tasks    {}", tasks.join(", "))
}

fn verdict(f: &mut fmt::Formatter<'_>, findings: &Findings) -> fmt::Result {
    if findings.is_empty() {
        return writeln!(f, "no rule is broken");
    }
    let mut rules: Vec<_> = findings.iter().map(|it| it.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        writeln!(f, "{rule:<4} {}", rule.summary())?;
        for Finding { place, what, .. } in findings.of(rule) {
            writeln!(f, "     {place}: {}", what.replace('\n', "\n     "))?;
        }
    }
    Ok(())
}
