// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The keys that configuration files may contain.
//!
//! Each file is checked by itself, before inheritance is applied: only then is
//! it known which file a key came from.

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
}

use Keys::{Any, Each, Named};

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
pub fn check(file: &str, table: &dyn TableLike, keys: &Keys) -> Diagnostics {
    let mut found = Diagnostics::default();
    walk(file, "", table, keys, &mut found);
    found
}

fn walk(
    file: &str,
    path: &str,
    table: &dyn TableLike,
    keys: &Keys,
    found: &mut Diagnostics,
) {
    for (key, item) in table.iter() {
        let here = if path.is_empty() {
            key.into()
        } else {
            format!("{path}.{key}")
        };
        let below = match keys {
            Any => return,
            Each(below) => *below,
            Named(known) => match known.iter().find(|(name, _)| *name == key) {
                Some((_, below)) => *below,
                None => {
                    let names = known.iter().map(|(name, _)| *name);
                    found.push(unknown(file, &here, key, names));
                    continue;
                }
            },
        };
        walk_item(file, &here, item, below, found);
    }
}

fn walk_item(
    file: &str,
    path: &str,
    item: &Item,
    keys: &Keys,
    found: &mut Diagnostics,
) {
    if let Some(table) = item.as_table_like() {
        walk(file, path, table, keys, found);
    } else if let Some(tables) = item.as_array_of_tables() {
        for (i, table) in tables.iter().enumerate() {
            walk(file, &format!("{path}[{i}]"), table, keys, found);
        }
    } else if let Some(array) = item.as_array() {
        for (i, value) in array.iter().enumerate() {
            if let Some(table) = value.as_inline_table() {
                walk(file, &format!("{path}[{i}]"), table, keys, found);
            }
        }
    }
}

fn unknown<'a>(
    file: &str,
    path: &str,
    key: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("{file}: unknown key {path}"));
    match closest(key, known.clone()) {
        Some(name) => diagnostic.help(format!("did you mean \"{name}\"?")),
        None => {
            let names: Vec<_> = known.collect();
            diagnostic.help(format!("known keys are {}", names.join(", ")))
        }
    }
}
