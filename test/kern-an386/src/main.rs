// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of the conformance suite on the MPS2 board with the Cortex-M4
//! image (ARM's application note AN386), which QEMU calls `mps2-an386`.

#![no_std]
#![no_main]

use core::ptr::write_volatile;

/// The core runs at 25 MHz; a tick is a millisecond.
const CYCLES_PER_MS: u32 = 25_000;

/// What the cases expect in the memory that is only readable. The API crate,
/// which says so, is for tasks only.
const READONLY_PATTERN: u32 = 0x0DDC_0FFE;

unsafe extern "C" {
    static mut __REGION_READONLY_BASE: u32;
    static mut __REGION_READONLY_END: u32;
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut at = &raw mut __REGION_READONLY_BASE;
    while at != &raw mut __REGION_READONLY_END {
        // SAFETY: the build tool has reserved what is between the symbols, and
        // no task runs yet.
        unsafe {
            write_volatile(at, READONLY_PATTERN);
            at = at.add(1);
        }
    }

    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}
