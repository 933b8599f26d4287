// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the suite runs on.

use crate::image::{Case, Table};
use anyhow::{Context, Result, ensure};
use sim::CpuKind;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something that executes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// The simulated chip, with this processor as CPU1.
    Simulator(CpuKind),
    /// QEMU, with this machine.
    Qemu(&'static str),
}

/// An image and something to run it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// How tests and documentation call it.
    pub name: &'static str,
    /// The application file, in the directory of this crate.
    pub application: &'static str,
    pub platform: Platform,
}

/// All vehicles.
pub const VEHICLES: [Vehicle; 4] = [
    Vehicle {
        name: "m4",
        application: "m4.toml",
        platform: Platform::Simulator(CpuKind::CortexM4),
    },
    Vehicle {
        name: "m4f",
        application: "m4f.toml",
        platform: Platform::Simulator(CpuKind::CortexM4F),
    },
    Vehicle {
        name: "m0plus",
        application: "m0plus.toml",
        platform: Platform::Simulator(CpuKind::CortexM0Plus),
    },
    Vehicle {
        name: "qemu",
        application: "an386.toml",
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
    /// Builds the image, and returns the directory that it is in.
    ///
    /// # Errors
    ///
    /// What the build tool says.
    pub fn build(&self) -> Result<PathBuf> {
        // `cargo xtask test` has built all images already, and says so.
        let application = Path::new(self.application).with_extension("");
        let variable = format!("XTASK_IMAGE_KERN_{}", application.display());
        if let Some(built) = env::var_os(variable.to_uppercase()) {
            return Ok(built.into());
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(env!("CARGO"))
            .current_dir(here.join("../.."))
            .args(["xtask", "dist"])
            .arg(here.join(self.application))
            .output()
            .context("running cargo xtask dist")?;
        ensure!(
            output.status.success(),
            "{} cannot be built:\n{}",
            self.application,
            String::from_utf8_lossy(&output.stderr)
        );
        let stdout = String::from_utf8(output.stdout)?;
        let archive = stdout.lines().last().context("no archive")?;
        let directory = Path::new(archive).parent().context("no directory")?;
        Ok(directory.to_owned())
    }
}
