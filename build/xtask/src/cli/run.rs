// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `run` and `sim`: images on the simulated chip.

use super::AppArgs;
use crate::config::{App, display};
use crate::diagnostic::Diagnostic;
use crate::dist::Options;
use crate::peer;
use crate::progress::Progress;
use crate::simulation::{
    self, AtEndOfInput, Dumps, End, Outcome, RunArgs, Summary,
};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use dump::Archives;
use sim::{CoreId, Faults, Image, Soc};
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
        if let Some(cpu2) = &self.cpu2 {
            check_exists(cpu2, "an application file, an ELF file,")?;
        }
        let progress = Progress::new();
        let images = self.app.provide(workspace, &progress)?;
        let cpu1 = &images.first().context("an application has an image")?.dir;
        let cpu2 = build_peer(
            workspace,
            self.cpu2.as_deref(),
            &progress,
            self.app.options(),
        )?;
        progress.step("booting");
        let archives = archives(cpu1, Some(&cpu2));
        let (cpu1, cpu2) = (Image::open(cpu1)?, open(&cpu2)?);
        let mut soc = self.run.boot(cpu1, Some(cpu2), Faults::Record)?;
        let folder = dump_folder(workspace);
        let mut dumps = Dumps::new(self.run.dumps, archives, folder)?;
        let uart = simulation::await_console(&mut soc)?;
        drop(progress);

        let interrupted = simulation::interrupt_flag()?;
        let outcome = if stdin().is_terminal() {
            eprintln!("joined to CPU1's console; Ctrl-D ends");
            simulation::interact(
                &self.run,
                &mut soc,
                AtEndOfInput::Stop,
                &mut dumps,
                &interrupted,
            )?
        } else {
            let outcome = simulation::pipe(
                &self.run,
                &mut soc,
                uart,
                &mut dumps,
                &interrupted,
            )?;
            soc.faults().iter().for_each(|fault| eprintln!("{fault}"));
            outcome
        };
        Ok(report(&self.run, &soc, &outcome, &mut dumps))
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
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let archives = archives(&self.cpu1, self.cpu2.as_deref());
        let folder = dump_folder(workspace);
        let mut dumps = Dumps::new(self.run.dumps, archives, folder)?;
        let cpu1 = open(&self.cpu1)?;
        let cpu2 = self.cpu2.as_deref().map(open).transpose()?;
        let mut soc = self.run.boot(cpu1, cpu2, Faults::Stop)?;
        let at_end = match stdin().is_terminal() {
            true => AtEndOfInput::Stop,
            false => AtEndOfInput::GoOn,
        };
        let interrupted = simulation::interrupt_flag()?;
        let outcome = simulation::interact(
            &self.run,
            &mut soc,
            at_end,
            &mut dumps,
            &interrupted,
        )?;
        Ok(report(&self.run, &soc, &outcome, &mut dumps))
    }
}

/// Builds what runs on CPU2: by default its own application, otherwise an
/// application file; what has been built elsewhere is left as it is.
///
/// # Errors
///
/// If it cannot be built.
pub fn build_peer(
    workspace: &Workspace,
    file: Option<&Path>,
    progress: &Progress,
    options: Options,
) -> Result<PathBuf> {
    match file {
        None => peer::build(workspace, progress, options),
        Some(path) if path.extension().is_some_and(|e| e == "toml") => {
            let app = App::load(&workspace.root, path)?;
            peer::build_app(workspace, &app, progress, options)
        }
        Some(path) => Ok(path.to_owned()),
    }
}

/// The archives of what the cores run.
pub fn archives(cpu1: &Path, cpu2: Option<&Path>) -> Archives {
    let archives = Archives::new().with_image(CoreId::Cpu1, cpu1);
    match cpu2 {
        Some(cpu2) => archives.with_image(CoreId::Cpu2, cpu2),
        None => archives,
    }
}

/// Where dumps go.
pub fn dump_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("dumps")
}

/// A program that has been built.
///
/// # Errors
///
/// If there is none at the path.
pub fn open(path: &Path) -> Result<Image> {
    check_exists(path, "an ELF file,")?;
    Ok(Image::open(path)?)
}

/// `files` are what the path may name besides the directory of an image.
fn check_exists(path: &Path, files: &str) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let error = Diagnostic::new(format!("{}: no such program", display(path)));
    Err(error
        .help(format!("name {files} or the directory of a built image"))
        .into())
}

/// Prints what there is to say at the end; returns the exit status.
fn report(
    run: &RunArgs,
    soc: &Soc,
    outcome: &Outcome,
    dumps: &mut Dumps,
) -> ExitCode {
    for register in soc.unmodelled() {
        eprintln!("{register}");
    }
    eprintln!("{}", Summary::new(soc, outcome, run.seed()));
    let faults = soc.faults().len();
    let wrong = match &outcome.end {
        End::Failed(reason) => reason.clone(),
        _ if faults == 1 => "a core has faulted once".into(),
        _ if faults > 1 => format!("a core has faulted {faults} times"),
        End::Asleep => {
            eprintln!("both cores sleep, and nothing is going to wake them");
            return ExitCode::SUCCESS;
        }
        End::Complete | End::Found | End::OutOfCycles | End::Interrupted => {
            return ExitCode::SUCCESS;
        }
    };
    eprintln!("{}", Diagnostic::new(wrong));
    // Whoever looks into it later has nothing but this.
    dumps.write_last(soc);
    dumps
        .take_news()
        .iter()
        .for_each(|news| eprintln!("{news}"));
    ExitCode::FAILURE
}
