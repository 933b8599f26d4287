// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the cores find their vectors. On a board, boot pins and option bytes
//! say so; here, they are set to what the programs were linked for.

use crate::diagnostic::Diagnostic;
use anyhow::Result;
use sim::{
    Boot, CPU2_BASE, FLASH_BASE, FLASH_SIZE, Image, SRAM_SIZE, SRAM1_BASE,
};

/// FLASH_SRRVR: CPU2 starts from flash.
const C2OPT: u32 = 1 << 31;
/// FLASH_SRRVR besides C2OPT and SBRV: no memory is secure.
const OTHERS: u32 = 0x7fff_0000;

/// The memory that CPU1 boots from.
///
/// # Errors
///
/// If the program is where CPU1 never starts.
pub fn cpu1(image: &Image) -> Result<Boot> {
    // Some link for the alias of the flash at address 0.
    if image.covers(FLASH_BASE) || image.covers(0) {
        return Ok(Boot::Flash);
    }
    if image.covers(SRAM1_BASE) {
        return Ok(Boot::Sram);
    }
    let start = image.start().unwrap_or_default();
    Err(Diagnostic::new(format!(
        "CPU1 starts at {FLASH_BASE:#010x}, but its program begins at \
         {start:#010x}"
    ))
    .help(format!(
        "link it for {FLASH_BASE:#010x}, or for {SRAM1_BASE:#010x} to run \
         from SRAM"
    ))
    .into())
}

/// The option register FLASH_SRRVR that lets CPU2 start where its program
/// begins; `None` if that is where it starts anyway.
pub fn cpu2(image: &Image) -> Option<u32> {
    if image.covers(CPU2_BASE) {
        return None;
    }
    let start = image.start()?;
    let flash = start.wrapping_sub(FLASH_BASE);
    let sram = start.wrapping_sub(SRAM1_BASE);
    if flash < FLASH_SIZE {
        Some(C2OPT | OTHERS | (flash / 4))
    } else if sram < SRAM_SIZE {
        Some(OTHERS | (sram / 4))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(addr: u32) -> Image {
        let mut image = Image::new();
        image.add_bytes("program", addr, &[0; 8]);
        image
    }

    #[test]
    fn cpu1_boots_from_the_memory_that_has_its_program() {
        assert_eq!(cpu1(&image(0x0800_0000)).unwrap(), Boot::Flash);
        assert_eq!(cpu1(&image(0)).unwrap(), Boot::Flash);
        assert_eq!(cpu1(&image(0x2000_0000)).unwrap(), Boot::Sram);
        let error = cpu1(&image(0x0800_8000)).unwrap_err().to_string();
        assert!(error.contains("begins at 0x08008000"), "{error}");
    }

    #[test]
    fn cpu2_starts_where_its_program_begins() {
        assert_eq!(cpu2(&image(0x0802_0000)), None);
        assert_eq!(cpu2(&image(0x0803_0000)), Some(0xffff_c000));
        assert_eq!(cpu2(&image(0x2000_8000)), Some(0x7fff_2000));
    }
}
