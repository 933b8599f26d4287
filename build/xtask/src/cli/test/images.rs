// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Building every image of the repository.

use super::Outcome;
use crate::applications;
use crate::cli::{BuildArgs, verify};
use crate::config::{App, display};
use crate::diagnostic;
use crate::dist;
use crate::peer;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Builds every image of the repository.
///
/// Returns, besides, the variables by which tests find them:
/// `XTASK_IMAGE_<NAME>`, with the name of the application in upper case, for its
/// first image, and `XTASK` for this tool.
///
/// # Errors
///
/// If the repository cannot be searched for applications. Images that cannot
/// be built are in the outcome.
pub fn build_images(
    workspace: &Workspace,
    progress: &Progress,
    build: &BuildArgs,
) -> Result<(Outcome, Vec<(String, String)>)> {
    let mut outcome = Outcome::default();
    let tool = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut variables = vec![("XTASK".to_owned(), tool)];
    let mut record =
        |name: String, repeat: String, built: Result<(String, PathBuf)>| {
            match built {
                Ok((name, path)) => {
                    outcome.passed();
                    variables.push(variable(name, &path));
                }
                Err(error) => {
                    progress.line(format!(
                        "{name} FAILED\n{}",
                        diagnostic::render(&error)
                    ));
                    outcome.failed(name, repeat);
                }
            }
        };
    for file in applications::all(workspace)? {
        let name = display(&file);
        progress.phase(format!("image {name}"));
        let built = build_image(workspace, progress, build, &file);
        let repeat = format!("cargo xtask dist {name}");
        record(format!("image {name}"), repeat, built);
    }
    if peer::has_bare(workspace) {
        let built =
            peer::build_bare(workspace, progress, build.options().verbose);
        record(
            format!("program {}", peer::BARE),
            "cargo xtask images".into(),
            built.map(|elf| (peer::BARE.into(), elf)),
        );
    }
    Ok((outcome, variables))
}

/// Builds all images of an application, and checks that the debugger can read
/// them; returns its name and the directory of the first.
fn build_image(
    workspace: &Workspace,
    progress: &Progress,
    build: &BuildArgs,
    file: &Path,
) -> Result<(String, PathBuf)> {
    let app = App::load(&workspace.root, file)?;
    let images = dist::provide(workspace, &app, progress, &build.options())?;
    for image in &images {
        verify::archive(&image.archive)?;
    }
    let first = images.into_iter().next().context("there is an image")?;
    Ok((app.toml.name, first.dir))
}

/// The variable by which tests find an image.
pub fn variable(name: String, path: &Path) -> (String, String) {
    let name = name.to_uppercase().replace('-', "_");
    (
        format!("XTASK_IMAGE_{name}"),
        path.to_string_lossy().into_owned(),
    )
}
