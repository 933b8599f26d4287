// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dumps that break a rule.

use crate::archives::ARCHIVE;
use debug_check::{Rule, check_dump};
use sim::ms;
use test_debugger::order::Order;
use test_debugger::{Build, CPU1};

/// A dump, taken apart.
#[derive(Clone)]
struct Parts {
    archive: Vec<u8>,
    registers: Vec<(u32, u32)>,
    memory: Vec<(u32, Vec<u8>)>,
    /// Where the kernel's variables are.
    failed: u32,
    current: u32,
    image_id: u32,
    stack: u32,
}

impl Parts {
    fn new() -> Self {
        let mut rig = Build::V7m.boot();
        let registers = rig.soc.registers(CPU1).by_selector().to_vec();
        let report = rig.report();
        let mut margins = report.margins.iter();
        let stack = margins.find(|it| it.task == "peer").unwrap().base;
        rig.soc.run_for(ms(1)).unwrap();
        Self {
            archive: ARCHIVE.pack(),
            registers,
            memory: rig.soc.memories().into(),
            failed: rig.address("kernel", "KERNEL_HAS_FAILED"),
            current: rig.address("kernel", "CURRENT_TASK_PTR"),
            image_id: rig.address("kernel", "HUBRIS_IMAGE_ID"),
            stack,
        }
    }

    fn write(&self) -> Vec<u8> {
        dump::write(&self.archive, &self.registers, &self.memory)
    }

    /// Memory from an address on.
    fn at(&mut self, address: u32) -> &mut [u8] {
        let holds = |(base, bytes): &&mut (u32, Vec<u8>)| {
            address >= *base && address - *base < bytes.len() as u32
        };
        let block = self.memory.iter_mut().find(holds);
        let (base, bytes) = block.expect("an address in memory");
        &mut bytes[(address - *base) as usize..]
    }
}

/// A dump with something wrong in it.
pub struct Case {
    pub rule: Rule,
    what: &'static str,
    /// Writes a dump with something wrong.
    write: fn(Parts) -> Vec<u8>,
}

const fn case(
    rule: Rule,
    what: &'static str,
    write: fn(Parts) -> Vec<u8>,
) -> Case {
    Case { rule, what, write }
}

/// Offsets in a dump: of the types of its two notes' headers, of the first
/// segment of memory, and of what comes first in the notes.
const PHDR: usize = 52;
const PHDR_SIZE: usize = 32;
const NOTE_KIND: usize = 8;

/// Where a program header's contents are.
fn contents_of(file: &[u8], header: usize) -> usize {
    let at = PHDR + header * PHDR_SIZE + 4;
    u32::from_le_bytes(*file[at..].first_chunk().unwrap()) as usize
}

pub const CASES: &[Case] = &[
    case(Rule::E2, "no ELF file", |parts| {
        let mut file = parts.write();
        file[1] = b'e';
        file
    }),
    case(Rule::E2, "another byte order", |parts| {
        let mut file = parts.write();
        file[5] = 2;
        file
    }),
    case(Rule::E2, "no core", |parts| {
        let mut file = parts.write();
        file[16] = 2;
        file
    }),
    case(Rule::E2, "no archive", |parts| {
        let mut file = parts.write();
        let note = contents_of(&file, 0);
        // Somebody else's note.
        file[note + 12] = b'X';
        file
    }),
    case(Rule::E2, "a note of unknown type", |parts| {
        let mut file = parts.write();
        let note = contents_of(&file, 1);
        file[note + NOTE_KIND] = 9;
        file
    }),
    case(Rule::E2, "a register missing", |mut parts| {
        parts.registers.retain(|(id, _)| *id != 20);
        parts.write()
    }),
    case(Rule::E2, "a register twice", |mut parts| {
        parts.registers.push((3, 0));
        parts.write()
    }),
    case(Rule::E2, "a register cut off", |parts| {
        let mut file = parts.write();
        let note = contents_of(&file, 1);
        file[note + 4] -= 4;
        file
    }),
    case(Rule::E3, "segments that overlap", |mut parts| {
        let (base, bytes) = parts.memory[0].clone();
        parts.memory.push((base + 4, bytes[4..8].into()));
        parts.write()
    }),
    case(Rule::E3, "a segment with a tail of zeros", |parts| {
        let mut file = parts.write();
        file[PHDR + 2 * PHDR_SIZE + 20] ^= 0x10;
        file
    }),
    case(Rule::E3, "no flash", |mut parts| {
        parts.memory.remove(0);
        parts.write()
    }),
    case(Rule::E3, "no RAM", |mut parts| {
        parts.memory.truncate(1);
        parts.write()
    }),
    case(Rule::E4, "another image", |mut parts| {
        let at = parts.image_id;
        parts.at(at)[0] ^= 1;
        parts.write()
    }),
    case(Rule::E4, "a pc in no program", |mut parts| {
        let mut registers = parts.registers.iter_mut();
        registers.find(|(id, _)| *id == 15).unwrap().1 = 0x1fff_0000;
        parts.write()
    }),
    case(Rule::E5, "a single task that is none", |parts| {
        let mut file = parts.write();
        let note = contents_of(&file, 1);
        file[note + NOTE_KIND] = 3;
        file
    }),
    case(
        Rule::C5,
        "a flag that is neither set nor clear",
        |mut parts| {
            let at = parts.failed;
            parts.at(at)[0] = 2;
            parts.write()
        },
    ),
    case(Rule::C5, "a current task between two", |mut parts| {
        let at = parts.current;
        parts.at(at)[0] += 4;
        parts.write()
    }),
    case(Rule::C5, "a stack that was not painted", |mut parts| {
        let at = parts.stack;
        parts.at(at)[0] = 0;
        parts.write()
    }),
    case(
        Rule::C5,
        "frames unlike those of the target",
        |mut parts| {
            let mut members = ARCHIVE.clone();
            let (with, without) =
                ("thumbv7em-none-eabihf", "thumbv6m-none-eabi");
            members.replace("app.toml", without, with);
            parts.archive = members.pack();
            parts.write()
        },
    ),
];

#[test]
fn a_dump_that_was_only_taken_apart_breaks_no_rule() {
    let report = check_dump(&Parts::new().write());
    assert!(report.findings.is_empty(), "{report}");
}

#[test]
fn every_rule_that_a_dump_breaks_is_named() {
    let parts = Parts::new();
    let mut unnoticed = Vec::new();
    for case in CASES {
        let report = check_dump(&(case.write)(parts.clone()));
        if report.findings.of(case.rule).next().is_none() {
            unnoticed.push(format!("{}: {}: {report}", case.rule, case.what));
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

#[test]
fn a_panic_message_that_is_no_text_breaks_a_rule() {
    let mut rig = Build::V7m.boot();
    let text = rig.lay_out("victim", [0xffff_ffff; 4]);
    let panic = Order::SystemCall([text, 4, 0, 0, 0, 0, 0, 8]);
    rig.order("victim", panic);
    rig.run_until_faulted("victim");
    let report = check_dump(&rig.dump());
    assert!(report.findings.of(Rule::D6).next().is_some(), "{report}");
}
