// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Rng;
use crate::chip::access::testing::{at, read, write};
use crate::chip::access::{Access, Block};

const CR: u32 = 0x00;
const SR: u32 = 0x04;
const DR: u32 = 0x08;
const HTCR: u32 = 0x10;

fn running(seed: u64) -> Rng {
    let mut r = Rng::new(seed);
    write(&mut r, CR, 0x0080_0000 | 1 << 2, &at(0));
    r
}

#[test]
fn there_are_no_numbers_before_it_runs() {
    let mut r = Rng::new(1);
    assert_eq!(read(&mut r, CR, &at(0)), 0x0080_0000);
    assert_eq!(read(&mut r, SR, &at(0)), 0);
    assert_eq!(read(&mut r, DR, &at(0)), 0);
}

#[test]
fn there_are_no_numbers_without_its_clock() {
    let mut r = running(1);
    let stopped = Access {
        kernel_hz: 0,
        ..at(0)
    };
    assert_eq!(read(&mut r, SR, &stopped) & 1, 0);
    assert_eq!(read(&mut r, DR, &stopped), 0);
    assert_eq!(read(&mut r, SR, &at(0)) & 1, 1);
}

#[test]
fn there_are_no_numbers_while_its_conditioning_is_reset() {
    let mut r = running(1);
    write(&mut r, CR, 0x4080_0000 | 1 << 2, &at(0));
    assert_eq!(read(&mut r, SR, &at(0)), 0);
    write(&mut r, CR, 0x0080_0000 | 1 << 2, &at(0));
    assert_eq!(read(&mut r, CR, &at(0)) >> 30 & 1, 0);
    assert_eq!(read(&mut r, SR, &at(0)), 1);
}

#[test]
fn each_number_is_new_and_the_seed_decides_them() {
    let numbers = |seed| {
        let mut r = running(seed);
        [0; 8].map(|_| read(&mut r, DR, &at(0)))
    };
    let first = numbers(1);
    assert_eq!(first, numbers(1));
    assert_ne!(first, numbers(2));
    for (i, n) in first.iter().enumerate() {
        assert!(!first[..i].contains(n), "{first:x?}");
    }
}

#[test]
fn a_debugger_takes_no_number_away() {
    let mut r = running(1);
    let peek = Access {
        peek: true,
        ..at(0)
    };
    let seen = read(&mut r, DR, &peek);
    assert_eq!(read(&mut r, DR, &peek), seen);
    assert_eq!(read(&mut r, DR, &at(0)), seen);
}

#[test]
fn it_interrupts_while_it_has_a_number_and_may() {
    let mut r = running(1);
    assert!(!r.irq());
    write(&mut r, CR, 0x0080_0000 | 1 << 2 | 1 << 3, &at(0));
    assert!(r.irq());
    write(&mut r, CR, 0x0080_0000 | 1 << 3, &at(0));
    assert!(!r.irq());
}

#[test]
fn the_lock_keeps_the_configuration_until_reset() {
    let mut r = running(1);
    write(&mut r, CR, 0x80f0_0000 | 1 << 2, &at(0));
    write(&mut r, CR, 1 << 2 | 1 << 3, &at(0));
    write(&mut r, HTCR, 0x1234, &at(0));
    assert_eq!(read(&mut r, CR, &at(0)), 0x80f0_0000 | 3 << 2);
    assert_eq!(read(&mut r, HTCR, &at(0)), 0x5a4e);
    r.reset();
    write(&mut r, HTCR, 0x1234, &at(0));
    assert_eq!(read(&mut r, CR, &at(0)), 0x0080_0000);
    assert_eq!(read(&mut r, HTCR, &at(0)), 0x1234);
}
