// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the memory protection unit has to express for each task.

use super::Check;
use crate::config::App;
use crate::diagnostic::Diagnostic;
use ordered_toml::Value;
use std::collections::BTreeSet;
use toml_task::Task;

/// Regions a task can have; the kernel keeps one of eight for itself.
pub const MAX_REGIONS: usize = 7;

impl Check<'_> {
    pub(super) fn regions(&mut self) {
        let app = self.app;
        for name in app.toml.extratext.keys() {
            if app.chip.contains_key(name) {
                let at = self.at(&format!("extratext.{name}"));
                let place = self.at_chip(name);
                self.report(
                    Diagnostic::new(format!(
                        "{at} is the name of a peripheral, too, in\n{place}"
                    ))
                    .help("call it something else"),
                );
            }
        }
        for (name, task) in &app.toml.tasks {
            self.uses(name, task);
            self.budget(name, task);
            for image in self.images.clone() {
                self.overlaps(&image, name, task);
            }
        }
        let memories: BTreeSet<&str> = app
            .toml
            .tasks
            .values()
            .flat_map(|task| &task.extern_regions)
            .map(String::as_str)
            .collect();
        for memory in memories {
            for entry in app.memories.get(memory).into_iter().flatten() {
                let at = self.at_memory(memory);
                self.is_region(at, entry.address, entry.size);
            }
        }
    }

    fn uses(&mut self, name: &str, task: &Task<Value>) {
        let app = self.app;
        for used in &task.uses {
            let Some((address, size)) = app.used_span(used) else {
                let known = app
                    .chip
                    .keys()
                    .chain(app.toml.extratext.keys())
                    .map(String::as_str);
                let key = format!("tasks.{name}.uses");
                self.unknown(&key, used, "peripheral", known);
                continue;
            };
            let at = if app.chip.contains_key(used) {
                self.at_chip(used)
            } else {
                self.at(&format!("extratext.{used}"))
            };
            self.is_region(at, address, size);
        }
    }

    fn is_region(&mut self, at: String, address: u32, size: u32) {
        let mpu = self.app.target.mpu();
        if mpu.is_region(address, size) {
            return;
        }
        let granule = mpu.granule();
        let rule = match mpu {
            crate::memory::Mpu::PowerOfTwo { .. } => format!(
                "a region's size is a power of two of at least {granule}, \
                 and its address a multiple of that"
            ),
            crate::memory::Mpu::Multiple { .. } => {
                format!("address and size are multiples of {granule}")
            }
        };
        let diagnostic = Diagnostic::new(format!(
            "{at} ({address:#010x}, {size} bytes) cannot be protected"
        ))
        .help(format!("on {}, {rule}", self.app.target.triple()));
        if !self.found.0.contains(&diagnostic) {
            self.report(diagnostic);
        }
    }

    fn budget(&mut self, name: &str, task: &Task<Value>) {
        let owned = owned_memories(self.app, task).len();
        let mapped = mapped_regions(self.app, name, task);
        if owned + mapped > MAX_REGIONS {
            let at = self.at(&format!("tasks.{name}"));
            self.report(
                Diagnostic::new(format!(
                    "{at} needs {} protection regions, but a task can have \
                     {MAX_REGIONS}:\n{owned} for its own memories and \
                     {mapped} for uses, extern-regions and the caboose",
                    owned + mapped
                ))
                .help(
                    "map neighbouring peripherals as one, with an entry in \
                     the chip file that spans them",
                ),
            );
        }
    }

    fn overlaps(&mut self, image: &str, name: &str, task: &Task<Value>) {
        let app = self.app;
        let used = task
            .uses
            .iter()
            .filter_map(|used| Some((used, app.used_span(used)?)));
        let external = task.extern_regions.iter().filter_map(|memory| {
            let entry = app.memory(image, memory)?;
            Some((memory, (entry.address, entry.size)))
        });
        let mut spans: Vec<_> = used.chain(external).collect();
        spans.sort_by_key(|(name, (address, _))| (*address, *name));
        // Inherited lists append, so a name may well be there twice.
        spans.dedup();
        for pair in spans.windows(2) {
            let [(lower, (base, size)), (upper, (next, next_size))] = pair
            else {
                continue;
            };
            if u64::from(*base) + u64::from(*size) > u64::from(*next) {
                let at = self.at(&format!("tasks.{name}"));
                self.report(
                    Diagnostic::new(format!(
                        "{at}: {upper} ({next:#010x}, {next_size} bytes)\n\
                         overlaps {lower} ({base:#010x}, {size} bytes)"
                    ))
                    .help("the regions of a task must be disjoint"),
                );
            }
        }
    }
}

/// Memories that a task has a part of its own in.
pub fn owned_memories<'a>(
    app: &'a App,
    task: &'a Task<Value>,
) -> BTreeSet<&'a str> {
    let sections = task.sections.values().map(String::as_str);
    sections.chain(["flash", app.task_ram(task)]).collect()
}

/// Protection regions of a task besides its own memories.
pub fn mapped_regions(app: &App, name: &str, task: &Task<Value>) -> usize {
    let caboose = app
        .toml
        .caboose
        .iter()
        .any(|caboose| caboose.tasks.iter().any(|task| task == name));
    let regions: BTreeSet<_> =
        task.uses.iter().chain(&task.extern_regions).collect();
    regions.len() + usize::from(caboose)
}
