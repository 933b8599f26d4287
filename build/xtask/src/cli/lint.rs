// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `clippy` and `doc`: Cargo's verbs, in the environment of an image.

use super::AppArgs;
use super::build::select;
use crate::command;
use crate::diagnostic::Diagnostic;
use crate::dist::{self, Dist};
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct PerCrate {
    #[command(flatten)]
    app: AppArgs,
    /// Tasks, `kernel` included; all by default
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
    /// Arguments for Cargo's verb
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

impl PerCrate {
    /// Lints tasks and kernel as they are built for the image.
    pub fn clippy(self, workspace: &Workspace) -> Result<ExitCode> {
        self.each("clippy", "cargo-clippy", workspace)
    }

    /// Documents tasks and kernel as they are built for the image.
    pub fn doc(self, workspace: &Workspace) -> Result<ExitCode> {
        self.each("doc", "rustdoc", workspace)
    }

    fn each(
        mut self,
        verb: &str,
        tool: &str,
        workspace: &Workspace,
    ) -> Result<ExitCode> {
        self.app.sort_out(&mut self.tasks);
        let progress = Progress::new();
        let app = self.app.load(workspace)?;
        let selected = select(&app, &self.tasks)?;
        let dist = Dist::new(workspace, &app, &progress, &self.app.options())?;
        progress.once(&dist.toolchain.summary);
        let toolchain = &dist.toolchain;
        let program = toolchain.cargo.with_file_name(tool);
        if !program.is_file() {
            let error = Diagnostic::new(format!(
                "{} is missing beside {}",
                tool,
                toolchain.cargo.display()
            ));
            return Err(error
                .help("with rustup: rustup component add clippy")
                .help("on Debian, as root: apt-get install rust-web-clippy")
                .into());
        }
        let all = selected.is_empty();
        let mut failed = Vec::new();
        for image in self.app.options().images(&app)? {
            let mut crates: Vec<(String, dist::CrateSpec)> = Vec::new();
            for name in app.toml.tasks.keys() {
                if all || selected.contains(&name.as_str()) {
                    crates.push((name.clone(), dist.task_crate(image, name)?));
                }
            }
            if all || selected.contains(&"kernel") {
                // The kernel's environment has the addresses of all tasks.
                let built = dist.image(image)?;
                crates.push(("kernel".into(), dist.kernel_crate(&built)?));
            }
            for (name, spec) in crates {
                progress.step(format!("{verb} {name}"));
                let cargo = dist.cargo();
                let mut cargo = cargo.command(verb, &spec.as_crate())?;
                cargo.args(["--release", "--bin", &spec.package]);
                if verb == "doc" {
                    cargo.args(&self.arguments);
                } else {
                    cargo.arg("--").args(["-D", "warnings"]);
                    cargo.args(&self.arguments);
                }
                if self.app.options().verbose {
                    progress.line(command::line(&cargo));
                }
                let output = cargo.output().context("running Cargo")?;
                if !output.status.success() {
                    let text = String::from_utf8_lossy(&output.stderr);
                    progress.line(text.trim_end());
                    if !failed.contains(&name) {
                        failed.push(name);
                    }
                }
            }
        }
        if failed.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Diagnostic::new(format!(
            "{verb} has complaints about {}",
            failed.join(", ")
        ))
        .into())
    }
}
