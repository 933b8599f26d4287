// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Runs when no other task can, and puts the core to sleep until the next
//! interrupt.
//!
//! The kernel needs one task that never blocks, of the least priority. An
//! interrupt wakes the core whether or not its task is waiting for it; the
//! kernel then switches away from here if there is something to do.

#![no_std]
#![no_main]

// For the entry point and the panic handler.
use userlib as _;

#[unsafe(export_name = "main")]
fn main() -> ! {
    loop {
        if cfg!(feature = "insomniac") {
            core::hint::spin_loop();
        } else {
            cortex_m::asm::wfi();
        }
    }
}
