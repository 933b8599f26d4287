// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `cargo xtask`: builds, checks, runs and flashes whole images.

#![forbid(unsafe_code)]

mod applications;
mod archive;
mod cargo;
mod cli;
mod command;
mod config;
mod diagnostic;
mod dist;
mod elf;
mod environment;
mod file;
mod graph;
mod image;
mod kconfig;
mod layout;
mod link;
mod memory;
mod peer;
mod progress;
mod rustc;
mod simulation;
mod sizes;
mod stack;
mod toolchain;
mod workspace;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = rustc::serve() {
        return code;
    }
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", diagnostic::render(&error));
            ExitCode::FAILURE
        }
    }
}
