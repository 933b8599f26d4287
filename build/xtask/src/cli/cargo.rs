// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `cargo`: any of Cargo's verbs, with the compiler that firmware gets.

use crate::command;
use crate::config::Target;
use crate::diagnostic::Diagnostic;
use crate::progress::Progress;
use crate::toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct Cargo {
    /// Cargo's verb and its arguments, `--target` among them
    #[arg(
        value_name = "ARGUMENTS",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    arguments: Vec<String>,
}

impl Cargo {
    /// Runs Cargo for a library that needs no application around it.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let progress = Progress::new();
        let target = target(&self.arguments)?;
        let toolchain = toolchain::find(&workspace.target, target, &progress)?;
        progress.once(&toolchain.summary);
        drop(progress);
        let mut cargo = command::clean(&toolchain.cargo);
        cargo
            .env("RUSTC", &toolchain.rustc)
            .env("CARGO_TARGET_DIR", workspace.target.join("firmware"))
            .args(&self.arguments);
        if let Some(sysroot) = &toolchain.sysroot {
            let flag = format!("--sysroot={}", sysroot.display());
            cargo.env("CARGO_ENCODED_RUSTFLAGS", flag);
        }
        let status = cargo.status().context("running Cargo")?;
        Ok(match status.success() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// The target that Cargo is told.
fn target(arguments: &[String]) -> Result<Target> {
    let behind = arguments.iter().skip_while(|it| *it != "--target").nth(1);
    let joined = arguments.iter().find_map(|it| it.strip_prefix("--target="));
    let triple = joined.or(behind.map(String::as_str)).unwrap_or_default();
    let triples = Target::ALL.map(Target::triple).join(", ");
    Target::from_triple(triple).ok_or_else(|| {
        Diagnostic::new(format!(
            "--target ({triple:?}) is no target of firmware"
        ))
        .help(format!("targets are {triples}"))
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triple(arguments: &[&str]) -> Result<&'static str> {
        let arguments: Vec<_> =
            arguments.iter().map(|&it| it.to_owned()).collect();
        Ok(target(&arguments)?.triple())
    }

    #[test]
    fn the_target_is_found_in_both_forms() {
        let v6m = "thumbv6m-none-eabi";
        assert_eq!(triple(&["check", "--target", v6m, "-v"]).unwrap(), v6m);
        let joined = format!("--target={v6m}");
        assert_eq!(triple(&["check", &joined]).unwrap(), v6m);
    }

    #[test]
    fn without_a_target_of_firmware_nothing_is_run() {
        for arguments in [
            &["check"][..],
            &["check", "--target"],
            &["check", "--target", "x86_64-unknown-linux-gnu"],
        ] {
            let error = triple(arguments).unwrap_err().to_string();
            assert!(error.contains("is no target of firmware"), "{error}");
            assert!(error.contains("thumbv6m-none-eabi"), "{error}");
        }
    }
}
