// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Names that outputs are called by: of the application and of its images.

use super::Check;
use crate::diagnostic::Diagnostic;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

impl Check<'_> {
    pub(super) fn names(&mut self) {
        let toml = &self.app.toml;
        self.names_a_file("name", &toml.name);
        let names = &toml.image_names;
        if names.is_empty() {
            let at = self.at("image-names");
            self.report(
                Diagnostic::new(format!("{at} is empty"))
                    .help("leave it out: there is one image, \"default\""),
            );
        }
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                let at = self.at("image-names");
                self.report(Diagnostic::new(format!(
                    "{at} (\"{name}\") is listed twice"
                )));
            } else if self.names_a_file("image-names", name) {
                self.image(name);
            }
        }
    }

    /// Directories and archives have these names.
    fn names_a_file(&mut self, key: &str, name: &str) -> bool {
        let fits = Path::new(name).file_name() == Some(OsStr::new(name));
        if !fits {
            let at = self.at(key);
            self.report(
                Diagnostic::new(format!(
                    "{at} (\"{name}\") cannot be the name of a directory"
                ))
                .help("use letters, digits and hyphens"),
            );
        }
        fits
    }

    /// An image is one that the memory file knows.
    fn image(&mut self, name: &str) {
        let entries = self.app.memories.values().flatten();
        let known: BTreeSet<&str> =
            entries.map(|entry| entry.name.as_str()).collect();
        if known.contains(name) {
            self.images.push(name.to_owned());
        } else {
            self.unknown(
                "image-names",
                name,
                "image of the memory file",
                known,
            );
        }
    }
}
