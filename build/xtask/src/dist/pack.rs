// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Combining, archiving, and what a debugger session starts with.

use super::{Dist, Image};
use crate::archive::Archive;
use crate::config::{Target, display, normalise};
use crate::diagnostic::Diagnostic;
use crate::elf::Program;
use crate::file;
use crate::image::FlashImage;
use crate::link;
use anyhow::{Context, Result};
use std::fmt::Write;
use toml_edit::{DocumentMut, Item, Value};

/// First word of a caboose.
const CABOOSE_MAGIC: u32 = 0xcab0_005e;

impl Dist<'_> {
    /// Writes everything that is made of the linked programs.
    pub(super) fn pack(&self, image: &Image) -> Result<()> {
        let combined = self.combine(image)?;
        file::replace(&image.final_elf(), combined.to_elf()?)?;
        file::replace(&image.dir.join("final.bin"), &combined.bytes)?;
        file::replace(&image.dir.join("script.gdb"), self.gdb_script(image))?;
        self.archive(image)
    }

    fn combine(&self, image: &Image) -> Result<FlashImage> {
        let flash = self
            .app
            .memory(&image.name, "flash")
            .context("flash was checked")?;
        let caboose = image.layout.caboose.map_or(0, |caboose| caboose.end);
        let end = image.layout.end("flash").max(caboose);
        let size = u32::try_from(end - u64::from(flash.address))?;

        let kernel = link::read(&image.elf("kernel"))?;
        let kernel = Program::parse(&kernel)?;
        let mut combined =
            FlashImage::erased(flash.address, size, kernel.entry());
        combined.add("the kernel", &kernel)?;
        for name in self.app.toml.tasks.keys() {
            let bytes = link::read(&image.elf(name))?;
            combined.add(name, &Program::parse(&bytes)?)?;
        }
        if let Some(caboose) = image.layout.caboose {
            // An empty one: the magic number in front, the size at the end.
            let start = (caboose.base - flash.address) as usize;
            let block =
                &mut combined.bytes[start..start + caboose.size() as usize];
            block[..4].copy_from_slice(&CABOOSE_MAGIC.to_le_bytes());
            let end = block.len() - 4;
            block[end..].copy_from_slice(&caboose.size().to_le_bytes());
        }
        Ok(combined)
    }

    fn archive(&self, image: &Image) -> Result<()> {
        let app = self.app;
        let mut archive = Archive::new()?;
        archive.add("git-rev", self.workspace.revision())?;
        archive.add("image-name", &image.name)?;
        archive.add("app.toml", self.app_for_debugger()?)?;
        archive.add("chip.toml", app.documents.chip.text())?;
        archive.add("memory.toml", app.documents.memory.text())?;
        // The order of these members is what numbers the tasks.
        for name in app.toml.tasks.keys() {
            archive.add_file(&format!("elf/task/{name}"), &image.elf(name))?;
        }
        archive.add_file("elf/kernel", &image.elf("kernel"))?;
        archive.add_file("img/final.elf", &image.final_elf())?;
        archive.add_file("img/final.bin", &image.dir.join("final.bin"))?;
        archive.add("img/flash.ron", self.flash_ron()?)?;
        for name in ["openocd.cfg", "openocd.gdb"] {
            let path = app.chip_dir.join(name);
            if path.is_file() {
                archive.add_file(&format!("debug/{name}"), &path)?;
            }
        }
        self.archive_task_files(&mut archive)?;
        file::replace(&image.archive(app), archive.finish()?)
    }

    /// The merged application file.
    ///
    /// Humility takes exception frames to have floating-point registers for
    /// every target but one; with the name of another one without them it
    /// could not unwind a stack. It uses the target for nothing else.
    fn app_for_debugger(&self) -> Result<String> {
        let text = self.app.documents.app.text();
        if self.app.target != Target::ThumbV7EM {
            return Ok(text);
        }
        let mut document: DocumentMut = text.parse()?;
        let mut target = Value::from(Target::ThumbV6M.triple());
        let actual = self.app.target.triple();
        target
            .decor_mut()
            .set_suffix(format!(" # {actual}, without an FPU"));
        document["target"] = Item::Value(target);
        Ok(document.to_string())
    }

    fn flash_ron(&self) -> Result<String> {
        #[derive(serde::Serialize)]
        struct Flash<'a> {
            chip: Option<&'a str>,
        }
        let chip = self.app.probe_chip.as_deref();
        Ok(ron::to_string(&Flash { chip })?)
    }

    /// Files that tasks want kept with the build, as their `config` names
    /// them.
    fn archive_task_files(&self, archive: &mut Archive) -> Result<()> {
        for (name, task) in &self.app.toml.tasks {
            for key in &task.copy_to_archive {
                let config = task.config.as_ref();
                let pattern = config
                    .and_then(|config| config.get(key)?.as_str())
                    .context("copy-to-archive was checked")?;
                let folder = self.workspace.package_dir(&task.name)?;
                let mut paths =
                    glob::glob(&folder.join(pattern).to_string_lossy())?
                        .peekable();
                if paths.peek().is_none() {
                    let key = format!("tasks.{name}.config.{key}");
                    let error = Diagnostic::new(format!(
                        "{}: {key} (\"{pattern}\") is no file in {}",
                        self.app.documents.app.place(&key),
                        display(&folder)
                    ));
                    return Err(error.into());
                }
                for path in paths {
                    let path = path?;
                    let file = path
                        .file_name()
                        .and_then(|file| file.to_str())
                        .context("a file name is not UTF-8")?;
                    archive.add_file(&format!("task/{name}/{file}"), &path)?;
                }
            }
        }
        Ok(())
    }

    /// Starts a debugger with all symbols.
    fn gdb_script(&self, image: &Image) -> String {
        let mut script = String::new();
        let root = self.workspace.root.display();
        let _ = writeln!(script, "set substitute-path /hubris {root}");
        for name in self.app.toml.tasks.keys() {
            let elf = normalise(&image.elf(name));
            let _ = writeln!(script, "add-symbol-file {}", elf.display());
        }
        let openocd = self.app.chip_dir.join("openocd.gdb");
        if openocd.is_file() {
            let _ = writeln!(script, "source {}", openocd.display());
        }
        script
    }
}
