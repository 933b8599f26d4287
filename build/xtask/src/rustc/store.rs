// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Crates of a registry, compiled once for all variants.
//!
//! Variants differ in what the build scripts of the workspace see. Crates of a
//! registry see nothing of that, but Cargo compiles them for each variant all
//! the same, which would be half of the work for an image. So what the compiler
//! makes of them is kept in a store, and where Cargo expects it there is a
//! stand-in: a file with the name of the one in the store. It cannot be a link,
//! because Cargo compares the times of the files of one variant.

use super::call::Call;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};

/// The longest stand-in. Libraries are longer.
const LONGEST_NAME: u64 = 256;
/// The forms of a library.
const FORMS: [&str; 2] = ["rmeta", "rlib"];

pub struct Store {
    folder: PathBuf,
}

impl Store {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the compiler finds what the crates in the store depend on.
    pub fn search_path(&self) -> OsString {
        let mut path = OsString::from("dependency=");
        path.push(&self.folder);
        path
    }

    /// Has an argument that names a stand-in name the library instead.
    pub fn resolve(&self, argument: &mut OsString) {
        let of_extern = argument.to_str().and_then(|it| it.split_once('='));
        if let Some((name, path)) = of_extern
            && let Some(library) = self.library(Path::new(path))
        {
            let name = format!("{name}=");
            *argument = OsString::from(name);
            argument.push(library);
        }
    }

    /// What a file stands in for.
    fn library(&self, path: &Path) -> Option<PathBuf> {
        let form = path.extension()?.to_str()?;
        let size = fs::metadata(path).ok()?.len();
        if !FORMS.contains(&form) || size > LONGEST_NAME {
            return None;
        }
        Some(self.folder.join(fs::read_to_string(path).ok()?))
    }

    /// Puts stand-ins for a library where Cargo expects it, which is compiled
    /// if it never was.
    ///
    /// # Errors
    ///
    /// If files cannot be written, or the compiler cannot be run. If it fails
    /// it has said why.
    pub fn provide(
        &self,
        call: &Call,
        rustc: &mut Command,
    ) -> io::Result<ExitStatus> {
        let stem = format!("{}-{:016x}", call.crate_name, call.key);
        let sources = self.folder.join(format!("{stem}.d"));
        let mut said = Vec::new();
        let mut status = ExitStatus::default();
        if !sources.is_file() {
            let output = self.compile(call, &stem, rustc)?;
            (status, said) = (output.status, output.stderr);
        }
        if status.success() {
            let suffix = &call.suffix;
            let name = format!("{}{suffix}.d", call.crate_name);
            let text = fs::read_to_string(sources)?;
            fs::write(call.out_dir.join(name), call.here(&text))?;
            for form in FORMS {
                let name = format!("lib{}{suffix}.{form}", call.crate_name);
                let library = format!("lib{stem}.{form}");
                fs::write(call.out_dir.join(name), library)?;
            }
        }
        // Only now: when Cargo learns of a file, it goes on to use it.
        io::stderr().write_all(&said)?;
        Ok(status)
    }

    /// Compiles a library into the store. The list of its sources is the last
    /// file to come, and so tells that it is complete.
    fn compile(
        &self,
        call: &Call,
        stem: &str,
        rustc: &mut Command,
    ) -> io::Result<process::Output> {
        let work = self.folder.join(format!(".{stem}.{}", process::id()));
        fs::create_dir_all(&work)?;
        rustc
            .args(&call.arguments)
            .arg(format!("-Cmetadata={:016x}", call.key))
            .arg(format!("-Cextra-filename=-{:016x}", call.key))
            .arg("--out-dir")
            .arg(&work)
            .args(call.name_of_generated_sources());
        let output = rustc.output()?;
        if output.status.success() {
            for form in FORMS {
                let library = format!("lib{stem}.{form}");
                let path = self.folder.join(&library);
                fs::rename(work.join(&library), path)?;
            }
            let sources = work.join(format!("{stem}.d"));
            let text = fs::read_to_string(&sources)?;
            fs::write(&sources, call.anywhere(&text))?;
            let path = self.folder.join(format!("{stem}.d"));
            fs::rename(sources, path)?;
        }
        fs::remove_dir_all(work)?;
        Ok(output)
    }
}
