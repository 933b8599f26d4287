// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `soak`: random clients and crashes on both cores, for as long as wanted.

use super::BuildArgs;
use super::run::dump_folder;
use super::test::{SYSTEM_TESTS, variable};
use crate::config::App;
use crate::dist;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::process::ExitCode;

/// The images of both cores.
const IMAGES: [&str; 2] =
    ["test/puppet/soak-cpu1.toml", "test/puppet/soak-cpu2.toml"];

#[derive(Args)]
pub struct Soak {
    #[command(flatten)]
    build: BuildArgs,
    /// How many soaks to run, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 50)]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,
    /// Cycles of traffic in each soak
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    cycles: u64,
}

impl Soak {
    /// Builds the images, and runs the soaks.
    ///
    /// # Errors
    ///
    /// If something cannot be built.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let progress = Progress::new();
        let mut cargo = workspace.host_cargo();
        for file in IMAGES {
            let file = workspace.root.join(file);
            let app = App::load(&workspace.root, &file)?;
            let options = self.build.options();
            let images = dist::provide(workspace, &app, &progress, &options)?;
            let image =
                images.first().context("an application has an image")?;
            let (name, path) = variable(app.toml.name.clone(), &image.dir);
            cargo.env(name, path);
        }
        drop(progress);
        cargo
            .args(["run", "--quiet", "--package", SYSTEM_TESTS])
            .args(["--bin", "soak", "--"])
            .args(["--seeds", &self.seeds.to_string()])
            .args(["--first", &self.first.to_string()])
            .args(["--cycles", &self.cycles.to_string()])
            .arg("--dumps")
            .arg(dump_folder(workspace));
        let status = cargo.status().context("running the soak")?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
