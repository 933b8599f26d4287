// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a compiler on this machine is and has.

use super::{Toolchain, debian, linker, sysroot};
use crate::command;
use crate::config::Target;
use crate::progress::Progress;
use anyhow::{Context, Result};
use std::env;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// An installed compiler with its Cargo.
#[derive(Clone, Debug)]
pub struct Compiler {
    pub cargo: PathBuf,
    pub rustc: PathBuf,
    /// Its own directory of libraries and tools.
    pub sysroot: PathBuf,
    /// The platform it runs on.
    pub host: String,
    /// `major.minor.patch`.
    pub release: String,
    pub commit: String,
}

impl Compiler {
    /// The compiler that has built this tool, as far as can be told.
    pub fn active() -> Result<Self> {
        let cargo = env::var_os("CARGO")
            .map(PathBuf::from)
            .or_else(|| command::find_program("cargo"))
            .context("there is no cargo on the search path")?;
        let beside = cargo.with_file_name("rustc");
        let rustc = if beside.is_file() {
            beside
        } else {
            command::find_program("rustc")
                .context("there is no rustc on the search path")?
        };
        Self::probe(cargo, rustc)
    }

    /// Debian's compiler, if it is installed and new enough.
    pub fn debian() -> Option<Self> {
        let compiler =
            Self::probe("/usr/bin/cargo".into(), "/usr/bin/rustc".into())
                .ok()?;
        (compiler.is_new_enough() && compiler.has_sources()).then_some(compiler)
    }

    /// Asks a compiler about itself.
    pub fn probe(cargo: PathBuf, rustc: PathBuf) -> Result<Self> {
        let about = command::stdout_of(command::clean(&rustc).arg("-vV"))
            .with_context(|| format!("running {} -vV", rustc.display()))?;
        let field = |name: &str| {
            about
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .unwrap_or_default()
                .to_owned()
        };
        let sysroot = command::stdout_of(
            command::clean(&rustc).args(["--print", "sysroot"]),
        )
        .with_context(|| format!("asking {}", rustc.display()))?;
        anyhow::ensure!(cargo.is_file(), "there is no {}", cargo.display());
        Ok(Self {
            cargo,
            rustc,
            sysroot: sysroot.into(),
            host: field("host"),
            release: field("release"),
            commit: field("commit-hash"),
        })
    }

    /// Whether it is at least what the workspace asks for.
    pub fn is_new_enough(&self) -> bool {
        let number = |text: &str| -> Vec<u32> {
            text.split(['.', '-'])
                .map_while(|n| n.parse().ok())
                .collect()
        };
        number(&self.release) >= number(debian::MINIMUM)
    }

    /// Whether it comes with `core` for a target.
    pub fn has_target(&self, target: Target) -> bool {
        let libraries = self
            .sysroot
            .join("lib/rustlib")
            .join(target.triple())
            .join("lib");
        libraries
            .read_dir()
            .into_iter()
            .flatten()
            .flatten()
            .any(|file| {
                let name = file.file_name();
                name.to_str().is_some_and(|name| {
                    name.starts_with("libcore-") && name.ends_with(".rlib")
                })
            })
    }

    /// Whether the sources of `core` are installed with it.
    pub fn has_sources(&self) -> bool {
        self.source_dir().join("library/core/Cargo.toml").is_file()
    }

    fn source_dir(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust")
    }

    /// What rustup calls it.
    pub fn rustup_name(&self) -> Option<String> {
        let of_rustup = self.sysroot.parent()?.file_name()? == "toolchains";
        let name = self.sysroot.file_name()?.to_str()?;
        of_rustup.then(|| name.to_owned())
    }

    /// As it is.
    pub fn ready(&self, target: Target, why: &str) -> Result<Toolchain> {
        self.toolchain(target, why, None)
    }

    /// With a `core` built from its sources.
    pub fn with_core(
        &self,
        target_dir: &Path,
        target: Target,
        why: &str,
        progress: &Progress,
    ) -> Result<Toolchain> {
        let sysroot = sysroot::build(target_dir, self, target, progress)?;
        self.toolchain(target, why, Some(sysroot))
    }

    fn toolchain(
        &self,
        target: Target,
        why: &str,
        sysroot: Option<PathBuf>,
    ) -> Result<Toolchain> {
        let how = match (self.rustup_name(), &sysroot) {
            (Some(name), None) => format!("rustup's {name}"),
            (Some(name), Some(_)) => {
                format!("rustup's {name} with a core of our own")
            }
            (None, None) => self.rustc.display().to_string(),
            (None, Some(_)) => format!(
                "Debian's {} with a core of our own",
                self.rustc.display()
            ),
        };
        Ok(Toolchain {
            cargo: self.cargo.clone(),
            rustc: self.rustc.clone(),
            linker: linker::find(self)?,
            sysroot,
            sources: self.sources(),
            summary: format!(
                "toolchain: {how}, rustc {} for {}: {why}",
                self.release,
                target.triple()
            ),
        })
    }

    /// Tells what it makes, together with something else, from what others
    /// make; the name of a folder.
    pub fn id(&self, with: impl Hash) -> String {
        let mut hasher = fnv::FnvHasher::default();
        (&self.release, &self.commit, &self.sysroot, with).hash(&mut hasher);
        format!("{}-{:016x}", self.release, hasher.finish())
    }

    /// The source directory under each of its names.
    pub fn sources(&self) -> Vec<(PathBuf, String)> {
        let installed = self.source_dir();
        let real = installed.canonicalize().ok();
        let name = format!("/rustc/{}", self.commit);
        let mut sources = vec![(installed, name.clone())];
        sources.extend(real.map(|real| (real, name)));
        sources.dedup();
        sources
    }
}
