// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `run` and `sim`: images on the simulated chip.

use super::AppArgs;
use crate::config::{App, display};
use crate::diagnostic::Diagnostic;
use crate::peer;
use crate::progress::Progress;
use crate::simulation::{self, AtEndOfInput, End, Outcome, RunArgs, Summary};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use sim::{Faults, Image, Soc};
use std::io::{IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    app: AppArgs,
    /// What runs on CPU2: an application file, an ELF file, or the directory
    /// of a built image
    #[arg(long, value_name = "FILE")]
    cpu2: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

impl Run {
    /// Builds both cores' images and joins the terminal to them.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let progress = Progress::new();
        let (_, images) = self.app.dist(workspace, &progress)?;
        let image = images.first().context("an application has an image")?;
        let cpu1 = Image::open(&image.dir)?;
        let cpu2 = self.peer(workspace, &progress)?;
        progress.step("booting");
        let mut soc = self.run.boot(cpu1, Some(cpu2), Faults::Record)?;
        let uart = simulation::await_console(&mut soc)?;
        drop(progress);

        let interrupted = simulation::interrupt_flag()?;
        let outcome = if stdin().is_terminal() {
            eprintln!("joined to CPU1's console; Ctrl-D ends");
            simulation::interact(
                &self.run,
                &mut soc,
                AtEndOfInput::Stop,
                &interrupted,
            )?
        } else {
            let outcome =
                simulation::pipe(&self.run, &mut soc, uart, &interrupted)?;
            soc.faults().iter().for_each(|fault| eprintln!("{fault}"));
            outcome
        };
        Ok(report(&self.run, &soc, &outcome))
    }

    fn peer(
        &self,
        workspace: &Workspace,
        progress: &Progress,
    ) -> Result<Image> {
        let options = self.app.options();
        let path = match &self.cpu2 {
            None => peer::build(workspace, progress, options)?,
            Some(path) if path.extension().is_some_and(|e| e == "toml") => {
                let app = App::load(&workspace.root, path)?;
                peer::build_app(workspace, &app, progress, options)?
            }
            Some(path) => path.clone(),
        };
        open(&path)
    }
}

#[derive(Args)]
pub struct Sim {
    /// Program of CPU1: an ELF file, or the directory of a built image
    #[arg(long, value_name = "FILE")]
    cpu1: PathBuf,
    /// Program of CPU2
    #[arg(long, value_name = "FILE")]
    cpu2: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

impl Sim {
    /// Runs any programs, and shows both consoles.
    pub fn run(self) -> Result<ExitCode> {
        let cpu1 = open(&self.cpu1)?;
        let cpu2 = self.cpu2.as_deref().map(open).transpose()?;
        let mut soc = self.run.boot(cpu1, cpu2, Faults::Stop)?;
        let at_end = match stdin().is_terminal() {
            true => AtEndOfInput::Stop,
            false => AtEndOfInput::GoOn,
        };
        let interrupted = simulation::interrupt_flag()?;
        let outcome =
            simulation::interact(&self.run, &mut soc, at_end, &interrupted)?;
        Ok(report(&self.run, &soc, &outcome))
    }
}

fn open(path: &Path) -> Result<Image> {
    if !path.exists() {
        let error =
            Diagnostic::new(format!("{}: no such program", display(path)));
        return Err(error
            .help("name an ELF file, or the directory of a built image")
            .into());
    }
    Ok(Image::open(path)?)
}

/// Prints what there is to say at the end; returns the exit status.
fn report(run: &RunArgs, soc: &Soc, outcome: &Outcome) -> ExitCode {
    for register in soc.unmodelled() {
        eprintln!("{register}");
    }
    eprintln!("{}", Summary::new(soc, outcome, run.seed()));
    let faults = soc.faults().len();
    match &outcome.end {
        End::Failed(reason) => {
            eprintln!("{}", Diagnostic::new(reason.as_str()));
            ExitCode::FAILURE
        }
        _ if faults > 0 => {
            let times = if faults == 1 { "once" } else { "times" };
            let count = if faults == 1 {
                String::new()
            } else {
                format!("{faults} ")
            };
            let error = format!("a core has faulted {count}{times}");
            eprintln!("{}", Diagnostic::new(error));
            ExitCode::FAILURE
        }
        End::Complete | End::Found | End::OutOfCycles | End::Interrupted => {
            ExitCode::SUCCESS
        }
    }
}
