// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Running `cargo test`, and making sense of what it prints.

use super::{Outcome, Tally};
use crate::command;
use crate::progress::Progress;
use crate::workspace::{Member, Workspace};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// How tests are run.
pub struct Tests<'a> {
    pub workspace: &'a Workspace,
    /// Only tests whose names contain this.
    pub filter: Option<&'a str>,
    /// Pass everything on that tests and Cargo print.
    pub verbose: bool,
}

impl Tests<'_> {
    /// Runs the tests of some packages.
    ///
    /// # Errors
    ///
    /// If Cargo cannot be run. Tests that fail are in the outcome.
    pub fn run(
        &self,
        packages: &[Member],
        variables: Vec<(String, String)>,
    ) -> Result<Outcome> {
        let progress = Progress::of_phases();
        // One pipe for both, so that what Cargo says of a program stays next
        // to what the program says.
        let (output, input) = std::io::pipe()?;
        let mut cargo = self.workspace.host_cargo();
        cargo.args(["test", "--no-fail-fast"]);
        for package in packages {
            cargo.args(["--package", &package.name]);
        }
        cargo
            .args(self.filter)
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input);
        let mut child = cargo
            .spawn()
            .with_context(|| format!("running {}", command::line(&cargo)))?;
        // It holds the pipe open.
        drop(cargo);

        let mut transcript = Transcript::default();
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let Said { detail, lines } = transcript.line(&line);
            if self.verbose {
                progress.line(&line);
                continue;
            }
            if let Some(detail) = detail {
                progress.step(detail);
            }
            lines.iter().for_each(|line| progress.line(line));
        }
        let success = child.wait()?.success();
        drop(progress);
        let mut outcome = transcript.outcome;
        if !success && outcome.tally.failed == 0 {
            // Something does not compile; Cargo has said what.
            outcome.failed("cargo test".into(), "cargo test".into());
        }
        Ok(outcome)
    }
}

/// What is worth showing of a line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// What is under way.
    detail: Option<String>,
    /// What stays.
    lines: Vec<String>,
}

/// What `cargo test` has printed so far.
#[derive(Default)]
struct Transcript {
    outcome: Outcome,
    /// The lines of the test program under way.
    program: Option<Vec<String>>,
    /// Names of its tests that have failed.
    failed: Vec<String>,
}

impl Transcript {
    fn line(&mut self, line: &str) -> Said {
        let word = line.trim_start();
        if let Some(program) = started(line) {
            let lines = self.crashed();
            self.program = Some(Vec::new());
            let detail = Some(program.to_owned());
            return Said { detail, lines };
        }
        if let Some(arguments) = repeat(line) {
            let lines = self.crashed();
            let failed = std::mem::take(&mut self.failed);
            // The harness has counted tests, but not a program that crashed.
            if failed.is_empty() {
                let name = format!("{arguments} (crashed)");
                let repeat = format!("cargo test {arguments}");
                self.outcome.failed(name, repeat);
            }
            for name in failed {
                let repeat = format!("cargo test {arguments} -- '{name}'");
                let failure = super::Failure { name, repeat };
                self.outcome.failures.push(failure);
            }
            return Said {
                detail: None,
                lines,
            };
        }
        if let Some(tally) = tally(line) {
            self.outcome.tally.add(tally);
            let program = self.program.take().unwrap_or_default();
            // What failing tests have printed is between these words.
            let from = program.iter().position(|line| line == "failures:");
            let lines = match (tally.failed, from) {
                (0, _) => Vec::new(),
                (_, Some(from)) => program[from..].to_vec(),
                (_, None) => program,
            };
            return Said {
                detail: None,
                lines,
            };
        }
        if let Some(program) = &mut self.program {
            let name = line.strip_prefix("test ");
            self.failed.extend(
                name.and_then(|name| name.strip_suffix(" ... FAILED"))
                    .map(|name| name.trim_end().to_owned()),
            );
            program.push(line.to_owned());
            return Said::default();
        }
        // Cargo's own words.
        match word.split_once(' ') {
            Some(("Compiling" | "Downloading" | "Downloaded", what)) => Said {
                detail: Some(format!("compiling {what}")),
                lines: Vec::new(),
            },
            Some(("Finished" | "Fresh" | "Blocking" | "Locking", _)) | None => {
                Said::default()
            }
            // A summary of what has been said already.
            _ if line.starts_with('`') || word.starts_with("`-p ") => {
                Said::default()
            }
            Some(("error:", what)) if what.ends_with(" failed:") => {
                Said::default()
            }
            Some(_) => Said {
                detail: None,
                lines: vec![line.to_owned()],
            },
        }
    }

    /// The lines of a program that has ended without a result.
    fn crashed(&mut self) -> Vec<String> {
        self.program.take().unwrap_or_default()
    }
}

/// The program that Cargo says it runs.
fn started(line: &str) -> Option<&str> {
    let doc = line.strip_prefix("   Doc-tests ");
    // `Running unittests src/lib.rs (target/debug/deps/abi-0123456789abcdef)`
    doc.or_else(|| {
        let (_, path) = line.strip_prefix("     Running ")?.rsplit_once('(')?;
        let name = path.strip_suffix(')')?.rsplit(['/', '\\']).next()?;
        Some(name.rsplit_once('-').map_or(name, |(name, _)| name))
    })
}

/// The arguments by which Cargo runs a program again that has failed.
fn repeat(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error: ")?;
    let (what, arguments) = rest.split_once(", to rerun pass `")?;
    what.ends_with("test failed")
        .then(|| arguments.strip_suffix('`'))?
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
    fn follow(text: &str) -> (Vec<String>, Outcome) {
        let mut transcript = Transcript::default();
        let shown = text
            .lines()
            .flat_map(|line| transcript.line(line).lines)
            .collect();
        (shown, transcript.outcome)
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
            "   Compiling abi v0.1.0 (/hubris/sys/abi)\n    \
             Finished `test` profile [unoptimized] target(s) in 1s\n     \
             Running unittests src/lib.rs (target/debug/deps/abi-01ab)\n\n\
             running 1 test\ntest a::b ... ok\n\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 \
             filtered out; finished in 0.00s\n\n   \
             Doc-tests abi\n\nrunning 0 tests\n\n\
             test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 \
             filtered out; finished in 0.00s\n",
        );
        assert!(shown.is_empty(), "{shown:?}");
        assert_eq!(outcome.tally.to_string(), "1 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn a_test_that_fails_is_shown_with_the_command_that_repeats_it() {
        let (shown, outcome) = follow(
            "     Running tests/x.rs (target/debug/deps/x-01ab)\n\n\
             running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n\n\
             failures:\n\n---- b::c stdout ----\nleft is not right\n\n\
             failures:\n    b::c\n\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 \
             measured; 0 filtered out; finished in 0.00s\n\n\
             error: test failed, to rerun pass `-p abi --test x`\n\
             error: 1 target failed:\n    `-p abi --test x`\n",
        );
        let text = shown.join("\n");
        assert!(text.contains("left is not right"), "{text}");
        assert!(!text.contains("running 2 tests"), "{text}");
        assert!(!text.contains("1 target failed"), "{text}");
        assert_eq!(outcome.tally.to_string(), "1 passed, 1 failed");
        let failure = &outcome.failures[0];
        assert_eq!(failure.name, "b::c");
        assert_eq!(failure.repeat, "cargo test -p abi --test x -- 'b::c'");
    }

    #[test]
    fn a_program_that_crashes_counts_as_a_failure() {
        let (shown, outcome) = follow(
            "     Running tests/x.rs (target/debug/deps/x-01ab)\n\n\
             running 2 tests\ntest a ... ok\n\n\
             thread 'b' has overflowed its stack\n\
             error: test failed, to rerun pass `-p abi --test x`\n\n\
             Caused by:\n  process didn't exit successfully: signal 6\n",
        );
        let text = shown.join("\n");
        assert!(text.contains("overflowed its stack"), "{text}");
        assert!(text.contains("signal 6"), "{text}");
        assert_eq!(outcome.tally.failed, 1);
        assert_eq!(outcome.failures[0].repeat, "cargo test -p abi --test x");
    }

    #[test]
    fn what_the_compiler_says_is_passed_on() {
        let said = "error[E0425]: cannot find value `x` in this scope\n \
                    --> src/lib.rs:1:1\n";
        let (shown, _) = follow(said);
        assert_eq!(shown, said.lines().collect::<Vec<_>>());
    }
}
