// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use core::ptr::{read_volatile, write_volatile};

/// Where the registers of TIMER0 are (Cortex-M System Design Kit Technical
/// Reference Manual, DDI 0479, §4.1).
pub const ADDRESS: u32 = 0x4000_0000;
const CTRL: u32 = 0x00;
const VALUE: u32 = 0x04;
const RELOAD: u32 = 0x08;
/// Shows the interrupt; writing 1 clears it.
const INTSTATUS: u32 = 0x0C;

const CTRL_ENABLE: u32 = 1 << 0;
const CTRL_INTERRUPT: u32 = 1 << 3;

/// Asserts the interrupt: lets the timer count down to 0 once.
pub fn raise() {
    write(RELOAD, 0);
    write(VALUE, 16);
    write(CTRL, CTRL_ENABLE | CTRL_INTERRUPT);
    while read(INTSTATUS) == 0 {}
}

/// Takes it back.
pub fn clear() {
    write(CTRL, 0);
    write(INTSTATUS, 1);
}

fn register(offset: u32) -> *mut u32 {
    (ADDRESS + offset) as *mut u32
}

fn read(offset: u32) -> u32 {
    // SAFETY: the suite has the peripheral in its `uses`.
    unsafe { read_volatile(register(offset)) }
}

fn write(offset: u32, value: u32) {
    // SAFETY: the suite has the peripheral in its `uses`, and the registers
    // that are passed control nothing but the timer.
    unsafe { write_volatile(register(offset), value) };
}
