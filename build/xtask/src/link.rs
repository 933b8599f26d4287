// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Linking relocatable programs at chosen addresses.

use crate::command;
use crate::diagnostic::Diagnostic;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// A region of the linker script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// As in the script: upper case.
    pub name: String,
    pub base: u64,
    pub size: u64,
}

/// The generated parts of a linker script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub regions: Vec<Region>,
    /// A second name for a region.
    pub ram_alias: Option<String>,
    pub symbols: Vec<(String, u64)>,
    /// Section (without the dot) to the region it is placed in.
    pub sections: Vec<(String, String)>,
    /// Whether to fill the rest of FLASH.
    pub fill: bool,
}

impl Memory {
    /// The text of `memory.x`.
    fn memory_x(&self) -> String {
        let mut text = String::from("MEMORY\n{\n");
        for Region { name, base, size } in &self.regions {
            let _ = writeln!(
                text,
                "  {name} (rwx) : ORIGIN = {base:#010x}, LENGTH = {size:#x}"
            );
        }
        text.push_str("}\n");
        if let Some(region) = &self.ram_alias {
            let _ = writeln!(text, "REGION_ALIAS(\"RAM\", {region});");
        }
        for (name, value) in &self.symbols {
            let _ = writeln!(text, "{name} = {value:#010x};");
        }
        text
    }

    /// The text of `sections.x`.
    fn sections_x(&self) -> String {
        let mut text = String::from("SECTIONS\n{\n");
        for (section, region) in &self.sections {
            let _ = writeln!(
                text,
                "  .{section} (NOLOAD) : ALIGN(4)\n  \
                 {{ *(.{section} .{section}.*); . = ALIGN(4); }} > {region}"
            );
        }
        if self.fill {
            // An assignment to the location counter alone makes no contents.
            text.push_str(
                "  .fill : { FILL(0xffffffff); BYTE(0xff);\n    \
                 . = ORIGIN(FLASH) + LENGTH(FLASH); } > FLASH\n",
            );
        }
        text.push_str("}\n");
        text
    }
}

/// One run of the linker.
pub struct Link<'a> {
    pub linker: &'a Path,
    /// The relocatable program.
    pub input: &'a Path,
    pub script: &'a Path,
    pub memory: &'a Memory,
    /// Where the script may find further files.
    pub search_paths: &'a [PathBuf],
    pub output: &'a Path,
}

/// What the linker has to say about a program that cannot be linked.
#[derive(Debug)]
pub struct Failure(pub String);

impl Link<'_> {
    /// Links, and applies `patch` to the bytes of the result.
    ///
    /// Nothing is done if the output was made from the same inputs before;
    /// `patch_key` has to describe what `patch` depends on.
    ///
    /// # Errors
    ///
    /// If files cannot be read or written. What the linker does not like is in
    /// the inner result.
    pub fn run(
        &self,
        patch_key: impl Hash,
        patch: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<Result<(), Failure>> {
        let key = self.key(patch_key)?;
        let key_file = with_suffix(self.output, ".key");
        if self.output.is_file()
            && fs::read_to_string(&key_file).is_ok_and(|k| k == key)
        {
            return Ok(Ok(()));
        }
        let _ = fs::remove_file(&key_file);

        let generated = with_suffix(self.output, ".link");
        fs::create_dir_all(&generated)?;
        fs::write(generated.join("memory.x"), self.memory.memory_x())?;
        fs::write(generated.join("sections.x"), self.memory.sections_x())?;
        fs::write(generated.join("device.x"), "")?;

        let mut lld = command::clean(self.linker);
        lld.args(["-flavor", "gnu", "--gc-sections", "--build-id=none"])
            .args(["-zcommon-page-size=0x20", "-zmax-page-size=0x20"])
            .arg("-T")
            .arg(self.script);
        for path in self.search_paths {
            lld.arg("-L").arg(path);
        }
        // Last, so that the empty device.x is only the one to fall back on.
        lld.arg("-L").arg(&generated);
        lld.arg(self.input).arg("-o").arg(self.output);
        let output = command::capture(&mut lld)?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            return Ok(Err(Failure(text)));
        }

        let mut elf = read(self.output)?;
        patch(&mut elf)?;
        fs::write(self.output, elf)?;
        fs::write(key_file, key)?;
        Ok(Ok(()))
    }

    /// Everything that the output depends on.
    fn key(&self, patch_key: impl Hash) -> Result<String> {
        let mut hasher = fnv::FnvHasher::default();
        patch_key.hash(&mut hasher);
        self.linker.hash(&mut hasher);
        read(self.input)?.hash(&mut hasher);
        read(self.script)?.hash(&mut hasher);
        self.memory.memory_x().hash(&mut hasher);
        self.memory.sections_x().hash(&mut hasher);
        for path in self.search_paths {
            fs::read(path.join("device.x")).ok().hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

impl Failure {
    /// For a program that nobody has given too little room.
    pub fn into_diagnostic(self, what: &str) -> Diagnostic {
        Diagnostic::new(format!("{what} cannot be linked:\n{}", self.0.trim()))
    }
}

/// Reads a file, naming it if that fails.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
