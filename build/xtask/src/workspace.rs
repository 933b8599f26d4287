// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The checkout that the tool works on.

use crate::command;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};

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

    /// Directory of a package of the workspace.
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    pub fn package_dir(&self, name: &str) -> Result<PathBuf> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }
        #[derive(Deserialize)]
        struct Package {
            name: String,
            manifest_path: PathBuf,
        }
        let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
        let mut cargo = command::clean(PathBuf::from(cargo));
        cargo.current_dir(&self.root).args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]);
        let text =
            command::stdout_of(&mut cargo).context("running cargo metadata")?;
        let metadata: Metadata = serde_json::from_str(&text)?;
        let package = metadata
            .packages
            .into_iter()
            .find(|package| package.name == name)
            .with_context(|| format!("the workspace has no package {name}"))?;
        let folder = package.manifest_path.parent();
        Ok(folder.context("a manifest is in a directory")?.to_owned())
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
