// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tests that leave a dump when they fail.

use crate::Archives;
use sim::{CoreId, Soc};
use std::env;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::thread;

/// A chip that writes dumps when it is dropped by a panic, that is, by a test
/// that fails.
pub struct Watched {
    soc: Soc,
    archives: Archives,
    folder: PathBuf,
}

impl Watched {
    /// Watches a chip. The dumps, of cores that run what the build tool has
    /// made, will go to `dumps` in Cargo's target directory.
    pub fn new(soc: Soc) -> Self {
        let archives = Archives::beside_images(&soc);
        let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self {
            soc,
            archives,
            folder: target.unwrap_or(root.join("target")).join("dumps"),
        }
    }

    /// A dump of a core at the moment; `None` if it does not run.
    ///
    /// # Errors
    ///
    /// If its archive cannot be read.
    pub fn dump(&self, core: CoreId) -> io::Result<Option<Vec<u8>>> {
        self.archives.dump(&self.soc, core)
    }

    /// Writes dumps at the moment, and tells where they are.
    ///
    /// # Errors
    ///
    /// If an archive cannot be read, or a dump not be written.
    pub fn write(&self) -> io::Result<Vec<PathBuf>> {
        self.archives.write(&self.soc, &self.folder)
    }
}

impl Deref for Watched {
    type Target = Soc;

    fn deref(&self) -> &Soc {
        &self.soc
    }
}

impl DerefMut for Watched {
    fn deref_mut(&mut self) -> &mut Soc {
        &mut self.soc
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        match self.write() {
            Ok(paths) => {
                for path in paths {
                    eprintln!("dump: {}", path.display());
                }
            }
            Err(error) => eprintln!("no dump could be written: {error}"),
        }
    }
}
