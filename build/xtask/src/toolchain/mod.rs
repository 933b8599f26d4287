// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A compiler for the target: found, completed, or installed.
//!
//! Ordinarily rustup provides it. Where rustup cannot (no network but the
//! package registries, say), Debian's packages do: they have the compiler and
//! the sources of `core`, which is then built here once per target. Either
//! way the result is a [`Toolchain`], with which firmware is built like any
//! other program for `--target`.

mod compiler;
mod debian;
mod linker;
mod sysroot;

use crate::command;
use crate::config::Target;
use crate::diagnostic::Diagnostic;
use crate::progress::Progress;
use anyhow::Result;
use compiler::Compiler;
use std::env;
use std::path::{Path, PathBuf};

/// What builds firmware for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// Cargo, of the same release as the compiler.
    pub cargo: PathBuf,
    /// The compiler.
    pub rustc: PathBuf,
    /// `rust-lld`, in its GNU flavour.
    pub linker: PathBuf,
    /// Where the target's `core` is, if the compiler does not know.
    pub sysroot: Option<PathBuf>,
    /// Sources of `core`, and the name they are given in debug information.
    pub sources: Vec<(PathBuf, String)>,
    /// Which toolchain this is and why, in one line.
    pub summary: String,
}

/// The user's choice, from the variable `XTASK_TOOLCHAIN`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Any,
    Rustup,
    Debian,
}

const CHOICE_VAR: &str = "XTASK_TOOLCHAIN";

impl Choice {
    fn from_env() -> Result<Self> {
        match env::var(CHOICE_VAR).as_deref() {
            Err(_) | Ok("" | "any") => Ok(Self::Any),
            Ok("rustup") => Ok(Self::Rustup),
            Ok("debian") => Ok(Self::Debian),
            Ok(other) => Err(Diagnostic::new(format!(
                "environment: {CHOICE_VAR} ({other:?}) is no toolchain"
            ))
            .help("leave it unset, or use \"rustup\" or \"debian\"")
            .into()),
        }
    }
}

/// Finds a toolchain for a target, completing or installing it if need be.
///
/// `target_dir` is where a `core` built here is kept.
///
/// # Errors
///
/// If there is no way to one; the message names what to install.
pub fn find(
    target_dir: &Path,
    target: Target,
    progress: &Progress,
) -> Result<Toolchain> {
    let choice = Choice::from_env()?;
    let triple = target.triple();
    let mut why_not = Vec::new();

    if choice != Choice::Debian {
        let active = Compiler::active()?;
        if active.has_target(target) {
            let why = "it has the target";
            return active.ready(target, why);
        }
        let debian = (choice == Choice::Any).then(Compiler::debian).flatten();
        // One failure of rustup's is enough, and one compiler for all targets.
        if let Some(debian) = &debian
            && sysroot::exists(target_dir, debian)
        {
            let why = "it has been chosen before";
            return debian.with_core(target_dir, target, why, progress);
        }
        match add_rustup_target(&active, target, progress) {
            Ok(()) => {
                return active.ready(target, "rustup has added the target");
            }
            Err(reason) => why_not.push(reason),
        }
        if active.has_sources() {
            let why = format!(
                "{}, but it has the sources of core",
                why_not.join("; ")
            );
            return active.with_core(target_dir, target, &why, progress);
        }
    }

    if choice != Choice::Rustup {
        match debian::provide(progress) {
            Ok(compiler) => {
                if choice == Choice::Debian {
                    why_not.push(format!("{CHOICE_VAR} says so"));
                }
                let why = why_not.join("; ");
                return compiler.with_core(target_dir, target, &why, progress);
            }
            Err(reason) => why_not.push(reason),
        }
    }

    Err(Diagnostic::new(format!(
        "no compiler for {triple}:\n{}",
        why_not.join("\n")
    ))
    .help(format!("with rustup: rustup target add {triple}"))
    .help(format!(
        "on Debian, as root: apt-get install {}",
        debian::PACKAGES.join(" ")
    ))
    .into())
}

/// Has rustup complete the compiler.
fn add_rustup_target(
    active: &Compiler,
    target: Target,
    progress: &Progress,
) -> Result<(), String> {
    let triple = target.triple();
    let Some(toolchain) = active.rustup_name() else {
        return Err(format!("{} is not rustup's", active.rustc.display()));
    };
    let Some(rustup) = command::find_program("rustup") else {
        return Err("there is no rustup".into());
    };
    progress.step(format!("rustup target add {triple}"));
    let mut add = command::clean(rustup);
    add.args(["target", "add", "--toolchain", &toolchain, triple]);
    let output =
        command::capture(&mut add).map_err(|error| format!("{error:#}"))?;
    if output.status.success() && active.has_target(target) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let reason = text
        .lines()
        .find_map(|line| line.strip_prefix("error: "))
        .or_else(|| text.lines().rfind(|line| !line.trim().is_empty()))
        .unwrap_or("no reason given");
    Err(format!("rustup cannot add {triple} ({reason})"))
}
