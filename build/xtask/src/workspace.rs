// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The checkout that the tool works on.

use crate::command;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_default_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<PackageTarget>,
}

#[derive(Deserialize)]
struct PackageTarget {
    kind: Vec<String>,
}

impl Package {
    fn folder(&self) -> Result<&Path> {
        let folder = self.manifest_path.parent();
        folder.context("a manifest is in a directory")
    }
}

/// A package of the workspace.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    /// Where it is, from the root.
    pub folder: PathBuf,
}

/// Directories of the checkout.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's outputs, and ours.
    pub target: PathBuf,
}

impl Workspace {
    /// The checkout that this tool was built from.
    ///
    /// # Errors
    ///
    /// If it has been moved since.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("the tool is two levels below the root")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => std::path::absolute(target)?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The Cargo that has built this tool, in the repository.
    pub fn host_cargo(&self) -> Command {
        let cargo = env::var_os("CARGO").map_or("cargo".into(), PathBuf::from);
        let mut command = command::clean(&cargo);
        for (variable, tool) in [("RUSTC", "rustc"), ("RUSTDOC", "rustdoc")] {
            let path = cargo.with_file_name(tool);
            if path.is_file() {
                command.env(variable, path);
            }
        }
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Directory of a package of the workspace.
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    pub fn package_dir(&self, name: &str) -> Result<PathBuf> {
        let packages = self.metadata()?.packages;
        let package = packages
            .into_iter()
            .find(|package| package.name == name)
            .with_context(|| format!("the workspace has no package {name}"))?;
        Ok(package.folder()?.to_owned())
    }

    /// Whether a package has benchmarks.
    ///
    /// # Errors
    ///
    /// If Cargo cannot read the workspace.
    pub fn has_benchmarks(&self, name: &str) -> Result<bool> {
        let packages = self.metadata()?.packages;
        Ok(packages
            .iter()
            .filter(|package| package.name == name)
            .flat_map(|package| &package.targets)
            .any(|target| target.kind.iter().any(|kind| kind == "bench")))
    }

    /// The packages that are built for the host.
    ///
    /// # Errors
    ///
    /// If Cargo cannot read the workspace.
    pub fn default_members(&self) -> Result<Vec<Member>> {
        let metadata = self.metadata()?;
        metadata
            .packages
            .into_iter()
            .filter(|p| metadata.workspace_default_members.contains(&p.id))
            .map(|package| {
                let folder = package.folder()?;
                let folder = folder.strip_prefix(&self.root).unwrap_or(folder);
                Ok(Member {
                    folder: folder.to_owned(),
                    name: package.name,
                })
            })
            .collect()
    }

    fn metadata(&self) -> Result<Metadata> {
        let mut cargo = self.host_cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
        let text =
            command::stdout_of(&mut cargo).context("running cargo metadata")?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The commit that is checked out, with a suffix if it is not exactly
    /// that.
    pub fn revision(&self) -> String {
        let git = |arguments: &[&str]| {
            let mut git = command::clean("git");
            git.current_dir(&self.root).args(arguments);
            command::stdout_of(&mut git)
        };
        let Some(commit) = git(&["rev-parse", "HEAD"]) else {
            return "unknown".into();
        };
        match git(&["status", "--porcelain"]) {
            Some(changes) if changes.is_empty() => commit,
            _ => format!("{commit}-dirty"),
        }
    }
}
