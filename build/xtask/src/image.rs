// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The combined flash contents of an image.

use crate::elf::Program;
use anyhow::{Context, Result, ensure};
use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, SectionHeader, Writer};

/// What erased flash reads as.
const ERASED: u8 = 0xff;

/// Bytes at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlashImage {
    pub base: u32,
    pub bytes: Vec<u8>,
    /// Reset handler, with the Thumb bit.
    pub entry: u32,
}

impl FlashImage {
    /// Flash with nothing in it.
    pub fn erased(base: u32, size: u32, entry: u32) -> Self {
        Self {
            base,
            bytes: vec![ERASED; size as usize],
            entry,
        }
    }

    /// Puts a program's contents where they are loaded from.
    ///
    /// # Errors
    ///
    /// If some of them lie outside of the image.
    pub fn add(&mut self, name: &str, program: &Program<'_>) -> Result<()> {
        for segment in program.segments() {
            let contents = program.contents(&segment)?;
            if contents.is_empty() {
                continue;
            }
            let place = segment
                .load_address
                .checked_sub(self.base)
                .map(|start| start as usize)
                .and_then(|start| {
                    self.bytes.get_mut(start..start + contents.len())
                })
                .with_context(|| {
                    format!(
                        "{name} has contents at {:#010x}, outside of the \
                         image",
                        segment.load_address
                    )
                })?;
            ensure!(
                place.iter().all(|&byte| byte == ERASED),
                "{name} overlaps another program at {:#010x}",
                segment.load_address
            );
            place.copy_from_slice(contents);
        }
        Ok(())
    }

    /// The image as an ELF file with one segment and one section, of the form
    /// that debuggers and flashing tools expect.
    ///
    /// # Errors
    ///
    /// If it cannot be laid out in a 32-bit file.
    pub fn to_elf(&self) -> Result<Vec<u8>> {
        const ALIGN: u32 = 0x20;
        let mut bytes = Vec::new();
        let mut writer =
            Writer::new(object::Endianness::Little, false, &mut bytes);
        let name = writer.add_section_name(b".sec1");

        writer.reserve_file_header();
        writer.reserve_program_headers(1);
        let offset = writer.reserve(self.bytes.len(), ALIGN as usize);
        writer.reserve_null_section_index();
        let _ = writer.reserve_section_index();
        let _ = writer.reserve_shstrtab_section_index();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        let size = self.bytes.len() as u64;
        writer.write_file_header(&FileHeader {
            // ELFOSABI_ARM
            os_abi: 0x61,
            abi_version: 0,
            e_type: elf::ET_REL,
            e_machine: elf::EM_ARM,
            e_entry: self.entry.into(),
            e_flags: elf::EF_ARM_EABI_VER5,
        })?;
        writer.write_align_program_headers();
        writer.write_program_header(&ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R,
            p_offset: offset as u64,
            p_vaddr: self.base.into(),
            p_paddr: self.base.into(),
            p_filesz: size,
            p_memsz: size,
            p_align: ALIGN.into(),
        });
        writer.write_align(ALIGN as usize);
        writer.write(&self.bytes);
        writer.write_shstrtab();
        writer.write_null_section_header();
        writer.write_section_header(&SectionHeader {
            name: Some(name),
            sh_type: elf::SHT_PROGBITS,
            sh_flags: (elf::SHF_WRITE | elf::SHF_ALLOC).into(),
            sh_addr: self.base.into(),
            sh_offset: offset as u64,
            sh_size: size,
            sh_link: 0,
            sh_info: 0,
            sh_addralign: 1,
            sh_entsize: 0,
        });
        writer.write_shstrtab_section_header();
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::{Object, ObjectSection, ObjectSegment};

    #[test]
    fn the_combined_file_has_one_segment_and_one_section() {
        let mut image = FlashImage::erased(0x0800_0000, 64, 0x0800_0041);
        image.bytes[5] = 7;
        let bytes = image.to_elf().unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        assert_eq!(file.entry(), 0x0800_0041);
        assert_eq!(file.segments().count(), 1);
        let segment = file.segments().next().unwrap();
        assert_eq!(segment.address(), 0x0800_0000);
        assert_eq!(segment.data().unwrap(), image.bytes);
        let section = file.section_by_name(".sec1").unwrap();
        assert_eq!(section.address(), 0x0800_0000);
        assert_eq!(section.data().unwrap(), image.bytes);
    }
}
