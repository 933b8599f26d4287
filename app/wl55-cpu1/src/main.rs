// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of CPU1 of an STM32WL55.
//!
//! Raises the system clock to the 48 MHz that the chip allows, which the MSI
//! oscillator provides without a crystal, and starts the tasks. Everything
//! else about clocks belongs to the sys task.

#![no_std]
#![no_main]

mod clock;

/// A tick is a millisecond.
const CYCLES_PER_MS: u32 = clock::HCLK_HZ / 1000;

#[cortex_m_rt::entry]
fn main() -> ! {
    clock::raise();
    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}
