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

#[cfg(test)]
mod tests {
    use super::*;
    use object::write::elf::{
        FileHeader, ProgramHeader, SectionHeader, Writer,
    };

    const BASE: u32 = 0x0800_4000;

    /// A program with `text` at [`BASE`] and sections that are not loaded.
    fn program(text: &[u8], tables: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(Endianness::Little, false, &mut bytes);
        let names: Vec<_> = tables
            .iter()
            .map(|(name, _)| writer.add_section_name(name.as_bytes()))
            .collect();
        writer.reserve_file_header();
        writer.reserve_program_headers(1);
        let text_offset = writer.reserve(text.len(), 4);
        let offsets: Vec<_> = tables
            .iter()
            .map(|(_, table)| writer.reserve(table.len(), 4))
            .collect();
        writer.reserve_null_section_index();
        for _ in tables {
            let _ = writer.reserve_section_index();
        }
        let _ = writer.reserve_shstrtab_section_index();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        writer
            .write_file_header(&FileHeader {
                os_abi: 0,
                abi_version: 0,
                e_type: elf::ET_EXEC,
                e_machine: elf::EM_ARM,
                e_entry: u64::from(BASE) + 1,
                e_flags: 0,
            })
            .unwrap();
        writer.write_align_program_headers();
        writer.write_program_header(&ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R | elf::PF_X,
            p_offset: text_offset as u64,
            p_vaddr: BASE.into(),
            p_paddr: BASE.into(),
            p_filesz: text.len() as u64,
            p_memsz: text.len() as u64,
            p_align: 4,
        });
        writer.write_align(4);
        writer.write(text);
        for (_, table) in tables {
            writer.write_align(4);
            writer.write(table);
        }
        writer.write_shstrtab();
        writer.write_null_section_header();
        for ((name, offset), (_, table)) in
            names.into_iter().zip(offsets).zip(tables)
        {
            writer.write_section_header(&SectionHeader {
                name: Some(name),
                sh_type: elf::SHT_PROGBITS,
                sh_flags: 0,
                sh_addr: 0,
                sh_offset: offset as u64,
                sh_size: table.len() as u64,
                sh_link: 0,
                sh_info: 0,
                sh_addralign: 1,
                sh_entsize: 0,
            });
        }
        writer.write_shstrtab_section_header();
        bytes
    }

    fn slot_record(address: u32, name: &str) -> Vec<u8> {
        let length = u32::try_from(name.len()).unwrap();
        let words = [address.to_le_bytes(), length.to_le_bytes()];
        [&words.concat(), name.as_bytes()].concat()
    }

    #[test]
    fn slot_records_follow_each_other_without_padding() {
        let table =
            [slot_record(BASE + 2, "sys"), slot_record(BASE + 4, "jefe")];
        let bytes = program(&[0; 8], &[(".task_slot_table", table.concat())]);
        let slots = task_slots(&Program::parse(&bytes).unwrap()).unwrap();
        let slots: Vec<_> =
            slots.iter().map(|s| (s.address, s.name.as_str())).collect();
        assert_eq!(slots, [(BASE + 2, "sys"), (BASE + 4, "jefe")]);
    }

    #[test]
    fn a_table_that_is_cut_off_is_an_error() {
        let mut table = slot_record(BASE, "sys");
        table.pop();
        let bytes = program(&[0; 8], &[(".task_slot_table", table)]);
        assert!(task_slots(&Program::parse(&bytes).unwrap()).is_err());
    }

    #[test]
    fn a_program_without_a_table_has_no_slots() {
        let bytes = program(&[0; 8], &[]);
        let program = Program::parse(&bytes).unwrap();
        assert!(task_slots(&program).unwrap().is_empty());
        assert!(caboose_positions(&program).unwrap().is_empty());
    }

    #[test]
    fn a_patch_changes_what_is_at_the_address_and_nothing_else() {
        let mut bytes = program(&[0; 8], &[]);
        let original = bytes.clone();
        let segments = Program::parse(&bytes).unwrap().segments();
        patch(&mut bytes, &segments, BASE + 2, &[7, 8]).unwrap();
        let segment = segments[0];
        let program = Program::parse(&bytes).unwrap();
        assert_eq!(
            program.contents(&segment).unwrap(),
            [0, 0, 7, 8, 0, 0, 0, 0]
        );
        let changed = bytes.iter().zip(&original).filter(|(a, b)| a != b);
        assert_eq!(changed.count(), 2);
    }

    #[test]
    fn a_patch_outside_of_the_program_is_refused() {
        let mut bytes = program(&[0; 8], &[]);
        let segments = Program::parse(&bytes).unwrap().segments();
        assert!(patch(&mut bytes, &segments, BASE + 7, &[1, 2]).is_err());
        assert!(patch(&mut bytes, &segments, BASE - 1, &[1]).is_err());
    }
}
