// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is an image, and what only lies beside one.

use sim::{Image, ImageError};
use std::fs;

/// The beginning of a program that is still being written.
const HALF: &[u8] = b"\x7fELF";

#[test]
fn half_a_program_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kernel"), HALF).unwrap();
    let result = Image::open(folder.path());
    assert!(matches!(result, Err(ImageError::Elf(..))), "{result:?}");
}

#[test]
fn files_with_hidden_names_are_no_part_of_an_image() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".kernel"), HALF).unwrap();
    let result = Image::open(folder.path());
    assert!(matches!(result, Err(ImageError::Empty(_))), "{result:?}");
}
