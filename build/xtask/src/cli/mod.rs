// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The command line.

mod build;
mod run;
mod test;

use crate::config::App;
use crate::dist::{self, Image, Options};
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Builds, checks, runs and flashes whole images.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build everything and write the archive for debuggers
    Dist(build::Dist),
    /// Compile some tasks only
    Build(build::Build),
    /// Build both cores' images and run them on the simulated chip
    Run(run::Run),
    /// Run any programs on the simulated chip
    Sim(run::Sim),
    /// Run every test of the repository
    Test(test::Test),
    /// Run the benchmarks, which count cycles on the simulated chip
    Bench(test::Bench),
}

/// What every verb that builds accepts.
#[derive(Args, Clone, Debug)]
pub struct AppArgs {
    /// Application file; by default the one in the root of the repository
    #[arg(value_name = "APP.TOML")]
    app: Option<PathBuf>,
    #[command(flatten)]
    build: BuildArgs,
}

/// How to build.
#[derive(Args, Clone, Copy, Debug)]
pub struct BuildArgs {
    /// Show the commands that are run
    #[arg(short, long)]
    verbose: bool,
    /// Accept programs that contain paths of the home directory
    #[arg(long)]
    dangerously_skip_path_check: bool,
}

impl AppArgs {
    /// Reads and checks the application.
    fn load(&self, workspace: &Workspace) -> Result<App> {
        let default = workspace.root.join("app.toml");
        App::load(&workspace.root, self.app.as_ref().unwrap_or(&default))
    }

    fn options(&self) -> Options {
        self.build.options()
    }

    /// Reads, checks and builds the application.
    fn dist(
        &self,
        workspace: &Workspace,
        progress: &Progress,
    ) -> Result<(App, Vec<Image>)> {
        let app = self.load(workspace)?;
        let images = dist::dist(workspace, &app, progress, self.options())?;
        Ok((app, images))
    }
}

impl BuildArgs {
    fn options(self) -> Options {
        Options {
            verbose: self.verbose,
            skip_path_check: self.dangerously_skip_path_check,
        }
    }
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    ///
    /// Whatever has to be said before giving up.
    pub fn run(self) -> Result<ExitCode> {
        let workspace = Workspace::find()?;
        match self.verb {
            Verb::Dist(dist) => dist.run(&workspace)?,
            Verb::Build(build) => build.run(&workspace)?,
            Verb::Run(run) => return run.run(&workspace),
            Verb::Sim(sim) => return sim.run(),
            Verb::Test(test) => return test.run(&workspace),
            Verb::Bench(bench) => return bench.run(&workspace),
        }
        Ok(ExitCode::SUCCESS)
    }
}
