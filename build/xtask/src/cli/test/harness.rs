// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Running test programs, and making sense of what they print.
//!
//! Cargo compiles all of them at once and tells where they are; they are run
//! from here. To have Cargo run some first and the others once there are
//! images would be to compile much of what they depend on twice, because
//! Cargo chooses features by the packages it is asked for.

use super::{Failure, Outcome, Tally};
use crate::command;
use crate::progress::Progress;
use crate::workspace::{Member, Workspace};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Packages whose test programs run at a time. Each program has as many threads
/// as the machine has processors, but towards its end few tests for them.
const AT_A_TIME: usize = 2;

/// How tests are run.
pub struct Tests<'a> {
    pub workspace: &'a Workspace,
    pub progress: &'a Progress,
    /// Only tests whose names contain this.
    pub filter: Option<&'a str>,
    /// Pass everything on that tests and Cargo print.
    pub verbose: bool,
}

/// A test program.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    /// The package, in whose folder it runs.
    pub member: Member,
    /// How Cargo is told to run it.
    arguments: String,
}

/// What Cargo tells of what it has compiled.
#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Tests<'_> {
    /// Compiles the test programs of all default members. Nothing, if that
    /// fails; Cargo has then said why.
    ///
    /// # Errors
    ///
    /// If Cargo cannot be run.
    pub fn compile(&self) -> Result<Option<Vec<Program>>> {
        let members = self.workspace.default_members()?;
        let mut cargo = self.workspace.host_cargo();
        cargo
            .args(["test", "--no-run"])
            .arg("--message-format=json-render-diagnostics")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = cargo
            .spawn()
            .with_context(|| format!("running {}", command::line(&cargo)))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let programs = thread::scope(|scope| {
            scope.spawn(|| {
                let lines = BufReader::new(stderr).lines();
                lines.map_while(Result::ok).for_each(|it| self.follow(&it));
            });
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines
                .filter_map(|line| serde_json::from_str(&line).ok())
                .filter_map(|it| self.program(&members, it))
                .collect()
        });
        let mut programs: Vec<Program> = programs;
        programs.sort_by(|a, b| a.member.cmp(&b.member));
        Ok(child.wait()?.success().then_some(programs))
    }

    /// Shows what Cargo says while it compiles.
    fn follow(&self, line: &str) {
        match line.trim_start().split_once(' ') {
            _ if self.verbose => self.progress.line(line),
            Some(("Compiling" | "Downloading" | "Downloaded", what)) => {
                self.progress.step(format!("compiling {what}"));
            }
            Some((
                "Finished" | "Fresh" | "Blocking" | "Locking" | "Executable",
                _,
            ))
            | None => {}
            Some(_) => self.progress.line(line),
        }
    }

    /// The test program that Cargo has made, if it is one.
    fn program(
        &self,
        members: &[Member],
        artifact: Artifact,
    ) -> Option<Program> {
        let path = artifact.executable.filter(|_| artifact.profile.test)?;
        let folder = artifact.manifest_path.parent()?;
        let folder = folder.strip_prefix(&self.workspace.root).ok()?;
        let member = members.iter().find(|it| it.folder == folder)?.clone();
        let (name, package) = (artifact.target.name, &member.name);
        let kind = artifact.target.kind.first().map(String::as_str);
        let target = match kind {
            Some(kind @ ("bin" | "test" | "example")) => {
                format!("--{kind} {name}")
            }
            _ => "--lib".to_owned(),
        };
        Some(Program {
            path,
            arguments: format!("-p {package} {target}"),
            member,
        })
    }

    /// Runs test programs. Those of one package run one after another: they
    /// may have something in common that only one can use.
    ///
    /// # Errors
    ///
    /// If one cannot be run. Tests that fail are in the outcome.
    pub fn run(
        &self,
        programs: &[Program],
        variables: &[(String, String)],
    ) -> Result<Outcome> {
        let packages = programs.chunk_by(|a, b| a.member == b.member);
        let todo = Mutex::new(packages);
        let next = || {
            let mut todo = todo.lock().unwrap_or_else(PoisonError::into_inner);
            todo.next()
        };
        let work = || {
            let mut outcome = Outcome::default();
            while let Some(package) = next() {
                for program in package {
                    outcome.add(self.run_one(program, variables)?);
                }
            }
            anyhow::Ok(outcome)
        };
        thread::scope(|scope| {
            let workers = [(); AT_A_TIME].map(|()| scope.spawn(work));
            let mut total = Outcome::default();
            for worker in workers {
                match worker.join() {
                    Ok(outcome) => total.add(outcome?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(total)
        })
    }

    fn run_one(
        &self,
        program: &Program,
        variables: &[(String, String)],
    ) -> Result<Outcome> {
        let folder = self.workspace.root.join(&program.member.folder);
        let mut command = command::clean(&program.path);
        command
            .args(self.filter)
            .current_dir(&folder)
            .env("CARGO_MANIFEST_DIR", folder)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        self.judge(command, &program.arguments)
    }

    /// Runs the examples in the documentation of all default members.
    ///
    /// # Errors
    ///
    /// If Cargo cannot be run. Tests that fail are in the outcome.
    pub fn run_docs(&self) -> Result<Outcome> {
        let mut cargo = self.workspace.host_cargo();
        cargo.args(["test", "--doc", "--no-fail-fast"]);
        cargo.args(self.filter);
        self.judge(cargo, "--doc")
    }

    /// Runs a command that runs tests, and shows what of it is worth showing.
    fn judge(&self, mut command: Command, arguments: &str) -> Result<Outcome> {
        self.progress.step(arguments);
        // One pipe for both, so that what is said in one stays next to what
        // is said in the other.
        let (output, input): (PipeReader, PipeWriter) = std::io::pipe()?;
        command
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input);
        let mut child = command
            .spawn()
            .with_context(|| format!("running {}", command::line(&command)))?;
        // It holds the pipe open.
        drop(command);

        let mut lines = Vec::new();
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            if self.verbose {
                self.progress.line(&line);
            }
            lines.push(line);
        }
        let success = child.wait()?.success();
        let (outcome, worth) = judge(&lines, success, arguments);
        if !self.verbose {
            worth.iter().for_each(|line| self.progress.line(line));
        }
        Ok(outcome)
    }
}

/// What the output of test programs comes to, and which lines of it are worth
/// showing.
fn judge(
    lines: &[String],
    success: bool,
    arguments: &str,
) -> (Outcome, Vec<String>) {
    let mut outcome = Outcome::default();
    let mut worth = Vec::new();
    let mut has_ended = false;
    // The lines of the program under way.
    let mut program = Vec::new();
    for line in lines {
        if let Some(tally) = tally(line) {
            outcome.tally.add(tally);
            has_ended = true;
            // What failing tests have printed is between these words.
            let from = program.iter().position(|line| line == "failures:");
            match (tally.failed, from) {
                (0, _) => {}
                (_, Some(from)) => worth.extend(program.drain(from..)),
                (_, None) => worth.append(&mut program),
            }
            program.clear();
            continue;
        }
        let failed = line.strip_prefix("test ");
        let failed = failed.and_then(|name| name.strip_suffix(" ... FAILED"));
        if let Some(name) = failed.map(str::trim_end) {
            outcome.failures.push(Failure {
                name: name.to_owned(),
                repeat: format!("cargo test {arguments} -- '{name}'"),
            });
        }
        program.push(line.clone());
    }
    if !success && outcome.tally.failed == 0 {
        // The harness has counted tests, but not a program that crashed.
        worth.append(&mut program);
        let name = format!("{arguments} (crashed)");
        outcome.failed(name, format!("cargo test {arguments}"));
    } else if has_ended {
        // Something that a program says of all its tests.
        worth.extend(program.into_iter().filter(|line| {
            !line.is_empty() && !line.starts_with("all doctests ran in")
        }));
    }
    (outcome, worth)
}

/// From a line that the test harness prints for each program.
fn tally(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    let (_, counts) = counts.split_once(". ")?;
    let count = |label: &str| {
        counts
            .split("; ")
            .find_map(|part| part.strip_suffix(label)?.trim().parse().ok())
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
        ignored: count("ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of some output, and what it comes to.
    fn follow(text: &str, success: bool) -> (String, Outcome) {
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let (outcome, worth) = judge(&lines, success, "-p abi --test x");
        (worth.join("\n"), outcome)
    }

    #[test]
    fn the_harness_is_understood() {
        let line = "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 \
                    measured; 0 filtered out; finished in 0.07s";
        let tally = tally(line).unwrap();
        assert_eq!(
            tally,
            Tally {
                passed: 7,
                failed: 1,
                ignored: 2
            }
        );
        assert_eq!(tally.to_string(), "7 passed, 1 failed, 2 skipped");
        assert_eq!(super::tally("test a::b ... ok"), None);
    }

    #[test]
    fn of_programs_that_pass_only_the_counts_remain() {
        let (shown, outcome) = follow(
            "\nrunning 1 test\ntest a::b ... ok\n\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 \
             filtered out; finished in 0.00s\n\n   \
             Doc-tests abi\n\nrunning 0 tests\n\n\
             test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 \
             filtered out; finished in 0.00s\n\n\
             all doctests ran in 0.40s; merged doctests compilation took 0.3s",
            true,
        );
        assert_eq!(shown, "");
        assert_eq!(outcome.tally.to_string(), "1 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn what_a_program_says_of_all_its_tests_remains() {
        let (shown, _) = follow(
            "running 1 test\ntest a ... ok\n\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 \
             filtered out; finished in 0.00s\n\n626 cases\n",
            true,
        );
        assert_eq!(shown, "626 cases");
    }

    #[test]
    fn a_test_that_fails_is_shown_with_the_command_that_repeats_it() {
        let (shown, outcome) = follow(
            "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n\n\
             failures:\n\n---- b::c stdout ----\nleft is not right\n\n\
             failures:\n    b::c\n\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 \
             measured; 0 filtered out; finished in 0.00s\n\n",
            false,
        );
        assert!(shown.contains("left is not right"), "{shown}");
        assert!(!shown.contains("running 2 tests"), "{shown}");
        assert_eq!(outcome.tally.to_string(), "1 passed, 1 failed");
        let [failure] = &outcome.failures[..] else {
            panic!("{outcome:?}")
        };
        assert_eq!(failure.name, "b::c");
        assert_eq!(failure.repeat, "cargo test -p abi --test x -- 'b::c'");
    }

    #[test]
    fn a_program_that_crashes_counts_as_a_failure() {
        let (shown, outcome) = follow(
            "running 2 tests\ntest a ... ok\n\n\
             thread 'b' has overflowed its stack\n",
            false,
        );
        assert!(shown.contains("overflowed its stack"), "{shown}");
        assert_eq!(outcome.tally.failed, 1);
        assert_eq!(outcome.failures[0].repeat, "cargo test -p abi --test x");
    }
}
