// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the build tool tells build scripts, as functions.
//!
//! The tool describes the application in environment variables (`HUBRIS_*`).
//! Every function here that reads one also tells Cargo to run the build script
//! again when it changes, which is what keeps incremental builds correct.

#![forbid(unsafe_code)]

mod config;
mod notifications;
mod task_ids;

pub use config::{
    all_tasks_full_config, all_tasks_full_config_toml, config,
    other_task_full_config, other_task_full_config_toml, task_config,
    task_extern_regions, task_full_config, task_full_config_toml,
    task_maybe_config, toml_from_str,
};
pub use notifications::build_notifications;
pub use task_ids::TaskIds;

use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// Reads an environment variable and has Cargo watch it.
///
/// # Errors
///
/// If the variable is unset or not UTF-8.
pub fn env_var(key: &str) -> Result<String> {
    println!("cargo::rerun-if-env-changed={key}");
    env::var(key).with_context(|| {
        format!("reading environment variable {key} (set by `cargo xtask`)")
    })
}

/// Like [`env_var`], but an unset variable is `None`.
fn optional_env_var(key: &str) -> Result<Option<String>> {
    println!("cargo::rerun-if-env-changed={key}");
    match env::var(key) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error)
            .with_context(|| format!("reading environment variable {key}")),
    }
}

/// Reads a variable that Cargo sets for every build script.
fn cargo_var(key: &str) -> String {
    env::var(key)
        .unwrap_or_else(|_| panic!("{key} is not set: not a build script?"))
}

/// Directory for generated files.
pub fn out_dir() -> PathBuf {
    PathBuf::from(cargo_var("OUT_DIR"))
}

/// Target triple of the crate being built.
pub fn target() -> String {
    cargo_var("TARGET")
}

/// Operating system of the target; `none` for firmware.
pub fn target_os() -> String {
    cargo_var("CARGO_CFG_TARGET_OS")
}

/// Name of the task being built, which is its key in the application file.
///
/// # Panics
///
/// Outside of a task build.
pub fn task_name() -> String {
    env_var("HUBRIS_TASK_NAME").expect("only tasks have a name")
}

/// Whether the crate is built with feature `s`.
pub fn has_feature(s: &str) -> bool {
    let name = s.to_uppercase().replace('-', "_");
    env::var(format!("CARGO_FEATURE_{name}")).is_ok()
}

/// Sets one of `cfg(armv6m)`, `cfg(armv7m)` and `cfg(armv8m)`.
///
/// # Errors
///
/// If the target is not an M-profile processor. Hosts get none of the three
/// and no error, so that a crate with host tests can call this too.
pub fn expose_m_profile() -> Result<()> {
    println!("cargo::rustc-check-cfg=cfg(armv6m)");
    println!("cargo::rustc-check-cfg=cfg(armv7m)");
    println!("cargo::rustc-check-cfg=cfg(armv8m)");
    if let Some(profile) = m_profile(&target())? {
        println!("cargo::rustc-cfg={profile}");
    }
    Ok(())
}

fn m_profile(target: &str) -> Result<Option<&'static str>> {
    let profiles = [
        ("thumbv6m-", "armv6m"),
        ("thumbv7m-", "armv7m"),
        ("thumbv7em-", "armv7m"),
        ("thumbv8m.", "armv8m"),
    ];
    if let Some((_, profile)) = profiles
        .iter()
        .find(|(prefix, _)| target.starts_with(prefix))
    {
        return Ok(Some(profile));
    }
    if target.contains("-none-") {
        bail!("{target} is not an Arm M-profile target");
    }
    Ok(None)
}

/// Board of the application, if it is being built for one.
pub fn target_board() -> Option<String> {
    optional_env_var("HUBRIS_BOARD").ok().flatten()
}

/// Sets `cfg(target_board = "<board>")` and declares the names of all boards.
pub fn expose_target_board() {
    // The tool and this crate are always of the same checkout.
    let boards =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../boards"));
    println!("cargo::rerun-if-changed={}", boards.display());
    let names: Vec<_> = board_names(boards)
        .iter()
        .map(|name| format!("{name:?}"))
        .collect();
    println!(
        "cargo::rustc-check-cfg=cfg(target_board, values({}))",
        names.join(", ")
    );
    if let Some(board) = target_board() {
        println!("cargo::rustc-cfg=target_board={board:?}");
    }
}

/// The file stems of `boards/*.toml`, sorted.
fn board_names(boards: &Path) -> Vec<String> {
    let mut names: Vec<String> = boards
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The tasks of the image and their indices.
///
/// # Panics
///
/// Outside of a build by the build tool.
pub fn task_ids() -> TaskIds {
    let names = env_var("HUBRIS_TASKS")
        .expect("task indices exist only within an image");
    TaskIds::from_list(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_triple_has_the_profile_of_its_architecture() {
        let profile = |target| m_profile(target).unwrap();
        assert_eq!(profile("thumbv6m-none-eabi"), Some("armv6m"));
        assert_eq!(profile("thumbv7em-none-eabi"), Some("armv7m"));
        assert_eq!(profile("thumbv7em-none-eabihf"), Some("armv7m"));
        assert_eq!(profile("thumbv8m.main-none-eabihf"), Some("armv8m"));
        assert_eq!(profile("x86_64-unknown-linux-gnu"), None);
    }

    #[test]
    fn another_bare_metal_target_is_an_error() {
        assert!(m_profile("armv7a-none-eabi").is_err());
        assert!(m_profile("riscv32imac-unknown-none-elf").is_err());
    }

    #[test]
    fn boards_are_the_stems_of_the_toml_files() {
        let boards = env::temp_dir().join("build-util-boards");
        std::fs::create_dir_all(&boards).unwrap();
        for name in ["nucleo.toml", "dev.toml", "README.md"] {
            std::fs::write(boards.join(name), "").unwrap();
        }
        assert_eq!(board_names(&boards), ["dev", "nucleo"]);
    }
}
