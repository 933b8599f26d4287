// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Changes to an ELF file that leave everything in it where it is.

use std::ops::Range;

/// Sizes and offsets in the file (System V ABI, Elf32).
const SECTION_TABLE: usize = 32;
const SECTION_COUNT: usize = 48;
const SECTION_NAMES: usize = 50;
const SECTION_HEADER: usize = 40;
const SYMBOL: usize = 16;

/// An ELF file of 32 bits.
#[derive(Debug)]
pub struct Elf<'a> {
    /// The file.
    pub bytes: &'a mut Vec<u8>,
}

/// Where to find something in a section header.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// What kind of contents there is.
    Kind = 4,
    /// Whether it is in memory, and so on.
    Flags = 8,
    /// Where in memory.
    Address = 12,
    /// Where in the file.
    Offset = 16,
    /// How many bytes.
    Size = 20,
}

impl<'a> Elf<'a> {
    /// A file to be changed.
    pub fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes }
    }

    /// A word of the file.
    pub fn word(&self, at: usize) -> u32 {
        let bytes = self.bytes[at..].first_chunk().expect("within the file");
        u32::from_le_bytes(*bytes)
    }

    /// Changes a word of the file.
    pub fn set_word(&mut self, at: usize, word: u32) {
        self.bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    fn half(&self, at: usize) -> usize {
        usize::from(self.bytes[at]) | usize::from(self.bytes[at + 1]) << 8
    }

    fn header(&self, index: usize) -> usize {
        self.word(SECTION_TABLE) as usize + index * SECTION_HEADER
    }

    fn range(&self, header: usize) -> Range<usize> {
        let start = self.word(header + Field::Offset as usize) as usize;
        start..start + self.word(header + Field::Size as usize) as usize
    }

    /// Where the header of a section is in the file.
    ///
    /// # Panics
    ///
    /// If there is no such section.
    fn section_header(&self, name: &str) -> usize {
        let names = self.range(self.header(self.half(SECTION_NAMES)));
        let is_it = |header: &usize| {
            let at = names.start + self.word(*header) as usize;
            self.text_at(at) == name.as_bytes()
        };
        let headers = (0..self.half(SECTION_COUNT)).map(|n| self.header(n));
        let found = headers.into_iter().find(is_it);
        found.unwrap_or_else(|| panic!("there is no section {name}"))
    }

    fn text_at(&self, at: usize) -> &[u8] {
        let rest = &self.bytes[at..];
        let end = rest.iter().position(|byte| *byte == 0);
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Where the contents of a section are in the file.
    pub fn section(&self, name: &str) -> Range<usize> {
        self.range(self.section_header(name))
    }

    /// Changes a field of a section's header.
    pub fn set_section(
        &mut self,
        name: &str,
        field: Field,
        change: impl FnOnce(u32) -> u32,
    ) {
        let at = self.section_header(name) + field as usize;
        let value = change(self.word(at));
        self.set_word(at, value);
    }

    /// Gives a section another name, not longer than the old one.
    pub fn rename_section(&mut self, from: &str, to: &str) {
        let names = self.range(self.header(self.half(SECTION_NAMES)));
        let at = names.start + self.word(self.section_header(from)) as usize;
        self.overwrite(at, from, to);
    }

    fn overwrite(&mut self, at: usize, from: &str, to: &str) {
        assert!(to.len() <= from.len(), "{to} is longer than {from}");
        let room = &mut self.bytes[at..at + from.len()];
        room.fill(0);
        room[..to.len()].copy_from_slice(to.as_bytes());
    }

    /// Changes a whole string in a table of strings to another one, not
    /// longer.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn rename(&mut self, table: &str, from: &str, to: &str) {
        let range = self.section(table);
        let wanted = [b"\0", from.as_bytes(), b"\0"].concat();
        let table = &self.bytes[range.clone()];
        let mut windows = table.windows(wanted.len());
        let at = windows.position(|window| window == wanted);
        let at = at.unwrap_or_else(|| panic!("there is no {from}"));
        self.overwrite(range.start + at + 1, from, to);
    }

    /// Where in the file the entry of a symbol is.
    ///
    /// # Panics
    ///
    /// If no symbol's name has that in it.
    fn symbol_entry(&self, name: &str) -> usize {
        let names = self.section(".strtab").start;
        let is_it = |at: &usize| {
            let text = self.text_at(names + self.word(*at) as usize);
            let size = self.word(at + 8);
            size > 0 && String::from_utf8_lossy(text).contains(name)
        };
        let found = self.section(".symtab").step_by(SYMBOL).find(is_it);
        found.unwrap_or_else(|| panic!("there is no symbol {name}"))
    }

    /// Address and size of the symbol with that in its name.
    pub fn symbol(&self, name: &str) -> (u32, u32) {
        let at = self.symbol_entry(name);
        (self.word(at + 4), self.word(at + 8))
    }

    /// Changes the size of a symbol.
    pub fn resize_symbol(&mut self, name: &str, size: u32) {
        let at = self.symbol_entry(name) + 8;
        self.set_word(at, size);
    }

    /// Says that a symbol is in another section.
    pub fn move_symbol(&mut self, name: &str, section: &str) {
        let table = self.header(0);
        let index = (self.section_header(section) - table) / SECTION_HEADER;
        let at = self.symbol_entry(name) + 14;
        self.bytes[at..at + 2].copy_from_slice(&(index as u16).to_le_bytes());
    }

    /// Makes a symbol a local one.
    pub fn hide_symbol(&mut self, name: &str) {
        let at = self.symbol_entry(name) + 12;
        self.bytes[at] &= 0xf;
    }

    /// Where the contents of a variable or function are in the file.
    pub fn contents(&self, section: &str, symbol: &str) -> Range<usize> {
        let (address, size) = self.symbol(symbol);
        let header = self.section_header(section);
        let base = self.word(header + Field::Address as usize);
        let start = self.range(header).start + (address & !1) as usize;
        let start = start - base as usize;
        start..start + size as usize
    }

    /// Turns an attribute of all entries with a tag into another one, as if
    /// they did not have it (DWARF 4, 7.5.3).
    ///
    /// # Panics
    ///
    /// If no entry has it.
    pub fn lose_attribute(&mut self, tag: u64, attribute: u8) {
        // DW_AT_description: of the same length, and of no interest.
        const OTHER: u8 = 0x5a;

        let range = self.section(".debug_abbrev");
        let mut at = range.start;
        let mut found = false;
        while at < range.end {
            let code = self.leb128(&mut at);
            if code == 0 {
                continue;
            }
            let is_it = self.leb128(&mut at) == tag;
            at += 1;
            loop {
                let start = at;
                let name = self.leb128(&mut at);
                let form = self.leb128(&mut at);
                if (name, form) == (0, 0) {
                    break;
                }
                if is_it && name == u64::from(attribute) {
                    self.bytes[start] = OTHER;
                    found = true;
                }
            }
        }
        assert!(found, "no entry has the attribute");
    }

    /// Makes the location of a variable two pieces, both gone (DWARF 4,
    /// 2.6.1.2).
    ///
    /// # Panics
    ///
    /// If no variable is at the address.
    pub fn lose_pieces(&mut self, address: u32) {
        const ADDRESS: u8 = 0x03;
        const PIECE: u8 = 0x93;

        let mut whole = vec![5, ADDRESS];
        whole.extend(address.to_le_bytes());
        let pieces = [5, PIECE, 4, PIECE, 0x84, 0];
        let entries = self.section(".debug_info");
        let mut windows = self.bytes[entries.clone()].windows(whole.len());
        let at = windows.position(|window| window == whole);
        let at = entries.start + at.expect("a variable at that address");
        self.bytes[at..at + pieces.len()].copy_from_slice(&pieces);
    }

    /// Gives a base type another encoding (DWARF 4, 7.8). Its entry is taken
    /// to be name, encoding and size.
    ///
    /// # Panics
    ///
    /// If there is no such type.
    pub fn encode_differently(&mut self, base: &str, size: u8, encoding: u8) {
        const UNSIGNED: u8 = 7;

        let names = self.section(".debug_str");
        let wanted = [b"\0", base.as_bytes(), b"\0"].concat();
        let mut windows = self.bytes[names].windows(wanted.len());
        let name = windows.position(|window| window == wanted);
        let name = name.expect("a string of that name") as u32 + 1;
        let entries = self.section(".debug_info");
        let mut entry = name.to_le_bytes().to_vec();
        entry.extend([UNSIGNED, size]);
        let mut found = false;
        for at in entries.start..entries.end - entry.len() {
            if self.bytes[at..at + entry.len()] == entry {
                self.bytes[at + 4] = encoding;
                found = true;
            }
        }
        assert!(found, "there is no type {base}");
    }

    /// Changes the form of an attribute of all entries.
    pub fn change_form(&mut self, attribute: u8, from: u8, to: u8) {
        let range = self.section(".debug_abbrev");
        for at in range.start..range.end - 1 {
            if self.bytes[at..at + 2] == [attribute, from] {
                self.bytes[at + 1] = to;
            }
        }
    }

    fn leb128(&self, at: &mut usize) -> u64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.bytes[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    }
}
