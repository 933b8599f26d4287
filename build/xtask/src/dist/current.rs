// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Images that are what a build would make of the repository as it is.
//!
//! To have Cargo find that out takes seconds for an image, because each task
//! is a build of its own. But if no file has changed since the image was built
//! there is nothing to find out.

use super::{Dist, Image, Options, archive, output_dir};
use crate::command;
use crate::config::App;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs::{self, DirEntry, Metadata};
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// An image on disk.
#[derive(Debug)]
pub struct Output {
    /// Directory of the image.
    pub dir: PathBuf,
    /// The archive for the debugger.
    pub archive: PathBuf,
}

/// Builds those images of an application that are not current.
///
/// # Errors
///
/// Whatever is wrong with the application, in words for its author.
pub fn provide(
    workspace: &Workspace,
    app: &App,
    progress: &Progress,
    options: &Options,
) -> Result<Vec<Output>> {
    let dist = Dist::new(workspace, app, progress, options)?;
    progress.once(&dist.toolchain.summary);
    let wants_commands = options.verbose || options.edges;
    let images = options.images(app)?;
    // Who had to wait for another build finds that it has built this, too.
    let _lock = dist.lock()?;
    let images = images.into_iter().map(|image| {
        if wants_commands || !dist.is_current(image) {
            dist.locked_image(image)?;
        } else {
            progress.step(format!("{} is up to date", app.toml.name));
        }
        Ok(Output {
            dir: output_dir(workspace, app).join(image),
            archive: archive(workspace, app, image),
        })
    });
    images.collect()
}

impl Dist<'_> {
    /// Whether nothing has changed since an image was built.
    fn is_current(&self, image: &str) -> bool {
        let archive = archive(self.workspace, self.app, image);
        let known = fs::read_to_string(self.stamp(image));
        let stamp = self.inputs().and_then(|inputs| stamp(inputs, &archive));
        matches!((known, stamp), (Ok(known), Ok(stamp)) if known == stamp)
    }

    /// A number made of everything that an image is made of.
    ///
    /// # Errors
    ///
    /// If that cannot be told.
    pub(super) fn inputs(&self) -> Result<u64> {
        let mut hasher = fnv::FnvHasher::default();
        let root = &self.workspace.root;
        let from_root = self.app.file.strip_prefix(root);
        from_root.context("an application outside of the repository")?;
        for entry in sorted(root)? {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_hidden = name.starts_with('.') && name != ".cargo";
            if path == self.workspace.target || name == "target" || is_hidden {
                continue;
            }
            // Other files in the root are nobody's input: a user's, mostly.
            let is_input = name.ends_with(".toml") || name == "Cargo.lock";
            if entry.file_type()?.is_dir() {
                hash_folder(&path, &mut hasher)?;
            } else if is_input {
                hash_file(&path, &entry.metadata()?, &mut hasher)?;
            }
        }
        let tool = std::env::current_exe()?;
        for program in [&tool, &self.toolchain.rustc, &self.toolchain.linker] {
            hash_file(program, &fs::metadata(program)?, &mut hasher)?;
        }
        self.toolchain.summary.hash(&mut hasher);
        self.workspace.revision().hash(&mut hasher);
        self.options.skip_path_check.hash(&mut hasher);
        command::variables_of_builds().hash(&mut hasher);
        Ok(hasher.finish())
    }

    /// Takes note that what is left of an image may be of any inputs, should
    /// its build fail.
    pub(super) fn forget(&self, image: &str) -> Result<()> {
        match fs::remove_file(self.stamp(image)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    /// Takes note that an image has been built of these inputs.
    pub(super) fn built_of(&self, inputs: u64, image: &Image) -> Result<()> {
        let stamp = stamp(inputs, &image.archive(self.app))?;
        Ok(fs::write(self.stamp(&image.name), stamp)?)
    }

    fn stamp(&self, image: &str) -> PathBuf {
        self.dir().join(format!("{image}.stamp"))
    }
}

/// What is noted of an archive that was made of these inputs.
fn stamp(inputs: u64, archive: &Path) -> Result<String> {
    let mut hasher = fnv::FnvHasher::default();
    hash_file(archive, &fs::metadata(archive)?, &mut hasher)?;
    Ok(format!("{inputs:016x} {:016x}", hasher.finish()))
}

fn sorted(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

fn hash_folder(folder: &Path, hasher: &mut impl Hasher) -> Result<()> {
    for entry in sorted(folder)? {
        if entry.file_type()?.is_dir() {
            hash_folder(&entry.path(), hasher)?;
        } else {
            hash_file(&entry.path(), &entry.metadata()?, hasher)?;
        }
    }
    Ok(())
}

/// Cargo, too, tells by its time whether a file has changed.
fn hash_file(
    path: &Path,
    metadata: &Metadata,
    hasher: &mut impl Hasher,
) -> Result<()> {
    let since = metadata.modified()?.duration_since(UNIX_EPOCH)?;
    (path, metadata.len(), since).hash(hasher);
    Ok(())
}
