// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Outputs that somebody else may be reading.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// Gives a file new contents, in one step: whoever reads it meanwhile, as a
/// simulator that writes a dump does, finds the old ones or the new ones. A
/// file that has the contents is left alone.
///
/// What is half written has a hidden name, which readers of folders skip.
///
/// # Errors
///
/// If it cannot be written.
pub fn replace(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    let contents = contents.as_ref();
    if fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    let mut hidden = OsString::from(".");
    hidden.push(path.file_name().context("a file has a name")?);
    let new = path.with_file_name(hidden);
    fs::write(&new, contents)
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_reader_goes_on_with_what_it_has_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.zip");
        replace(&path, "the old contents").unwrap();
        let mut reader = fs::File::open(&path).unwrap();
        replace(&path, "new").unwrap();

        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "the old contents");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_would_not_change_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.zip");
        replace(&path, "the contents").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
        replace(&path, "the contents").unwrap();
        assert_eq!(path.metadata().unwrap().modified().unwrap(), long_ago);
    }
}
