// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tests that leave a dump when they fail.

use crate::Archives;
use sim::Soc;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::thread;

/// A chip that writes dumps when it is dropped by a panic, that is, by a test
/// that fails.
pub struct Watched {
    soc: Soc,
    archives: Archives,
    folder: PathBuf,
}

impl Watched {
    /// Watches a chip; its dumps will go to a folder.
    pub fn new(
        soc: Soc,
        archives: Archives,
        folder: impl Into<PathBuf>,
    ) -> Self {
        Self {
            soc,
            archives,
            folder: folder.into(),
        }
    }

    /// The archives of what runs on it.
    pub fn archives(&self) -> &Archives {
        &self.archives
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
        match self.archives.write(&self.soc, &self.folder) {
            Ok(paths) => {
                for path in paths {
                    eprintln!("dump: {}", path.display());
                }
            }
            Err(error) => eprintln!("no dump could be written: {error}"),
        }
    }
}
