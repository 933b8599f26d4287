// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `flash`, `humility` and `gdb`: verbs that hand over to tools of the user.

use super::AppArgs;
use crate::command;
use crate::config::{App, display};
use crate::diagnostic::Diagnostic;
use crate::dist;
use crate::peer;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[derive(Args)]
pub struct Flash {
    #[command(flatten)]
    app: AppArgs,
    /// Arguments for probe-rs, such as --probe
    #[arg(last = true, value_name = "PROBE-RS ARGUMENTS")]
    arguments: Vec<String>,
}

impl Flash {
    /// Builds, and writes what was built to the chip on a debug probe.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        // Before minutes of building.
        let probe_rs = command::find_program("probe-rs").ok_or_else(|| {
            Diagnostic::new("probe-rs is not installed").help(
                "cargo install probe-rs-tools --locked, or see \
                 https://probe.rs/docs/getting-started/installation",
            )
        })?;
        let app = self.app.load(workspace)?;
        let chip = app.probe_chip.clone().ok_or_else(|| {
            Diagnostic::new(format!(
                "boards/{}.toml: probe-rs.chip-name is missing",
                app.toml.board
            ))
            .help("`probe-rs chip list` has the names")
        })?;

        let progress = Progress::new();
        let (app, images) = self.app.dist(workspace, &progress)?;
        let mut files = Vec::new();
        if self.app.is_default() {
            // The default application is the two of them. CPU1 starts CPU2,
            // so its software goes last.
            let path = peer::build(workspace, &progress, self.app.options())?;
            files.push(match path.is_dir() {
                true => FlashFile::of_image(workspace, &path)?,
                false => FlashFile::Elf(path),
            });
        }
        for image in &images {
            let flash = app
                .memory(&image.name, "flash")
                .context("flash was checked")?;
            files.push(FlashFile::Binary {
                path: image.dir.join("final.bin"),
                base: flash.address,
            });
        }
        drop(progress);

        let run = |arguments: &[&str]| {
            let mut command = Command::new(&probe_rs);
            command.args(arguments).args(["--chip", &chip]);
            command.args(&self.arguments);
            eprintln!("{}", command::line(&command));
            let status = command.status().context("running probe-rs")?;
            if status.success() {
                return Ok(());
            }
            Err(anyhow::Error::from(
                Diagnostic::new(format!("probe-rs failed: {status}")).help(
                    "is the board connected? `probe-rs list` shows probes",
                ),
            ))
        };
        for file in &files {
            match file {
                FlashFile::Elf(path) => {
                    run(&["download", &path.to_string_lossy()])?;
                }
                FlashFile::Binary { path, base } => run(&[
                    "download",
                    "--binary-format",
                    "bin",
                    "--base-address",
                    &format!("{base:#010x}"),
                    &path.to_string_lossy(),
                ])?,
            }
        }
        run(&["reset"])
    }
}

/// Something to write to flash.
enum FlashFile {
    Elf(PathBuf),
    Binary { path: PathBuf, base: u32 },
}

impl FlashFile {
    /// CPU2's image, which `peer` has built.
    fn of_image(workspace: &Workspace, dir: &Path) -> Result<Self> {
        let app = peer::app(workspace)?;
        let name = app.toml.image_names.first();
        let flash = name.and_then(|name| app.memory(name, "flash"));
        Ok(Self::Binary {
            path: dir.join("final.bin"),
            base: flash.context("flash was checked")?.address,
        })
    }
}

#[derive(Args)]
pub struct Humility {
    #[command(flatten)]
    app: AppArgs,
    /// Arguments for Humility
    #[arg(last = true, value_name = "HUMILITY ARGUMENTS")]
    arguments: Vec<String>,
}

impl Humility {
    /// Runs Humility on the archive of the application as it was last built,
    /// which is what is on the chip.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        find_humility()?;
        let app = self.app.load(workspace)?;
        humility(&app, &built(&self.app, workspace, &app)?, &self.arguments)
    }
}

#[derive(Args)]
pub struct Gdb {
    #[command(flatten)]
    app: AppArgs,
    /// Debug what is on the chip, without building
    #[arg(short, long)]
    noflash: bool,
}

impl Gdb {
    /// Runs Humility's debugger session.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        find_humility()?;
        let progress = Progress::new();
        let (app, _) = self.app.dist(workspace, &progress)?;
        drop(progress);
        let mut arguments = vec!["gdb".to_owned(), "--run-openocd".to_owned()];
        if !self.noflash {
            arguments.push("--load".to_owned());
        }
        humility(&app, &built(&self.app, workspace, &app)?, &arguments)
    }
}

/// Writes an image to a board, and has Humility run the tests in it.
///
/// # Errors
///
/// If the image cannot be built or written, or Humility is missing.
pub fn test(
    args: AppArgs,
    workspace: &Workspace,
    noflash: bool,
) -> Result<ExitCode> {
    find_humility()?;
    if !noflash {
        let (app, arguments) = (args.clone(), Vec::new());
        Flash { app, arguments }.run(workspace)?;
    }
    let app = args.load(workspace)?;
    humility(&app, &built(&args, workspace, &app)?, &["test".to_owned()])
}

/// The archive of the image that is wanted, which has been built before.
fn built(args: &AppArgs, workspace: &Workspace, app: &App) -> Result<PathBuf> {
    let image = args.options().images(app)?[0];
    let archive = dist::archive(workspace, app, image);
    if archive.is_file() {
        return Ok(archive);
    }
    let error = Diagnostic::new(format!("{} is not built", display(&archive)));
    let file = display(&app.file);
    Err(error.help(format!("cargo xtask dist {file}")).into())
}

/// The debugger, as the user has installed it.
fn find_humility() -> Result<PathBuf> {
    if let Some(path) = env::var_os("HUBRIS_HUMILITY_PATH") {
        return Ok(path.into());
    }
    command::find_program("humility").ok_or_else(|| {
        Diagnostic::new("humility is not installed")
            .help(
                "cargo install --git https://github.com/oxidecomputer/humility \
                 --locked humility-bin",
            )
            .help("or set HUBRIS_HUMILITY_PATH to the program")
            .into()
    })
}

fn humility(
    app: &App,
    archive: &Path,
    arguments: &[String],
) -> Result<ExitCode> {
    let program = find_humility()?;
    let mut command = Command::new(&program);
    command.arg("--archive").arg(archive).args(arguments);
    if let Some(chip) = &app.probe_chip {
        command.env("HUMILITY_CHIP", chip);
    }
    let status = command.status().with_context(|| {
        format!("running {} on {}", program.display(), display(archive))
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
