// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Running Cargo for firmware.

mod failure;

use crate::command;
use crate::config::Target;
use crate::progress::Progress;
use crate::rustc;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// What to build.
pub struct Crate<'a> {
    pub package: &'a str,
    pub features: &'a [String],
    pub no_default_features: bool,
    pub target: Target,
    /// Variables for build scripts and macros.
    pub env: &'a [(String, String)],
    /// Keeps apart builds of the same packages in different environments:
    /// Cargo would otherwise rebuild them whenever the environment alternates.
    pub variant: &'a str,
}

impl Crate<'_> {
    /// Cargo's arguments that choose the features.
    pub fn feature_arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if self.no_default_features {
            arguments.push("--no-default-features".to_owned());
        }
        if !self.features.is_empty() {
            arguments.push("--features".to_owned());
            arguments.push(self.features.join(","));
        }
        arguments
    }
}

/// A program Cargo has built.
#[derive(Debug, Default)]
pub struct Built {
    pub elf: PathBuf,
    /// Directories that build scripts offer to the linker.
    pub search_paths: Vec<PathBuf>,
    /// The crate's own directory.
    pub crate_dir: PathBuf,
}

/// Cargo, a compiler, and the directories involved.
pub struct Cargo<'a> {
    pub workspace: &'a Workspace,
    /// Where the outputs go.
    pub target_dir: &'a Path,
    pub toolchain: &'a Toolchain,
    pub progress: &'a Progress,
    pub verbose: bool,
    /// Show which features each crate is built with, and on whose behalf.
    pub edges: bool,
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact {
        executable: Option<PathBuf>,
        manifest_path: PathBuf,
        target: ArtifactTarget,
    },
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Rendered },
    #[serde(rename = "build-script-executed")]
    BuildScript { linked_paths: Vec<String> },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Rendered {
    rendered: Option<String>,
    level: String,
}

impl Cargo<'_> {
    /// Compiles a program up to a relocatable file, for [`crate::link`].
    ///
    /// # Errors
    ///
    /// If it does not compile; the compiler's messages have been printed.
    pub fn relocatable(&self, program: &Crate<'_>) -> Result<Built> {
        if self.edges {
            self.show_edges(program)?;
        }
        let mut cargo = self.command("rustc", program)?;
        cargo.args(["--release", "--bin", program.package, message_format()]);
        // Collecting garbage is up to the second link, which knows the roots.
        cargo.args(["--", "-Clink-arg=-r", "-Clink-arg=--no-gc-sections"]);
        self.run(cargo, program)
    }

    /// Compiles and links a program that brings its own linker script.
    ///
    /// # Errors
    ///
    /// As for [`Self::relocatable`].
    pub fn program(&self, program: &Crate<'_>) -> Result<Built> {
        let mut cargo = self.command("build", program)?;
        cargo.args(["--release", "--bin", program.package, message_format()]);
        self.run(cargo, program)
    }

    /// Prints the tree of crates that a program is built from.
    fn show_edges(&self, program: &Crate<'_>) -> Result<()> {
        let mut cargo = command::clean(&self.toolchain.cargo);
        cargo
            .current_dir(&self.workspace.root)
            .args(["tree", "--edges", "features,normal,build"])
            .args(["--package", program.package])
            .args(["--target", program.target.triple()])
            .args(program.feature_arguments());
        let tree = command::stdout_of(&mut cargo)
            .with_context(|| format!("running {}", command::line(&cargo)))?;
        self.progress.line(tree);
        Ok(())
    }

    /// `cargo <verb>` with everything that describes the crate and the target.
    ///
    /// # Errors
    ///
    /// If this program does not know where it is.
    pub fn command(&self, verb: &str, program: &Crate<'_>) -> Result<Command> {
        let mut cargo = command::clean(&self.toolchain.cargo);
        cargo
            .current_dir(&self.workspace.root)
            .env("RUSTC", &self.toolchain.rustc)
            .env("RUSTDOC", self.toolchain.rustc.with_file_name("rustdoc"))
            // For -Zemit-stack-sizes; language features stay off.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"))
            .env("CARGO_PROFILE_RELEASE_INCREMENTAL", "false")
            .envs(program.env.iter().map(|(name, value)| (name, value)))
            .args([verb, "--package", program.package])
            .args(self.variants(program)?)
            .args(["--target", program.target.triple()])
            .arg("--target-dir")
            .arg(self.target_dir.join("firmware"));
        if let Some(sysroot) = &self.toolchain.sysroot {
            let flag = format!("--sysroot={}", sysroot.display());
            cargo.env("CARGO_ENCODED_RUSTDOCFLAGS", flag);
        }
        let scripts = self.target_dir.join("firmware/scripts");
        rustc::wrap(&mut cargo, &self.local_flags(), &scripts)?;
        cargo.args(program.feature_arguments());
        Ok(cargo)
    }

    /// Arguments that keep apart what different programs see different things
    /// of: the program itself, and libraries with build scripts that look.
    /// What depends on those follows. Everything else is compiled once.
    fn variants(&self, program: &Crate<'_>) -> Result<Vec<String>> {
        let seers = self.workspace.seers()?.iter().map(String::as_str);
        let others = seers.filter(|package| *package != program.package);
        let mut arguments = vec!["-Zprofile-rustflags".to_owned()];
        for package in others.chain([program.package]) {
            let flag = format!("{}{:?}", rustc::VARIANT, program.variant);
            arguments.push("--config".to_owned());
            arguments.push(format!(
                "profile.release.package.{package}.rustflags=[{flag:?}]"
            ));
        }
        Ok(arguments)
    }

    /// Flags that name places on this machine.
    fn local_flags(&self) -> Vec<String> {
        let linker = self.toolchain.linker.display();
        let mut flags = vec![format!("-Clinker={linker}")];
        if let Some(sysroot) = &self.toolchain.sysroot {
            flags.push(format!("--sysroot={}", sysroot.display()));
        }
        flags.extend(self.path_names().into_iter().map(|(from, to)| {
            format!("--remap-path-prefix={}={to}", from.display())
        }));
        flags
    }

    /// What directories of this machine are called in debug information and
    /// panic messages. A later entry wins over an earlier one.
    fn path_names(&self) -> Vec<(PathBuf, String)> {
        let mut names = vec![(self.workspace.root.clone(), "/hubris".into())];
        names.push((self.target_dir.to_owned(), "/target".into()));
        if let Some(cargo_home) = cargo_home() {
            names.push((cargo_home.clone(), "/cargo".into()));
            let sources = cargo_home.join("registry/src").read_dir();
            let mut registries: Vec<PathBuf> = sources
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            registries.sort();
            names.extend(
                registries
                    .into_iter()
                    .map(|path| (path, "/crates.io".into())),
            );
        }
        names.extend(self.toolchain.sources.iter().cloned());
        names
    }

    fn run(&self, mut cargo: Command, program: &Crate<'_>) -> Result<Built> {
        if self.verbose {
            self.progress.line(command::line(&cargo));
        }
        let mut child = cargo
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("running {}", command::line(&cargo)))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let stderr = child.stderr.take().context("stderr is piped")?;

        let (said, built) = thread::scope(|scope| {
            let said = scope.spawn(|| self.follow(stderr));
            let built = self.collect(stdout, program);
            (said.join().unwrap_or_default(), built)
        });
        let (built, rendered) = built?;
        if child.wait()?.success() {
            if built.elf.as_os_str().is_empty() {
                bail!("{} has no binary of that name", program.package);
            }
            return Ok(built);
        }
        Err(failure::explain(program, &said, &rendered).into())
    }

    /// Shows what Cargo is busy with, and keeps the rest of what it says.
    fn follow(&self, stderr: impl Read) -> String {
        let mut said = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            match line.trim_start().split_once(' ') {
                Some((
                    verb @ ("Compiling" | "Checking" | "Downloading"),
                    what,
                )) => {
                    self.progress.detail(what);
                    if self.verbose {
                        self.progress.line(format!("{verb} {what}"));
                    }
                }
                Some(("Finished" | "Running" | "Fresh" | "Blocking", _)) => {}
                _ => {
                    said.push_str(&line);
                    said.push('\n');
                }
            }
        }
        said
    }

    /// Reads Cargo's machine-readable messages; prints the compiler's.
    fn collect(
        &self,
        stdout: impl Read,
        program: &Crate<'_>,
    ) -> Result<(Built, String)> {
        let mut built = Built::default();
        let mut errors = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            let Ok(message) = serde_json::from_str(&line) else {
                continue;
            };
            match message {
                Message::Artifact {
                    executable: Some(elf),
                    manifest_path,
                    target,
                } if target.name == program.package
                    && target.kind.iter().any(|kind| kind == "bin") =>
                {
                    built.elf = elf;
                    built.crate_dir = manifest_path
                        .parent()
                        .map_or(PathBuf::new(), Path::to_owned);
                }
                Message::BuildScript { linked_paths } => {
                    built.search_paths.extend(linked_paths.iter().map(
                        |path| {
                            let path = path.split_once('=');
                            PathBuf::from(path.map_or("", |(_, path)| path))
                        },
                    ));
                }
                Message::Diagnostic { message } => {
                    let Some(text) = message.rendered else {
                        continue;
                    };
                    self.progress.line(text.trim_end());
                    if message.level == "error" {
                        errors.push_str(&text);
                    }
                }
                Message::Artifact { .. } | Message::Other => {}
            }
        }
        Ok((built, errors))
    }
}

/// Flags for everything compiled for the target.
const FLAGS: [&str; 9] = [
    "-Cdwarf-version=4",
    "-Coverflow-checks=yes",
    "-Clink-arg=-zcommon-page-size=0x20",
    "-Clink-arg=-zmax-page-size=0x20",
    "-Dunused_attributes",
    "-Zallow-features=",
    "-Zemit-stack-sizes",
    // A call that does not return must not be the last instruction of a
    // function: the debugger takes the return address, behind it, for a
    // place in the next function, and unwinds the stack of that. The
    // compiler's own switch traps only what no such call precedes.
    "-Ztrap-unreachable=no",
    "-Cllvm-args=-trap-unreachable",
];

fn message_format() -> &'static str {
    match std::io::stderr().is_terminal() {
        true => "--message-format=json-diagnostic-rendered-ansi",
        false => "--message-format=json",
    }
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))
}
