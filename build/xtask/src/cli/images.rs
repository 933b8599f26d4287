// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! `images`.

use super::BuildArgs;
use super::test::build_images;
use crate::progress::Progress;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct Images {
    #[command(flatten)]
    build: BuildArgs,
}

impl Images {
    /// Builds every image of the repository, and prints the variables by
    /// which tests find them.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let progress = Progress::new();
        let (outcome, variables) =
            build_images(workspace, &progress, &self.build)?;
        drop(progress);
        for (variable, path) in variables {
            println!("{variable}={path}");
        }
        Ok(outcome.code())
    }
}
