// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The build archive: all a debugger needs to know about an image.
//!
//! Two builds of one commit give the same bytes, whatever the time and the
//! directory they are made in.

use anyhow::{Context, Result};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Says which form the archive has; debuggers refuse any other text.
const FORMAT: &str = "hubris build archive v11";

const README: &str = "\
This is a build archive of a Hubris-style image: everything that belongs to
one build of it, for debuggers and flashing tools.

  app.toml, chip.toml, memory.toml   what was built, for what
  elf/kernel, elf/task/*             programs with debug information
  img/final.elf, img/final.bin       contents of flash
  img/flash.ron                      what a probe calls the chip
  git-rev, image-name                which build this is
";

/// An archive being made.
pub struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Archive {
    /// Starts an archive with its explanation.
    ///
    /// # Errors
    ///
    /// If that cannot be added.
    pub fn new() -> Result<Self> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.set_comment(FORMAT)?;
        let mut archive = Self { zip };
        archive.add("README.TXT", README)?;
        Ok(archive)
    }

    /// Adds a member.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn add(
        &mut self,
        name: &str,
        contents: impl AsRef<[u8]>,
    ) -> Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Bzip2)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.zip
            .start_file(name, options)
            .with_context(|| format!("adding {name} to the archive"))?;
        self.zip.write_all(contents.as_ref())?;
        Ok(())
    }

    /// Adds a copy of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn add_file(&mut self, name: &str, path: &Path) -> Result<()> {
        let contents = fs::read(path)
            .with_context(|| format!("reading {}", path.display()))?;
        self.add(name, contents)
    }

    /// The contents of the completed archive.
    ///
    /// # Errors
    ///
    /// If it cannot be completed.
    pub fn finish(self) -> Result<Vec<u8>> {
        Ok(self.zip.finish()?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn archive() -> Vec<u8> {
        let mut archive = Archive::new().unwrap();
        archive.add("elf/task/jefe", "j").unwrap();
        archive.add("elf/task/idle", "i").unwrap();
        archive.finish().unwrap()
    }

    #[test]
    fn the_comment_names_the_format_and_members_keep_their_order() {
        let mut zip = zip::ZipArchive::new(Cursor::new(archive())).unwrap();
        assert_eq!(zip.comment(), b"hubris build archive v11");
        let names: Vec<_> = zip.file_names().collect();
        assert_eq!(names, ["README.TXT", "elf/task/jefe", "elf/task/idle"]);
        let mut member = zip.by_name("elf/task/idle").unwrap();
        assert_eq!(member.compression(), CompressionMethod::Bzip2);
        let mut text = String::new();
        member.read_to_string(&mut text).unwrap();
        assert_eq!(text, "i");
    }

    #[test]
    fn the_same_members_give_the_same_bytes() {
        assert_eq!(archive(), archive());
    }
}
