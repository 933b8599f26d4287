// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::ptr::write_volatile;

/// Where the registers of TIM2 are (RM0453, general-purpose timers).
pub const ADDRESS: u32 = 0x4000_0000;
const DIER: u32 = 0x0C;
const SR: u32 = 0x10;
const EGR: u32 = 0x14;
/// Update interrupt enable, flag, and event.
const UPDATE: u32 = 1 << 0;

/// Asserts the interrupt.
pub fn raise() {
    write(DIER, UPDATE);
    write(EGR, UPDATE);
}

/// Takes it back.
pub fn clear() {
    write(DIER, 0);
    write(SR, 0);
}

fn write(offset: u32, value: u32) {
    let register = (ADDRESS + offset) as *mut u32;
    // SAFETY: the suite has the peripheral in its `uses`, and the registers
    // that are passed control nothing but the interrupt.
    unsafe { write_volatile(register, value) };
}
