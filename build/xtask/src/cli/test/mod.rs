// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `test` and `bench`.

mod harness;
mod images;

pub use images::{build_images, variable};

use super::{AppArgs, BuildArgs, probe};
use crate::diagnostic::Diagnostic;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::fmt;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

/// The package that tests, soaks and benchmarks whole images on the simulator.
pub const SYSTEM_TESTS: &str = "system-tests";

/// The package through which tests find images.
const IMAGES: &str = "test-images";

#[derive(Args)]
pub struct Test {
    #[command(flatten)]
    build: BuildArgs,
    /// Only tests whose names contain this. If it is an application file, then
    /// its image is written to a board, and Humility runs the tests there
    #[arg(value_name = "FILTER|APP.TOML")]
    what: Option<String>,
    /// On a board: test what is on the chip, without writing to it
    #[arg(short, long)]
    noflash: bool,
}

#[derive(Args)]
pub struct Bench {
    #[command(flatten)]
    build: BuildArgs,
}

/// What a group of tests has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: usize,
    pub failed: usize,
    ignored: usize,
}

/// Something that failed, and the command that repeats just that.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    name: String,
    repeat: String,
}

/// What a group of tests has come to, and what of it failed.
#[derive(Debug, Default)]
pub struct Outcome {
    pub tally: Tally,
    failures: Vec<Failure>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.ignored {
            0 => Ok(()),
            ignored => write!(f, ", {ignored} skipped"),
        }
    }
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.failures.extend(other.failures);
    }

    fn passed(&mut self) {
        self.tally.passed += 1;
    }

    fn failed(&mut self, name: String, repeat: String) {
        self.tally.failed += 1;
        self.failures.push(Failure { name, repeat });
    }

    /// As an exit status.
    pub fn code(&self) -> ExitCode {
        match self.tally.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

impl Test {
    /// Runs every test of the repository, or those of an image on a board.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        if let Some(app) = &self.what
            && app.ends_with(".toml")
        {
            let app = AppArgs::new(PathBuf::from(app), self.build);
            return probe::test(app, workspace, self.noflash);
        }
        if self.noflash {
            return Err(Diagnostic::new("--noflash is about a board")
                .help("name an application file, too")
                .into());
        }

        let progress = Progress::of_phases();
        let tests = harness::Tests {
            workspace,
            progress: &progress,
            filter: self.what.as_deref(),
            verbose: self.build.verbose > 0,
        };
        let mut total = Outcome::default();
        let mut phase = |name: &str, outcome: Outcome, since: Instant| {
            let (tally, time) = (outcome.tally, since.elapsed().as_secs());
            progress.result(format!("{name:<13} {tally}  ({time} s)"));
            total.add(outcome);
        };

        // Only some tests look at images. The others can be run while those
        // are built.
        let graph = workspace.graph()?;
        let look_at_images = graph.users_of(IMAGES);
        let start = Instant::now();
        let (system, variables) = thread::scope(|scope| {
            let images =
                scope.spawn(|| build_images(workspace, &progress, &self.build));
            let (mut outcome, mut system) = (Outcome::default(), Vec::new());
            if let Some(programs) = tests.compile()? {
                let (later, host): (Vec<_>, _) = programs
                    .into_iter()
                    .partition(|it| look_at_images.contains(&*it.member.name));
                system = later;
                outcome.add(tests.run(&host, &[])?);
                outcome.add(tests.run_docs()?);
            } else {
                let repeat = "cargo test --no-run";
                outcome.failed("compiling the tests".into(), repeat.into());
            }
            phase("host tests", outcome, start);
            let images = images.join();
            let (outcome, variables) =
                images.unwrap_or_else(|panic| resume_unwind(panic))?;
            phase("images", outcome, start);
            anyhow::Ok((system, variables))
        })?;
        let start = Instant::now();
        phase("system tests", tests.run(&system, &variables)?, start);
        drop(progress);

        if !total.failures.is_empty() {
            println!("failed, and how to repeat it:");
        }
        for Failure { name, repeat } in &total.failures {
            println!("  {name}\n    {repeat}");
        }
        println!("{}", total.tally);
        Ok(total.code())
    }
}

impl Bench {
    /// Runs the benchmarks among the system tests.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        if !workspace.has_benchmarks(SYSTEM_TESTS)? {
            let error =
                Diagnostic::new(format!("{SYSTEM_TESTS} has no benchmarks"));
            return Err(error
                .help("write them as programs in test/system/benches")
                .into());
        }
        let progress = Progress::of_phases();
        let (images, variables) =
            build_images(workspace, &progress, &self.build)?;
        drop(progress);
        let broken = images.tally.failed;
        ensure!(broken == 0, "there are images that cannot be built");
        let mut cargo = workspace.host_cargo();
        cargo
            .args(["bench", "--profile", "dev", "--package", SYSTEM_TESTS])
            .envs(variables);
        let status = cargo.status().context("running cargo bench")?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
