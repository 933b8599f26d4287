// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The memory file, and who is placed where.

use super::Check;
use crate::config::{Amount, App, Memory};
use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;

impl Check<'_> {
    pub(super) fn memories(&mut self) {
        let app = self.app;
        if !app.memories.contains_key("flash") {
            let place = self.at_memory("flash");
            self.report(
                Diagnostic::new(format!("{place} is missing"))
                    .help("add [[flash]], the memory that code is placed in"),
            );
        }
        for image in self.images.clone() {
            self.entries_of(&image);
        }
        self.default_ram("default-ram", &app.toml.default_ram);
        if let Some(ram) = &app.toml.kernel.default_ram {
            self.default_ram("kernel.default-ram", ram);
        }
        self.caboose();
    }

    /// Checks a memory for stacks and statics.
    pub(super) fn default_ram(&mut self, key: &str, memory: &str) {
        if self.memory_exists(key, memory) {
            self.usable_as_ram(key, memory);
        }
    }

    /// Checks the memories that a table of sizes names.
    pub(super) fn amounts(&mut self, table: &str, amounts: &[Amount<'_>]) {
        for (i, Amount { key, memory, .. }) in amounts.iter().enumerate() {
            let at = format!("{table}.{key}");
            let earlier = amounts[..i].iter().find(|a| a.memory == *memory);
            // A default that does not exist has been reported where it is set.
            if key == memory && !self.memory_exists(&at, memory) {
                continue;
            }
            if let Some(Amount { key: other, .. }) = earlier {
                let at = self.at(&at);
                self.report(
                    Diagnostic::new(format!(
                        "{at} is the same memory as {table}.{other}"
                    ))
                    .help(format!("\"ram\" stands for {memory} here")),
                );
            }
        }
    }

    fn entries_of(&mut self, image: &str) {
        let app = self.app;
        let mut entries: Vec<(&str, &Memory)> = Vec::new();
        for (name, variants) in &app.memories {
            let mut of_image = variants.iter().filter(|m| m.name == image);
            let Some(memory) = of_image.next() else {
                continue;
            };
            if of_image.next().is_some() {
                let place = self.at_memory(name);
                self.report(
                    Diagnostic::new(format!(
                        "{place} has more than one entry for image \
                         \"{image}\""
                    ))
                    .help("keep one, or give them different names"),
                );
            }
            if memory.size == 0 || memory.end() > 1 << 32 {
                let place = self.at_memory(name);
                self.report(Diagnostic::new(format!(
                    "{place} ({}) is not a span of the address space",
                    span(memory)
                )));
            }
            entries.push((name, memory));
        }
        entries.sort_by_key(|(_, memory)| memory.address);
        for pair in entries.windows(2) {
            let [(lower_name, lower), (upper_name, upper)] = pair else {
                continue;
            };
            if lower.end() > upper.address.into() {
                let place = self.at_memory(upper_name);
                self.report(
                    Diagnostic::new(format!(
                        "{place} ({})\noverlaps {lower_name} ({})",
                        span(upper),
                        span(lower)
                    ))
                    .help(format!(
                        "memories must be disjoint; {lower_name} ends at \
                         {:#010x}",
                        lower.end()
                    )),
                );
            }
        }
    }

    /// Stacks and statics need memory that the kernel will touch for a task.
    fn usable_as_ram(&mut self, key: &str, name: &str) {
        let app = self.app;
        let entries = app.memories.get(name).into_iter().flatten();
        for memory in entries {
            let at = self.at(key);
            if memory.dma {
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{name}\") is declared with dma = true,\nso \
                         the kernel would not copy messages to or from it"
                    ))
                    .help(
                        "place statics shared with other bus masters there \
                         through `sections` instead",
                    ),
                );
            } else if !(memory.read && memory.write) {
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{name}\") cannot hold a stack: it is not \
                         readable and writable"
                    ))
                    .help("set read = true and write = true there"),
                );
            }
        }
    }

    fn caboose(&mut self) {
        let app = self.app;
        let Some(caboose) = &app.toml.caboose else {
            return;
        };
        let smallest = match caboose.tasks.is_empty() {
            true => 8,
            false => app.target.mpu().granule(),
        };
        if !caboose.size.is_power_of_two() || caboose.size < smallest {
            let at = self.at("caboose.size");
            self.report(
                Diagnostic::new(format!(
                    "{at} ({}) is not a power of two of at least {smallest}",
                    caboose.size
                ))
                .help(format!(
                    "use {}",
                    caboose.size.next_power_of_two().max(smallest)
                )),
            );
        }
        if self.memory_exists("caboose.region", &caboose.region)
            && caboose.region != "flash"
        {
            let at = self.at("caboose.region");
            self.report(
                Diagnostic::new(format!(
                    "{at} (\"{}\") is not part of the image",
                    caboose.region
                ))
                .help("use \"flash\""),
            );
        }
        for task in &caboose.tasks {
            if !app.toml.tasks.contains_key(task) {
                let known = app.toml.tasks.keys().map(String::as_str);
                self.unknown("caboose.tasks", task, "task", known);
            }
        }
    }

    /// No memory may both be handed out whole and be cut up.
    pub(super) fn extern_against_owned(&mut self) {
        let app = self.app;
        let owners = owners(app);
        let mut check = |key: String, memory: &str| {
            if let Some(owner) = owners.get(memory) {
                let at = self.at(&key);
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{memory}\") is also used for allocation, \
                         by {owner}"
                    ))
                    .help(
                        "split the memory in the memory file, one entry for \
                         each purpose",
                    ),
                );
            }
        };
        for (name, task) in &app.toml.tasks {
            for memory in &task.extern_regions {
                check(format!("tasks.{name}.extern-regions"), memory);
            }
        }
        for region in &app.toml.kernel.extern_regions {
            if !region.shared {
                check("kernel.extern-regions".into(), &region.region);
            }
        }
    }
}

/// Each memory that something is allocated in, with one whose it is.
fn owners(app: &App) -> BTreeMap<&str, String> {
    let mut owners = BTreeMap::new();
    for amount in app.kernel_requires() {
        owners.insert(amount.memory, "the kernel".to_owned());
    }
    owners.insert("flash", "the kernel".to_owned());
    owners.insert(app.kernel_ram(), "the kernel".to_owned());
    if let Some(caboose) = &app.toml.caboose {
        owners.insert(&caboose.region, "the caboose".to_owned());
    }
    for (name, task) in &app.toml.tasks {
        owners.insert(app.task_ram(task), format!("task {name}"));
        for memory in task.sections.values() {
            owners.insert(memory, format!("task {name}"));
        }
    }
    owners
}

/// Address and size, for messages.
pub(super) fn span(memory: &Memory) -> String {
    format!("{:#010x}, {} bytes", memory.address, memory.size)
}
