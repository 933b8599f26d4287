// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A dump as a file: an ELF core with notes.

mod notes;

use crate::memory::{Block, Memory};
use crate::rule::{Findings, Rule};
use notes::{ARCHIVE, OWNER, REGISTERS, TASK};
use object::read::elf::{ElfFile32, FileHeader, ProgramHeader};
use object::{Endianness, elf};
use std::collections::BTreeMap;

const PLACE: &str = "dump";

/// The number by which a register is known to the debug hardware.
pub type RegisterId = u32;

/// Registers without which the running task cannot be shown.
const NEEDED: [RegisterId; 20] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20,
];

/// The program counter.
const PC: RegisterId = 15;

/// What a dump holds.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// The build archive.
    pub archive: Vec<u8>,
    /// The registers of the core, unless it is a dump of a single task.
    pub registers: BTreeMap<RegisterId, u32>,
    /// The task that the dump is of, if it is of one only.
    pub task: Option<u16>,
    /// Contents of memory.
    pub memory: Memory,
}

impl Dump {
    /// Takes a dump apart. `None` if there is no archive in it.
    pub(crate) fn read(bytes: &[u8], findings: &mut Findings) -> Option<Self> {
        let file = match ElfFile32::<Endianness>::parse(bytes) {
            Ok(file) if file.endian() == Endianness::Little => file,
            Ok(_) => {
                findings.add(Rule::E2, PLACE, "it is big-endian");
                return None;
            }
            Err(error) => {
                findings.add(Rule::E2, PLACE, error.to_string());
                return None;
            }
        };
        check_header(&file, findings);

        let mut dump = Self::default();
        let mut archives = 0;
        let mut blocks = Vec::new();
        for header in file.elf_program_headers() {
            match header.p_type(Endianness::Little) {
                elf::PT_NOTE => {
                    archives += dump.take_notes(header, bytes, findings);
                }
                elf::PT_LOAD => {
                    blocks.extend(segment(header, bytes, findings));
                }
                _ => {}
            }
        }
        dump.memory = Memory::new(blocks, |first, second| {
            let what =
                format!("segments at {first:#010x} and {second:#010x} overlap");
            findings.add(Rule::E3, PLACE, what);
        });
        if archives != 1 {
            let what = format!("it has {archives} archives, not one");
            findings.add(Rule::E2, PLACE, what);
        }
        dump.check_registers(findings);
        (archives > 0).then_some(dump)
    }

    /// Takes what is in a PT_NOTE; returns how many archives that were.
    fn take_notes(
        &mut self,
        header: &elf::ProgramHeader32<Endianness>,
        bytes: &[u8],
        findings: &mut Findings,
    ) -> usize {
        let le = Endianness::Little;
        let start = header.p_offset(le) as usize;
        let end = start.saturating_add(header.p_filesz(le) as usize);
        let Some(contents) = bytes.get(start..end) else {
            findings.add(Rule::E2, PLACE, "a note is outside of the file");
            return 0;
        };
        let notes = notes::split(contents);
        let mut archives = 0;
        for note in notes.iter().flatten() {
            match (note.owner, note.kind) {
                (OWNER, ARCHIVE) => {
                    archives += 1;
                    self.archive = note.contents.into();
                }
                (_, REGISTERS) => self.take_registers(note.contents, findings),
                (OWNER, TASK) => self.take_task(note.contents, findings),
                (OWNER, kind) => {
                    let what = format!("there is a note of type {kind:#x}");
                    findings.add(Rule::E2, PLACE, what);
                }
                _ => {}
            }
        }
        if notes.is_none() {
            findings.add(Rule::E2, PLACE, "a note is cut off");
        }
        archives
    }

    fn take_registers(&mut self, contents: &[u8], findings: &mut Findings) {
        let (records, rest) = contents.as_chunks::<8>();
        if !rest.is_empty() {
            let what = "the length of the registers is no multiple of 8";
            findings.add(Rule::E2, PLACE, what);
        }
        for record in records {
            let [id, value] = [0, 4].map(|at| {
                let word = record[at..].first_chunk().copied();
                u32::from_le_bytes(word.unwrap_or_default())
            });
            if self.registers.insert(id, value).is_some() {
                let what = format!("register {id} is there twice");
                findings.add(Rule::E2, PLACE, what);
            }
        }
    }

    fn take_task(&mut self, contents: &[u8], findings: &mut Findings) {
        if self.task.is_some() {
            findings.add(Rule::E5, PLACE, "there are two notes of a task");
        }
        match contents {
            [_, _, low, high, rest @ ..] if rest.len() == 12 => {
                self.task = Some(u16::from_le_bytes([*low, *high]));
            }
            _ => {
                let what =
                    format!("a task has {} bytes, not 16", contents.len());
                findings.add(Rule::E5, PLACE, what);
            }
        }
    }

    fn check_registers(&self, findings: &mut Findings) {
        if self.task.is_some() {
            return;
        }
        let missing: Vec<_> = NEEDED
            .iter()
            .filter(|id| !self.registers.contains_key(id))
            .map(u32::to_string)
            .collect();
        if !missing.is_empty() {
            let what = format!("registers {} are missing", missing.join(", "));
            findings.add(Rule::E2, PLACE, what);
        }
    }

    /// The program counter, if it is known.
    pub fn pc(&self) -> Option<u32> {
        self.registers.get(&PC).copied()
    }
}

fn check_header(file: &ElfFile32<'_, Endianness>, findings: &mut Findings) {
    let header = file.elf_header();
    for (name, found, wanted) in [
        ("type", header.e_type(Endianness::Little), elf::ET_CORE),
        ("machine", header.e_machine(Endianness::Little), elf::EM_ARM),
    ] {
        if found != wanted {
            let what = format!("the {name} is {found}, not {wanted}");
            findings.add(Rule::E2, PLACE, what);
        }
    }
}

/// The contents of a PT_LOAD segment.
fn segment(
    header: &elf::ProgramHeader32<Endianness>,
    bytes: &[u8],
    findings: &mut Findings,
) -> Option<Block> {
    let le = Endianness::Little;
    let base = header.p_vaddr(le);
    let (size, file_size) = (header.p_memsz(le), header.p_filesz(le));
    if size != file_size {
        let what = format!(
            "the segment at {base:#010x} has {size:#x} bytes, but the file has \
             {file_size:#x} of them"
        );
        findings.add(Rule::E3, PLACE, what);
    }
    let start = header.p_offset(le) as usize;
    let Some(contents) =
        bytes.get(start..start.saturating_add(file_size as usize))
    else {
        let what = format!("the segment at {base:#010x} is cut off");
        findings.add(Rule::E3, PLACE, what);
        return None;
    };
    Some(Block {
        base,
        bytes: contents.into(),
    })
}
