// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The application files of the repository.

use crate::config::normalise;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Value};

/// The application in the root, and those under `app/` and `test/`.
///
/// A file that others inherit from counts only if it is called `app.toml`: it
/// may be incomplete by itself.
///
/// # Errors
///
/// If a TOML file there cannot be parsed.
pub fn all(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut candidates = vec![workspace.root.join("app.toml")];
    for folder in ["app", "test"] {
        let pattern = workspace.root.join(folder).join("*/*.toml");
        for path in glob::glob(&pattern.to_string_lossy())? {
            candidates.push(path?);
        }
    }
    let mut found = Vec::new();
    let mut bases = BTreeSet::new();
    for path in candidates {
        if !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let document: DocumentMut = text
            .parse()
            .with_context(|| format!("parsing {}", path.display()))?;
        let inherited = bases_of(&path, document.get("inherit"));
        if !inherited.is_empty() || document.contains_key("tasks") {
            found.push(path);
        }
        bases.extend(inherited);
    }
    found.retain(|path| {
        path.ends_with("app.toml") || !bases.contains(&normalise(path))
    });
    Ok(found)
}

fn bases_of(path: &Path, inherit: Option<&Item>) -> Vec<PathBuf> {
    let names: Vec<&str> = match inherit.and_then(Item::as_value) {
        Some(Value::String(name)) => vec![name.value()],
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).collect()
        }
        _ => Vec::new(),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    names
        .into_iter()
        .map(|name| normalise(&folder.join(name)))
        .collect()
}
