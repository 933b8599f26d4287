// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads the parts of an ELF file that a simulator needs.

use super::symbols::{Module, Symbol};
use super::{ImageError, Segment};
use object::read::elf::{ElfFile32, FileHeader, ProgramHeader};
use object::{
    Endianness, Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind,
    elf,
};

/// The loadable segments and the symbols of `bytes`.
pub(super) fn parse(
    name: &str,
    bytes: &[u8],
) -> Result<(Vec<Segment>, Module), ImageError> {
    let bad =
        |e: &dyn std::fmt::Display| ImageError::Elf(name.into(), e.to_string());
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(bad(
            &"it does not begin like one; of a binary or HEX file, \
                         name the ELF file that it was made from",
        ));
    }
    let file = ElfFile32::<Endianness>::parse(bytes).map_err(|e| bad(&e))?;
    let endian = file.endian();
    let header = file.elf_header();
    if header.e_machine(endian) != elf::EM_ARM || !file.is_little_endian() {
        return Err(bad(&"it is not for little-endian ARM"));
    }
    // The type alone does not tell: whole images, put together from programs
    // that have been linked, say that they are relocatable.
    if header.e_type(endian) == elf::ET_REL
        && file.elf_program_headers().is_empty()
    {
        return Err(bad(&"it has not been linked"));
    }
    let mut segments = Vec::new();
    for header in file.elf_program_headers() {
        if header.p_type(endian) != elf::PT_LOAD {
            continue;
        }
        let data = header
            .data(endian, bytes)
            .map_err(|()| bad(&"a segment lies outside the file"))?;
        if !data.is_empty() {
            segments.push(Segment {
                module: name.into(),
                addr: header.p_paddr(endian),
                bytes: data.into(),
            });
        }
    }
    let ranges = file
        .sections()
        .filter(|s| match s.flags() {
            SectionFlags::Elf { sh_flags } => {
                sh_flags & u64::from(elf::SHF_ALLOC) != 0
            }
            _ => false,
        })
        .filter(|s| s.size() > 0)
        .map(|s| (s.address() as u32, s.size() as u32))
        .collect();
    let symbols = file
        .symbols()
        .filter(|s| s.is_definition() || s.kind() == SymbolKind::Unknown)
        .filter_map(|s| {
            let raw = s.name().ok().filter(|n| !n.is_empty())?;
            // Mapping symbols mark code and data; they name nothing.
            if raw.starts_with('$') {
                return None;
            }
            let is_code = s.kind() == SymbolKind::Text;
            let addr = s.address() as u32;
            Some(Symbol {
                name: format!("{:#}", rustc_demangle::demangle(raw)),
                raw: raw.into(),
                addr: if is_code { addr & !1 } else { addr },
                size: s.size() as u32,
                is_code,
            })
        })
        .collect();
    Ok((segments, Module::new(name, ranges, symbols)))
}
