// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Running other programs.

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A command without what the outer Cargo told *us*.
///
/// `cargo xtask` itself runs under a Cargo that has set its own compiler,
/// flags, package and library path; an inner build must not see them. What
/// the user has configured for every Cargo (jobs, proxies, registries, the
/// home directory) stays.
pub fn clean(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(set_by_outer_cargo) {
            command.env_remove(&name);
        }
    }
    if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", without_toolchains(&path));
    }
    command
}

fn set_by_outer_cargo(name: &str) -> bool {
    const KEPT: [&str; 7] = [
        "CARGO_BUILD_JOBS",
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
    ];
    let cargo = name == "CARGO" || name.starts_with("CARGO_");
    (cargo && !KEPT.iter().any(|kept| name.starts_with(kept)))
        || name.starts_with("RUSTC")
        || name.starts_with("RUSTDOC")
        || name == "RUSTFLAGS"
        || name == "RUSTUP_TOOLCHAIN"
}

/// What of the user's environment an inner build may look at, sorted.
pub fn variables_of_builds() -> Vec<(OsString, OsString)> {
    let mut variables: Vec<_> = env::vars_os()
        .filter(|(name, _)| {
            name.to_str().is_some_and(|name| {
                let of_cargo =
                    name.starts_with("CARGO_") && !set_by_outer_cargo(name);
                of_cargo || name.starts_with("HUBRIS_") || name == "HOME"
            })
        })
        .collect();
    variables.sort();
    variables
}

/// Drops the directories that Cargo prepends so that programs find the
/// libraries of the toolchain they were built with: another compiler would
/// load the wrong ones.
fn without_toolchains(path: &std::ffi::OsStr) -> OsString {
    let kept = env::split_paths(path).filter(|folder| {
        let of_toolchain = folder.join("rustlib").is_dir();
        let of_target = folder
            .ancestors()
            .any(|above| above.join(".rustc_info.json").is_file());
        !of_toolchain && !of_target
    });
    env::join_paths(kept).unwrap_or_default()
}

/// Runs a command to its end and takes what it prints.
///
/// # Errors
///
/// If it cannot be started; a failure of its own is in the result.
pub fn capture(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running {}", line(command)))
}

/// Runs a command and takes its standard output if it succeeded.
pub fn stdout_of(command: &mut Command) -> Option<String> {
    let output = capture(command).ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it, for messages.
pub fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy()));
    words.join(" ")
}

/// The file that a program name on the search path stands for.
pub fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_has_configured_for_every_cargo_stays() {
        for name in ["CARGO_BUILD_JOBS", "CARGO_HOME", "CARGO_HTTP_PROXY"] {
            assert!(!set_by_outer_cargo(name), "{name}");
        }
        for name in ["CARGO", "CARGO_BUILD_TARGET", "CARGO_PKG_NAME", "RUSTC"] {
            assert!(set_by_outer_cargo(name), "{name}");
        }
    }
}
