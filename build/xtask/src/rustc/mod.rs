// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Standing between Cargo and the compiler.
//!
//! Cargo makes the flags it is given part of the names of its directories, and
//! those of generated sources end up in debug information. So flags that name
//! places on this machine must not be known to Cargo, or an image would depend
//! on where it is built. This program then runs as Cargo's `RUSTC_WRAPPER` and
//! adds them. It also sees to it that crates of a registry are compiled only
//! once for all variants.

mod call;
mod store;

use call::Call;
pub use call::VARIANT;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use store::Store;

/// The flags to add, as in `CARGO_ENCODED_RUSTFLAGS`.
const FLAGS_VAR: &str = "XTASK_LOCAL_RUSTFLAGS";
/// Where the crates are that variants share.
const STORE_VAR: &str = "XTASK_RUSTC_STORE";

/// Has Cargo run this program instead of the compiler.
///
/// # Errors
///
/// If this program does not know where it is.
pub fn wrap(
    cargo: &mut Command,
    flags: &[String],
    store: &Path,
) -> io::Result<()> {
    cargo
        .env("RUSTC_WRAPPER", env::current_exe()?)
        .env(FLAGS_VAR, flags.join("\x1f"))
        .env(STORE_VAR, store);
    Ok(())
}

/// If Cargo is calling, runs the compiler and returns its exit code.
pub fn serve() -> Option<ExitCode> {
    let flags = env::var(FLAGS_VAR).ok()?;
    let store = Store::new(env::var_os(STORE_VAR)?.into());
    let mut arguments = env::args_os().skip(1);
    let mut rustc = Command::new(arguments.next()?);
    rustc.env_remove(FLAGS_VAR).env_remove(STORE_VAR);
    // Build scripts and macros run here and are left alone.
    let mut arguments: Vec<_> = arguments.collect();
    let for_target = arguments.iter().any(|argument| argument == "--target");
    let mut more = Vec::new();
    let mut shared = None;
    if for_target {
        arguments.iter_mut().for_each(|it| store.resolve(it));
        shared = Call::parse(&arguments);
        more.extend(["-L".into(), store.search_path()]);
        more.extend(flags.split('\x1f').map(OsString::from));
    }
    let status = match shared {
        Some(call) => store.provide(&call, rustc.args(&more)),
        // Behind what Cargo says: clippy's program wants to be told first of
        // the compiler that it is called in the place of.
        None => rustc.args(&arguments).args(&more).status(),
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
