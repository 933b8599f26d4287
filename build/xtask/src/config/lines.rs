// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where in its file each key is.

use std::collections::BTreeMap;
use toml_edit::{Item, TableLike};

/// The lines of the keys of one file, by key path.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// Of a file's text and its contents, which still know their spans.
    pub fn of(text: &str, table: &dyn TableLike) -> Self {
        let mut lines = Self::default();
        lines.add(text, "", table);
        lines
    }

    /// The line of a key, or of the nearest one above it.
    pub fn find(&self, key: &str) -> Option<usize> {
        nearest(&self.0, key).copied()
    }

    fn add(&mut self, text: &str, path: &str, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let here = join(path, key);
            if let Some(span) = table.key(key).and_then(|key| key.span()) {
                let before = &text.as_bytes()[..span.start];
                let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
                self.0.insert(here.clone(), line);
            }
            self.add_item(text, &here, item);
        }
    }

    fn add_item(&mut self, text: &str, path: &str, item: &Item) {
        if let Some(table) = item.as_table_like() {
            self.add(text, path, table);
        } else if let Some(tables) = item.as_array_of_tables() {
            for (i, table) in tables.iter().enumerate() {
                self.add(text, &format!("{path}[{i}]"), table);
            }
        }
    }
}

/// The path of a key below another.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// What is known of a key, or of the nearest one above it.
pub fn nearest<'a, T>(
    known: &'a BTreeMap<String, T>,
    key: &str,
) -> Option<&'a T> {
    let mut key = key;
    loop {
        if let Some(found) = known.get(key) {
            return Some(found);
        }
        if key.is_empty() {
            return None;
        }
        key = key.rsplit_once(['.', '[']).map_or("", |(above, _)| above);
    }
}
