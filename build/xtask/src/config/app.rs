// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::document::{Document, display, normalise};
use super::{Target, check, keys};
use crate::diagnostic::{Diagnostic, closest};
use anyhow::Result;
use indexmap::IndexMap;
use ordered_toml::Value;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use toml_task::Task;

/// An application with everything it refers to.
#[derive(Debug)]
pub struct App {
    /// Absolute path of the application file.
    pub file: PathBuf,
    /// Contents after inheritance.
    pub toml: AppToml,
    /// Processor.
    pub target: Target,
    /// Peripherals of the chip.
    pub chip: IndexMap<String, Peripheral>,
    /// Memories; each has at most one entry per image name.
    pub memories: IndexMap<String, Vec<Memory>>,
    /// What probe-rs calls the chip on the board.
    pub probe_chip: Option<String>,
    /// Directory of the chip files.
    pub chip_dir: PathBuf,
    /// The files, for the archive and for messages.
    pub documents: Documents,
}

/// The files an application consists of.
#[derive(Debug)]
pub struct Documents {
    pub app: Document,
    pub chip: Document,
    pub memory: Document,
}

/// The application file, as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AppToml {
    pub name: String,
    pub target: String,
    pub board: String,
    pub chip: String,
    #[serde(default = "default_memory")]
    pub memory: String,
    #[serde(default = "default_ram")]
    pub default_ram: String,
    pub stacksize: Option<u32>,
    #[serde(default)]
    pub epoch: u32,
    #[serde(default)]
    pub version: u32,
    #[serde(default = "default_image_names")]
    pub image_names: Vec<String>,
    pub kernel: Kernel,
    pub tasks: IndexMap<String, Task<Value>>,
    pub config: Option<Value>,
    #[serde(default)]
    pub extratext: IndexMap<String, ExtraText>,
    pub caboose: Option<Caboose>,
    pub mmio: Option<Value>,
    pub auxflash: Option<Value>,
    pub signing: Option<Value>,
}

fn default_memory() -> String {
    "memory.toml".into()
}

/// What tables call the memory for stacks and statics, and what it is called
/// unless they say otherwise.
const DEFAULT_RAM: &str = "ram";

fn default_ram() -> String {
    DEFAULT_RAM.into()
}

fn default_image_names() -> Vec<String> {
    vec!["default".into()]
}

/// The `[kernel]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kernel {
    pub name: String,
    pub requires: IndexMap<String, u32>,
    #[serde(default = "default_kernel_stack")]
    pub stacksize: u32,
    #[serde(default)]
    pub features: Vec<String>,
    #[serde(default)]
    pub no_default_features: bool,
    #[serde(default)]
    pub extern_regions: Vec<KernelRegion>,
    pub default_ram: Option<String>,
}

fn default_kernel_stack() -> u32 {
    1024
}

/// A memory that the kernel uses as a whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { region = \"ram\" }"
)]
pub struct KernelRegion {
    pub region: String,
    /// Permits a memory that others are placed in as well.
    #[serde(default)]
    pub shared: bool,
}

/// Code outside of the image that tasks may call.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraText {
    pub address: u32,
    pub size: u32,
}

/// The metadata block behind the image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caboose {
    pub region: String,
    pub size: u32,
    /// Tasks that may read it.
    #[serde(default)]
    pub tasks: Vec<String>,
}

/// One peripheral of the chip file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peripheral {
    pub address: u32,
    pub size: u32,
    #[serde(default)]
    pub interrupts: IndexMap<String, u32>,
}

/// One entry of the memory file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Image the entry is for.
    #[serde(default = "default_image_name")]
    pub name: String,
    pub address: u32,
    pub size: u32,
    #[serde(default)]
    pub read: bool,
    #[serde(default)]
    pub write: bool,
    #[serde(default)]
    pub execute: bool,
    #[serde(default)]
    pub dma: bool,
}

fn default_image_name() -> String {
    "default".into()
}

impl Memory {
    /// First address past it.
    pub fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.size)
    }

    /// Whether `address` lies in it.
    pub fn contains(&self, address: u32) -> bool {
        address >= self.address && u64::from(address) < self.end()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Board {
    probe_rs: Option<ProbeRs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ProbeRs {
    chip_name: Option<String>,
}

/// So many bytes of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount<'a> {
    /// What its table calls the memory.
    pub key: &'a str,
    pub memory: &'a str,
    pub bytes: u32,
}

/// A peripheral interrupt routed to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    pub number: u32,
    pub task_index: usize,
    /// One bit.
    pub notification: u32,
}

impl App {
    /// Reads an application file and everything it refers to.
    ///
    /// `root` is the root of the repository, where `boards/` is.
    ///
    /// # Errors
    ///
    /// All mistakes found, in words for their author.
    pub fn load(root: &Path, file: &Path) -> Result<Self> {
        if !file.is_file() {
            return Err(missing_app(root, file).into());
        }
        let file = normalise(&std::path::absolute(file)?);
        let app = Document::inheriting(&file, &keys::APP)?;
        let toml: AppToml = app.parse()?;
        let target = find_target(&app, &toml.target)?;

        let chip_dir = normalise(
            &app.origin("chip")
                .parent()
                .unwrap_or(Path::new(""))
                .join(&toml.chip),
        );
        let chip = referenced(
            &app,
            "chip",
            &toml.chip,
            &chip_dir.join("chip.toml"),
            &keys::CHIP,
        )?;
        let memory = referenced(
            &app,
            "memory",
            &toml.memory,
            &chip_dir.join(&toml.memory),
            &keys::MEMORY,
        )?;
        let board = find_board(root, &app, &toml.board)?;

        let loaded = Self {
            target,
            chip: chip.parse()?,
            memories: memory.parse()?,
            probe_chip: board.probe_rs.and_then(|p| p.chip_name),
            chip_dir,
            documents: Documents { app, chip, memory },
            toml,
            file,
        };
        Ok(check::all(&loaded).into_result(loaded)?)
    }

    /// The entry of a memory for an image.
    pub fn memory(&self, image: &str, memory: &str) -> Option<&Memory> {
        self.memories
            .get(memory)?
            .iter()
            .find(|entry| entry.name == image)
    }

    /// Name of the memory that holds a task's stack and statics.
    pub fn task_ram<'a>(&'a self, task: &'a Task<Value>) -> &'a str {
        task.default_ram
            .as_deref()
            .unwrap_or(&self.toml.default_ram)
    }

    /// Bytes of stack of a task.
    pub fn task_stack(&self, task: &Task<Value>) -> u32 {
        task.stacksize.or(self.toml.stacksize).unwrap_or(0)
    }

    /// Name of the memory that holds the kernel's stack and statics.
    pub fn kernel_ram(&self) -> &str {
        self.toml
            .kernel
            .default_ram
            .as_deref()
            .unwrap_or(&self.toml.default_ram)
    }

    /// Bytes of each memory that the kernel is to have.
    pub fn kernel_requires(&self) -> Vec<Amount<'_>> {
        amounts(&self.toml.kernel.requires, self.kernel_ram())
    }

    /// Bytes of each memory that a task must not exceed.
    pub fn task_limits<'a>(&'a self, task: &'a Task<Value>) -> Vec<Amount<'a>> {
        amounts(&task.max_sizes, self.task_ram(task))
    }

    /// The span that a name in `uses` stands for.
    pub fn used_span(&self, name: &str) -> Option<(u32, u32)> {
        let device = self.chip.get(name).map(|p| (p.address, p.size));
        device.or_else(|| {
            self.toml.extratext.get(name).map(|t| (t.address, t.size))
        })
    }

    /// Index of a task.
    pub fn task_index(&self, name: &str) -> Option<usize> {
        self.toml.tasks.get_index_of(name)
    }

    /// The interrupts of all tasks.
    pub fn interrupts(&self) -> Vec<Interrupt> {
        let mut interrupts = Vec::new();
        for (task_index, task) in self.toml.tasks.values().enumerate() {
            for (source, notification) in &task.interrupts {
                let number = self.interrupt_number(source);
                let mask = task.notification_mask(notification);
                if let (Some(number), Ok(notification)) = (number, mask) {
                    interrupts.push(Interrupt {
                        number,
                        task_index,
                        notification,
                    });
                }
            }
        }
        interrupts
    }

    /// Number of the interrupt called `<peripheral>.<interrupt>`.
    pub fn interrupt_number(&self, source: &str) -> Option<u32> {
        let (peripheral, name) = source.split_once('.')?;
        self.chip.get(peripheral)?.interrupts.get(name).copied()
    }
}

/// Resolves a table of sizes, in which `ram` is the table's default RAM
/// whatever that is called.
fn amounts<'a>(
    table: &'a IndexMap<String, u32>,
    ram: &'a str,
) -> Vec<Amount<'a>> {
    let amount = |(key, &bytes): (&'a String, &u32)| Amount {
        key,
        memory: if key == DEFAULT_RAM { ram } else { key },
        bytes,
    };
    table.iter().map(amount).collect()
}

fn missing_app(root: &Path, file: &Path) -> Diagnostic {
    let error = Diagnostic::new(format!(
        "{}: no such application file",
        file.display()
    ));
    let within = file.join("app.toml");
    if within.is_file() {
        let within = display(&within);
        return error.help(format!("that is a folder; name {within}"));
    }
    let mut known = vec![root.join("app.toml")];
    for folder in ["app", "test"] {
        let folders = fs::read_dir(root.join(folder)).into_iter().flatten();
        known.extend(
            folders
                .flatten()
                .map(|folder| folder.path().join("app.toml")),
        );
    }
    known.retain(|path| path.is_file());
    known.sort();
    if known.is_empty() {
        return error.help("name the file that describes the image");
    }
    let known: Vec<_> = known.iter().map(|path| display(path)).collect();
    error.help(format!("application files are {}", known.join(", ")))
}

fn find_target(app: &Document, triple: &str) -> Result<Target> {
    Target::from_triple(triple).ok_or_else(|| {
        let known = Target::ALL.map(Target::triple);
        Diagnostic::new(format!(
            "{}: target (\"{triple}\") is not supported",
            app.place("target")
        ))
        .help(format!("targets are {}", known.join(", ")))
        .into()
    })
}

/// Reads a file that the application names under `key`.
fn referenced(
    app: &Document,
    key: &str,
    value: &str,
    path: &Path,
    keys: &keys::Keys,
) -> Result<Document> {
    if !path.is_file() {
        let error = Diagnostic::new(format!(
            "{}: {key} (\"{value}\") leads to {}, which does not exist",
            app.place(key),
            display(path)
        ));
        let error = error.help(match key {
            "chip" => "it is the directory of chip.toml, relative to this file",
            _ => "it is a file in the chip's directory",
        });
        return Err(error.into());
    }
    Document::single(path, keys)
}

fn find_board(root: &Path, app: &Document, name: &str) -> Result<Board> {
    let boards = root.join("boards");
    let path = boards.join(format!("{name}.toml"));
    if path.is_file() {
        return Document::single(&path, &keys::BOARD)?.parse();
    }
    let mut known: Vec<String> = fs::read_dir(&boards)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".toml")?.to_owned())
        })
        .collect();
    known.sort();
    let error = Diagnostic::new(format!(
        "{}: board (\"{name}\") has no file {}",
        app.place("board"),
        display(&path)
    ));
    let error = match closest(name, known.iter().map(String::as_str)) {
        Some(name) => error.help(format!("did you mean \"{name}\"?")),
        None => error.help(format!("boards are {}", known.join(", "))),
    };
    Err(error.into())
}
