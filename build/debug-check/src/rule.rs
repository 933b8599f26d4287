// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The rules, and what it looks like when one is broken.

use std::fmt;

macro_rules! rules {
    ($($id:ident $number:literal $summary:literal,)*) => {
        /// A rule that an image or a dump has to follow for the debugger to
        /// make sense of it. `doc/src/debugging.md` lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $summary] $id,)*
        }

        impl Rule {
            /// Every rule, in the order of the numbers.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The number by which the rule is known.
            pub fn number(self) -> &'static str {
                match self {
                    $(Self::$id => $number,)*
                }
            }

            /// What the rule asks for.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$id => $summary,)*
                }
            }
        }
    };
}

rules! {
    A1 "A.1" "the archive is a ZIP file whose comment names its format",
    A2 "A.2" "the members that the debugger needs are there",
    A4 "A.4" "the members in `task/` are the tasks, in the kernel's order",
    A5 "A.5" "the TOML files answer what the debugger asks them",
    A6 "A.6" "`img/final.elf` has the contents of all of flash",
    A7 "A.7" "`img/flash.ron` names the chip",
    B1 "B1" "programs are 32-bit little-endian Arm ELF files",
    B2 "B2" "programs have a section `.text`",
    B3 "B3" "functions lie in `.text`",
    B4 "B4" "the `.text` sections do not overlap",
    B5 "B5" "programs have a section `.debug_frame`",
    B6 "B6" "programs have their symbol table, local symbols included",
    B7 "B7" "debug sections are not compressed",
    B8 "B8" "functions can be disassembled from their start to their size",
    B11 "B11" "debug information is of DWARF version 4",
    B12 "B12" "debug information describes types and variables",
    B13 "B13" "names are in `.debug_str`",
    B14 "B14" "enumerations have a name, a size and an underlying type",
    B15 "B15" "members have a type and a location",
    B16 "B16" "inlined functions say of what, and where they are",
    B17 "B17" "ring buffers and counters are in one piece",
    BNames "B.3" "the names of the kernel's types are used by nobody else",
    BUnwind "B.4" "frames are unwound by offsets from a register",
    C1 "C.1" "the kernel has the symbols and variables that are looked for",
    C2 "C.2" "the kernel's types have the fields that are looked for",
    C3 "C.3" "every field of `Task` can be decoded",
    C4 "C.4" "regions of memory do not overlap",
    C5 "C.5" "the kernel's variables say what the debugger takes them to say",
    D1 "D.1" "ring buffers have a shape that can be decoded",
    D2 "D.2" "counters have a shape that can be decoded",
    D3 "D.3" "interfaces can be read, and their types found",
    D5 "D.5" "system calls are made by stubs that can be unwound through",
    D6 "D.6" "panic messages are UTF-8",
    E2 "E.2" "the dump is an ELF file with the notes and segments expected",
    E3 "E.3" "the dump has the memory that the debugger reads",
    E4 "E.4" "the dump is one of the image in its archive",
    E5 "E.5" "the note of a single task's dump names the task",
    F5 "F.5" "the supervisor can be asked to start and stop tasks",
    F6 "F.6" "the task `hiffy` can be asked to call servers",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.number())
    }
}

/// A violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Where: a member of the archive, a program, a task.
    pub place: String,
    /// What was found there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<4} {}: {}", self.rule, self.place, self.what)
    }
}

/// The violations found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Notes a violation of `rule` at `place`.
    pub(crate) fn add(
        &mut self,
        rule: Rule,
        place: impl Into<String>,
        what: impl Into<String>,
    ) {
        self.0.push(Finding {
            rule,
            place: place.into(),
            what: what.into(),
        });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Those of one rule.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(move |finding| finding.rule == rule)
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}
