// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `dump`: the state of the simulated chip at some moment, for Humility.

use super::AppArgs;
use super::run::{archives, build_peer, dump_folder, open};
use crate::diagnostic::Diagnostic;
use crate::progress::Progress;
use crate::simulation::{self, DumpArgs, Dumps};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use sim::{Image, Soc, Stop, ms};
use std::path::PathBuf;

#[derive(Args)]
pub struct Dump {
    #[command(flatten)]
    app: AppArgs,
    /// What runs on CPU2: an application file, an ELF file, or the directory
    /// of a built image
    #[arg(long, value_name = "FILE")]
    cpu2: Option<PathBuf>,
    /// Selects how the two cores interleave
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Type this into CPU1's console
    #[arg(long, value_name = "TEXT")]
    input: Option<String>,
    /// Simulated milliseconds to run for, at most
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    after: u64,
    /// Dump as soon as a task, or a kernel, has faulted
    #[arg(long)]
    on_fault: bool,
    /// Folder to write to; by default `target/dumps`
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl Dump {
    /// Builds both cores' images, runs them, and dumps them.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let progress = Progress::new();
        let (_, images) = self.app.dist(workspace, &progress)?;
        let cpu1 = &images.first().context("an application has an image")?.dir;
        let cpu2 = build_peer(
            workspace,
            self.cpu2.as_deref(),
            &progress,
            self.app.options(),
        )?;
        drop(progress);
        let mut soc = Soc::builder()
            .cpu1(Image::open(cpu1)?)
            .cpu2(open(&cpu2)?)
            .seed(self.seed)
            .build()?;
        let watch = DumpArgs {
            dump_on_fault: self.on_fault,
            ..DumpArgs::default()
        };
        let folder = self.output.clone();
        let mut dumps = Dumps::new(
            watch,
            archives(cpu1, Some(&cpu2)),
            folder.unwrap_or_else(|| dump_folder(workspace)),
        )?;
        let end = self.advance(&mut soc, &mut dumps);
        dumps.take_news().iter().for_each(|news| println!("{news}"));
        end
    }

    /// Runs to the moment that is wanted, and dumps.
    fn advance(&self, soc: &mut Soc, dumps: &mut Dumps) -> Result<()> {
        if let Some(text) = &self.input {
            simulation::await_console(soc)?;
            soc.uart_type(text);
        }
        let stop = soc.run(
            ms(self.after),
            |soc| {
                dumps.look(soc);
                dumps.has_news()
            },
            false,
        );
        match stop {
            Stop::Satisfied => Ok(()),
            Stop::LimitReached if self.on_fault => {
                let error = format!(
                    "nothing has faulted in {} ms of simulated time",
                    self.after
                );
                Err(Diagnostic::new(error)
                    .help("run for longer with --after MS")
                    .into())
            }
            Stop::LimitReached => {
                dumps.write(soc);
                Ok(())
            }
            other => {
                dumps.write(soc);
                Err(other.into())
            }
        }
    }
}
