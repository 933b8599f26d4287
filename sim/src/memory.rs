// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The memories and where they are (RM0453, chapter Memory organization).

/// Base of the flash array.
pub const FLASH_BASE: u32 = 0x0800_0000;
/// 256 KiB of flash.
pub const FLASH_SIZE: u32 = 256 * 1024;
/// Where CPU2 starts with the option bytes of the factory.
pub const CPU2_BASE: u32 = 0x0802_0000;
/// Base of SRAM1.
pub const SRAM1_BASE: u32 = 0x2000_0000;
/// Base of SRAM2, contiguous with SRAM1.
pub const SRAM2_BASE: u32 = 0x2000_8000;
/// Size of SRAM1 and SRAM2 together.
pub const SRAM_SIZE: u32 = 64 * 1024;
/// Base of the system flash: boot loader, OTP, factory data.
pub const SYSTEM_BASE: u32 = 0x1fff_0000;
/// Extent of the system flash up to the end of the option bytes.
pub const SYSTEM_SIZE: u32 = 0x8000;

/// What the factory wrote: offset in the system flash and bytes.
const FACTORY: [(usize, &[u8]); 6] = [
    // Package: UFBGA73.
    (0x7500, &[0x00]),
    // 64-bit identifier: device number, then ST's company id and 0x15.
    (0x7580, &[0x01, 0x00, 0x00, 0x00, 0x15, 0xe1, 0x80, 0x00]),
    // 96-bit unique identifier: wafer coordinates, number and lot.
    (0x7590, b"\x2a\x00\x17\x00\x06HW5500 "),
    // Temperature sensor at 30 degrees, internal reference.
    (0x75a8, &[0x00, 0x04, 0x1e, 0x06]),
    // Temperature sensor at 130 degrees.
    (0x75c8, &[0x60, 0x05]),
    // Flash size in KiB.
    (0x75e0, &[0x00, 0x01]),
];

/// The content of the system flash. There is no boot loader: its area is
/// blank.
pub(crate) fn system_flash() -> Vec<u8> {
    let mut bytes = vec![0xff; SYSTEM_SIZE as usize];
    for (offset, data) in FACTORY {
        bytes[offset..offset + data.len()].copy_from_slice(data);
    }
    bytes
}
