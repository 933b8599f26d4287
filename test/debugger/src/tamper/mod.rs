// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Archives and programs with something wrong in them.

mod elf;

pub use elf::{Elf, Field};

use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The members of an archive, in their order.
#[derive(Clone, Debug)]
pub struct Members {
    /// The comment of the ZIP file.
    pub comment: String,
    /// How members are compressed.
    pub method: CompressionMethod,
    /// Names and contents.
    pub list: Vec<(String, Vec<u8>)>,
}

impl Members {
    /// Unpacks an archive.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn unpack(archive: &[u8]) -> Self {
        let mut zip =
            ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
        let comment = String::from_utf8_lossy(zip.comment()).into_owned();
        let list = (0..zip.len()).map(|index| {
            let mut member = zip.by_index(index).expect("a member");
            let mut contents = Vec::new();
            member.read_to_end(&mut contents).expect("its contents");
            (member.name().to_owned(), contents)
        });
        let list = list.collect();
        Self {
            comment,
            method: CompressionMethod::Stored,
            list,
        }
    }

    /// Makes an archive of them.
    ///
    /// # Panics
    ///
    /// If two of them have one name.
    pub fn pack(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            SimpleFileOptions::default().compression_method(self.method);
        for (name, contents) in &self.list {
            zip.start_file(name.as_str(), options).expect("a new name");
            zip.write_all(contents).expect("memory");
        }
        zip.set_comment(self.comment.as_str()).expect("a comment");
        zip.finish().expect("memory").into_inner()
    }

    fn position(&self, name: &str) -> usize {
        let position = self.list.iter().position(|(known, _)| known == name);
        position.unwrap_or_else(|| panic!("there is no member {name}"))
    }

    /// The contents of a member.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn member(&mut self, name: &str) -> &mut Vec<u8> {
        let position = self.position(name);
        &mut self.list[position].1
    }

    /// A member that is an ELF file.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn elf(&mut self, name: &str) -> Elf<'_> {
        Elf::new(self.member(name))
    }

    /// Takes a member away.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn remove(&mut self, name: &str) -> Vec<u8> {
        let position = self.position(name);
        self.list.remove(position).1
    }

    /// Adds a member at the end.
    pub fn add(&mut self, name: &str, contents: impl Into<Vec<u8>>) {
        self.list.push((name.into(), contents.into()));
    }

    /// Exchanges two members.
    ///
    /// # Panics
    ///
    /// If there are none of these names.
    pub fn swap(&mut self, one: &str, other: &str) {
        let [one, other] = [one, other].map(|name| self.position(name));
        self.list.swap(one, other);
    }

    /// Replaces the first of some words in a text.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn replace(&mut self, name: &str, from: &str, to: &str) {
        let contents = self.member(name);
        let text = String::from_utf8(contents.clone()).expect("a text");
        assert!(text.contains(from), "{name} has no {from}");
        *contents = text.replacen(from, to, 1).into();
    }
}
