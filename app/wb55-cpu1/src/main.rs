// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of an STM32WB55's Cortex-M4.
//!
//! Starts the tasks on the clock that reset leaves: MSI at 4 MHz, without
//! prescalers (RM0434 §8.2). What the application needs beyond that is its
//! own to set up, together with the radio's needs.

#![no_std]
#![no_main]

/// A tick is a millisecond, and the clock 4 MHz.
const CYCLES_PER_MS: u32 = 4_000;

#[cortex_m_rt::entry]
fn main() -> ! {
    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}
