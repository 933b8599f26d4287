// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What can be known to be wrong before anything is compiled.

mod kernel;
mod memories;
mod names;
mod regions;
mod tasks;

#[cfg(test)]
mod tests;

pub use regions::{MAX_REGIONS, mapped_regions, owned_memories};

use super::App;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use std::collections::BTreeSet;

/// Checks a whole application.
pub fn all(app: &App) -> Diagnostics {
    let mut check = Check {
        app,
        images: Vec::new(),
        incomplete: BTreeSet::new(),
        found: Diagnostics::default(),
    };
    check.unsupported();
    check.names();
    check.memories();
    check.kernel();
    check.tasks();
    check.regions();
    check.found
}

/// A pass over an application.
struct Check<'a> {
    app: &'a App,
    /// The images that the memory file knows.
    images: Vec<String>,
    /// Memories that are known to have no entry for an image.
    incomplete: BTreeSet<(String, String)>,
    found: Diagnostics,
}

impl Check<'_> {
    fn unsupported(&mut self) {
        let toml = &self.app.toml;
        for (key, present) in [
            ("mmio", toml.mmio.is_some()),
            ("auxflash", toml.auxflash.is_some()),
            ("signing", toml.signing.is_some()),
        ] {
            if present {
                let at = self.at(key);
                self.report(
                    Diagnostic::new(format!(
                        "{at} is not supported by this build tool"
                    ))
                    .help("remove the table"),
                );
            }
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// `file: key` of a key of the application file.
    fn at(&self, key: &str) -> String {
        format!("{}: {key}", self.app.documents.app.place(key))
    }

    /// `file: key` of a key of the memory file.
    fn at_memory(&self, key: &str) -> String {
        format!("{}: {key}", self.app.documents.memory.place(key))
    }

    /// `file: key` of a key of the chip file.
    fn at_chip(&self, key: &str) -> String {
        format!("{}: {key}", self.app.documents.chip.place(key))
    }

    /// Reports a name that refers to nothing.
    fn unknown<'n>(
        &mut self,
        key: &str,
        name: &str,
        what: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let error = Diagnostic::new(format!(
            "{} (\"{name}\") is no {what}",
            self.at(key)
        ));
        let error = match closest(name, known.iter().copied()) {
            Some(name) => error.help(format!("did you mean \"{name}\"?")),
            None if known.is_empty() => error.help("there are none"),
            None => error.help(format!("known are {}", known.join(", "))),
        };
        self.report(error);
    }

    /// Checks that a memory exists in every image.
    fn memory_exists(&mut self, key: &str, memory: &str) -> bool {
        let app = self.app;
        let mut exists = true;
        if !app.memories.contains_key(memory) {
            let known = app.memories.keys().map(String::as_str);
            self.unknown(key, memory, "memory", known);
            return false;
        }
        for image in self.images.clone() {
            if app.memory(&image, memory).is_some() {
                continue;
            }
            exists = false;
            let entry = (memory.to_owned(), image.clone());
            if self.incomplete.insert(entry) {
                let at = self.at(key);
                let place = self.at_memory(memory);
                self.report(
                    Diagnostic::new(format!(
                        "{at} (\"{memory}\") has no entry for image \
                         \"{image}\" in\n{place}"
                    ))
                    .help(format!("add [[{memory}]] with name = \"{image}\"")),
                );
            }
        }
        exists
    }
}
