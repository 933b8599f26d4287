// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The `[kernel]` table.

use super::Check;
use crate::config::Amount;
use crate::diagnostic::Diagnostic;

impl Check<'_> {
    pub(super) fn kernel(&mut self) {
        let app = self.app;
        let kernel = &app.toml.kernel;

        let requires = app.kernel_requires();
        self.amounts("kernel.requires", &requires);
        for &Amount { key, memory, bytes } in &requires {
            let at = self.at(&format!("kernel.requires.{key}"));
            if bytes == 0 || bytes % 4 != 0 {
                self.report(
                    Diagnostic::new(format!(
                        "{at} ({bytes}) is not a multiple of 4 bytes"
                    ))
                    .help(format!("use {}", bytes.max(1).next_multiple_of(4))),
                );
            }
            let entries = app.memories.get(memory).into_iter().flatten();
            let smallest = entries.map(|entry| entry.size).min();
            if let Some(size) = smallest
                && bytes > size
            {
                self.report(Diagnostic::new(format!(
                    "{at} ({bytes}) is larger than {memory} ({size} bytes)"
                )));
            }
        }
        let required =
            |memory| requires.iter().find(|amount| amount.memory == memory);
        for memory in ["flash", app.kernel_ram()] {
            if required(memory).is_none() {
                let at = self.at("kernel.requires");
                self.report(
                    Diagnostic::new(format!("{at} does not name {memory}"))
                        .help(
                            "reserve what the kernel needs, such as { flash \
                             = 20000, ram = 3072 }",
                        ),
                );
            }
        }

        let stack = kernel.stacksize;
        let ram = required(app.kernel_ram()).map(|amount| amount.bytes);
        self.stack_size("kernel.stacksize", stack);
        if let Some(ram) = ram
            && stack >= ram
        {
            let at = self.at("kernel.stacksize");
            self.report(
                Diagnostic::new(format!(
                    "{at} ({stack}) leaves nothing of the {ram} bytes of \
                     kernel RAM"
                ))
                .help(format!("raise kernel.requires.{}", app.kernel_ram())),
            );
        }

        for region in &kernel.extern_regions {
            self.memory_exists("kernel.extern-regions", &region.region);
        }
        self.dump_support();
    }

    pub(super) fn stack_size(&mut self, key: &str, size: u32) {
        if size == 0 || !size.is_multiple_of(8) {
            let at = self.at(key);
            self.report(
                Diagnostic::new(format!(
                    "{at} ({size}) is not a multiple of 8 bytes"
                ))
                .help(format!("use {}", size.max(1).next_multiple_of(8))),
            );
        }
    }

    /// A task dump takes a kernel that reads memory, a supervisor that asks it
    /// to, and an agent that hands the dump out.
    fn dump_support(&mut self) {
        let toml = &self.app.toml;
        let dump = |features: &[String]| features.iter().any(|f| f == "dump");
        let supervisor = toml.tasks.values().next();
        let parts = [
            ("kernel.features has \"dump\"", dump(&toml.kernel.features)),
            (
                "the supervisor's features have \"dump\"",
                supervisor.is_some_and(|task| dump(&task.features)),
            ),
            (
                "there is a task dump_agent",
                toml.tasks.contains_key("dump_agent"),
            ),
        ];
        let list = |configured: bool| {
            let parts = parts.iter().filter(|(_, on)| *on == configured);
            parts.map(|(part, _)| *part).collect::<Vec<_>>()
        };
        let (present, missing) = (list(true), list(false));
        if present.is_empty() || missing.is_empty() {
            return;
        }
        let at = self.at("kernel.features");
        self.report(
            Diagnostic::new(format!(
                "{at}: dump support is half-configured:\n{},\nbut it is not \
                 so that {}",
                present.join(", and "),
                missing.join(", nor that ")
            ))
            .help("configure all three parts, or none"),
        );
    }
}
