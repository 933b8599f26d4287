// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The command line.

mod build;
mod cargo;
mod dump;
mod editor;
mod images;
mod inspect;
mod lint;
mod probe;
mod run;
mod soak;
mod test;
mod verify;

use crate::config::App;
use crate::dist::{self, Image, Options, Output};
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::{ArgAction, Args, Parser, Subcommand};
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
    /// Build every image of the repository, and say where each is
    Images(images::Images),
    /// Build both cores' images and run them on the simulated chip
    Run(run::Run),
    /// Run any programs on the simulated chip
    Sim(run::Sim),
    /// Build and write the image to a board through probe-rs
    Flash(probe::Flash),
    /// Report what each task and the kernel occupy
    Sizes(inspect::Sizes),
    /// Lint tasks and kernel in the environment of the image
    Clippy(lint::PerCrate),
    /// Document tasks and kernel in the environment of the image
    Doc(lint::PerCrate),
    /// Run Cargo with the compiler that firmware gets
    Cargo(cargo::Cargo),
    /// Draw tasks, priorities and slots
    Graph(inspect::Graph),
    /// Show the task slots of a program
    TaskSlots(inspect::TaskSlots),
    /// Print the path of the archive, or the merged application file
    Print(inspect::Print),
    /// Run Humility on the archive
    Humility(probe::Humility),
    /// Debug the image on a board with Humility and GDB
    Gdb(probe::Gdb),
    /// Print how an editor has to see a file, as JSON
    Lsp(editor::Lsp),
    /// Run the language server for a task
    RustAnalyzer(editor::RustAnalyzer),
    /// Run both cores' images and write dumps of them for Humility
    Dump(dump::Dump),
    /// Check that Humility can read build archives
    VerifyArchive(verify::VerifyArchive),
    /// Check that Humility can read dumps, and show what is in them
    VerifyDump(verify::VerifyDump),
    /// Run every test of the repository
    Test(test::Test),
    /// Have random clients on both cores call the driver, and crash both
    Soak(soak::Soak),
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
#[derive(Args, Clone, Debug)]
pub struct BuildArgs {
    /// Build only this one of the application's images
    #[arg(long, value_name = "NAME")]
    image_name: Option<String>,
    /// Show the commands that are run; more often changes nothing
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Show the features of each crate, and which crate wants them
    #[arg(short, long)]
    edges: bool,
    /// Accept programs that contain paths of the home directory
    #[arg(long)]
    dangerously_skip_path_check: bool,
    /// Accepted for habit's sake: a build never has to be cleaned first
    #[arg(long, hide = true)]
    dirty: bool,
}

impl AppArgs {
    /// As given in another way.
    fn new(app: PathBuf, build: BuildArgs) -> Self {
        Self {
            app: Some(app),
            build,
        }
    }

    /// Where the application file is left out, what is taken for it may be the
    /// first of the tasks that follow.
    fn sort_out(&mut self, tasks: &mut Vec<String>) {
        let is_task =
            |path: &mut PathBuf| path.extension().is_none() && !path.is_file();
        if let Some(task) = self.app.take_if(is_task) {
            tasks.insert(0, task.to_string_lossy().into_owned());
        }
    }

    /// Whether the default application is meant.
    fn is_default(&self) -> bool {
        self.app.is_none()
    }

    /// Reads and checks the application.
    fn load(&self, workspace: &Workspace) -> Result<App> {
        let default = workspace.root.join("app.toml");
        App::load(&workspace.root, self.app.as_ref().unwrap_or(&default))
    }

    fn options(&self) -> Options {
        self.build.options()
    }

    /// As [`Self::dist`], unless that would change nothing.
    fn provide(
        &self,
        workspace: &Workspace,
        progress: &Progress,
    ) -> Result<Vec<Output>> {
        let app = self.load(workspace)?;
        dist::provide(workspace, &app, progress, &self.options())
    }

    /// Reads, checks and builds the application.
    fn dist(
        &self,
        workspace: &Workspace,
        progress: &Progress,
    ) -> Result<(App, Vec<Image>)> {
        let app = self.load(workspace)?;
        let images = dist::dist(workspace, &app, progress, &self.options())?;
        Ok((app, images))
    }
}

impl BuildArgs {
    fn options(&self) -> Options {
        Options {
            image_name: self.image_name.clone(),
            verbose: self.verbose > 0,
            edges: self.edges,
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
            Verb::Images(images) => return images.run(&workspace),
            Verb::Flash(flash) => flash.run(&workspace)?,
            Verb::Sizes(sizes) => sizes.run(&workspace)?,
            Verb::Clippy(clippy) => return clippy.clippy(&workspace),
            Verb::Doc(doc) => return doc.doc(&workspace),
            Verb::Cargo(cargo) => return cargo.run(&workspace),
            Verb::Graph(graph) => graph.run(&workspace)?,
            Verb::TaskSlots(slots) => slots.run()?,
            Verb::Print(print) => print.run(&workspace)?,
            Verb::Humility(humility) => return humility.run(&workspace),
            Verb::Gdb(gdb) => return gdb.run(&workspace),
            Verb::Run(run) => return run.run(&workspace),
            Verb::Sim(sim) => return sim.run(&workspace),
            Verb::Lsp(lsp) => return lsp.run(&workspace),
            Verb::RustAnalyzer(server) => return server.run(&workspace),
            Verb::Dump(dump) => dump.run(&workspace)?,
            Verb::VerifyArchive(verify) => verify.run()?,
            Verb::VerifyDump(verify) => verify.run()?,
            Verb::Test(test) => return test.run(&workspace),
            Verb::Soak(soak) => return soak.run(&workspace),
            Verb::Bench(bench) => return bench.run(&workspace),
        }
        Ok(ExitCode::SUCCESS)
    }
}
