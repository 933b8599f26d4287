// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of CPU2 of an STM32WL55.
//!
//! CPU1 sets the clocks before it starts CPU2, and C2HPRE, the prescaler of
//! CPU2's clock, stays at 1, its value after reset (RM0453 §7.4).

#![no_std]
#![no_main]

/// A tick is a millisecond; CPU1 has set the clock to 48 MHz.
const CYCLES_PER_MS: u32 = 48_000;

#[cortex_m_rt::entry]
fn main() -> ! {
    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}
