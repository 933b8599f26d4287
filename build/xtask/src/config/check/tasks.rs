// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The `[tasks.*]` tables: names, priorities, slots and interrupts.

use super::Check;
use crate::config::Target;
use crate::diagnostic::Diagnostic;
use ordered_toml::Value;
use std::collections::BTreeMap;
use toml_task::Task;

/// The kernel library keeps bit 31 for its own timeouts.
const MAX_NOTIFICATIONS: usize = 31;

/// Task indices have ten bits, and the highest two values are taken.
const MAX_TASKS: usize = 1022;

impl<'a> Check<'a> {
    pub(super) fn tasks(&mut self) {
        let tasks = &self.app.toml.tasks;
        if tasks.len() > MAX_TASKS {
            let at = self.at("tasks");
            self.report(Diagnostic::new(format!(
                "{at} has {} entries; task identifiers have room for \
                 {MAX_TASKS}",
                tasks.len()
            )));
        }
        for (index, (name, task)) in tasks.iter().enumerate() {
            self.task_name(name);
            self.task_priority(index, name, task);
            self.task_slots(name, task);
            self.task_notifications(name, task);
            self.task_interrupts(name, task);
            self.task_memory(name, task);
            self.task_build(name, task);
        }
        self.idle();
        self.shared_interrupts();
        self.extern_against_owned();
    }

    fn task_name(&mut self, name: &str) {
        let mut letters = name.chars();
        let identifier = letters
            .next()
            .is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
            && letters.all(|c| c == '_' || c.is_ascii_alphanumeric())
            && !KEYWORDS.contains(&name)
            && name != "_";
        if !identifier || name == "kernel" {
            let at = self.at(&format!("tasks.{name}"));
            let reason = if identifier {
                "is reserved for the kernel"
            } else {
                "is not a Rust identifier"
            };
            self.report(
                Diagnostic::new(format!("{at} {reason}"))
                    .help("use another name, such as my_task"),
            );
        }
    }

    fn task_priority(&mut self, index: usize, name: &str, task: &Task<Value>) {
        let at = self.at(&format!("tasks.{name}.priority"));
        let priority = task.priority;
        if index == 0 && priority != 0 {
            self.report(
                Diagnostic::new(format!(
                    "{at} ({priority}) has to be 0, because the first task \
                     is the supervisor"
                ))
                .help("list the supervisor first, with priority = 0"),
            );
        }
        if index > 0 && priority == 0 {
            self.report(
                Diagnostic::new(format!(
                    "{at} (0) is reserved for the supervisor, the first task"
                ))
                .help("use 1 or more"),
            );
        }
    }

    fn task_slots(&mut self, name: &str, task: &Task<Value>) {
        let tasks = &self.app.toml.tasks;
        let key = format!("tasks.{name}.task-slots");
        for (slot, callee_name) in &task.task_slots {
            let Some(callee) = tasks.get(callee_name) else {
                let known = tasks.keys().map(String::as_str);
                self.unknown(&key, callee_name, "task", known);
                continue;
            };
            if callee_name != name && callee.priority >= task.priority {
                let at = self.at(&key);
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{slot}\"): Priority inversion: {name} \
                         (priority {}) would\nwait for {callee_name} \
                         (priority {}), which is not more important",
                        task.priority, callee.priority
                    ))
                    .help(format!(
                        "give {name} a priority number above {}",
                        callee.priority
                    )),
                );
            }
        }
    }

    fn task_notifications(&mut self, name: &str, task: &Task<Value>) {
        let key = format!("tasks.{name}.notifications");
        let count = task.notifications.len();
        if count > MAX_NOTIFICATIONS {
            let at = self.at(&key);
            self.report(Diagnostic::new(format!(
                "{at} has {count} entries; a task can have at most \
                 {MAX_NOTIFICATIONS}"
            )));
        }
        for (i, notification) in task.notifications.iter().enumerate() {
            let constant = constant_name(notification);
            let mut earlier = task.notifications[..i].iter();
            if !is_constant_name(&constant) {
                let at = self.at(&key);
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{notification}\") cannot be the name of a \
                         constant"
                    ))
                    .help(
                        "use letters, digits and hyphens, starting with a \
                         letter",
                    ),
                );
            } else if earlier.any(|name| constant_name(name) == constant) {
                let at = self.at(&key);
                self.report(
                    Diagnostic::new(format!(
                        "{at}: there are two notifications for the constant \
                         {constant}_MASK"
                    ))
                    .help("inherited lists append; remove one of the two"),
                );
            }
        }
    }

    /// What is only looked at when the programs are built, and would be hard
    /// to make out there.
    fn task_build(&mut self, name: &str, task: &Task<Value>) {
        for dependency in &task.bindeps {
            let triple = &dependency.target;
            if Target::from_triple(triple).is_none() {
                let key = format!("tasks.{name}.bindeps");
                let known = Target::ALL.map(Target::triple);
                self.unknown(&key, triple, "supported target", known);
            }
        }
        for key in &task.copy_to_archive {
            let config = task.config.as_ref();
            let value = config.and_then(|config| config.get(key));
            if value.and_then(Value::as_str).is_none() {
                let at = self.at(&format!("tasks.{name}.copy-to-archive"));
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{key}\") is no string in the task's config"
                    ))
                    .help(format!(
                        "add {key} = \"<file>\" to [tasks.{name}.config]"
                    )),
                );
            }
        }
    }

    fn task_interrupts(&mut self, name: &str, task: &Task<Value>) {
        let app = self.app;
        for (source, notification) in &task.interrupts {
            let key = format!("tasks.{name}.interrupts");
            let at = self.at(&key);
            match source.split_once('.') {
                None => self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{source}\") does not name a peripheral and \
                         its interrupt"
                    ))
                    .help("write \"<peripheral>.<interrupt>\""),
                ),
                Some((peripheral, irq)) => match app.chip.get(peripheral) {
                    None => {
                        let known = app.chip.keys().map(String::as_str);
                        self.unknown(&key, peripheral, "peripheral", known);
                    }
                    Some(known) => {
                        if !known.interrupts.contains_key(irq) {
                            let known =
                                known.interrupts.keys().map(String::as_str);
                            let what = format!("interrupt of {peripheral}");
                            self.unknown(&key, irq, &what, known);
                        }
                    }
                },
            }
            if !task.notifications.contains(notification) {
                self.report(
                    Diagnostic::new(format!(
                        "{at}.\"{source}\" (\"{notification}\") is not in \
                         the notifications of {name}"
                    ))
                    .help(format!(
                        "notifications = {:?}",
                        task.notifications
                            .iter()
                            .chain([notification])
                            .collect::<Vec<_>>()
                    )),
                );
            }
            if !notification.ends_with("-irq") {
                self.report(
                    Diagnostic::new(format!(
                        "{at}.\"{source}\" (\"{notification}\") does not \
                         end in \"-irq\""
                    ))
                    .help(format!("call it \"{notification}-irq\"")),
                );
            }
        }
    }

    fn task_memory(&mut self, name: &str, task: &Task<Value>) {
        let app = self.app;
        if let Some(ram) = &task.default_ram {
            self.default_ram(&format!("tasks.{name}.default-ram"), ram);
        }
        for memory in task.sections.values() {
            self.memory_exists(&format!("tasks.{name}.sections"), memory);
        }
        let limits = format!("tasks.{name}.max-sizes");
        self.amounts(&limits, &app.task_limits(task));
        for memory in &task.extern_regions {
            self.memory_exists(&format!("tasks.{name}.extern-regions"), memory);
        }
        let key = format!("tasks.{name}.stacksize");
        if task.stacksize.or(app.toml.stacksize).is_none() {
            let at = self.at(&key);
            self.report(
                Diagnostic::new(format!("{at} is missing"))
                    .help("set it here, or `stacksize` for all tasks"),
            );
            return;
        }
        let stack = app.task_stack(task);
        self.stack_size(&key, stack);
        let entries =
            app.memories.get(app.task_ram(task)).into_iter().flatten();
        if let Some(size) = entries.map(|entry| entry.size).min()
            && stack > size
        {
            let at = self.at(&key);
            self.report(Diagnostic::new(format!(
                "{at} ({stack}) is larger than {} ({size} bytes)",
                app.task_ram(task),
            )));
        }
    }

    fn idle(&mut self) {
        let tasks = &self.app.toml.tasks;
        let Some(idle) = tasks.get("idle") else {
            let at = self.at("tasks");
            self.report(
                Diagnostic::new(format!("{at} has no task called idle")).help(
                    "add one: the kernel panics when no task is runnable",
                ),
            );
            return;
        };
        for (name, task) in tasks {
            if name != "idle" && task.priority >= idle.priority {
                let at = self.at(&format!("tasks.{name}.priority"));
                self.report(
                    Diagnostic::new(format!(
                        "{at} ({}) is not below that of idle ({}), so {name} \
                         might never run",
                        task.priority, idle.priority
                    ))
                    .help(format!(
                        "give idle a priority above {}",
                        task.priority
                    )),
                );
            }
        }
    }

    fn shared_interrupts(&mut self) {
        let tasks = &self.app.toml.tasks;
        let mut taken: BTreeMap<u32, (&str, &str)> = BTreeMap::new();
        for (name, task) in tasks {
            for source in task.interrupts.keys() {
                let Some(number) = self.app.interrupt_number(source) else {
                    continue;
                };
                if let Some((other, other_source)) =
                    taken.insert(number, (name, source))
                {
                    let at = self.at(&format!("tasks.{name}.interrupts"));
                    self.report(
                        Diagnostic::new(format!(
                            "{at} (\"{source}\", number {number}) already \
                             goes to task {other}\nas \"{other_source}\""
                        ))
                        .help("route each interrupt to one task"),
                    );
                }
            }
        }
    }
}

/// What `build-util` makes of the name of a notification.
fn constant_name(notification: &str) -> String {
    notification.to_uppercase().replace('-', "_")
}

fn is_constant_name(name: &str) -> bool {
    let is_letter = |c: char| c == '_' || c.is_ascii_uppercase();
    name.starts_with(is_letter)
        && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

/// Words that cannot name an enum variant or a module.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const",
    "continue", "crate", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "try",
    "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];
