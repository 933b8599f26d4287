// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where tests find the images that they run.
//!
//! `cargo xtask test` has built all images before the tests, and says where
//! each is. Under a plain `cargo test` an image is built when it is asked for.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The root of the repository.
///
/// # Panics
///
/// If the repository has been moved since this was compiled.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("a folder two levels below the root").to_owned()
}

/// The build tool, to be run in the root of the repository.
pub fn xtask() -> Command {
    // `cargo xtask test` says where it is itself, which saves asking Cargo.
    let mut command = match env::var_os("XTASK") {
        Some(tool) => Command::new(tool),
        None => {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["run", "--quiet", "--package", "xtask", "--"]);
            cargo
        }
    };
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The folder of an image that has been built already: that of the first
/// image of the application called `name`.
pub fn announced(name: &str) -> Option<PathBuf> {
    env::var_os(variable(name)).map(PathBuf::from)
}

/// The variable that says where an application's image is.
pub fn variable(name: &str) -> String {
    format!("XTASK_IMAGE_{}", name.to_uppercase().replace('-', "_"))
}

/// The folder of the first image of the application called `name`, which the
/// file `app`, relative to the root of the repository, declares.
///
/// # Panics
///
/// If it cannot be built.
pub fn folder(name: &str, app: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> =
        Mutex::new(BTreeMap::new());
    announced(name).unwrap_or_else(|| {
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = built.entry(app.into()).or_insert_with(|| build(app));
        folder.clone()
    })
}

fn build(app: &str) -> PathBuf {
    let output = xtask().args(["dist", app]).output();
    let output = output.expect("running cargo xtask dist");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{app} cannot be built:\n{errors}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let archive = stdout.lines().last().expect("the path of the archive");
    let archive = root().join(archive);
    archive.parent().expect("a file in a folder").into()
}
