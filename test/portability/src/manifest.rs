// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a manifest asks for.

use anyhow::{Context, Result};
use std::path::Path;
use toml::{Table, Value};

/// The tables of dependencies.
const KINDS: [&str; 3] =
    ["dependencies", "build-dependencies", "dev-dependencies"];

/// A dependency of a package.
#[derive(Clone, Debug)]
pub struct Dependency {
    pub name: String,
    /// The directory, relative to the package, of those in the workspace.
    pub path: Option<String>,
    /// Whether the root says which version it is.
    pub is_inherited: bool,
    pub features: Vec<String>,
    /// Only tests need it. It has to be found all the same: Cargo reads a
    /// manifest whole, or not at all.
    pub is_for_tests: bool,
}

/// The parts of a manifest that another tree would have to understand.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub name: String,
    pub dependencies: Vec<Dependency>,
    /// Keys of the package whose values are in the root.
    pub inherited: Vec<String>,
    /// Features of dependencies that features of the package turn on, as
    /// `dependency/feature`.
    pub forwarded: Vec<String>,
}

impl Manifest {
    /// Reads a manifest, dependencies of tests included: Cargo refuses one that
    /// inherits what the root does not have, whether it is needed or not.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn read(path: &Path) -> Result<Self> {
        let table: Table = crate::read(path)?.parse()?;
        let package = table_at(&table, "package").context("no package")?;
        let inherits = |value: &Value| {
            let value = value.get("workspace");
            value.and_then(Value::as_bool).unwrap_or(false)
        };
        let mut dependencies = Vec::new();
        let mut add = |table: &Table| {
            for key in KINDS {
                for (name, value) in table_at(table, key).into_iter().flatten()
                {
                    let text = |key| value.get(key).and_then(Value::as_str);
                    let features = value.get("features");
                    let features = features.and_then(Value::as_array);
                    dependencies.push(Dependency {
                        name: text("package").unwrap_or(name).to_owned(),
                        path: text("path").map(str::to_owned),
                        is_inherited: inherits(value),
                        features: strings(features),
                        is_for_tests: key == "dev-dependencies",
                    });
                }
            }
        };
        add(&table);
        for (_, target) in table_at(&table, "target").into_iter().flatten() {
            add(target.as_table().context("a target is no table")?);
        }
        let features = table_at(&table, "features").into_iter().flatten();
        Ok(Self {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            dependencies,
            inherited: package
                .iter()
                .filter(|(_, value)| inherits(value))
                .map(|(key, _)| key.clone())
                .collect(),
            forwarded: features
                .flat_map(|(_, list)| strings(list.as_array()))
                .filter(|feature| feature.contains('/'))
                .collect(),
        })
    }
}

fn table_at<'a>(table: &'a Table, key: &str) -> Option<&'a Table> {
    table.get(key).and_then(Value::as_table)
}

fn strings(array: Option<&Vec<Value>>) -> Vec<String> {
    let values = array.into_iter().flatten();
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
