// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads build archives and dumps as the debugger Humility does.
//!
//! The debugger knows an image by its archive: by the names and shapes of
//! variables and types in its debug information, by symbols, by the order of
//! members. Much of that is not visible in the sources, and nothing breaks at
//! build time when it changes. So this crate looks for everything the debugger
//! looks for, and names what it would not find by the number of the [`Rule`]
//! that is broken. `doc/src/debugging.md` explains the rules.
//!
//! [`check_archive`] and [`check_dump`] are the entries. What they have read
//! can be printed: tasks, ring buffers, counters and stack margins, for people
//! without a debugger at hand.

#![forbid(unsafe_code)]

mod archive;
mod config;
mod dump;
mod dwarf;
mod flash;
mod hiffy;
mod interface;
mod kernel;
mod memory;
mod module;
mod report;
mod rule;
mod state;
mod system;
mod trace;
mod value;

pub use config::Config;
pub use dump::{Dump, RegisterId};
pub use memory::{Block, Memory};
pub use module::Module;
pub use report::{ArchiveReport, DumpReport};
pub use rule::{Finding, Findings, Rule};
pub use state::{Backtrace, Margin, Status, Task};
pub use system::System;
pub use trace::{Counter, CounterSet, Ring, RingEntry};
pub use value::Value;

/// The member that is the kernel.
const KERNEL: &str = "elf/kernel";

/// Checks a build archive.
pub fn check_archive(bytes: &[u8]) -> ArchiveReport {
    let mut findings = Findings::default();
    let system = System::read(bytes, &mut findings);
    ArchiveReport { findings, system }
}

/// Checks a dump, and the archive within.
pub fn check_dump(bytes: &[u8]) -> DumpReport {
    let mut findings = Findings::default();
    let dump = Dump::read(bytes, &mut findings);
    let system = dump
        .as_ref()
        .and_then(|dump| System::read(&dump.archive, &mut findings));
    let (Some(dump), Some(system)) = (dump, system) else {
        return DumpReport::unreadable(findings);
    };
    DumpReport::new(dump, system, findings)
}
