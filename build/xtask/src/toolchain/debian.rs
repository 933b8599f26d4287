// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Debian's compiler packages.
//!
//! The `-web` packages are the recent compilers that Debian ships for
//! building browsers on its stable releases.

use super::compiler::Compiler;
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
    let Some(apt) = command::find_program("apt-get") else {
        return Err(format!(
            "{packages} are not installed, and there is no apt-get"
        ));
    };
    let Some(prefix) = privileges() else {
        return Err(format!(
            "{packages} are not installed, and installing them takes root"
        ));
    };
    for arguments in [
        vec!["update"],
        [
            vec!["install", "--yes", "--no-install-recommends"],
            PACKAGES.into(),
        ]
        .concat(),
    ] {
        progress.step(format!("apt-get {}", arguments.join(" ")));
        let mut install = elevated(&prefix, &apt);
        install
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        let output = command::capture(&mut install)
            .map_err(|error| format!("{error:#}"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let reason = text.trim().lines().last().unwrap_or_default();
            return Err(format!(
                "{} failed: {reason}",
                command::line(&install)
            ));
        }
    }
    Compiler::debian().ok_or_else(|| {
        format!(
            "{packages} are installed, but are not rustc {MINIMUM} or later \
             with its sources"
        )
    })
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
