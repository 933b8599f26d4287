// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What runs on CPU2 beside the default application.

use crate::cargo::{Cargo, Crate};
use crate::config::{App, Target};
use crate::dist::{self, Options};
use crate::progress::Progress;
use crate::toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// CPU2's image.
const APP: &str = "app/wl55-cpu2/app.toml";

/// Package of a program for CPU2 without a kernel.
pub const BARE: &str = "wl55-cpu2-bare";

/// Builds CPU2's image, or the program without a kernel where there is none.
///
/// Returns the directory of the image, or the ELF file.
///
/// # Errors
///
/// If it cannot be built.
pub fn build(
    workspace: &Workspace,
    progress: &Progress,
    options: Options,
) -> Result<PathBuf> {
    if workspace.root.join(APP).is_file() {
        let app = app(workspace)?;
        return build_app(workspace, &app, progress, options);
    }
    build_bare(workspace, progress, options.verbose)
}

/// CPU2's application.
///
/// # Errors
///
/// If there is none, or something is wrong with it.
pub fn app(workspace: &Workspace) -> Result<App> {
    App::load(&workspace.root, &workspace.root.join(APP))
}

/// Builds an application for CPU2; returns the directory of its image.
///
/// # Errors
///
/// If it cannot be built.
pub fn build_app(
    workspace: &Workspace,
    app: &App,
    progress: &Progress,
    options: Options,
) -> Result<PathBuf> {
    // Which image is wanted was said of the other core.
    let options = Options {
        image_name: None,
        ..options
    };
    let images = dist::provide(workspace, app, progress, &options)?;
    let image = images.into_iter().next();
    Ok(image.context("an application has an image")?.dir)
}

/// Whether there is a program without a kernel.
pub fn has_bare(workspace: &Workspace) -> bool {
    workspace
        .root
        .join("app")
        .join(BARE)
        .join("Cargo.toml")
        .is_file()
}

/// Builds the program without a kernel.
///
/// # Errors
///
/// If it does not compile.
pub fn build_bare(
    workspace: &Workspace,
    progress: &Progress,
    verbose: bool,
) -> Result<PathBuf> {
    let target = Target::ThumbV6M;
    let toolchain = toolchain::find(&workspace.target, target, progress)?;
    progress.once(&toolchain.summary);
    progress.step(BARE);
    let cargo = Cargo {
        workspace,
        target_dir: &workspace.target,
        toolchain: &toolchain,
        progress,
        verbose,
        edges: false,
    };
    let built = cargo.program(&Crate {
        package: BARE,
        features: &[],
        no_default_features: false,
        target,
        env: &[],
        variant: BARE,
    })?;
    Ok(built.elf)
}
