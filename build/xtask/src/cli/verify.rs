// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `verify-archive` and `verify-dump`: what Humility would stumble over.

use crate::diagnostic::Diagnostic;
use crate::link;
use anyhow::Result;
use clap::Args;
use debug_check::Findings;
use std::fmt::Display;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct VerifyArchive {
    /// Build archives; `cargo xtask print --archive` tells where they are
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl VerifyArchive {
    /// Checks archives, and prints what they are of.
    pub fn run(self) -> Result<()> {
        verify(&self.files, |bytes| {
            let report = debug_check::check_archive(bytes);
            (report.to_string(), report.findings)
        })
    }
}

#[derive(Args)]
pub struct VerifyDump {
    /// Dumps, as `cargo xtask dump` or Humility writes them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl VerifyDump {
    /// Checks dumps, and prints tasks, ring buffers, counters and stacks.
    pub fn run(self) -> Result<()> {
        verify(&self.files, |bytes| {
            let report = debug_check::check_dump(bytes);
            (report.to_string(), report.findings)
        })
    }
}

fn verify(
    files: &[PathBuf],
    check: impl Fn(&[u8]) -> (String, Findings),
) -> Result<()> {
    let mut broken = 0;
    for file in files {
        let (report, findings) = check(&link::read(file)?);
        if files.len() > 1 {
            println!("{}", file.display());
        }
        print!("{report}");
        broken += usize::from(!findings.is_empty());
    }
    match broken {
        0 => Ok(()),
        _ => Err(refused(format!("{broken} of {} files", files.len()))),
    }
}

/// Checks an archive that has just been built.
///
/// # Errors
///
/// If rules are broken, which ones.
pub fn archive(path: &Path) -> Result<()> {
    let report = debug_check::check_archive(&link::read(path)?);
    if report.findings.is_empty() {
        return Ok(());
    }
    Err(refused(format!("{}:\n{}", path.display(), report.findings)))
}

fn refused(what: impl Display) -> anyhow::Error {
    Diagnostic::new(format!("Humility would have trouble with {what}"))
        .help("doc/src/debugging.md explains the rules")
        .into()
}
