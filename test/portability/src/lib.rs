// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Checks that drivers and tasks can be moved to another tree.
//!
//! `drv/`, `task/` and `idl/` may use nothing of the kernel's libraries, of
//! Idol and of the build tool that upstream Hubris does not have, too. What
//! that is is written down in `surface/`, one file for each crate: the public
//! items of the interface specification. The check works on source text: each
//! path that begins with such a crate, or with a name imported from one, has to
//! be in the list; and no method may be called that only our crates have.

#![forbid(unsafe_code)]

mod exports;
mod manifest;
mod surface;
mod usage;

pub use exports::Exports;
pub use manifest::{Dependency, Manifest};
pub use surface::Surface;
pub use usage::{Usage, usages};

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// All files that match a pattern relative to the root of the workspace.
///
/// # Errors
///
/// If the pattern is malformed, or a directory cannot be read.
pub fn files(pattern: &str) -> Result<Vec<PathBuf>> {
    let pattern = root().join(pattern);
    let files = glob::glob(&pattern.to_string_lossy())?;
    Ok(files.collect::<Result<_, _>>()?)
}

/// Reads a file.
///
/// # Errors
///
/// If it cannot be read; with its name.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// A path as people write it: relative to the root of the workspace.
pub fn display(path: &Path) -> String {
    let root = root();
    path.strip_prefix(&root)
        .unwrap_or(path)
        .display()
        .to_string()
}
