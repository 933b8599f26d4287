// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel of the conformance suite on CPU1 of an STM32WL55, or on another
//! processor in its place.
//!
//! There is no sys task, so clocks and pins are set up here. The system clock
//! stays at the 4 MHz that it has after reset.

#![no_std]
#![no_main]

#[cfg(feature = "profile")]
mod profile;

use core::ptr::{read_volatile, write_volatile};

/// A tick is a millisecond.
const CYCLES_PER_MS: u32 = 4_000;

/// What the cases expect in the memory that is only readable. The API crate,
/// which says so, is for tasks only.
const READONLY_PATTERN: u32 = 0x0DDC_0FFE;

/// RCC_AHB2ENR, RM0453 §7.4.14.
const RCC_AHB2ENR: *mut u32 = 0x5800_004C as *mut u32;
const GPIOAEN: u32 = 1 << 0;
/// RCC_APB1ENR1, RM0453 §7.4.16.
const RCC_APB1ENR1: *mut u32 = 0x5800_0058 as *mut u32;
const TIM2EN: u32 = 1 << 0;
/// RCC_APB1ENR2, RM0453 §7.4.17.
const RCC_APB1ENR2: *mut u32 = 0x5800_005C as *mut u32;
const LPUART1EN: u32 = 1 << 0;

/// GPIOA_MODER and GPIOA_AFRL, RM0453 §10.4.
const GPIOA_MODER: *mut u32 = 0x4800_0000 as *mut u32;
const GPIOA_AFRL: *mut u32 = 0x4800_0020 as *mut u32;

unsafe extern "C" {
    static mut __REGION_READONLY_BASE: u32;
    static mut __REGION_READONLY_END: u32;
}

#[cortex_m_rt::entry]
fn main() -> ! {
    modify(RCC_AHB2ENR, 0, GPIOAEN);
    modify(RCC_APB1ENR1, 0, TIM2EN);
    modify(RCC_APB1ENR2, 0, LPUART1EN);
    // LPUART1 on PA2 and PA3: alternate function 8.
    modify(GPIOA_AFRL, 0xFF << 8, 0x88 << 8);
    modify(GPIOA_MODER, 0b1111 << 4, 0b1010 << 4);

    let mut at = &raw mut __REGION_READONLY_BASE;
    while at != &raw mut __REGION_READONLY_END {
        // SAFETY: the build tool has reserved what is between the symbols, and
        // no task runs yet.
        unsafe {
            write_volatile(at, READONLY_PATTERN);
            at = at.add(1);
        }
    }

    #[cfg(feature = "profile")]
    profile::start();

    // SAFETY: this is the only call, and what runs before it is the reset
    // handler, so the processor is privileged, on the main stack, with statics
    // initialised and interrupts untouched.
    unsafe { kern::startup::start_kernel(CYCLES_PER_MS) }
}

fn modify(register: *mut u32, clear: u32, set: u32) {
    // SAFETY: only the registers above are passed; nothing else runs yet that
    // would use them.
    unsafe { write_volatile(register, read_volatile(register) & !clear | set) }
}
