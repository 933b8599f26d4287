// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::I2c;
use crate::chip::access::testing::{at, read, write};

const CR1: u32 = 0x00;
const CR2: u32 = 0x04;
const ISR: u32 = 0x18;
const ICR: u32 = 0x1c;

const START: u32 = 1 << 13;
const AUTOEND: u32 = 1 << 25;
const NACKF: u32 = 1 << 4;
const STOPF: u32 = 1 << 5;

fn enabled() -> I2c {
    let mut i = I2c::new();
    write(&mut i, CR1, 1, &at(0));
    i
}

#[test]
fn nobody_acknowledges_an_address() {
    let mut i = enabled();
    write(&mut i, CR2, START | AUTOEND | 1 << 16 | 0x90, &at(0));
    assert_eq!(read(&mut i, ISR, &at(0)), 1 | NACKF | STOPF);
    assert_eq!(read(&mut i, CR2, &at(0)) & START, 0);
    write(&mut i, ICR, NACKF | STOPF, &at(0));
    assert_eq!(read(&mut i, ISR, &at(0)), 1);
}

#[test]
fn a_stop_condition_follows_without_autoend_too() {
    let mut i = enabled();
    write(&mut i, CR2, START | 0x90, &at(0));
    assert_eq!(read(&mut i, ISR, &at(0)), 1 | NACKF | STOPF);
    write(&mut i, ICR, NACKF | STOPF, &at(0));
    write(&mut i, CR2, 1 << 14, &at(0));
    assert_eq!(read(&mut i, ISR, &at(0)), 1 | STOPF);
}

#[test]
fn flags_interrupt_as_far_as_they_are_enabled() {
    let mut i = enabled();
    write(&mut i, CR2, START, &at(0));
    assert!(!i.irq());
    write(&mut i, CR1, 1 | NACKF, &at(0));
    assert!(i.irq());
    // Disabling the block clears its flags.
    write(&mut i, CR1, NACKF, &at(0));
    assert!(!i.irq());
}
