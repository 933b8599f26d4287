// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the tool is doing, on standard error.
//!
//! On a terminal it is one line that changes; otherwise one line per step.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A sequence of steps.
pub struct Progress {
    /// `None` when standard error is not a terminal.
    bar: Option<ProgressBar>,
    /// Whether steps are told without a terminal.
    steps: bool,
    /// Lines that need no repeating.
    said: Mutex<BTreeSet<String>>,
}

impl Progress {
    /// Starts a sequence of unknown length.
    pub fn new() -> Self {
        Self::with_steps(true)
    }

    /// Starts a sequence of so many steps that without a terminal only its
    /// phases are told.
    pub fn of_phases() -> Self {
        Self::with_steps(false)
    }

    fn with_steps(steps: bool) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(0),
                ProgressDrawTarget::stderr(),
            );
            bar.set_style(
                ProgressStyle::with_template(
                    "{spinner} {prefix} {wide_msg:.dim}",
                )
                .expect("the template is valid"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            bar,
            steps,
            said: Mutex::default(),
        }
    }

    /// Begins a phase, which has steps.
    pub fn phase(&self, what: impl AsRef<str>) {
        if self.bar.is_none() && !self.steps {
            eprintln!("{}", what.as_ref());
        }
    }

    /// Begins a step.
    pub fn step(&self, what: impl AsRef<str>) {
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(what.as_ref().to_owned());
                bar.set_message("");
            }
            None if self.steps => eprintln!("{}", what.as_ref()),
            None => {}
        }
    }

    /// Says what part of the step is under way; terminals only.
    pub fn detail(&self, what: impl AsRef<str>) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.as_ref().to_owned());
        }
    }

    /// Prints a line that stays, unless it has been printed already.
    pub fn once(&self, text: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(text.to_owned()) {
            self.line(text);
        }
    }

    /// Prints a line that stays, on standard output.
    pub fn result(&self, text: impl AsRef<str>) {
        match &self.bar {
            Some(bar) => bar.suspend(|| println!("{}", text.as_ref())),
            None => println!("{}", text.as_ref()),
        }
    }

    /// Prints a line that stays.
    pub fn line(&self, text: impl AsRef<str>) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{}", text.as_ref())),
            None => eprintln!("{}", text.as_ref()),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
