// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reading and patching linked programs.

use anyhow::{Context, Result, bail};
use object::read::elf::{ElfFile32, ProgramHeader};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, elf};

/// A 32-bit Arm program.
pub struct Program<'a> {
    file: ElfFile32<'a, Endianness>,
    bytes: &'a [u8],
}

/// A PT_LOAD segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Address at run time.
    pub address: u32,
    /// Address of the contents in flash.
    pub load_address: u32,
    /// Bytes at run time.
    pub size: u32,
    /// Bytes of contents.
    pub file_size: u32,
    /// Where the contents are in the file.
    pub offset: u32,
}

impl<'a> Program<'a> {
    /// Parses an ELF file.
    ///
    /// # Errors
    ///
    /// If it is no 32-bit Arm ELF file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let file = ElfFile32::<Endianness>::parse(bytes)?;
        let machine = file.elf_header().e_machine.get(file.endian());
        if machine != elf::EM_ARM || file.endian() != Endianness::Little {
            bail!("the program is not for a little-endian Arm processor");
        }
        Ok(Self { file, bytes })
    }

    /// Entry point, as the file has it: bit 0 set for Thumb code.
    pub fn entry(&self) -> u32 {
        self.file.elf_header().e_entry.get(Endianness::Little)
    }

    /// The segments that occupy memory.
    pub fn segments(&self) -> Vec<Segment> {
        let le = Endianness::Little;
        self.file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(le) == elf::PT_LOAD)
            .map(|header| Segment {
                address: header.p_vaddr(le),
                load_address: header.p_paddr(le),
                size: header.p_memsz(le),
                file_size: header.p_filesz(le),
                offset: header.p_offset(le),
            })
            .filter(|segment| segment.size > 0)
            .collect()
    }

    /// Contents of a segment.
    pub fn contents(&self, segment: &Segment) -> Result<&'a [u8]> {
        let start = segment.offset as usize;
        self.bytes
            .get(start..start + segment.file_size as usize)
            .context("a segment lies outside of its file")
    }

    /// Contents of a section; empty if there is none of that name.
    pub fn section(&self, name: &str) -> Result<&'a [u8]> {
        match self.file.section_by_name(name) {
            Some(section) => Ok(section.data()?),
            None => Ok(&[]),
        }
    }

    /// Value of a symbol.
    pub fn symbol(&self, name: &str) -> Option<u32> {
        let symbol = self.file.symbol_by_name(name)?;
        u32::try_from(symbol.address()).ok()
    }

    /// The largest alignment any section in `[base, end)` asks for.
    pub fn alignment_within(&self, base: u64, end: u64) -> u32 {
        let aligns = self
            .file
            .sections()
            .filter(|section| section.size() > 0)
            .filter(|s| (base..end).contains(&s.address()))
            .map(|section| section.align());
        aligns
            .max()
            .and_then(|a| u32::try_from(a).ok())
            .unwrap_or(1)
            .max(1)
    }

    /// The parsed file, for what is not here.
    pub fn file(&self) -> &ElfFile32<'a, Endianness> {
        &self.file
    }
}

/// A slot that the build has to fill with a task index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSlot {
    /// Name given in the program.
    pub name: String,
    /// Address of its 16-bit variable.
    pub address: u32,
}

/// The records of a program's `.task_slot_table`.
///
/// # Errors
///
/// If the table is cut off or a name is not UTF-8.
pub fn task_slots(program: &Program<'_>) -> Result<Vec<TaskSlot>> {
    let mut table = program.section(".task_slot_table")?;
    let mut slots = Vec::new();
    while !table.is_empty() {
        let address = take_word(&mut table)?;
        let length = take_word(&mut table)? as usize;
        let (name, rest) = table
            .split_at_checked(length)
            .context(".task_slot_table is cut off")?;
        table = rest;
        let name = std::str::from_utf8(name)
            .context("a task slot has a name that is not UTF-8")?;
        slots.push(TaskSlot {
            name: name.to_owned(),
            address,
        });
    }
    Ok(slots)
}

/// The addresses in a program's `.caboose_pos_table`.
///
/// # Errors
///
/// If the table is cut off.
pub fn caboose_positions(program: &Program<'_>) -> Result<Vec<u32>> {
    let mut table = program.section(".caboose_pos_table")?;
    let mut positions = Vec::new();
    while !table.is_empty() {
        positions.push(take_word(&mut table)?);
    }
    Ok(positions)
}

fn take_word(bytes: &mut &[u8]) -> Result<u32> {
    let (word, rest) = bytes
        .split_first_chunk::<4>()
        .context("a table is cut off")?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*word))
}

/// Where an address is in the file.
///
/// # Errors
///
/// If no segment with contents covers it.
pub fn file_offset(
    segments: &[Segment],
    address: u32,
    size: u32,
) -> Result<usize> {
    let covering = segments.iter().find(|segment| {
        address
            .checked_sub(segment.address)
            .and_then(|offset| offset.checked_add(size))
            .is_some_and(|end| end <= segment.file_size)
    });
    let segment = covering.with_context(|| {
        format!("nothing in the program is at {address:#010x}")
    })?;
    Ok((segment.offset + (address - segment.address)) as usize)
}

/// Overwrites what a program has at an address.
///
/// # Errors
///
/// If the program has no contents there.
pub fn patch(
    elf: &mut [u8],
    segments: &[Segment],
    address: u32,
    bytes: &[u8],
) -> Result<()> {
    let size = u32::try_from(bytes.len())?;
    let offset = file_offset(segments, address, size)?;
    elf[offset..offset + bytes.len()].copy_from_slice(bytes);
    Ok(())
}
