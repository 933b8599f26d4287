// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Standing between Cargo and the compiler.
//!
//! Cargo makes the flags it is given part of the names of its directories, and
//! those of generated sources end up in debug information. So flags that name
//! places on this machine must not be known to Cargo, or an image would depend
//! on where it is built. This program then runs as Cargo's `RUSTC_WRAPPER` and
//! adds them. It also sees to it that build scripts are compiled only once for
//! all variants.

mod scripts;

use scripts::Script;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The flag that tells variants apart, without its value.
pub const VARIANT: &str = "--cfg=hubris_variant=";

/// The flags to add, as in `CARGO_ENCODED_RUSTFLAGS`.
const FLAGS_VAR: &str = "XTASK_LOCAL_RUSTFLAGS";
/// Where the programs of build scripts are.
const SCRIPTS_VAR: &str = "XTASK_BUILD_SCRIPTS";

/// Has Cargo run this program instead of the compiler, and keep the programs
/// of build scripts in a folder.
///
/// # Errors
///
/// If this program does not know where it is.
pub fn wrap(
    cargo: &mut Command,
    flags: &[String],
    scripts: &Path,
) -> io::Result<()> {
    cargo
        .env("RUSTC_WRAPPER", env::current_exe()?)
        .env(FLAGS_VAR, flags.join("\x1f"))
        .env(SCRIPTS_VAR, scripts);
    Ok(())
}

/// If Cargo is calling, runs the compiler and returns its exit code.
pub fn serve() -> Option<ExitCode> {
    let flags = env::var(FLAGS_VAR).ok()?;
    let mut arguments = env::args_os().skip(1);
    let compiler = PathBuf::from(arguments.next()?);
    let mut rustc = Command::new(&compiler);
    let scripts = PathBuf::from(env::var_os(SCRIPTS_VAR)?);
    rustc.env_remove(FLAGS_VAR).env_remove(SCRIPTS_VAR);
    let arguments: Vec<OsString> = arguments.collect();
    // Build scripts and macros run here, and are left as they are.
    let for_target = arguments.iter().any(|argument| argument == "--target");
    // Behind what Cargo says: clippy's program wants to be told first of the
    // compiler that it is called in the place of.
    rustc.args(&arguments);
    if for_target {
        rustc.args(flags.split('\x1f'));
    }
    let status = match Script::parse(&compiler, &arguments) {
        Some(script) => script.provide(&scripts, &mut rustc),
        None => rustc.status(),
    };
    Some(match status {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            ExitCode::from(code.unwrap_or(1))
        }
        Err(error) => {
            eprintln!("error: running {rustc:?}: {error}");
            ExitCode::FAILURE
        }
    })
}
