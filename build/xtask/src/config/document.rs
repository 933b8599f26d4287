// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! TOML files, and what becomes of them under inheritance.

use super::keys::{self, Keys};
use super::lines::{Lines, join, nearest};
use crate::diagnostic::{Diagnostic, Diagnostics};
use anyhow::Result;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value};

/// A file together with everything it inherits.
#[derive(Debug)]
pub struct Document {
    table: DocumentMut,
    /// Key path to the file that decided its value; an absent path was decided
    /// together with the nearest one above it.
    origins: BTreeMap<String, PathBuf>,
    /// Where the keys of each file are.
    lines: BTreeMap<PathBuf, Lines>,
}

impl Document {
    /// Reads a file without inheritance.
    ///
    /// # Errors
    ///
    /// If it cannot be read or parsed, or has a key outside of `keys`.
    pub fn single(path: &Path, keys: &Keys) -> Result<Self> {
        let (table, lines) = parse(path, keys)?;
        Ok(Self::of_file(table, path, lines))
    }

    fn of_file(table: DocumentMut, path: &Path, lines: Lines) -> Self {
        Self {
            table,
            origins: BTreeMap::from([(String::new(), path.to_owned())]),
            lines: BTreeMap::from([(path.to_owned(), lines)]),
        }
    }

    /// Reads a file and the files it inherits from, and merges them.
    ///
    /// # Errors
    ///
    /// As for [`Self::single`], and if the files do not fit together.
    pub fn inheriting(path: &Path, keys: &Keys) -> Result<Self> {
        let mut files = Vec::new();
        Self::inheriting_once(path, keys, &mut files)
    }

    fn inheriting_once(
        path: &Path,
        keys: &Keys,
        files: &mut Vec<PathBuf>,
    ) -> Result<Self> {
        let path = normalise(path);
        if files.contains(&path) {
            let error = Diagnostic::new(format!(
                "{}: inherited more than once",
                display(&path)
            ))
            .help("list each file in one `inherit` only");
            return Err(error.into());
        }
        files.push(path.clone());

        let (mut top, lines) = parse(&path, keys)?;
        let bases = match top.remove("inherit") {
            None => Vec::new(),
            Some(item) => base_files(&path, &item)?,
        };

        let mut merged: Option<Self> = None;
        for base in bases {
            if !base.is_file() {
                let place = at_line(&display(&path), lines.find("inherit"));
                let error = Diagnostic::new(format!(
                    "{place}: inherit leads to {}, which does not exist",
                    display(&base)
                ))
                .help("paths are relative to the file that inherits");
                return Err(error.into());
            }
            let base = Self::inheriting_once(&base, keys, files)?;
            match &mut merged {
                None => merged = Some(base),
                Some(merged) => {
                    merged.overlay(base.table, &path, &base.origins)?;
                    merged.lines.extend(base.lines);
                }
            }
        }
        Ok(match merged {
            Some(mut merged) => {
                merged.overlay(top, &path, &BTreeMap::new())?;
                merged.lines.insert(path, lines);
                merged
            }
            None => Self::of_file(top, &path, lines),
        })
    }

    /// The merged text. If nothing was inherited it is the file, verbatim.
    pub fn text(&self) -> String {
        self.table.to_string()
    }

    /// The file that decided the value at `key`, e.g. `tasks.sys.priority`.
    pub fn origin(&self, key: &str) -> &Path {
        nearest(&self.origins, key).expect("the root has an origin")
    }

    /// How messages name the place of a key: its file and line.
    pub fn place(&self, key: &str) -> String {
        let origin = self.origin(key);
        let line = self.lines.get(origin).and_then(|lines| lines.find(key));
        at_line(&display(origin), line)
    }

    /// Interprets the merged contents.
    ///
    /// # Errors
    ///
    /// Names the file and the key that does not fit `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.text();
        let toml = ordered_toml::Deserializer::parse(&text)?;
        serde_path_to_error::deserialize(toml).map_err(|error| {
            let key = error.path().to_string();
            let place = self.place(&key);
            let reason = error.into_inner();
            let reason = reason.message();
            let error = if key == "." {
                format!("{place}: {reason}")
            } else {
                format!("{place}: {key}: {reason}")
            };
            Diagnostic::new(error).into()
        })
    }

    fn overlay(
        &mut self,
        over: DocumentMut,
        file: &Path,
        origins: &BTreeMap<String, PathBuf>,
    ) -> Result<()> {
        let mut merge = Merge {
            file,
            over_origins: origins,
            origins: &mut self.origins,
            found: Diagnostics::default(),
        };
        merge.tables("", self.table.as_table_mut(), over.into_table());
        let found = merge.found;
        number(self.table.as_table_mut(), &mut 0);
        Ok(found.into_result(())?)
    }
}

/// Gives tables the order in which they are iterated over.
///
/// Otherwise they would be printed by where they were in their files, which
/// mixes those of several files.
fn number(table: &mut Table, next: &mut isize) {
    table.set_position(Some(*next));
    *next += 1;
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => number(table, next),
            Item::ArrayOfTables(tables) => {
                tables.iter_mut().for_each(|table| number(table, next));
            }
            Item::None | Item::Value(_) => {}
        }
    }
}

struct Merge<'a> {
    /// The inheriting file.
    file: &'a Path,
    /// Where the upper document's own values came from, if not from `file`.
    over_origins: &'a BTreeMap<String, PathBuf>,
    origins: &'a mut BTreeMap<String, PathBuf>,
    found: Diagnostics,
}

impl Merge<'_> {
    fn tables(&mut self, path: &str, base: &mut Table, over: Table) {
        for (key, item) in over {
            let here = join(path, &key);
            match base.get_mut(&key) {
                Some(below) => self.items(&here, below, item),
                None => {
                    base.insert(&key, item);
                    self.decided(&here);
                }
            }
        }
    }

    fn items(&mut self, path: &str, base: &mut Item, over: Item) {
        match (&mut *base, over) {
            (Item::Table(base), Item::Table(over)) => {
                return self.tables(path, base, over);
            }
            (Item::ArrayOfTables(base), Item::ArrayOfTables(over)) => {
                base.extend(over);
            }
            (
                Item::Value(Value::Array(base)),
                Item::Value(Value::Array(over)),
            ) => base.extend(over),
            (Item::Value(Value::InlineTable(_)), _)
            | (_, Item::Value(Value::InlineTable(_))) => {
                self.refuse(
                    path,
                    "an inline table cannot be changed by inheritance",
                    "write it as a [table] in the inherited file",
                );
                return;
            }
            (Item::Value(below), Item::Value(above))
                if below.type_name() == above.type_name() =>
            {
                *below = above;
            }
            (below, above) => {
                let reason = format!(
                    "is of type {} here but of type {} in {}",
                    above.type_name(),
                    below.type_name(),
                    display(self.origin(path)),
                );
                self.refuse(path, &reason, "give both the same type");
                return;
            }
        }
        self.decided(path);
    }

    fn origin(&self, path: &str) -> &Path {
        nearest(self.origins, path).expect("the root has an origin")
    }

    fn decided(&mut self, path: &str) {
        let file = self.over_origins.get(path).map_or(self.file, |f| f);
        self.origins.insert(path.into(), file.into());
    }

    fn refuse(&mut self, path: &str, reason: &str, help: &str) {
        let file = display(self.file);
        self.found.push(
            Diagnostic::new(format!("{file}: {path}: {reason}")).help(help),
        );
    }
}

/// Reads a file, and notes where its keys are.
fn parse(path: &Path, keys: &Keys) -> Result<(DocumentMut, Lines)> {
    let file = display(path);
    let text = fs::read_to_string(path).map_err(|error| {
        Diagnostic::new(format!("{file}: cannot be read: {error}"))
    })?;
    let table = toml_edit::Document::parse(text).map_err(|error| {
        let error = format!("{file}: {error}");
        Diagnostic::new(error.trim_end())
    })?;
    let lines = Lines::of(table.raw(), table.as_table());
    keys::check(&file, table.as_table(), &lines, keys).into_result(())?;
    Ok((table.into_mut(), lines))
}

fn base_files(path: &Path, inherit: &Item) -> Result<Vec<PathBuf>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let names: Option<Vec<&str>> = match inherit.as_value() {
        Some(Value::String(name)) => Some(vec![name.value()]),
        Some(Value::Array(names)) => names.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let Some(names) = names else {
        let error = Diagnostic::new(format!(
            "{}: inherit is neither a file name nor a list of file names",
            display(path)
        ));
        return Err(error.into());
    };
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Removes `.` and resolves `..` without looking at the file system, so that
/// messages stay relative to the current directory.
pub fn normalise(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(
                    clean.components().next_back(),
                    Some(Component::Normal(_))
                ) =>
            {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// A file, and the line in it where that is known.
pub fn at_line(file: &str, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    }
}

/// How messages name a file: relative to the current directory if it is below.
pub fn display(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = normalise(path);
    path.strip_prefix(&here)
        .unwrap_or(&path)
        .display()
        .to_string()
}
