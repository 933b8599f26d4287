// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `lsp` and `rust-analyzer`: how an editor sees a file as part of an image.
//!
//! Most crates here mean something only within a task: features, target and
//! environment come from an application file. A language server that is to
//! understand them needs the same.

mod owner;
mod proxy;

use super::{AppArgs, BuildArgs};
use crate::diagnostic::Diagnostic;
use crate::dist::Dist;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;
use owner::Owner;
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[derive(Args)]
pub struct Lsp {
    /// What a language server that is running already was started for, as
    /// JSON: {"app": "app.toml", "task": "ipcc"}. It is taken again if the
    /// file belongs to it; may be repeated
    #[arg(short, long = "client", value_name = "JSON")]
    clients: Vec<String>,
    /// A source file of the workspace
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    build: BuildArgs,
}

#[derive(Args)]
pub struct RustAnalyzer {
    /// File that the language server writes its log to
    #[arg(short, long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The application file and the task (or `kernel`) to look at; without
    /// them the server sees the tools for the host
    #[arg(value_name = "APP.TOML:TASK")]
    task: Option<String>,
    #[command(flatten)]
    build: BuildArgs,
}

/// What a language server has to know to see a crate as part of a task.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    target: String,
    features: Vec<String>,
    #[serde(skip)]
    no_default_features: bool,
    /// Environment of every Cargo that the server runs.
    extra_env: BTreeMap<String, String>,
    /// Changes with any of the above: servers of equal settings can be one.
    hash: String,
    /// Compiles the task, and prints what Cargo and the compiler say as JSON.
    build_override_command: Vec<String>,
    app: String,
    task: String,
}

/// What is printed for the editor.
#[derive(Serialize)]
enum Answer {
    Ok(Settings),
    Err(String),
}

impl Lsp {
    /// Prints how a file is to be seen. What is wrong is part of the answer,
    /// because it is a program that reads it.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let settings = owner::of(workspace, &self.file, &self.clients)
            .and_then(|owner| settings(workspace, owner, self.build));
        let (answer, code) = match settings {
            Ok(settings) => (Answer::Ok(settings), ExitCode::SUCCESS),
            Err(error) => (Answer::Err(error.to_string()), ExitCode::FAILURE),
        };
        println!("{}", serde_json::to_string(&answer)?);
        Ok(code)
    }
}

impl RustAnalyzer {
    /// Runs the language server with the settings of a task.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let settings = match &self.task {
            None => None,
            Some(task) => {
                let (app, task) = task.rsplit_once(':').ok_or_else(|| {
                    Diagnostic::new(format!("{task} names no task"))
                        .help("write APP.TOML:TASK, such as app.toml:ipcc")
                })?;
                let (app, task) = (app.into(), task.to_owned());
                let owner = Owner { app, task };
                Some(settings(workspace, owner, self.build)?)
            }
        };
        proxy::run(workspace, settings.as_ref(), self.log.as_deref())
    }
}

/// Settings for a task, or for `kernel`, which is built because its
/// environment has the addresses of all tasks.
fn settings(
    workspace: &Workspace,
    owner: Owner,
    build: BuildArgs,
) -> Result<Settings> {
    let Owner { app: file, task } = owner;
    let args = AppArgs::new(workspace.root.join(&file), build);
    let app = args.load(workspace)?;
    let selected = super::build::select(&app, std::slice::from_ref(&task))?;
    let progress = Progress::of_phases();
    let dist = Dist::new(workspace, &app, &progress, &args.options())?;
    let image = args.options().images(&app)?[0];
    let spec = match selected[0] {
        "kernel" => dist.kernel_crate(&dist.image(image)?)?,
        task => dist.task_crate(image, task)?,
    };
    let program = spec.as_crate();
    // Whoever builds images should not have to wait for an editor.
    let target_dir = workspace.target.join("editor");
    let mut cargo = dist.cargo();
    cargo.target_dir = &target_dir;
    let mut cargo = cargo.command("check", &program)?;
    cargo.args(["--bin", program.package, "--message-format=json"]);

    let mut hasher = fnv::FnvHasher::default();
    let (extra_env, command) = (environment(&cargo), words(&cargo));
    (&extra_env, &command).hash(&mut hasher);
    Ok(Settings {
        target: app.target.triple().to_owned(),
        features: program.features.to_vec(),
        no_default_features: program.no_default_features,
        extra_env,
        hash: format!("{:016x}", hasher.finish()),
        build_override_command: command,
        app: file.to_string_lossy().into_owned(),
        task,
    })
}

/// What a command sets in its environment.
fn environment(command: &Command) -> BTreeMap<String, String> {
    let set = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy().into_owned();
        Some((name.to_string_lossy().into_owned(), value))
    });
    set.collect()
}

/// A command's program and arguments.
fn words(command: &Command) -> Vec<String> {
    [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}
