// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Dumps of the simulated chip, which the debugger opens as it does those of a
//! real one.
//!
//! A dump is of one core: its registers, all memory, and the build archive of
//! its image, without which the debugger could make nothing of the rest. So a
//! chip on which both cores run such an image makes two dumps.

#![forbid(unsafe_code)]

mod format;
mod watched;

pub use format::write;
pub use watched::Watched;

use sim::{CoreId, Soc};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The build archives of the images that the cores run.
#[derive(Clone, Debug, Default)]
pub struct Archives {
    paths: [Option<PathBuf>; 2],
}

impl Archives {
    /// None, so that there is nothing to dump.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those beside the images that a chip runs.
    pub fn beside_images(soc: &Soc) -> Self {
        CoreId::ALL.into_iter().fold(Self::new(), |archives, core| {
            match soc.image(core).directory() {
                Some(image) => archives.with_image(core, image),
                None => archives,
            }
        })
    }

    /// Adds the archive of what `core` runs: of a directory with a built
    /// image, the archive in there. Other programs have none.
    pub fn with_image(mut self, core: CoreId, image: &Path) -> Self {
        self.paths[core.index()] = archive_in(image);
        self
    }

    /// The archive of a core's image.
    pub fn of(&self, core: CoreId) -> Option<&Path> {
        self.paths[core.index()].as_deref()
    }

    /// The dump of a core; `None` if it does not run, or no archive of its
    /// image is known.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub fn dump(&self, soc: &Soc, core: CoreId) -> io::Result<Option<Vec<u8>>> {
        let Some(archive) = self.of(core) else {
            return Ok(None);
        };
        if !soc.is_running(core) {
            return Ok(None);
        }
        let archive = fs::read(archive)?;
        let registers = soc.registers(core).by_selector();
        Ok(Some(write(&archive, &registers, &soc.memories())))
    }

    /// Writes the dumps of both cores to a folder, and tells where they are.
    ///
    /// # Errors
    ///
    /// If an archive cannot be read, or a dump not be written.
    pub fn write(&self, soc: &Soc, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for core in CoreId::ALL {
            if let Some(dump) = self.dump(soc, core)? {
                fs::create_dir_all(folder)?;
                let path = folder.join(self.file_name(soc, core));
                fs::write(&path, dump)?;
                written.push(path);
            }
        }
        Ok(written)
    }

    /// Names a dump after its image and the moment.
    fn file_name(&self, soc: &Soc, core: CoreId) -> String {
        let archive = self.of(core).and_then(Path::file_stem);
        let archive = archive.unwrap_or_default().to_string_lossy();
        let image = archive.strip_prefix("build-").unwrap_or(&archive);
        format!("{image}-{}.core", soc.cycles())
    }
}

/// The archive that the build tool has put beside an image.
fn archive_in(image: &Path) -> Option<PathBuf> {
    let mut archives: Vec<_> = fs::read_dir(image)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|zip| zip == "zip"))
        .collect();
    archives.sort();
    archives.pop()
}
