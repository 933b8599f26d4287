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
/// A file without a `name` is there to be inherited from. One that has a name
/// and is inherited from counts only if it is called `app.toml`.
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
        let is_complete =
            document.contains_key("name") && document.contains_key("tasks");
        if !inherited.is_empty() || is_complete {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_to_be_inherited_is_no_application() {
        let folder = tempfile::TempDir::new().unwrap();
        let root = folder.path().to_owned();
        for sub in ["app/demo", "test/suite"] {
            fs::create_dir_all(root.join(sub)).unwrap();
        }
        for (file, text) in [
            ("app/demo/app.toml", "name = \"demo\"\n[tasks.idle]\n"),
            ("app/demo/more.toml", "inherit = \"app.toml\"\n"),
            // Nobody inherits from the first, and the second is complete.
            ("test/suite/unused.toml", "[tasks.idle]\n"),
            ("test/suite/base.toml", "name = \"base\"\n[tasks.idle]\n"),
            ("test/suite/a.toml", "inherit = [\"base.toml\"]\n"),
            ("test/suite/facts.toml", "answer = 42\n"),
        ] {
            fs::write(root.join(file), text).unwrap();
        }
        let workspace = Workspace::new(root.clone(), root.join("target"));
        let found = all(&workspace).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            found,
            [
                "app/demo/app.toml",
                "app/demo/more.toml",
                "test/suite/a.toml"
            ]
        );
    }
}
