// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `sizes`, `graph`, `task-slots` and `print`.

use super::AppArgs;
use crate::config::display;
use crate::diagnostic::Diagnostic;
use crate::dist;
use crate::elf::{self, Program};
use crate::graph;
use crate::link;
use crate::progress::Progress;
use crate::sizes;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::PathBuf;

#[derive(Args)]
pub struct Sizes {
    #[command(flatten)]
    app: AppArgs,
    /// Remember the sizes for a later --compare
    #[arg(long)]
    save: bool,
    /// Show the difference to the remembered sizes
    #[arg(long)]
    compare: bool,
    /// Also show how deep each stack can get, and through which calls
    #[arg(long)]
    stacks: bool,
}

impl Sizes {
    /// Builds, and reports what everything occupies.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let progress = Progress::new();
        let (app, images) = self.app.dist(workspace, &progress)?;
        drop(progress);
        for image in &images {
            if images.len() > 1 {
                println!("image {}", image.name);
            }
            let table = sizes::Table::new(&app, image);
            let file = image.dir.join("sizes.json");
            let previous = match self.compare {
                true => Some(sizes::Table::read(&file)?),
                false => None,
            };
            print!("{}", table.render(previous.as_ref()));
            print!("{}", sizes::suggestions(&app, image));
            if self.stacks {
                print!("{}", sizes::stacks(&app, image)?);
            }
            if self.save {
                table.write(&file)?;
            }
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct Graph {
    #[command(flatten)]
    app: AppArgs,
    /// File to write: a picture if its name ends in .svg, otherwise a graph
    /// in the language of Graphviz
    #[arg(short, long, value_name = "FILE", default_value = "tasks.svg")]
    output: PathBuf,
}

impl Graph {
    /// Draws who may call whom.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let app = self.app.load(workspace)?;
        let picture = match self.output.extension() {
            Some(extension) if extension == "svg" => graph::svg(&app),
            _ => graph::dot(&app),
        };
        fs::write(&self.output, picture)
            .with_context(|| format!("writing {}", self.output.display()))
    }
}

#[derive(Args)]
pub struct TaskSlots {
    /// A task's ELF file
    #[arg(value_name = "ELF")]
    program: PathBuf,
}

impl TaskSlots {
    /// Lists a program's slots, with the indices they are bound to.
    pub fn run(self) -> Result<()> {
        let bytes = link::read(&self.program)?;
        let program = Program::parse(&bytes)
            .with_context(|| format!("reading {}", self.program.display()))?;
        let segments = program.segments();
        for slot in elf::task_slots(&program)? {
            let index = elf::file_offset(&segments, slot.address, 2)
                .map(|at| u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            match index {
                Ok(index) => println!(
                    "{:#010x}  {}  task {index}",
                    slot.address, slot.name
                ),
                // A relocatable program has no addresses yet.
                Err(_) => println!("unplaced    {}", slot.name),
            }
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct Print {
    #[command(flatten)]
    app: AppArgs,
    /// Print where the archive is, or would be
    #[arg(long)]
    archive: bool,
    /// Print the application file with everything that it inherits
    #[arg(long)]
    expanded_config: bool,
}

impl Print {
    /// Prints facts about an application without building it.
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let app = self.app.load(workspace)?;
        if !self.archive && !self.expanded_config {
            return Err(Diagnostic::new("there is nothing to print")
                .help("say --archive or --expanded-config")
                .into());
        }
        if self.expanded_config {
            print!("{}", app.documents.app.text());
        }
        if self.archive {
            let options = self.app.options();
            for image in options.images(&app)? {
                let archive = dist::archive(workspace, &app, image);
                println!("{}", display(&archive));
            }
        }
        Ok(())
    }
}
