// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The checkout that the tool works on.

use crate::command;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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
    dependencies: Vec<Dependency>,
    /// The table of that name in its manifest.
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// For those of the workspace.
    path: Option<PathBuf>,
    /// Nothing for those of the program itself.
    kind: Option<String>,
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

    /// Whether its build script may see which task, image or application it
    /// runs for.
    fn sees_task(&self) -> bool {
        let is_reader = self.dependencies.iter().any(|dependency| {
            dependency.name == READER
                && dependency.kind.as_deref() == Some("build")
        });
        is_reader && self.metadata["same-for-all-tasks"] != true
    }
}

/// The library through which build scripts see what they run for.
const READER: &str = "build-util";

/// A package of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub name: String,
    /// Where it is, from the root.
    pub folder: PathBuf,
}

/// Who depends on whom within the workspace.
pub struct Graph(Vec<Package>);

impl Graph {
    /// The package whose directory a file is in.
    pub fn package_of(&self, file: &Path) -> Option<&str> {
        let around = self.0.iter().filter_map(|package| {
            let folder = package.folder().ok()?;
            file.starts_with(folder).then_some((folder, package))
        });
        // Of nested packages the innermost.
        let (_, package) =
            around.max_by_key(|(folder, _)| folder.components().count())?;
        Some(&package.name)
    }

    /// The packages that contain a package: itself, and those whose programs
    /// or libraries it is linked into.
    pub fn users_of<'a>(&'a self, package: &'a str) -> BTreeSet<&'a str> {
        let mut users = BTreeSet::from([package]);
        loop {
            let more: Vec<&str> = self
                .0
                .iter()
                .filter(|user| {
                    user.dependencies.iter().any(|dependency| {
                        dependency.path.is_some()
                            && dependency.kind.is_none()
                            && users.contains(dependency.name.as_str())
                    })
                })
                .map(|user| user.name.as_str())
                .filter(|user| !users.contains(user))
                .collect();
            if more.is_empty() {
                return users;
            }
            users.extend(more);
        }
    }
}

/// Directories of the checkout.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's outputs, and ours.
    pub target: PathBuf,
    /// See [`Workspace::seers`].
    seers: OnceLock<Vec<String>>,
}

impl Workspace {
    /// A checkout in a directory, with another one for outputs.
    pub fn new(root: PathBuf, target: PathBuf) -> Self {
        Self {
            root,
            target,
            seers: OnceLock::new(),
        }
    }

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
        Ok(Self::new(root, target))
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

    /// The packages whose build scripts may see what they run for.
    ///
    /// # Errors
    ///
    /// If Cargo cannot read the workspace.
    pub fn seers(&self) -> Result<&[String]> {
        if self.seers.get().is_none() {
            let packages = self.metadata()?.packages.into_iter();
            let seers = packages.filter(Package::sees_task).map(|p| p.name);
            // Somebody else may have come to the same meanwhile.
            let _ = self.seers.set(seers.collect());
        }
        Ok(self.seers.get().map_or(&[], Vec::as_slice))
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

    /// Who depends on whom.
    ///
    /// # Errors
    ///
    /// If Cargo cannot read the workspace.
    pub fn graph(&self) -> Result<Graph> {
        Ok(Graph(self.metadata()?.packages))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, folder: &str, dependencies: Value) -> Value {
        json!({
            "id": name,
            "name": name,
            "manifest_path": format!("/checkout/{folder}/Cargo.toml"),
            "targets": [],
            "dependencies": dependencies,
        })
    }

    fn on(name: &str, kind: Option<&str>) -> Value {
        let path = format!("/checkout/{name}");
        json!([{ "name": name, "path": path, "kind": kind }])
    }

    fn graph() -> Graph {
        let packages = json!([
            package("abi", "sys/abi", json!([])),
            package("userlib", "sys/userlib", on("abi", None)),
            package("task-idle", "task/idle", on("userlib", None)),
            package("xtask", "build/xtask", on("abi", Some("build"))),
            package("nested", "sys/abi/nested", json!([])),
        ]);
        Graph(serde_json::from_value(packages).unwrap())
    }

    #[test]
    fn a_file_is_in_the_innermost_package_around_it() {
        let graph = graph();
        let package = |file: &str| graph.package_of(Path::new(file));
        assert_eq!(package("/checkout/sys/abi/src/lib.rs"), Some("abi"));
        assert_eq!(
            package("/checkout/sys/abi/nested/src/lib.rs"),
            Some("nested")
        );
        assert_eq!(package("/checkout/README.md"), None);
    }

    #[test]
    fn a_package_is_used_by_whatever_is_linked_with_it() {
        let users = graph();
        let users = users.users_of("abi");
        assert_eq!(users, BTreeSet::from(["abi", "task-idle", "userlib"]));
    }

    #[test]
    fn a_build_script_sees_its_task_through_a_library_unless_it_says_no() {
        let script = on("build-util", Some("build"));
        let mut exempt = package("userlib", "sys/userlib", script.clone());
        exempt["metadata"] = json!({ "same-for-all-tasks": true });
        let sees_task = |package: Value| {
            serde_json::from_value::<Package>(package)
                .unwrap()
                .sees_task()
        };
        assert!(sees_task(package("task-jefe", "task/jefe", script)));
        assert!(!sees_task(exempt));
        let linked = on("build-util", None);
        assert!(!sees_task(package("build-idol", "build/idol", linked)));
    }
}
