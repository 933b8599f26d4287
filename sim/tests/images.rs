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

/// The header of an ELF file without anything in it.
fn header(machine: u16, kind: u16) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
    bytes.resize(52, 0);
    bytes[16..18].copy_from_slice(&kind.to_le_bytes());
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[20] = 1;
    bytes[40] = 52;
    bytes
}

const ARM: u16 = 40;
const EXECUTABLE: u16 = 2;
const OBJECT: u16 = 1;

/// `final.elf` of an archive is of this kind.
#[test]
fn a_relocatable_file_with_something_to_load_is_an_image() {
    let mut bytes = header(ARM, OBJECT);
    let at = bytes.len() as u32;
    bytes[28..32].copy_from_slice(&at.to_le_bytes());
    (bytes[42], bytes[44]) = (32, 1);
    let load = 1;
    let (flash, size) = (0x0800_0000, 8);
    for word in [load, at + 32, flash, flash, size, size, 4, 32] {
        bytes.extend(u32::to_le_bytes(word));
    }
    bytes.resize(bytes.len() + 8, 0);
    let image = Image::from_elf("final.elf", &bytes).unwrap();
    assert!(image.covers(flash + 7));
}

#[test]
fn what_is_no_program_for_arm_is_refused_with_the_reason() {
    const RISCV: u16 = 243;
    let reason = |bytes: &[u8]| match Image::from_elf("program", bytes) {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    assert_eq!(reason(&header(ARM, EXECUTABLE)), "");
    assert!(reason(&header(RISCV, EXECUTABLE)).contains("little-endian ARM"));
    assert!(reason(&header(ARM, OBJECT)).contains("linked"));
    let hex = b":020000040800F2\n:00000001FF\n";
    assert!(reason(hex).contains("name the ELF file"));
}
