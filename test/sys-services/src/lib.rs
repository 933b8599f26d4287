// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Boots the image of this crate, `app.toml`, for its tests.

#![forbid(unsafe_code)]

use dump::Watched;
use sim::{CoreId, Image, Soc, ms};
use test_images::folder;

/// The core that everything here runs on.
pub const CPU1: CoreId = CoreId::Cpu1;

/// Task indices, in the order of `app.toml`.
pub const JEFE: u32 = 0;
pub const SYS: u32 = 1;
pub const CLIENT: u32 = 2;
pub const HIFFY: u32 = 3;
pub const NUM_TASKS: u32 = 5;

/// Boots the image and lets the client come up. A test that fails leaves a
/// dump.
///
/// # Panics
///
/// If the image cannot be built, or the client does not come up.
pub fn boot() -> Watched {
    let folder = folder("test-sys", "test/sys-services/app.toml");
    let image = Image::open(folder).expect("a usable image");
    let soc = Soc::builder()
        .cpu1(image)
        .strict(true)
        .build()
        .expect("an image for this chip");
    let mut soc = Watched::new(soc);
    soc.run_until(|soc| soc.uart_output().contains("ready\n"), ms(100))
        .unwrap_or_else(|e| panic!("{e}\n{}", soc.uart_output()));
    soc
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
