// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Boots the images of this crate, and gets their tasks into trouble.

#![forbid(unsafe_code)]

pub mod order;
pub mod tamper;

use debug_check::{DumpReport, System, check_archive, check_dump};
use dump::{Archives, Watched};
use sim::{CoreId, CpuKind, Image, Soc, ms};
use std::fs;
use std::path::PathBuf;
use test_images::folder;

/// The core that everything here runs on.
pub const CPU1: CoreId = CoreId::Cpu1;

/// The register of the program status, and its bits that are the number of the
/// exception being handled.
const XPSR: u32 = 16;
const IPSR: u32 = 0x1ff;

/// The images of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// For a Cortex-M4 without FPU, with servers.
    V7m,
    /// For a Cortex-M4 with FPU.
    Fpu,
    /// For a Cortex-M0+.
    V6m,
}

impl Build {
    fn file(self) -> &'static str {
        match self {
            Self::V7m => "test/debugger/app.toml",
            Self::Fpu => "test/debugger/fpu.toml",
            Self::V6m => "test/debugger/v6m.toml",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V7m => "test-debugger",
            Self::Fpu => "test-debugger-fpu",
            Self::V6m => "test-debugger-v6m",
        }
    }

    fn cpu(self) -> CpuKind {
        match self {
            Self::V7m => CpuKind::CortexM4,
            Self::Fpu => CpuKind::CortexM4F,
            Self::V6m => CpuKind::CortexM0Plus,
        }
    }

    /// Where the image is.
    ///
    /// # Panics
    ///
    /// If it cannot be built.
    pub fn folder(self) -> PathBuf {
        folder(self.name(), self.file())
    }

    /// The build archive.
    ///
    /// # Panics
    ///
    /// If the image cannot be built.
    pub fn archive(self) -> Vec<u8> {
        let archives = Archives::new().with_image(CPU1, &self.folder());
        let archive = archives.of(CPU1).expect("an image has an archive");
        fs::read(archive).expect("the archive can be read")
    }

    /// Boots the image, and lets every task come up.
    ///
    /// # Panics
    ///
    /// If the image cannot be built or does not come up.
    pub fn boot(self) -> Rig {
        let mut rig = self.power_on();
        rig.soc.run_for(ms(5)).expect("nothing stops it");
        rig.settle();
        rig
    }

    /// Gives power to a chip with the image.
    ///
    /// # Panics
    ///
    /// If the image cannot be built.
    pub fn power_on(self) -> Rig {
        let soc = Soc::builder()
            .cpu1(Image::open(self.folder()).expect("a usable image"))
            .kind(CPU1, self.cpu())
            .build()
            .expect("an image for this chip");
        let report = check_archive(&self.archive());
        assert!(report.findings.is_empty(), "{report}");
        Rig {
            soc: Watched::new(soc),
            system: report.system.expect("a readable archive"),
        }
    }
}

/// A chip with one of the images.
pub struct Rig {
    /// The chip; it leaves a dump if the test fails.
    pub soc: Watched,
    /// What the debugger knows of the image.
    pub system: System,
}

impl Rig {
    /// Runs until no task has anything to do at the moment.
    ///
    /// # Panics
    ///
    /// If that does not happen within some milliseconds.
    pub fn settle(&mut self) {
        let sleeps = |soc: &Soc| soc.is_sleeping(CPU1);
        self.soc.run_until(sleeps, ms(5)).expect("a pause");
    }

    /// A dump of the moment.
    ///
    /// # Panics
    ///
    /// If the core does not run.
    pub fn dump(&self) -> Vec<u8> {
        let dump = self.soc.dump(CPU1);
        dump.expect("a readable archive").expect("the core runs")
    }

    /// What there is in a dump of the moment, in which no rule is broken.
    ///
    /// # Panics
    ///
    /// If a rule is broken.
    pub fn report(&self) -> DumpReport {
        let report = check_dump(&self.dump());
        assert!(report.findings.is_empty(), "{report}");
        report
    }

    /// The state of a task, in the words of the debugger.
    ///
    /// # Panics
    ///
    /// If a rule is broken, or there is no such task.
    pub fn state(&self, task: &str) -> String {
        let report = self.report();
        let task = report.task(task).expect("a task of that name");
        task.state.clone()
    }

    /// The address of a variable of a task.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn address(&self, task: &str, symbol: &str) -> u32 {
        let found = self.soc.image(CPU1).symbol(task, symbol);
        found
            .unwrap_or_else(|| panic!("{task} has no {symbol}"))
            .addr
    }

    /// Reads a variable of a task.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn get(&self, task: &str, symbol: &str) -> u32 {
        let word = self.soc.read_u32(self.address(task, symbol));
        word.expect("a variable in memory")
    }

    /// Writes a variable of a task.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn set(&mut self, task: &str, symbol: &str, value: u32) {
        let address = self.address(task, symbol);
        assert!(self.soc.write_u32(address, value), "{symbol} is in memory");
    }

    /// The number of a task.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    pub fn index(&self, task: &str) -> u32 {
        let index = self.system.task_names().position(|name| name == task);
        index.expect("a task of that name") as u32
    }

    /// Runs until a task is out of service, and the kernel has handed the
    /// processor to the supervisor.
    ///
    /// # Panics
    ///
    /// If that does not happen.
    pub fn run_until_faulted(&mut self, task: &str) {
        self.run_until_out_of_service(task);
        // The kernel may still be writing the state that has been seen.
        let is_in_task = |soc: &Soc| {
            let registers = soc.registers(CPU1).by_selector();
            let xpsr = registers.iter().find(|(id, _)| *id == XPSR);
            xpsr.is_some_and(|(_, xpsr)| xpsr & IPSR == 0)
        };
        self.soc
            .run_until(is_in_task, ms(1))
            .expect("the supervisor runs");
    }

    /// Runs until the kernel has given up.
    ///
    /// # Panics
    ///
    /// If that does not happen.
    pub fn run_until_failed(&mut self) {
        self.run_until_out_of_service("kernel");
    }

    fn run_until_out_of_service(&mut self, who: &str) {
        let Self { soc, system } = self;
        soc.run_until(
            |soc| {
                let read = |address, len| soc.read_memory(address, len as _);
                system.faulted(read).contains(&who)
            },
            ms(200),
        )
        .expect("it faults");
    }
}
