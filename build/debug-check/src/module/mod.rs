// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The programs of an image: the kernel and the tasks.

mod check;
pub(crate) mod stubs;
mod thumb;

use crate::memory::Block;
use crate::rule::{Findings, Rule};
use object::read::elf::Sym;
use object::read::elf::{ElfFile32, FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, elf};
use std::collections::HashMap;

/// One ELF file of the image.
#[derive(Debug)]
pub struct Module {
    /// `kernel`, or the name of the task.
    pub name: String,
    /// The member of the archive.
    pub place: String,
    /// Where it starts, without the Thumb bit.
    pub entry: u32,
    pub(crate) sections: Vec<Section>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) symbols: Vec<Symbol>,
    /// The largest of the symbols of each name.
    by_name: HashMap<String, usize>,
    /// See [`Module::marks`].
    marks: Vec<(u32, bool)>,
    bytes: Vec<u8>,
}

/// A section header.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub name: String,
    pub kind: u32,
    pub flags: u32,
    pub address: u32,
    pub offset: u32,
    pub size: u32,
}

/// A PT_LOAD program header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub address: u32,
    pub load_address: u32,
    pub offset: u32,
    pub file_size: u32,
    pub size: u32,
}

/// A symbol that is not a mapping symbol.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    pub name: String,
    /// Without the Thumb bit, if it is a function.
    pub address: u32,
    pub size: u32,
    pub is_function: bool,
    pub is_local: bool,
    /// Index of its section header.
    pub section: u16,
}

impl Section {
    pub fn is_allocated(&self) -> bool {
        self.flags & elf::SHF_ALLOC != 0
    }

    /// Whether bytes at an address lie within.
    pub fn holds(&self, address: u32, size: u32) -> bool {
        holds(self.address, self.size, address, size)
    }
}

fn holds(base: u32, len: u32, address: u32, size: u32) -> bool {
    address
        .checked_sub(base)
        .and_then(|offset| offset.checked_add(size))
        .is_some_and(|end| end <= len)
}

impl Module {
    /// Reads an ELF file. `None` if it is none that the debugger can read.
    pub(crate) fn read(
        name: &str,
        place: &str,
        bytes: &[u8],
        findings: &mut Findings,
    ) -> Option<Self> {
        match Self::parse(name, place, bytes) {
            Ok(module) => {
                module.check(findings);
                Some(module)
            }
            Err(error) => {
                findings.add(Rule::B1, place, error);
                None
            }
        }
    }

    fn parse(name: &str, place: &str, bytes: &[u8]) -> Result<Self, String> {
        let file = ElfFile32::<Endianness>::parse(bytes)
            .map_err(|error| error.to_string())?;
        let header = file.elf_header();
        let endian = file.endian();
        if endian != Endianness::Little {
            return Err("it is big-endian".into());
        }
        let machine = header.e_machine(endian);
        if machine != elf::EM_ARM {
            return Err(format!("machine {machine} is not 40 (Arm)"));
        }
        let table = file.elf_section_table();
        let sections = table
            .iter()
            .map(|section| Section {
                name: table
                    .section_name(endian, section)
                    .map(|name| String::from_utf8_lossy(name).into_owned())
                    .unwrap_or_default(),
                kind: section.sh_type(endian),
                flags: section.sh_flags(endian),
                address: section.sh_addr(endian),
                offset: section.sh_offset(endian),
                size: section.sh_size(endian),
            })
            .collect();
        let segments = file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_LOAD)
            .map(|header| Segment {
                address: header.p_vaddr(endian),
                load_address: header.p_paddr(endian),
                offset: header.p_offset(endian),
                file_size: header.p_filesz(endian),
                size: header.p_memsz(endian),
            })
            .collect();

        let (symbols, marks) = read_symbols(&file);
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, symbol) in symbols.iter().enumerate() {
            let known = by_name.entry(symbol.name.clone()).or_insert(index);
            if symbols[*known].size < symbol.size {
                *known = index;
            }
        }
        Ok(Self {
            name: name.into(),
            place: place.into(),
            entry: header.e_entry(endian) & !1,
            sections,
            segments,
            symbols,
            by_name,
            marks,
            bytes: bytes.into(),
        })
    }

    /// The section of a name.
    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// What the file has of a section.
    pub(crate) fn contents(&self, section: &Section) -> &[u8] {
        if section.kind == elf::SHT_NOBITS {
            return &[];
        }
        self.file_bytes(section.offset, section.size)
    }

    /// What the file has of a segment, and where that is loaded from.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = Block> {
        self.segments.iter().map(|segment| Block {
            base: segment.load_address,
            bytes: self.file_bytes(segment.offset, segment.file_size).into(),
        })
    }

    /// Part of the file; empty if the file is too short.
    fn file_bytes(&self, offset: u32, size: u32) -> &[u8] {
        let start = offset as usize;
        self.bytes
            .get(start..start.saturating_add(size as usize))
            .unwrap_or_default()
    }

    /// What the file has at an address, by its section headers.
    pub(crate) fn bytes_at(&self, address: u32, size: u32) -> Option<&[u8]> {
        let section = self.sections.iter().find(|section| {
            section.is_allocated() && section.holds(address, size)
        })?;
        let start = (address - section.address) as usize;
        self.contents(section).get(start..start + size as usize)
    }

    /// What a variable starts with; empty if that is nothing but zeros.
    pub(crate) fn initial(&self, address: u32, size: u32) -> &[u8] {
        self.bytes_at(address, size).unwrap_or_default()
    }

    /// The symbol of a name.
    pub(crate) fn symbol(&self, name: &str) -> Option<&Symbol> {
        Some(&self.symbols[*self.by_name.get(name)?])
    }

    /// Whether an address is that of code.
    pub(crate) fn has_code_at(&self, address: u32) -> bool {
        self.section(".text")
            .is_some_and(|text| text.holds(address, 1))
    }

    /// The function that an address lies in.
    pub(crate) fn function_at(&self, address: u32) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| {
            symbol.is_function && holds(symbol.address, symbol.size, address, 1)
        })
    }

    /// A function's name for people, and how far into it an address is.
    pub fn describe(&self, address: u32) -> String {
        match self.function_at(address) {
            Some(symbol) => {
                let name = rustc_demangle::demangle(&symbol.name);
                let offset = address - symbol.address;
                format!("{name:#} + {offset:#x}")
            }
            None => format!("{address:#010x}"),
        }
    }

    /// Where code becomes data and back within a function: addresses, and
    /// whether data follows.
    fn marks(&self, start: u32, end: u32) -> &[(u32, bool)] {
        let first = self.marks.partition_point(|mark| mark.0 < start);
        let last = self.marks.partition_point(|mark| mark.0 < end);
        &self.marks[first..last]
    }
}

/// All symbols that are worth a name, and the marks between code and data.
fn read_symbols(
    file: &ElfFile32<'_, Endianness>,
) -> (Vec<Symbol>, Vec<(u32, bool)>) {
    let endian = file.endian();
    let table = file.elf_symbol_table();
    let mut symbols = Vec::new();
    let mut marks = Vec::new();
    for symbol in table.iter() {
        let Ok(name) = table.symbol_name(endian, symbol) else {
            continue;
        };
        let value = symbol.st_value(endian);
        match name {
            [] => {}
            [b'$', b'd', ..] => marks.push((value, true)),
            [b'$', b't', ..] => marks.push((value, false)),
            [b'$', ..] => {}
            name => {
                let is_function = symbol.st_type() == elf::STT_FUNC;
                symbols.push(Symbol {
                    name: String::from_utf8_lossy(name).into_owned(),
                    address: if is_function { value & !1 } else { value },
                    size: symbol.st_size(endian),
                    is_function,
                    is_local: symbol.st_bind() == elf::STB_LOCAL,
                    section: symbol.st_shndx(endian),
                });
            }
        }
    }
    marks.sort_unstable();
    (symbols, marks)
}
