// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Which task of which application a source file is part of.

use crate::applications;
use crate::config::{App, display, normalise};
use crate::diagnostic::Diagnostic;
use crate::workspace::{Graph, Workspace};
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A task of an application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The application file, from the root of the repository.
    #[serde(alias = "toml")]
    pub app: PathBuf,
    /// The task, or `kernel`.
    pub task: String,
}

/// The task that `file` belongs to: one of `clients` if it can be, otherwise
/// one whose own package the file is in, otherwise one that uses the package.
///
/// # Errors
///
/// If the file is in no package that an application uses.
pub fn of(
    workspace: &Workspace,
    file: &Path,
    clients: &[String],
) -> Result<Owner> {
    let file = normalise(&std::path::absolute(file)?);
    if !file.is_file() {
        let error = format!("{}: no such file", display(&file));
        return Err(Diagnostic::new(error).into());
    }
    let clients: Vec<Owner> = clients
        .iter()
        .map(|text| {
            serde_json::from_str(text).map_err(|error| {
                Diagnostic::new(format!("--client {text}: {error}"))
                    .help("write {\"app\": \"app.toml\", \"task\": \"ipcc\"}")
            })
        })
        .collect::<Result<_, _>>()?;
    let graph = workspace.graph()?;
    let package = graph.package_of(&file).ok_or_else(|| {
        Diagnostic::new(format!(
            "{}: in no package of the workspace",
            display(&file)
        ))
    })?;
    let candidates = candidates(workspace, &graph, package)?;
    let running = clients
        .into_iter()
        .find(|client| candidates.iter().any(|(owner, _)| owner == client));
    let own = candidates.iter().find(|(_, is_own)| *is_own);
    running
        .or_else(|| own.or(candidates.first()).map(|(owner, _)| owner.clone()))
        .ok_or_else(|| {
            Diagnostic::new(format!(
                "{}: no application uses package {package}",
                display(&file)
            ))
            .help("for tools of the host, rust-analyzer needs no settings")
            .into()
        })
}

/// All tasks that are built from a package, and whether it is their own.
fn candidates(
    workspace: &Workspace,
    graph: &Graph,
    package: &str,
) -> Result<Vec<(Owner, bool)>> {
    let users: BTreeSet<&str> = graph.users_of(package);
    let mut found = Vec::new();
    for path in applications::all(workspace)? {
        // Another application's mistakes are no reason to be blind to this.
        let Ok(app) = App::load(&workspace.root, &path) else {
            continue;
        };
        let tasks =
            app.toml.tasks.iter().map(|(name, task)| (name, &task.name));
        let kernel = "kernel".to_owned();
        let all = tasks.chain([(&kernel, &app.toml.kernel.name)]);
        for (task, program) in all {
            if users.contains(program.as_str()) {
                let file = path.strip_prefix(&workspace.root).unwrap_or(&path);
                let owner = Owner {
                    app: file.to_owned(),
                    task: task.clone(),
                };
                found.push((owner, program == package));
            }
        }
    }
    Ok(found)
}
