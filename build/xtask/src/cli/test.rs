// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `test` and `bench`.

use super::{BuildArgs, verify};
use crate::applications;
use crate::command;
use crate::config::{App, display};
use crate::diagnostic::{self, Diagnostic};
use crate::dist;
use crate::peer;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

/// The package of tests that run whole images on the simulator.
pub(super) const SYSTEM_TESTS: &str = "system-tests";

#[derive(Args)]
pub struct Test {
    #[command(flatten)]
    build: BuildArgs,
    /// Only tests whose names contain this; no images are built if none of
    /// the system tests is meant
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
}

#[derive(Args)]
pub struct Bench {
    #[command(flatten)]
    build: BuildArgs,
}

/// What a group of tests has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: usize,
    pub(super) failed: usize,
    ignored: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    /// From a line that the test harness prints for each program.
    fn from_line(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ")?;
        let (_, counts) = counts.split_once(". ")?;
        let count = |label: &str| {
            counts
                .split("; ")
                .find_map(|part| part.strip_suffix(label)?.trim().parse().ok())
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
        })
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.ignored {
            0 => Ok(()),
            ignored => write!(f, ", {ignored} skipped"),
        }
    }
}

impl Test {
    /// Runs every test of the repository.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let filter = self.filter.as_deref();
        let host = cargo_test(workspace, filter, |cargo| {
            let packages = workspace.default_members()?;
            for package in packages.iter().filter(|p| *p != SYSTEM_TESTS) {
                cargo.args(["--package", package]);
            }
            Ok(())
        })?;
        let (images, variables) = build_images(workspace, self.build)?;
        let system = cargo_test(workspace, filter, |cargo| {
            cargo.args(["--package", SYSTEM_TESTS]);
            cargo.envs(variables);
            Ok(())
        })?;

        let mut total = Tally::default();
        for (group, tally) in [
            ("host tests", host),
            ("images", images),
            ("system tests", system),
        ] {
            println!("{group:<13} {tally}");
            total.add(tally);
        }
        println!("{total}");
        Ok(match total.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
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
        let (images, variables) = build_images(workspace, self.build)?;
        ensure!(images.failed == 0, "there are images that cannot be built");
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

/// Builds every image of the repository.
///
/// Returns, besides, the variables by which tests find them:
/// `XTASK_IMAGE_<NAME>`, with the name of the application in upper case, for its
/// first image, and `XTASK` for this tool.
pub(super) fn build_images(
    workspace: &Workspace,
    build: BuildArgs,
) -> Result<(Tally, Vec<(String, String)>)> {
    let mut tally = Tally::default();
    let tool = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut variables = vec![("XTASK".to_owned(), tool)];
    let progress = Progress::new();
    for file in applications::all(workspace)? {
        let built = App::load(&workspace.root, &file).and_then(|app| {
            let images =
                dist::dist(workspace, &app, &progress, &build.options())?;
            for image in &images {
                verify::archive(&image.archive(&app))?;
            }
            Ok((app, images))
        });
        match built {
            Ok((app, images)) => {
                tally.passed += 1;
                let name = &app.toml.name;
                let image = images.first().context("there is an image")?;
                variables.push(variable(name, &image.dir));
            }
            Err(error) => {
                tally.failed += 1;
                progress.line(format!(
                    "{} FAILED\n{}",
                    display(&file),
                    diagnostic::render(&error)
                ));
            }
        }
    }
    if peer::has_bare(workspace) {
        let elf =
            peer::build_bare(workspace, &progress, build.options().verbose);
        match elf {
            Ok(elf) => {
                tally.passed += 1;
                variables.push(variable(peer::BARE, &elf));
            }
            Err(error) => {
                tally.failed += 1;
                progress.line(diagnostic::render(&error));
            }
        }
    }
    Ok((tally, variables))
}

/// The variable by which tests find an image.
pub(super) fn variable(name: &str, path: &std::path::Path) -> (String, String) {
    let name = name.to_uppercase().replace('-', "_");
    (
        format!("XTASK_IMAGE_{name}"),
        path.to_string_lossy().into_owned(),
    )
}

/// Runs `cargo test`, passes on what it prints, and counts.
fn cargo_test(
    workspace: &Workspace,
    filter: Option<&str>,
    configure: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<Tally> {
    let mut cargo = workspace.host_cargo();
    cargo.args(["test", "--no-fail-fast"]);
    configure(&mut cargo)?;
    cargo.args(filter);
    let mut child =
        cargo
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("running {}", command::line(&cargo)))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut tally = Tally::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        if let Some(counts) = Tally::from_line(&line) {
            tally.add(counts);
        }
    }
    // Tests that do not compile, or crash, have no line to be counted by.
    if !child.wait()?.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_is_understood() {
        let line = "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 \
                    measured; 0 filtered out; finished in 0.07s";
        let tally = Tally::from_line(line).unwrap();
        assert_eq!(
            tally,
            Tally {
                passed: 7,
                failed: 1,
                ignored: 2
            }
        );
        assert_eq!(tally.to_string(), "7 passed, 1 failed, 2 skipped");
        assert_eq!(Tally::from_line("test a::b ... ok"), None);
    }
}
