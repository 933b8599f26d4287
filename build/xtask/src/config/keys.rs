// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The keys that configuration files may contain.
//!
//! Each file is checked by itself, before inheritance is applied: only then is
//! it known which file a key came from.

use super::document::at_line;
use super::lines::{Lines, join};
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use toml_edit::{Item, TableLike};

/// What a table may contain.
pub enum Keys {
    /// Not ours to judge: a free-form table, or not a table at all.
    Any,
    /// Exactly these keys.
    Named(&'static [(&'static str, &'static Keys)]),
    /// Any key, with the same contents under each.
    Each(&'static Keys),
    /// Not any more; how to say the same now.
    Former(&'static str),
}

use Keys::{Any, Each, Former, Named};

/// Application files.
pub const APP: Keys = Named(&[
    ("inherit", &Any),
    ("name", &Any),
    ("target", &Any),
    ("board", &Any),
    ("chip", &Any),
    ("memory", &Any),
    ("default-ram", &Any),
    ("stacksize", &Any),
    ("epoch", &Any),
    ("version", &Any),
    ("image-names", &Any),
    ("kernel", &KERNEL),
    ("tasks", &Each(&TASK)),
    ("config", &Any),
    ("extratext", &Each(&SPAN)),
    ("caboose", &CABOOSE),
    ("mmio", &Any),
    ("auxflash", &Any),
    ("signing", &Any),
    (
        "outputs",
        &Former("describe memories in the chip's memory.toml"),
    ),
    (
        "peripherals",
        &Former("describe peripherals in the chip's chip.toml"),
    ),
    (
        "extern-regions",
        &Former("describe memories in the chip's memory.toml"),
    ),
    ("supervisor", &Former("the first task is the supervisor")),
    ("secure-separation", &Former("remove it")),
]);

const KERNEL: Keys = Named(&[
    ("name", &Any),
    ("requires", &Any),
    ("stacksize", &Any),
    ("features", &Any),
    ("no-default-features", &Any),
    ("extern-regions", &EXTERN_REGION),
    ("default-ram", &Any),
]);

const TASK: Keys = Named(&[
    ("name", &Any),
    ("priority", &Any),
    ("start", &Any),
    ("stacksize", &Any),
    ("max-sizes", &Any),
    ("features", &Any),
    ("no-default-features", &Any),
    ("uses", &Any),
    ("notifications", &Any),
    ("interrupts", &Any),
    ("task-slots", &Any),
    ("extern-regions", &Any),
    ("sections", &Any),
    ("default-ram", &Any),
    ("config", &Any),
    ("copy-to-archive", &Any),
    ("bindeps", &BINDEP),
    ("requires", &Former("limit a task's size with max-sizes")),
]);

const BINDEP: Keys =
    Named(&[("name", &Any), ("target", &Any), ("features", &Any)]);
const EXTERN_REGION: Keys = Named(&[("region", &Any), ("shared", &Any)]);
const SPAN: Keys = Named(&[("address", &Any), ("size", &Any)]);
const CABOOSE: Keys =
    Named(&[("region", &Any), ("size", &Any), ("tasks", &Any)]);

/// Chip files: one table per peripheral.
pub const CHIP: Keys = Each(&Named(&[
    ("address", &Any),
    ("size", &Any),
    ("interrupts", &Any),
]));

/// Memory files: an array of tables per memory.
pub const MEMORY: Keys = Each(&Named(&[
    ("name", &Any),
    ("address", &Any),
    ("size", &Any),
    ("read", &Any),
    ("write", &Any),
    ("execute", &Any),
    ("dma", &Any),
]));

/// Board files.
pub const BOARD: Keys = Named(&[("probe-rs", &Named(&[("chip-name", &Any)]))]);

/// Reports every key of `table` that `keys` does not have.
///
/// `file` is how messages name the file.
pub fn check(
    file: &str,
    table: &dyn TableLike,
    lines: &Lines,
    keys: &Keys,
) -> Diagnostics {
    let mut check = Check {
        file,
        lines,
        found: Diagnostics::default(),
    };
    check.table("", table, keys);
    check.found
}

struct Check<'a> {
    file: &'a str,
    lines: &'a Lines,
    found: Diagnostics,
}

impl Check<'_> {
    fn table(&mut self, path: &str, table: &dyn TableLike, keys: &Keys) {
        for (key, item) in table.iter() {
            let here = join(path, key);
            let below = match keys {
                Any | Former(_) => return,
                Each(below) => *below,
                Named(known) => {
                    let Some(below) = self.known(&here, key, known) else {
                        continue;
                    };
                    below
                }
            };
            self.item(&here, item, below);
        }
    }

    fn item(&mut self, path: &str, item: &Item, keys: &Keys) {
        if let Some(table) = item.as_table_like() {
            self.table(path, table, keys);
        } else if let Some(tables) = item.as_array_of_tables() {
            for (i, table) in tables.iter().enumerate() {
                self.table(&format!("{path}[{i}]"), table, keys);
            }
        } else if let Some(array) = item.as_array() {
            for (i, value) in array.iter().enumerate() {
                if let Some(table) = value.as_inline_table() {
                    self.table(&format!("{path}[{i}]"), table, keys);
                }
            }
        }
    }

    /// What may be under a key; reports the key if there is no such.
    fn known(
        &mut self,
        path: &str,
        key: &str,
        known: &[(&str, &'static Keys)],
    ) -> Option<&'static Keys> {
        let found = known.iter().find(|(name, _)| *name == key);
        let current = known.iter().filter(|(_, k)| !matches!(k, Former(_)));
        let names: Vec<&str> = current.map(|(name, _)| *name).collect();
        let help = match found {
            Some((_, Former(help))) => (*help).to_owned(),
            Some((_, below)) => return Some(below),
            None => match closest(key, names.iter().copied()) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("known keys are {}", names.join(", ")),
            },
        };
        let place = at_line(self.file, self.lines.find(path));
        let error = format!("{place}: unknown key {path}");
        self.found.push(Diagnostic::new(error).help(help));
        None
    }
}
