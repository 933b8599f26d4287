// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Boots the image of this crate, `app.toml`, for its tests.

#![forbid(unsafe_code)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sim::{CoreId, Image, Soc, ms};

/// The core that everything here runs on.
pub const CPU1: CoreId = CoreId::Cpu1;

/// Task indices, in the order of `app.toml`.
pub const JEFE: u32 = 0;
pub const SYS: u32 = 1;
pub const CLIENT: u32 = 2;
pub const HIFFY: u32 = 3;
pub const NUM_TASKS: u32 = 5;

/// Boots the image and lets the client come up.
///
/// # Panics
///
/// If the image cannot be built, or the client does not come up.
pub fn boot() -> Soc {
    let image = Image::open(image_directory()).expect("a usable image");
    let mut soc = Soc::builder()
        .cpu1(image)
        .strict(true)
        .build()
        .expect("an image for this chip");
    soc.run_until(|soc| soc.uart_output().contains("ready\n"), ms(100))
        .unwrap_or_else(|e| panic!("{e}\n{}", soc.uart_output()));
    soc
}

/// Builds the image, once for all tests of a program, and tells where it is.
fn image_directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| build("test/sys-services/app.toml"))
}

/// Builds the image of the application file `app`, and tells where it is.
///
/// # Panics
///
/// If the image cannot be built.
pub fn build(app: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .current_dir(&root)
        .args(["xtask", "dist", app])
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let stdout = String::from_utf8_lossy(&output.stdout);
    let archive = stdout.lines().last().expect("the archive's path");
    root.join(archive)
        .parent()
        .expect("a directory")
        .to_path_buf()
}

/// Reads a variable of a task by its symbol.
pub fn get(soc: &Soc, symbol: &str) -> u32 {
    soc.read_symbol_u32(CPU1, symbol)
        .unwrap_or_else(|| panic!("no symbol {symbol}"))
}

/// Writes a variable of a task by its symbol, as a debugger does.
pub fn set(soc: &mut Soc, symbol: &str, value: u32) {
    let address = soc.symbol(CPU1, symbol);
    let address = address.unwrap_or_else(|| panic!("no symbol {symbol}"));
    assert!(soc.write_u32(address, value), "{symbol} is in memory");
}

/// The complete lines on the console that start with `prefix`, without it.
pub fn said<'a>(soc: &'a Soc, prefix: &str) -> Vec<&'a str> {
    soc.uart_output()
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n')?.strip_prefix(prefix))
        .collect()
}
