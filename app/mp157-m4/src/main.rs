// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of an STM32MP157's Cortex-M4.
//!
//! Linux on the Cortex-A7 loads the image into RETRAM and MCU SRAM, sets the
//! clocks and lets the core go.

#![no_std]
#![no_main]

/// A tick is a millisecond; ST's device trees set the MCU's clock to 209 MHz.
const CYCLES_PER_MS: u32 = 209_000;

#[cortex_m_rt::entry]
fn main() -> ! {
    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}
