// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The form of a dump: an ELF core with the archive and the registers in
//! notes.

use object::Endianness;
use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, Writer};

/// The owner of the notes, which is part of the format.
const OWNER: &[u8] = b"Oxide Computer Company\0";

/// A note that holds the build archive.
const ARCHIVE: u32 = 0x1de0_0001;
/// A note that holds the registers.
const REGISTERS: u32 = 0x1de0_0002;

/// Offset of `e_shentsize` in an ELF header.
const SHENTSIZE: usize = 46;

/// What everything in the file is aligned to.
const ALIGN: usize = 4;

/// Writes a dump.
///
/// `registers` are numbered as in the processor's debug unit (DCRSR; ARMv7-M
/// ARM C1.6.3), `memory` is by base address and must not overlap.
pub fn write(
    archive: &[u8],
    registers: &[(u32, u32)],
    memory: &[(u32, Vec<u8>)],
) -> Vec<u8> {
    let registers: Vec<u8> = registers
        .iter()
        .flat_map(|(id, value)| [id.to_le_bytes(), value.to_le_bytes()])
        .flatten()
        .collect();
    let notes = [note(ARCHIVE, archive), note(REGISTERS, &registers)];

    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, false, &mut file);
    writer.reserve_file_header();
    writer.reserve_program_headers((notes.len() + memory.len()) as u32);
    let notes_at = notes.each_ref().map(|n| writer.reserve(n.len(), ALIGN));
    let memory_at: Vec<_> = memory
        .iter()
        .map(|(_, bytes)| writer.reserve(bytes.len(), ALIGN))
        .collect();

    let written = writer.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: elf::ET_CORE,
        e_machine: elf::EM_ARM,
        e_entry: 0,
        e_flags: 0,
    });
    debug_assert!(written.is_ok(), "a vector takes any number of bytes");
    writer.write_align_program_headers();
    for (note, at) in notes.iter().zip(notes_at) {
        writer.write_program_header(&ProgramHeader {
            p_type: elf::PT_NOTE,
            p_flags: elf::PF_R,
            p_offset: at as u64,
            p_vaddr: 0,
            p_paddr: 0,
            p_filesz: note.len() as u64,
            p_memsz: 0,
            p_align: 0,
        });
    }
    for ((base, bytes), at) in memory.iter().zip(memory_at) {
        writer.write_program_header(&ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R,
            p_offset: at as u64,
            p_vaddr: (*base).into(),
            p_paddr: 0,
            p_filesz: bytes.len() as u64,
            p_memsz: bytes.len() as u64,
            p_align: 0,
        });
    }
    let bodies = notes.iter().chain(memory.iter().map(|(_, bytes)| bytes));
    for body in bodies {
        writer.write_align(ALIGN);
        writer.write(body);
    }
    writer.write_align(ALIGN);
    // The size of section headers is in the debugger's own files, too, though
    // there are none.
    let size = size_of::<elf::SectionHeader32<Endianness>>() as u16;
    file[SHENTSIZE..SHENTSIZE + 2].copy_from_slice(&size.to_le_bytes());
    file
}

/// A record of a note segment.
fn note(kind: u32, contents: &[u8]) -> Vec<u8> {
    let mut note = Vec::new();
    for word in [OWNER.len() as u32, contents.len() as u32, kind] {
        note.extend(word.to_le_bytes());
    }
    for part in [OWNER, contents] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(ALIGN), 0);
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_exactly_the_bytes_the_format_asks_for() {
        let file =
            write(b"PK", &[(15, 0x0800_0100)], &[(0x2000_0000, vec![7])]);

        let mut expected = Vec::new();
        expected.extend(*b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0");
        let half = |n: u16| n.to_le_bytes();
        let word = |n: u32| n.to_le_bytes();
        // Type, machine, version, entry, headers of segments and sections.
        expected.extend([half(4), half(40)].concat());
        expected
            .extend([word(1), word(0), word(52), word(0), word(0)].concat());
        let sizes = [half(52), half(32), half(3), half(40), half(0), half(0)];
        expected.extend(sizes.concat());
        // Offset and size in the file; flags 4 and no alignment.
        let header = |kind, at, base, size, memory| {
            [kind, at, base, 0, size, memory, 4, 0].map(word).concat()
        };
        expected.extend(header(4, 148, 0, 40, 0));
        expected.extend(header(4, 188, 0, 44, 0));
        expected.extend(header(1, 232, 0x2000_0000, 1, 1));
        expected.extend([word(23), word(2), word(0x1de0_0001)].concat());
        expected.extend(*b"Oxide Computer Company\0\0PK\0\0");
        expected.extend([word(23), word(8), word(0x1de0_0002)].concat());
        expected.extend(*b"Oxide Computer Company\0\0");
        expected.extend([word(15), word(0x0800_0100)].concat());
        expected.extend([7, 0, 0, 0]);
        assert_eq!(file, expected);
    }
}
