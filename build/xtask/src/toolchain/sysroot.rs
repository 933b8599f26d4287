// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Building `core` from its sources, once per compiler and target.
//!
//! The result has the layout of a compiler's own libraries, so that handing
//! its path to the compiler makes the target an ordinary one. Everything else
//! then builds without `-Zbuild-std`, and no second copy of `core` is built
//! for another application or feature set.

use super::compiler::Compiler;
use crate::command;
use crate::config::Target;
use crate::diagnostic::Diagnostic;
use crate::progress::Progress;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The crates that a bare-metal target has.
const CRATES: [&str; 3] = ["core", "alloc", "compiler_builtins"];

/// The dummy that depends on them. Its profile is the firmware's, except that
/// the libraries carry machine code besides what link-time optimisation reads,
/// like those that compilers are shipped with.
const MANIFEST: &str = r#"[package]
name = "sysroot"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[workspace]

[profile.release]
codegen-units = 1
debug = 2
opt-level = "z"
panic = "abort"
"#;

/// Whether the libraries of any target have been built.
pub fn exists(target_dir: &Path, compiler: &Compiler) -> bool {
    let sysroot = sysroot_dir(target_dir, compiler);
    Target::ALL
        .iter()
        .any(|&target| stamp(&sysroot, target).is_file())
}

/// Builds the libraries of a target unless they exist, and returns the path to
/// hand to the compiler.
pub fn build(
    target_dir: &Path,
    compiler: &Compiler,
    target: Target,
    progress: &Progress,
) -> Result<PathBuf> {
    let sysroot = sysroot_dir(target_dir, compiler);
    let stamp = stamp(&sysroot, target);
    if stamp.is_file() {
        return Ok(sysroot);
    }
    let triple = target.triple();
    progress.step(format!("building core for {triple}"));
    fs::create_dir_all(&sysroot)?;
    let lock = File::create(sysroot.join("lock"))?;
    lock.lock()?;
    if stamp.is_file() {
        // Somebody else has built it while we waited.
        return Ok(sysroot);
    }

    let work = sysroot.join("build");
    fs::create_dir_all(&work)?;
    fs::write(work.join("Cargo.toml"), MANIFEST)?;
    fs::write(work.join("lib.rs"), "#![no_std]\n")?;

    let mut flags = vec![
        "-Cembed-bitcode=yes".to_owned(),
        "-Cdwarf-version=4".to_owned(),
        "-Zemit-stack-sizes".to_owned(),
    ];
    for (from, to) in compiler.sources() {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    let mut cargo = command::clean(&compiler.cargo);
    cargo
        .current_dir(&work)
        .env("RUSTC", &compiler.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .args(["build", "--release", "--target", triple])
        .arg("-Zbuild-std=core,alloc")
        .arg("--target-dir")
        .arg(work.join("target"));
    let output = command::capture(&mut cargo)?;
    if !output.status.success() {
        return Err(Diagnostic::new(format!(
            "core cannot be built for {triple} from the sources of rustc \
             {}:\n{}",
            compiler.release,
            String::from_utf8_lossy(&output.stderr).trim()
        ))
        .into());
    }

    let built = work.join("target").join(triple).join("release/deps");
    let libraries = sysroot.join("lib/rustlib").join(triple).join("lib");
    let _ = fs::remove_dir_all(&libraries);
    fs::create_dir_all(&libraries)?;
    for file in fs::read_dir(&built)? {
        let file = file?;
        let name = file.file_name();
        if name.to_str().is_some_and(is_library) {
            fs::copy(file.path(), libraries.join(&name))
                .with_context(|| format!("copying {name:?}"))?;
        }
    }
    fs::remove_dir_all(&work)?;
    fs::write(stamp, "")?;
    Ok(sysroot)
}

/// Whether a file is one of [`CRATES`].
fn is_library(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let name = stem.strip_prefix("lib").and_then(|s| s.rsplit_once('-'));
    matches!(extension, "rlib" | "rmeta")
        && name.is_some_and(|(name, _)| CRATES.contains(&name))
}

/// A directory of its own for every compiler.
fn sysroot_dir(target_dir: &Path, compiler: &Compiler) -> PathBuf {
    target_dir.join("sysroot").join(compiler.id(MANIFEST))
}

/// Written when the libraries are complete.
fn stamp(sysroot: &Path, target: Target) -> PathBuf {
    sysroot.join(format!("{}.complete", target.triple()))
}
