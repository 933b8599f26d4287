// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The contents of flash, which the debugger takes from `img/final.elf`.

use crate::archive::Archive;
use crate::kernel::Kernel;
use crate::memory::{Block, Memory};
use crate::rule::{Findings, Rule};
use crate::system::System;
use object::Endianness;
use object::elf;
use object::read::elf::{ElfFile32, SectionHeader};
use serde::Deserialize;

const PLACE: &str = "img/final.elf";

/// Reads `img/final.elf`.
pub(crate) fn read(archive: &Archive, findings: &mut Findings) -> Memory {
    let Some(bytes) = archive.member(PLACE) else {
        return Memory::default();
    };
    let blocks = match blocks(bytes) {
        Ok(blocks) => blocks,
        Err(error) => {
            findings.add(Rule::A6, PLACE, error);
            return Memory::default();
        }
    };
    if blocks.is_empty() {
        findings.add(Rule::A6, PLACE, "it has no section with contents");
    }
    Memory::new(blocks, |first, second| {
        let what =
            format!("sections at {first:#010x} and {second:#010x} overlap");
        findings.add(Rule::A6, PLACE, what);
    })
}

/// The sections with contents.
fn blocks(bytes: &[u8]) -> Result<Vec<Block>, String> {
    let file = ElfFile32::<Endianness>::parse(bytes)
        .map_err(|error| error.to_string())?;
    let endian = file.endian();
    let sections = file.elf_section_table().iter();
    sections
        .filter(|section| section.sh_type(endian) == elf::SHT_PROGBITS)
        .map(|section| {
            let contents = section
                .data(endian, bytes)
                .map_err(|error| error.to_string())?;
            Ok(Block {
                base: section.sh_addr(endian),
                bytes: contents.into(),
            })
        })
        .collect()
}

/// Checks that the flash image is that of the programs, and complete.
pub(crate) fn check(system: &System, kernel: &Kernel, findings: &mut Findings) {
    for module in &system.modules {
        for block in module.loaded().filter(|it| !it.bytes.is_empty()) {
            let size = block.bytes.len() as u32;
            if system.flash.read(block.base, size) != Some(&*block.bytes) {
                let what = format!(
                    "it does not have the contents of {} at {:#010x}",
                    module.place, block.base
                );
                findings.add(Rule::A6, PLACE, what);
            }
        }
    }
    for task in &kernel.tasks {
        for region in &task.regions {
            let is_flash = region.is_memory() && !region.is_writable();
            let (base, size) = (region.base, region.size);
            if is_flash && system.flash.read(base, size).is_none() {
                let what = format!(
                    "it does not cover the region of {} at {base:#010x}, \
                     {size:#x} bytes",
                    task.name
                );
                findings.add(Rule::A6, PLACE, what);
            }
        }
    }
}

/// Checks that the name of the chip can be read.
pub(crate) fn check_chip(archive: &Archive, findings: &mut Findings) {
    #[derive(Deserialize)]
    struct Flash {
        #[serde(rename = "chip")]
        _chip: Option<String>,
    }
    let member = "img/flash.ron";
    let Some(contents) = archive.member(member) else {
        return;
    };
    let parsed = std::str::from_utf8(contents)
        .map_err(|error| error.to_string())
        .and_then(|text| parse(text).map_err(|error| error.to_string()));
    if let Err(error) = parsed {
        findings.add(Rule::A7, member, error);
    }

    fn parse(text: &str) -> Result<Flash, ron::error::SpannedError> {
        let implicit = ron::extensions::Extensions::IMPLICIT_SOME;
        ron::Options::default()
            .with_default_extension(implicit)
            .from_str(text)
            .or_else(|_| ron::from_str(text))
    }
}
