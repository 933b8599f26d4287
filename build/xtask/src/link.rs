// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Linking relocatable programs at chosen addresses.

use crate::command;
use crate::diagnostic::Diagnostic;
use crate::file;
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
        file::replace(self.output, elf)?;
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
    /// As an error about `what`.
    pub fn into_diagnostic(self, what: &str) -> Diagnostic {
        let overflows: Vec<String> = self
            .0
            .lines()
            .filter_map(|line| {
                let (_, line) = line.split_once("will not fit in region '")?;
                let (region, line) = line.split_once("': overflowed by ")?;
                let (bytes, _) = line.split_once(' ')?;
                let memory = region.to_lowercase();
                Some(format!("{memory} is {bytes} bytes too small"))
            })
            .collect();
        if overflows.is_empty() {
            let said = self.0.trim();
            return Diagnostic::new(format!(
                "{what} cannot be linked:\n{said}"
            ));
        }
        // The last is the whole overflow: sections add up.
        let last = overflows.last().map_or("", String::as_str);
        Diagnostic::new(format!(
            "{what} does not fit, even with all memory to itself:\n{last}"
        ))
        .help("leave features out, or enlarge the entry in the memory file")
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

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn an_overflow_names_the_memory_and_the_bytes() {
        let said = "rust-lld: error: section '.text' will not fit in region \
                    'FLASH': overflowed by 120 bytes\n\
                    rust-lld: error: section '.rodata' will not fit in region \
                    'FLASH': overflowed by 200 bytes\n";
        let error = Failure(said.into()).into_diagnostic("app.toml: tasks.a");
        assert_snapshot!(error, @r"
        error: app.toml: tasks.a does not fit, even with all memory to itself:
               flash is 200 bytes too small
          help: leave features out, or enlarge the entry in the memory file
        ");
    }

    #[test]
    fn the_generated_parts_of_a_script_are_as_expected() {
        let region = |name: &str, base, size| Region {
            name: name.into(),
            base,
            size,
        };
        let memory = Memory {
            regions: vec![
                region("FLASH", 0x0800_4000, 0x1000),
                region("STACK", 0x2000_0800, 0x400),
                region("DTCM", 0x2000_0c00, 0x400),
            ],
            ram_alias: Some("DTCM".into()),
            symbols: vec![("__REGION_WINDOW_BASE".into(), 0x2000_8000)],
            sections: vec![("ethernet".into(), "SRAM1".into())],
            fill: true,
        };
        let text = memory.memory_x() + &memory.sections_x();
        assert_snapshot!(text, @r#"
        MEMORY
        {
          FLASH (rwx) : ORIGIN = 0x08004000, LENGTH = 0x1000
          STACK (rwx) : ORIGIN = 0x20000800, LENGTH = 0x400
          DTCM (rwx) : ORIGIN = 0x20000c00, LENGTH = 0x400
        }
        REGION_ALIAS("RAM", DTCM);
        __REGION_WINDOW_BASE = 0x20008000;
        SECTIONS
        {
          .ethernet (NOLOAD) : ALIGN(4)
          { *(.ethernet .ethernet.*); . = ALIGN(4); } > SRAM1
          .fill : { FILL(0xffffffff); BYTE(0xff);
            . = ORIGIN(FLASH) + LENGTH(FLASH); } > FLASH
        }
        "#);
    }
}
