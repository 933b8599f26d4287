// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the suite runs on.

use crate::image::{Case, Table};
use sim::CpuKind;
use std::path::PathBuf;

/// Something that executes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// The simulated chip, with this processor as CPU1.
    Simulator(CpuKind),
    /// QEMU, with this machine.
    Qemu(&'static str),
}

/// Images and something to run them on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// How tests and documentation call it.
    pub name: &'static str,
    /// What it is, for people.
    pub description: &'static str,
    /// The application files, in the directory of this crate. More than one if
    /// the cases do not fit into one image.
    pub applications: &'static [&'static str],
    pub platform: Platform,
}

/// All vehicles.
pub const VEHICLES: [Vehicle; 4] = [
    Vehicle {
        name: "m4",
        description: "simulated STM32WL5, Cortex-M4 without FPU",
        applications: &["m4-ipc", "m4-system", "m4-library"],
        platform: Platform::Simulator(CpuKind::CortexM4),
    },
    Vehicle {
        name: "m4f",
        description: "simulated STM32WL5 with a Cortex-M4F in the place of CPU1",
        applications: &["m4f-ipc", "m4f-system", "m4f-library"],
        platform: Platform::Simulator(CpuKind::CortexM4F),
    },
    Vehicle {
        name: "m0plus",
        description: "simulated STM32WL5 with a Cortex-M0+ in the place of CPU1",
        applications: &["m0plus-ipc", "m0plus-system", "m0plus-library"],
        platform: Platform::Simulator(CpuKind::CortexM0Plus),
    },
    Vehicle {
        name: "qemu",
        description: "QEMU's MPS2 board with a Cortex-M4F",
        applications: &["an386"],
        platform: Platform::Qemu("mps2-an386"),
    },
];

/// How a case is meant to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Verdict,
    Reset,
    KernelFailure,
}

/// The cases that end with a failure of the kernel. All other finales end with
/// a reset.
const KERNEL_FAILURES: [&str; 2] = [
    "finale::a_system_whose_idle_task_is_stopped_fails_when_nobody_runs",
    "finale::a_system_whose_idle_task_has_faulted_fails_when_nobody_runs",
];

impl Case {
    pub(crate) fn ending(&self) -> Ending {
        match self.table {
            Table::Tests => Ending::Verdict,
            Table::Finales if KERNEL_FAILURES.contains(&self.name.as_str()) => {
                Ending::KernelFailure
            }
            Table::Finales => Ending::Reset,
        }
    }
}

impl Vehicle {
    /// Builds the images, and returns the directories that they are in.
    ///
    /// # Panics
    ///
    /// If they cannot be built.
    pub fn build(&self) -> Vec<PathBuf> {
        self.applications.iter().map(|name| build(name)).collect()
    }
}

/// The directory of one of the images of this crate.
///
/// # Panics
///
/// If it cannot be built.
pub fn build(application: &str) -> PathBuf {
    let file = format!("test/kern-conformance/{application}.toml");
    test_images::folder(&format!("kern-{application}"), &file)
}
