// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The system clock (RM0453 §7.2).
//!
//! After reset both cores and all buses run from MSI at 4 MHz, without
//! prescalers, with the regulator in range 1, which is good for 48 MHz. So
//! only two things are to be changed, in this order.

use core::ptr::{read_volatile, write_volatile};

/// Frequency of the cores and of the buses after [`raise`].
pub const HCLK_HZ: u32 = 48_000_000;

/// FLASH_ACR, RM0453 §6.10.1.
const FLASH_ACR: *mut u32 = 0x5800_4000 as *mut u32;
const ACR_LATENCY_MASK: u32 = 0b111;
/// Two wait states: 36 MHz < HCLK3 <= 48 MHz in range 1 (RM0453 §6.3.3).
const ACR_LATENCY_2: u32 = 2;
const ACR_PRFTEN: u32 = 1 << 8;

/// RCC_CR, RM0453 §7.4.1.
const RCC_CR: *mut u32 = 0x5800_0000 as *mut u32;
const CR_MSIRDY: u32 = 1 << 1;
/// Take the range from this register instead of the one for standby.
const CR_MSIRGSEL: u32 = 1 << 3;
const CR_MSIRANGE_MASK: u32 = 0b1111 << 4;
/// Range 11: around 48 MHz.
const CR_MSIRANGE_48MHZ: u32 = 11 << 4;

/// Switches the system clock from 4 MHz to [`HCLK_HZ`].
pub fn raise() {
    // Flash has to be slow enough for the new frequency before it applies, and
    // it is only when the new latency reads back.
    modify(FLASH_ACR, ACR_LATENCY_MASK, ACR_LATENCY_2 | ACR_PRFTEN);
    while read(FLASH_ACR) & ACR_LATENCY_MASK != ACR_LATENCY_2 {}

    // The range may only be changed while MSI is off or ready.
    while read(RCC_CR) & CR_MSIRDY == 0 {}
    modify(RCC_CR, CR_MSIRANGE_MASK, CR_MSIRANGE_48MHZ | CR_MSIRGSEL);
    while read(RCC_CR) & CR_MSIRDY == 0 {}
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: only the registers above are passed, and reading them has no
    // effect on anything.
    unsafe { read_volatile(register) }
}

fn modify(register: *mut u32, clear: u32, set: u32) {
    let value = read(register) & !clear | set;
    // SAFETY: only the registers above are passed; nothing else runs yet, on
    // either core, that would use them.
    unsafe { write_volatile(register, value) }
}
