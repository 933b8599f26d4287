// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `dist` and `build`.

use super::AppArgs;
use crate::config::{App, display};
use crate::diagnostic::{Diagnostic, closest};
use crate::dist;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct Dist {
    #[command(flatten)]
    app: AppArgs,
}

impl Dist {
    pub fn run(self, workspace: &Workspace) -> Result<()> {
        let progress = Progress::new();
        let (app, images) = self.app.dist(workspace, &progress)?;
        drop(progress);
        for image in images {
            println!("{}", display(&image.archive(&app)));
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct Build {
    #[command(flatten)]
    app: AppArgs,
    /// Tasks to build, `kernel` included; all by default
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
    /// Only list the tasks and their packages
    #[arg(short, long)]
    list: bool,
}

impl Build {
    pub fn run(mut self, workspace: &Workspace) -> Result<()> {
        self.app.sort_out(&mut self.tasks);
        let app = self.app.load(workspace)?;
        if self.list {
            let tasks = app.toml.tasks.iter();
            let tasks = tasks.map(|(name, task)| (name, &task.name));
            let kernel = "kernel".to_owned();
            let all = tasks.chain([(&kernel, &app.toml.kernel.name)]);
            for (name, package) in all {
                println!("{name:<16} {package}");
            }
            return Ok(());
        }
        let selected = select(&app, &self.tasks)?;
        let progress = Progress::new();
        if selected.is_empty() || selected.contains(&"kernel") {
            // The kernel knows the addresses of all tasks.
            dist::dist(workspace, &app, &progress, &self.app.options())?;
            return Ok(());
        }
        let dist =
            dist::Dist::new(workspace, &app, &progress, &self.app.options())?;
        progress.once(&dist.toolchain.summary);
        let _lock = dist.lock()?;
        for image in self.app.options().images(&app)? {
            for name in &selected {
                progress.step(format!("{} {name}", app.toml.name));
                dist.build_task(image, name)?;
            }
        }
        Ok(())
    }
}

/// Checks that the named tasks exist.
pub fn select<'a>(app: &App, names: &'a [String]) -> Result<Vec<&'a str>> {
    for name in names {
        let tasks = app.toml.tasks.keys().map(String::as_str);
        let mut known = tasks.chain(["kernel"]);
        if known.clone().any(|task| task == name) {
            continue;
        }
        let error = Diagnostic::new(format!(
            "{} has no task \"{name}\"",
            display(&app.file)
        ));
        let error = match closest(name, known.clone()) {
            Some(name) => error.help(format!("did you mean \"{name}\"?")),
            None => error.help(format!(
                "tasks are {}",
                known.by_ref().collect::<Vec<_>>().join(", ")
            )),
        };
        return Err(error.into());
    }
    Ok(names.iter().map(String::as_str).collect())
}
