// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs the kernel's conformance suite.
//!
//! The cases are in `test/kern-suite`; `doc/src/conformance.md` tells how they work
//! and which vehicle shows what. A [`Vehicle`] is an image and something to run
//! it on: the simulated chip with one of three processors, on which every case
//! gets a chip of its own, or QEMU, where all cases run in one session.

#![forbid(unsafe_code)]

mod gaps;
mod image;
mod qemu;
mod report;
mod simulator;
mod vehicle;

pub use gaps::{GAPS, Gap};
pub use image::{Case, Table, Tables};
pub use qemu::Qemu;
pub use report::{Mark, Report};
pub use simulator::Simulator;
pub use vehicle::{Platform, VEHICLES, Vehicle, build};

/// How a case has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It reported success.
    Passed,
    /// It failed; the reason, in one or more lines.
    Failed(String),
    /// The system was reset.
    Reset,
    /// The kernel failed; its epitaph.
    KernelFailed(String),
}

impl Outcome {
    /// What is wrong with the outcome of a case, if anything is.
    ///
    /// # Errors
    ///
    /// The reason why the case has failed.
    pub fn check(&self, case: &Case) -> Result<(), String> {
        use vehicle::Ending;
        match (self, case.ending()) {
            (Outcome::Passed, Ending::Verdict)
            | (Outcome::Reset, Ending::Reset) => Ok(()),
            (Outcome::KernelFailed(epitaph), Ending::KernelFailure) => {
                // A kernel that says nothing is of no use to anybody.
                match epitaph.starts_with("panicked at") {
                    true => Ok(()),
                    false => Err(format!("the epitaph is {epitaph:?}")),
                }
            }
            (Outcome::Failed(reason), _) => Err(reason.clone()),
            (Outcome::Passed, _) => Err("the system goes on".into()),
            (Outcome::Reset, _) => Err("the system was reset".into()),
            (Outcome::KernelFailed(epitaph), _) => {
                Err(format!("the kernel has failed: {epitaph}"))
            }
        }
    }
}

/// What the runner says at the end of a case, and at boot.
#[derive(Debug, Default)]
struct Transcript {
    reason: String,
}

impl Transcript {
    /// Takes the next line; returns how the case has ended if that was it.
    fn line(&mut self, line: &str) -> Option<Outcome> {
        let reason = |text: &mut String| std::mem::take(text);
        if let Some(more) = line.strip_prefix("| ") {
            self.reason.push_str(more);
            self.reason.push('\n');
            None
        } else if line == "pass" {
            Some(Outcome::Passed)
        } else if line == "fail" {
            Some(Outcome::Failed(reason(&mut self.reason)))
        } else if line.starts_with("ready ") {
            Some(Outcome::Reset)
        } else {
            // Nothing else is expected, so it helps to see it.
            self.reason.push_str(line);
            self.reason.push('\n');
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Transcript};

    #[test]
    fn a_transcript_ends_with_a_verdict() {
        let mut transcript = Transcript::default();
        assert_eq!(transcript.line("pass"), Some(Outcome::Passed));
        assert_eq!(transcript.line("ready 0123"), Some(Outcome::Reset));
    }

    #[test]
    fn a_failure_has_its_reason() {
        let mut transcript = Transcript::default();
        assert_eq!(transcript.line("| panicked at a.rs:1:2:"), None);
        assert_eq!(transcript.line("| because"), None);
        let reason = "panicked at a.rs:1:2:\nbecause\n".to_owned();
        assert_eq!(transcript.line("fail"), Some(Outcome::Failed(reason)));
    }
}
