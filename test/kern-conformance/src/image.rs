// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads the tables of cases from an image, as a debugger does.

use anyhow::{Context, Result};
use object::{Object, ObjectSegment, ObjectSymbol};
use std::fs;
use std::path::Path;

/// Which table a case is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `TESTS`: cases that pass or fail.
    Tests,
    /// `FINALES`: cases that end the system.
    Finales,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub table: Table,
    /// Position in the table.
    pub index: usize,
    /// Module and function.
    pub name: String,
}

impl Case {
    /// What the runner reads.
    pub(crate) fn order(&self) -> String {
        match self.table {
            Table::Tests => format!("{}\n", self.index),
            Table::Finales => format!("!{}\n", self.index),
        }
    }

    /// Whether the case is about the state at boot.
    pub(crate) fn wants_boot(&self) -> bool {
        self.name.starts_with("boot::")
    }
}

/// The tables of an image.
pub struct Tables {
    pub cases: Vec<Case>,
}

impl Tables {
    /// Reads the tables of the suite in an image's directory.
    ///
    /// # Errors
    ///
    /// If they are not as expected.
    pub fn read(directory: &Path) -> Result<Self> {
        let path = directory.join("suite");
        let bytes = fs::read(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        let elf = object::File::parse(&*bytes)?;
        let mut cases = Vec::new();
        for (symbol, table) in
            [("TESTS", Table::Tests), ("FINALES", Table::Finales)]
        {
            let address = find(&elf, symbol)
                .with_context(|| format!("the suite has no {symbol}"))?;
            let names = read_table(&elf, address)
                .with_context(|| format!("{symbol} is not a table of cases"))?;
            for (index, name) in names.into_iter().enumerate() {
                cases.push(Case { table, index, name });
            }
        }
        Ok(Self { cases })
    }
}

/// The address of a symbol, by the last part of its path.
pub(crate) fn find(elf: &object::File<'_>, name: &str) -> Option<u32> {
    let symbol = elf.symbols().find(|symbol| {
        let mangled = symbol.name().unwrap_or("");
        let path = format!("{:#}", rustc_demangle::demangle(mangled));
        path.rsplit("::").next() == Some(name)
    })?;
    u32::try_from(symbol.address()).ok()
}

/// Reads a slice of pairs of a string and a reference to a trait object.
fn read_table(elf: &object::File<'_>, at: u32) -> Option<Vec<String>> {
    /// Bytes of a pair.
    const ENTRY: u32 = 16;
    let (base, count) = read_fat_pointer(elf, at)?;
    (0..count)
        .map(|n| {
            let (text, length) = read_fat_pointer(elf, base + n * ENTRY)?;
            let bytes = read(elf, text, length)?;
            String::from_utf8(bytes.to_vec()).ok()
        })
        .collect()
}

fn read_fat_pointer(elf: &object::File<'_>, at: u32) -> Option<(u32, u32)> {
    let bytes = read(elf, at, 8)?;
    let word = |n: usize| {
        let bytes = bytes.get(n..n + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    Some((word(0)?, word(4)?))
}

fn read<'a>(
    elf: &object::File<'a>,
    address: u32,
    length: u32,
) -> Option<&'a [u8]> {
    elf.segments().find_map(|segment| {
        segment
            .data_range(address.into(), length.into())
            .ok()
            .flatten()
    })
}
