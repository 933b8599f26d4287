// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Debian's compiler packages.
//!
//! The `-web` packages are the recent compilers that Debian ships for
//! building browsers on its stable releases.

use super::compiler::Compiler;
use super::linker;
use crate::command;
use crate::progress::Progress;
use std::path::Path;
use std::process::Command;

/// Compiler, Cargo and the sources of `core`.
pub const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// The oldest release that builds this workspace.
pub const MINIMUM: &str = env!("CARGO_PKG_RUST_VERSION");

/// Finds the packages installed, or installs them.
///
/// # Errors
///
/// Why there is no way.
pub fn provide(progress: &Progress) -> Result<Compiler, String> {
    if let Some(compiler) = Compiler::debian() {
        return Ok(compiler);
    }
    let packages = PACKAGES.join(" ");
    let how_not =
        |reason: &str| format!("{packages} are not installed, and {reason}");
    let apt = command::find_program("apt-get")
        .ok_or_else(|| how_not("there is no apt-get"))?;
    let prefix =
        privileges().ok_or_else(|| how_not("installing them takes root"))?;
    let install = |arguments: &[&str]| {
        progress.step(format!("apt-get {}", arguments.join(" ")));
        let mut install = elevated(&prefix, &apt);
        install
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        let output = command::capture(&mut install)
            .map_err(|error| format!("{error:#}"))?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let reason = text.trim().lines().last().unwrap_or_default();
        Err(format!("{} failed: {reason}", command::line(&install)))
    };
    install(&["update"])?;
    let quietly = ["install", "--yes", "--no-install-recommends"];
    install(&[&quietly[..], &PACKAGES].concat())?;
    let compiler = Compiler::debian().ok_or_else(|| {
        format!(
            "{packages} are installed, but are not rustc {MINIMUM} or later \
             with its sources"
        )
    })?;
    // Rustup's compilers come with a linker, Debian's does not.
    if linker::find(&compiler).is_err() {
        install(&[&quietly[..], &["lld"]].concat())?;
    }
    Ok(compiler)
}

/// What to put before a command that needs root, if there is a way without
/// asking for a password.
fn privileges() -> Option<Vec<&'static str>> {
    let root = command::stdout_of(Command::new("id").arg("-u"));
    if root.as_deref() == Some("0") {
        return Some(Vec::new());
    }
    command::stdout_of(Command::new("sudo").args(["-n", "true"]))
        .map(|_| vec!["sudo", "-n"])
}

fn elevated(prefix: &[&str], program: &Path) -> Command {
    match prefix {
        [] => command::clean(program),
        [first, rest @ ..] => {
            let mut command = command::clean(first);
            command.args(rest).arg(program);
            command
        }
    }
}
