// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The 96-bit unique identifier that ST programs into every STM32.

#![no_std]

/// Where the three words are: RM0453 §41.1, RM0434 §42.1.
#[cfg(any(feature = "family-stm32wl5", feature = "family-stm32wb"))]
pub const UID_ADDRESS: usize = 0x1FFF_7590;

/// Where the three words are: the shadows of OTP words 13 to 15 in the BSEC
/// (RM0436, BSEC register map).
#[cfg(feature = "family-stm32mp1")]
pub const UID_ADDRESS: usize = 0x5C00_5234;

/// Reads the identifier, lowest word first.
///
/// The words must be mapped into the calling task: `system_flash` in its
/// `uses`, or `bsec` on the STM32MP1. Otherwise this is a memory fault.
#[cfg(any(
    feature = "family-stm32wl5",
    feature = "family-stm32wb",
    feature = "family-stm32mp1"
))]
pub fn read_uid() -> [u32; 3] {
    let words = UID_ADDRESS as *const [u32; 3];
    // SAFETY: the address is aligned and is that of three readable words of
    // this family, which nothing ever writes.
    unsafe { words.read_volatile() }
}
