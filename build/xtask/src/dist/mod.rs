// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From an application file to an image and its archive.
//!
//! 1. Each task is compiled to a relocatable program and linked with all
//!    memory at its disposal, to see how much it occupies.
//! 2. Memory is divided, and each task linked into its part.
//! 3. The kernel is compiled with all those addresses, and linked.
//! 4. Everything in flash is combined and archived.

mod current;
mod kernel;
mod pack;
mod tasks;

pub use current::{Output, provide};

use crate::cargo::{Cargo, Crate};
use crate::config::{App, Memory, Target, display};
use crate::diagnostic::Diagnostic;
use crate::environment;
use crate::layout::{Layout, Needs};
use crate::link;
use crate::progress::Progress;
use crate::toolchain::{self, Toolchain};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use indexmap::IndexMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What the user has asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The only one of the application's images that is wanted.
    pub image_name: Option<String>,
    /// Show the commands that are run.
    pub verbose: bool,
    /// Show the features of each crate before it is compiled.
    pub edges: bool,
    /// Accept programs that contain paths of the user's home directory.
    pub skip_path_check: bool,
}

impl Options {
    /// Names of the images that are wanted.
    ///
    /// # Errors
    ///
    /// If the application has no image of the name asked for.
    pub fn images<'a>(&self, app: &'a App) -> Result<Vec<&'a str>> {
        let names = app.toml.image_names.iter().map(String::as_str);
        let Some(wanted) = &self.image_name else {
            return Ok(names.collect());
        };
        let found: Vec<_> = names.filter(|name| name == wanted).collect();
        if found.is_empty() {
            return Err(Diagnostic::new(format!(
                "{} has no image \"{wanted}\"",
                display(&app.file)
            ))
            .help(format!("images are {}", app.toml.image_names.join(", ")))
            .into());
        }
        Ok(found)
    }
}

/// One image, built.
#[derive(Debug)]
pub struct Image {
    /// Which of the application's images it is.
    pub name: String,
    /// Directory of its outputs.
    pub dir: PathBuf,
    /// Where everything is.
    pub layout: Layout,
    /// What each task occupies.
    pub needs: IndexMap<String, Needs>,
    /// What the kernel occupies, stack included.
    pub kernel_needs: Needs,
}

impl Image {
    /// A linked task, or the kernel.
    pub fn elf(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The whole of flash.
    pub fn final_elf(&self) -> PathBuf {
        self.dir.join("final.elf")
    }

    /// The archive for the debugger.
    pub fn archive(&self, app: &App) -> PathBuf {
        self.dir.join(archive_name(app, &self.name))
    }
}

/// Directory of an application's outputs.
fn output_dir(workspace: &Workspace, app: &App) -> PathBuf {
    workspace.target.join(&app.toml.name).join("dist")
}

fn archive_name(app: &App, image: &str) -> String {
    format!("build-{}-image-{image}.zip", app.toml.name)
}

/// Where the archive of an image is, or would be.
pub fn archive(workspace: &Workspace, app: &App, image: &str) -> PathBuf {
    let dir = output_dir(workspace, app).join(image);
    dir.join(archive_name(app, image))
}

/// A crate of an image, as it is to be built.
pub struct CrateSpec {
    pub package: String,
    features: Vec<String>,
    no_default_features: bool,
    target: Target,
    env: environment::Variables,
    variant: String,
}

impl CrateSpec {
    /// In Cargo's terms.
    pub fn as_crate(&self) -> Crate<'_> {
        Crate {
            package: &self.package,
            features: &self.features,
            no_default_features: self.no_default_features,
            target: self.target,
            env: &self.env,
            variant: &self.variant,
        }
    }
}

/// Everything a build needs to know.
pub struct Dist<'a> {
    pub workspace: &'a Workspace,
    pub app: &'a App,
    pub toolchain: Toolchain,
    pub progress: &'a Progress,
    pub options: Options,
}

/// Builds all images of an application.
///
/// # Errors
///
/// Whatever is wrong with it, in words for its author.
pub fn dist(
    workspace: &Workspace,
    app: &App,
    progress: &Progress,
    options: &Options,
) -> Result<Vec<Image>> {
    let images = options.images(app)?;
    let dist = Dist::new(workspace, app, progress, options)?;
    progress.once(&dist.toolchain.summary);
    images.into_iter().map(|image| dist.image(image)).collect()
}

impl<'a> Dist<'a> {
    /// Finds a toolchain for an application.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn new(
        workspace: &'a Workspace,
        app: &'a App,
        progress: &'a Progress,
        options: &Options,
    ) -> Result<Self> {
        Ok(Self {
            workspace,
            app,
            toolchain: toolchain::find(
                &workspace.target,
                app.target,
                progress,
            )?,
            progress,
            options: options.clone(),
        })
    }
}

impl Dist<'_> {
    /// Builds one image.
    pub fn image(&self, image: &str) -> Result<Image> {
        let _lock = self.lock()?;
        self.locked_image(image)
    }

    /// Builds one image in a directory that has been taken over.
    fn locked_image(&self, image: &str) -> Result<Image> {
        // Before anything is read: what is edited meanwhile is to be noticed.
        let inputs = self.inputs();
        self.forget(image)?;
        let dir = self.dir().join(image);
        fs::create_dir_all(&dir)
            .with_context(|| format!("creating {}", dir.display()))?;
        let needs = self.measure_tasks(image)?;
        let layout = crate::layout::allocate(self.app, image, &needs)?;
        let mut built = Image {
            name: image.to_owned(),
            dir,
            layout,
            needs,
            kernel_needs: Needs::new(),
        };
        self.place_tasks(&built)?;
        built.kernel_needs = self.build_kernel(&built)?;
        self.pack(&built)?;
        if let Ok(inputs) = inputs {
            self.built_of(inputs, &built)?;
        }
        Ok(built)
    }

    /// Makes the directory of the outputs, and takes it over: two builds of one
    /// application would overwrite each other's files.
    pub fn lock(&self) -> Result<File> {
        let dir = self.dir();
        fs::create_dir_all(&dir)
            .with_context(|| format!("creating {}", dir.display()))?;
        let lock = File::create(dir.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Directory of what is common to the application's images.
    fn dir(&self) -> PathBuf {
        output_dir(self.workspace, self.app)
    }

    /// Cargo, with this image's toolchain.
    pub fn cargo(&self) -> Cargo<'_> {
        Cargo {
            workspace: self.workspace,
            target_dir: &self.workspace.target,
            toolchain: &self.toolchain,
            progress: self.progress,
            verbose: self.options.verbose,
            edges: self.options.edges,
        }
    }

    fn step(&self, number: usize, what: &str) {
        let steps = self.app.toml.tasks.len() + 1;
        self.progress
            .step(format!("{} [{number}/{steps}] {what}", self.app.toml.name));
    }

    /// Symbols by which a program finds the images in flash.
    fn image_symbols(&self, image: &str) -> Vec<(String, u64)> {
        let mut symbols = Vec::new();
        for name in &self.app.toml.image_names {
            let Some(flash) = self.app.memory(name, "flash") else {
                continue;
            };
            let label = symbol_name(name);
            symbols
                .push((format!("__IMAGE_{label}_BASE"), flash.address.into()));
            symbols.push((format!("__IMAGE_{label}_END"), flash.end()));
            if name == image {
                symbols.push(("__this_image".into(), flash.address.into()));
            }
        }
        symbols
    }

    /// Symbols by which a program finds memories that it uses as a whole.
    fn region_symbols<'n>(
        &self,
        image: &str,
        regions: impl Iterator<Item = &'n String>,
    ) -> Vec<(String, u64)> {
        regions
            .filter_map(|name| Some((name, self.app.memory(image, name)?)))
            .flat_map(|(name, memory)| {
                let label = symbol_name(name);
                [
                    (format!("__REGION_{label}_BASE"), memory.address.into()),
                    (format!("__REGION_{label}_END"), memory.end()),
                ]
            })
            .collect()
    }

    /// The user's home directory must not end up in programs: it is nobody's
    /// business, and it makes builds of two people differ.
    fn check_paths(&self, program: &str, path: &Path) -> Result<()> {
        let home = std::env::var("HOME").unwrap_or_default();
        if self.options.skip_path_check || home.len() < 2 {
            return Ok(());
        }
        let needle = format!("{}/", home.trim_end_matches('/'));
        let bytes = link::read(path)?;
        let found = bytes
            .windows(needle.len())
            .position(|window| window == needle.as_bytes());
        let Some(at) = found else { return Ok(()) };
        let rest = &bytes[at..];
        let end = rest
            .iter()
            .position(|byte| !byte.is_ascii_graphic())
            .unwrap_or(rest.len());
        Err(Diagnostic::new(format!(
            "{program} contains a path of this machine:\n{}",
            String::from_utf8_lossy(&rest[..end])
        ))
        .help("pass --dangerously-skip-path-check to accept it")
        .into())
    }
}

/// A name as part of a linker symbol.
fn symbol_name(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// A memory as a region of the linker script.
fn whole(name: &str, memory: &Memory) -> link::Region {
    link::Region {
        name: symbol_name(name),
        base: memory.address.into(),
        size: memory.size.into(),
    }
}

/// A memory, cut in two: the stack and what is above it.
fn split_stack(region: link::Region, stack: u32) -> [link::Region; 2] {
    let stack = u64::from(stack).min(region.size);
    [
        link::Region {
            name: "STACK".into(),
            base: region.base,
            size: stack,
        },
        link::Region {
            name: region.name,
            base: region.base + stack,
            size: region.size - stack,
        },
    ]
}
