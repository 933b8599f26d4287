// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Archives that break a rule.

use debug_check::{Finding, Rule, check_archive};
use std::sync::LazyLock;
use test_debugger::Build;
use test_debugger::tamper::{Elf, Field, Members};
use zip::CompressionMethod;

const KERNEL: &str = "elf/kernel";
const VICTIM: &str = "elf/task/victim";
const FINAL: &str = "img/final.elf";

/// Tags and attributes (DWARF 4, 7.5).
const ENUMERATION_TYPE: u64 = 0x04;
const MEMBER: u64 = 0x0d;
const INLINED_SUBROUTINE: u64 = 0x1d;
const NAME: u8 = 0x03;
const BYTE_SIZE: u8 = 0x0b;
const LOW_PC: u8 = 0x11;
const RANGES: u8 = 0x55;
const ORIGIN: u8 = 0x31;
const LOCATION: u8 = 0x38;
const TYPE: u8 = 0x49;

/// An archive with something wrong in it.
pub struct Case {
    pub rule: Rule,
    what: &'static str,
    tamper: fn(&mut Members),
}

const fn case(
    rule: Rule,
    what: &'static str,
    tamper: fn(&mut Members),
) -> Case {
    Case { rule, what, tamper }
}

pub const CASES: &[Case] = &[
    case(Rule::A1, "no comment", |m| m.comment.clear()),
    case(Rule::A1, "a comment with a newline", |m| {
        m.comment.push('\n')
    }),
    case(Rule::A1, "a newer format", |m| {
        m.comment = "hubris build archive v12".into();
    }),
    case(Rule::A1, "a separator of another system", |m| {
        m.add("debug\\notes", "");
    }),
    case(Rule::A2, "no app.toml", |m| drop(m.remove("app.toml"))),
    case(Rule::A2, "no kernel", |m| drop(m.remove(KERNEL))),
    case(Rule::A2, "no flash image", |m| drop(m.remove(FINAL))),
    case(Rule::A2, "no tasks", |m| {
        m.list.retain(|(name, _)| !name.starts_with("elf/task/"));
    }),
    case(Rule::A2, "a revision with a newline", |m| {
        m.member("git-rev").push(b'\n');
    }),
    case(Rule::A2, "a name that is no text", |m| {
        *m.member("image-name") = vec![0xff];
    }),
    case(Rule::A4, "two tasks exchanged", |m| {
        m.swap("elf/task/peer", VICTIM);
    }),
    case(Rule::A4, "a task too few", |m| drop(m.remove(VICTIM))),
    case(Rule::A4, "a task too many", |m| {
        let peer = m.member("elf/task/peer").clone();
        m.add("elf/task/more", peer);
    }),
    case(Rule::A4, "what is no task among the tasks", |m| {
        m.add("info/task/notes.txt", "Nothing.");
    }),
    case(Rule::A4, "a task of another name", |m| {
        m.replace("app.toml", "tasks.victim", "tasks.culprit");
    }),
    case(Rule::A5, "no board", |m| {
        m.replace("app.toml", "board", "bord")
    }),
    case(Rule::A5, "no table of the kernel", |m| {
        m.replace("app.toml", "[kernel]", "[colonel]");
    }),
    case(Rule::A5, "an interrupt the chip does not have", |m| {
        m.replace("app.toml", "ipcc.rx", "ipcc.rw");
    }),
    case(Rule::A5, "an interrupt for no notification", |m| {
        m.replace("app.toml", "\"ipcc.rx\" = \"rx-irq\"", "\"7\" = \"x\"");
    }),
    case(Rule::A5, "a peripheral without an address", |m| {
        m.replace("chip.toml", "address", "place");
    }),
    case(Rule::A5, "a memory without an address", |m| {
        m.replace("memory.toml", "address", "place");
    }),
    case(Rule::A5, "a patch of no task", |m| {
        m.add("patches.toml", "name = \"x\"\n[features]\nghost = []\n");
    }),
    case(Rule::A5, "an i2c device without a description", |m| {
        let config = "\n[[config.i2c.devices]]\ndevice = \"x\"\naddress = 1\n";
        m.member("app.toml").extend(config.bytes());
    }),
    case(Rule::A6, "a flash image that is no ELF file", |m| {
        m.member(FINAL)[0] = 0;
    }),
    case(Rule::A6, "a flash image without contents", |m| {
        m.elf(FINAL).set_section(".sec1", Field::Kind, |_| 8);
    }),
    case(Rule::A6, "a flash image that is too short", |m| {
        m.elf(FINAL)
            .set_section(".sec1", Field::Size, |size| size - 32);
    }),
    case(Rule::A6, "a flash image of another build", |m| {
        let elf = m.elf(FINAL);
        let start = elf.section(".sec1").start;
        elf.bytes[start + 0x600] ^= 1;
    }),
    case(Rule::A7, "a chip that cannot be read", |m| {
        *m.member("img/flash.ron") = b"(chip: STM32)".into();
    }),
    case(Rule::B1, "another machine", |m| m.member(VICTIM)[18] = 62),
    case(Rule::B1, "another byte order", |m| m.member(VICTIM)[5] = 2),
    case(Rule::B1, "64 bits", |m| m.member(VICTIM)[4] = 2),
    case(Rule::B2, "no .text", |m| {
        m.elf(VICTIM).rename_section(".text", ".code");
    }),
    case(Rule::B3, "a function in .data", |m| {
        m.elf(VICTIM).move_symbol("use_up_the_stack", ".data");
    }),
    case(Rule::B4, "two tasks in one place", |m| {
        let peer = m.member("elf/task/peer").clone();
        *m.member(VICTIM) = peer;
    }),
    case(Rule::B5, "no .debug_frame", |m| {
        m.elf(VICTIM).rename_section(".debug_frame", ".frame");
    }),
    case(Rule::B6, "no symbols", |m| {
        m.elf(VICTIM).set_section(".symtab", Field::Size, |_| 16);
    }),
    case(Rule::B6, "no local symbols", |m| {
        let elf = m.elf(VICTIM);
        for at in elf.section(".symtab").step_by(16).skip(1) {
            elf.bytes[at + 12] |= 0x10;
        }
    }),
    case(Rule::B7, "a compressed section", |m| {
        let flag = 1 << 11;
        m.elf(VICTIM)
            .set_section(".debug_line", Field::Flags, |flags| flags | flag);
    }),
    case(Rule::B8, "a function of odd size", |m| {
        let mut elf = m.elf(VICTIM);
        let (_, size) = elf.symbol("use_up_the_stack");
        elf.resize_symbol("use_up_the_stack", size + 1);
    }),
    case(
        Rule::B8,
        "a function that ends within an instruction",
        |m| {
            let mut elf = m.elf(VICTIM);
            start_with(&mut elf, "_start", BRANCH);
            elf.resize_symbol("_start", 2);
        },
    ),
    case(Rule::B8, "a function beyond the end of the file", |m| {
        m.elf(VICTIM).resize_symbol("use_up_the_stack", 0x10_0000);
    }),
    case(Rule::B11, "DWARF of version 5", |m| {
        let elf = m.elf(VICTIM);
        let start = elf.section(".debug_info").start;
        elf.bytes[start + 4] = 5;
    }),
    case(Rule::B12, "no debug information", |m| {
        m.elf(VICTIM).rename_section(".debug_info", ".info");
    }),
    case(Rule::B13, "names that are no references to strings", |m| {
        let (strp, data4) = (0x0e, 0x06);
        m.elf(VICTIM).change_form(NAME, strp, data4);
    }),
    case(Rule::B14, "an enumeration without a type", |m| {
        m.elf("elf/task/jefe")
            .lose_attribute(ENUMERATION_TYPE, TYPE);
    }),
    case(Rule::B14, "an enumeration without a size", |m| {
        m.elf("elf/task/jefe")
            .lose_attribute(ENUMERATION_TYPE, BYTE_SIZE);
    }),
    case(Rule::B14, "an enumeration without a name", |m| {
        m.elf("elf/task/jefe")
            .lose_attribute(ENUMERATION_TYPE, NAME);
    }),
    case(Rule::B15, "members without a location", |m| {
        m.elf(VICTIM).lose_attribute(MEMBER, LOCATION);
    }),
    case(Rule::B15, "members without a type", |m| {
        m.elf(VICTIM).lose_attribute(MEMBER, TYPE);
    }),
    case(Rule::B16, "inlined functions without an origin", |m| {
        m.elf(VICTIM).lose_attribute(INLINED_SUBROUTINE, ORIGIN);
    }),
    case(Rule::B16, "inlined functions without an address", |m| {
        let mut elf = m.elf(VICTIM);
        elf.lose_attribute(INLINED_SUBROUTINE, LOW_PC);
        elf.lose_attribute(INLINED_SUBROUTINE, RANGES);
    }),
    case(Rule::B17, "a variable with nothing in some places", |m| {
        let mut elf = m.elf(VICTIM);
        let (address, _) = elf.symbol("PLAIN");
        elf.resize_symbol("PLAIN", 0);
        elf.lose_pieces(address);
    }),
    case(Rule::BNames, "another `Task`", |m| {
        m.elf(VICTIM).rename(".debug_str", "Detail", "Task");
    }),
    case(Rule::BNames, "a variant called `TaskDesc`", |m| {
        m.elf(VICTIM).rename(".debug_str", "Detailed", "TaskDesc");
    }),
    case(Rule::BUnwind, "a directive that is not understood", |m| {
        let elf = m.elf(VICTIM);
        let range = elf.section(".debug_frame");
        let mut at = range.start;
        while at < range.end {
            let end = at + 4 + elf.word(at) as usize;
            // What is common to several functions ends in their first
            // instructions, and padding: DW_CFA_undefined r14.
            if elf.word(at + 4) == u32::MAX {
                elf.bytes[end - 2..end].copy_from_slice(&[0x07, 0x0e]);
            }
            at = end;
        }
    }),
    case(Rule::BUnwind, "a call at the end of a function", |m| {
        let mut elf = m.elf(VICTIM);
        start_with(&mut elf, "panic_fmt", CALL);
        elf.resize_symbol("panic_fmt", 4);
    }),
    case(Rule::C1, "no number of the image", |m| {
        m.elf(KERNEL)
            .rename(".strtab", "HUBRIS_IMAGE_ID", "IMAGE_ID");
    }),
    case(Rule::C1, "a short number of the image", |m| {
        m.elf(KERNEL).resize_symbol("HUBRIS_IMAGE_ID", 4);
    }),
    case(Rule::C1, "a number of the image that is hidden", |m| {
        m.elf(KERNEL).hide_symbol("HUBRIS_IMAGE_ID");
    }),
    case(Rule::C1, "an image that has no number yet", |m| {
        let elf = m.elf(KERNEL);
        let range = elf.contents(".rodata", "HUBRIS_IMAGE_ID");
        elf.bytes[range].fill(0);
    }),
    case(Rule::C1, "no pointer to the current task", |m| {
        m.elf(KERNEL)
            .rename(".strtab", "CURRENT_TASK_PTR", "CURRENT");
    }),
    case(Rule::C1, "a pointer of the wrong size", |m| {
        m.elf(KERNEL).resize_symbol("CURRENT_TASK_PTR", 8);
    }),
    case(Rule::C1, "a clock of the wrong size", |m| {
        m.elf(KERNEL).resize_symbol("TICKS", 4);
    }),
    case(Rule::C1, "a flag of the wrong size", |m| {
        m.elf(KERNEL).resize_symbol("KERNEL_HAS_FAILED", 4);
    }),
    case(Rule::C1, "no task table", |m| {
        m.elf(KERNEL)
            .rename(".debug_str", "HUBRIS_TASK_TABLE_SPACE", "TABLE");
    }),
    case(Rule::C1, "no descriptors of tasks", |m| {
        m.elf(KERNEL)
            .rename(".debug_str", "HUBRIS_TASK_DESCS", "DESCS");
    }),
    case(Rule::C1, "descriptors in RAM", |m| {
        m.elf(KERNEL)
            .set_section(".rodata", Field::Flags, |flags| flags | 1);
    }),
    case(Rule::C1, "no bounds of the stack", |m| {
        m.elf(KERNEL).rename(".strtab", "_stack_base", "_bottom");
    }),
    case(Rule::C1, "no start of zeroed memory", |m| {
        m.elf(KERNEL).rename(".strtab", "__sbss", "__s");
    }),
    case(Rule::C1, "a symbol with another meaning", |m| {
        m.elf(KERNEL)
            .rename(".strtab", "KERNEL_HAS_FAILED", "TASK_TABLE_BASE");
    }),
    case(Rule::C2, "no `Task`", |m| {
        m.elf(KERNEL).rename(".debug_str", "Task", "Tusk");
    }),
    case(Rule::C2, "a field of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "generation", "age");
    }),
    case(Rule::C2, "a register of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "psp", "sp");
    }),
    case(Rule::C2, "a state of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "InReply", "Waits");
    }),
    case(Rule::C2, "a fault of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "StackOverflow", "Stack");
    }),
    case(Rule::C2, "a reason of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "BadLeases", "Leases");
    }),
    case(Rule::C2, "an error of another name", |m| {
        m.elf(KERNEL).rename(".debug_str", "NoIrq", "NoInt");
    }),
    case(Rule::C2, "a region that is not in the table", |m| {
        let mut elf = m.elf(KERNEL);
        elf.resize_symbol("HUBRIS_REGION_DESCS", 24);
    }),
    case(Rule::C3, "a field of a type that cannot be decoded", |m| {
        let utf = 0x10;
        m.elf(KERNEL).encode_differently("u64", 8, utf);
    }),
    case(
        Rule::C4,
        "initialised and zeroed memory in one segment",
        |m| {
            let mut elf = m.elf(KERNEL);
            // The size in memory of the fourth segment, .data.
            let at = 52 + 3 * 32 + 20;
            let size = elf.word(at);
            elf.set_word(at, size + 0x20);
        },
    ),
    case(Rule::C4, "regions that overlap", |m| {
        change_regions(&mut m.elf(KERNEL), |size| size * 2);
    }),
    case(Rule::C5, "a stack in no region", |m| {
        change_regions(&mut m.elf(KERNEL), |_| 32);
    }),
    case(Rule::D1, "a ring buffer without `last`", |m| {
        m.elf(VICTIM).rename(".debug_str", "last", "end");
    }),
    case(Rule::D1, "a ring buffer in another cell", |m| {
        m.elf("elf/task/jefe").rename(".debug_str", "cell", "box");
    }),
    case(Rule::D1, "entries without a generation", |m| {
        m.elf(VICTIM).rename(".debug_str", "generation", "age");
    }),
    case(Rule::D2, "counters of another type", |m| {
        m.elf(VICTIM).rename(".debug_str", "AtomicU32", "Atomic");
    }),
    case(Rule::D2, "counters of no interface", |m| {
        m.elf("elf/task/ping").rename(
            ".debug_str",
            "IpccEventCounts",
            "Counts",
        );
    }),
    case(Rule::D3, "an interface that cannot be read", |m| {
        let elf = m.elf("elf/task/ipcc");
        let start = elf.section(".idolatry").start;
        elf.bytes[start] = b')';
    }),
    case(Rule::D3, "an interface with a NUL", |m| {
        let elf = m.elf("elf/task/ipcc");
        let end = elf.section(".idolatry").end;
        elf.bytes[end - 1] = 0;
    }),
    case(Rule::D3, "an interface that is loaded", |m| {
        let alloc = 2;
        m.elf("elf/task/ipcc").set_section(
            ".idolatry",
            Field::Flags,
            |flags| flags | alloc,
        );
    }),
    case(Rule::D3, "arguments without a struct", |m| {
        m.elf("elf/task/ipcc")
            .rename(".debug_str", "Ipcc_open_ARGS", "Open");
    }),
    case(Rule::D3, "errors without an enumeration", |m| {
        m.elf("elf/task/ipcc")
            .rename(".debug_str", "IpccError", "Error");
    }),
    case(Rule::D5, "a stub that moves the stack pointer", |m| {
        let elf = m.elf(VICTIM);
        let start = elf.contents(".text", "sys_recv_stub").start;
        // sub sp, #8
        elf.bytes[start..start + 2].copy_from_slice(&[0x82, 0xb0]);
    }),
    case(Rule::F5, "a supervisor that cannot be kicked", |m| {
        m.elf("elf/task/jefe")
            .rename(".strtab", "JEFE_EXTERNAL_KICK", "KICK");
    }),
    case(Rule::F5, "a kick of the wrong size", |m| {
        m.elf("elf/task/jefe")
            .resize_symbol("JEFE_EXTERNAL_KICK", 1);
    }),
    case(Rule::F6, "no kick", |m| {
        m.elf("elf/task/hiffy")
            .rename(".debug_str", "HIFFY_KICK", "KICK");
    }),
    case(Rule::F6, "no input", |m| {
        m.elf("elf/task/hiffy")
            .rename(".debug_str", "HIFFY_DATA", "DATA");
    }),
    case(Rule::F6, "another version", |m| {
        let elf = m.elf("elf/task/hiffy");
        let start = elf.contents(".data", "HIFFY_VERSION_MINOR").start;
        elf.bytes[start] = 4;
    }),
    case(Rule::F6, "a function of another name", |m| {
        m.elf("elf/task/hiffy")
            .rename(".debug_str", "SendLeaseRead", "Read");
    }),
];

/// Instructions: `b.w .` and `bl .`.
const BRANCH: [u8; 4] = [0xff, 0xf7, 0xfe, 0xbf];
const CALL: [u8; 4] = [0xff, 0xf7, 0xfe, 0xff];

/// Changes what a function starts with.
fn start_with(elf: &mut Elf<'_>, function: &str, code: [u8; 4]) {
    let start = elf.contents(".text", function).start;
    elf.bytes[start..start + 4].copy_from_slice(&code);
}

/// Changes the size of every region in RAM. A descriptor starts with base and
/// size.
fn change_regions(elf: &mut Elf<'_>, change: impl Fn(u32) -> u32) {
    let range = elf.contents(".rodata", "HUBRIS_REGION_DESCS");
    let mut changed = 0;
    for at in range.step_by(4) {
        let size = elf.word(at + 4);
        let is_ram = (0x2000_0000..0x2001_0000).contains(&elf.word(at));
        if is_ram && (32..0x1_0000).contains(&size) {
            elf.set_word(at + 4, change(size));
            changed += 1;
        }
    }
    assert!(changed > 0, "there are no regions in RAM");
}

/// A sound archive.
pub static ARCHIVE: LazyLock<Members> =
    LazyLock::new(|| Members::unpack(&Build::V7m.archive()));

fn findings_of_archive(case: &Case) -> Vec<Finding> {
    let mut members = ARCHIVE.clone();
    (case.tamper)(&mut members);
    let report = check_archive(&members.pack());
    report.findings.iter().cloned().collect()
}

#[test]
fn an_archive_that_was_only_unpacked_and_packed_breaks_no_rule() {
    let nothing = case(Rule::A1, "nothing", |_| {});
    assert_eq!(findings_of_archive(&nothing), []);
}

#[test]
fn deflated_members_are_as_good_as_others() {
    let deflated = case(Rule::A1, "deflated", |m| {
        m.method = CompressionMethod::Deflated;
    });
    assert_eq!(findings_of_archive(&deflated), []);
}

#[test]
fn every_rule_that_an_archive_breaks_is_named() {
    let mut unnoticed = Vec::new();
    for case in CASES {
        let findings = findings_of_archive(case);
        if !findings.iter().any(|finding| finding.rule == case.rule) {
            unnoticed
                .push(format!("{}: {}: {findings:#?}", case.rule, case.what));
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
