// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Hsem;
use crate::chip::access::testing::{by, read, write};
use crate::core_id::CoreId;

const LOCK: u32 = 1 << 31;
const CPU1: u32 = 4 << 8;
const CPU2: u32 = 8 << 8;

#[test]
fn a_two_step_lock_keeps_its_first_owner() {
    let mut h = Hsem::new();
    let (one, two) = (by(CoreId::Cpu1, 0), by(CoreId::Cpu2, 0));
    write(&mut h, 0x08, LOCK | CPU1 | 7, &one);
    write(&mut h, 0x08, LOCK | CPU2 | 1, &two);
    assert_eq!(read(&mut h, 0x08, &two), LOCK | CPU1 | 7);
    // Neither another process nor the other core can free it.
    write(&mut h, 0x08, CPU1 | 6, &one);
    write(&mut h, 0x08, CPU1 | 7, &two);
    assert_eq!(read(&mut h, 0x08, &one), LOCK | CPU1 | 7);
    write(&mut h, 0x08, CPU1 | 7, &one);
    assert_eq!(read(&mut h, 0x08, &one), 0);
}

#[test]
fn a_core_cannot_lock_in_the_name_of_the_other() {
    let mut h = Hsem::new();
    write(&mut h, 0x00, LOCK | CPU2, &by(CoreId::Cpu1, 0));
    assert_eq!(read(&mut h, 0x00, &by(CoreId::Cpu1, 0)), 0);
}

#[test]
fn a_one_step_lock_takes_by_reading() {
    let mut h = Hsem::new();
    let (one, two) = (by(CoreId::Cpu1, 0), by(CoreId::Cpu2, 0));
    assert_eq!(read(&mut h, 0x84, &two), LOCK | CPU2);
    assert_eq!(read(&mut h, 0x84, &one), LOCK | CPU2);
    assert_eq!(read(&mut h, 0x04, &one), LOCK | CPU2);
}

#[test]
fn freeing_interrupts_whoever_asked_for_it() {
    let mut h = Hsem::new();
    let (one, two) = (by(CoreId::Cpu1, 0), by(CoreId::Cpu2, 0));
    write(&mut h, 0x110, 1 << 3, &two);
    write(&mut h, 0x0c, LOCK | CPU1, &one);
    write(&mut h, 0x0c, CPU1, &one);
    assert!(h.irq(CoreId::Cpu2));
    assert!(!h.irq(CoreId::Cpu1));
    assert_eq!(read(&mut h, 0x11c, &two), 1 << 3);
    write(&mut h, 0x114, 1 << 3, &two);
    assert!(!h.irq(CoreId::Cpu2));
}

#[test]
fn the_clear_register_frees_all_semaphores_of_a_core() {
    let mut h = Hsem::new();
    let (one, two) = (by(CoreId::Cpu1, 0), by(CoreId::Cpu2, 0));
    write(&mut h, 0x00, LOCK | CPU1, &one);
    write(&mut h, 0x04, LOCK | CPU2, &two);
    write(&mut h, 0x144, 0xbeef_0000, &one);
    write(&mut h, 0x140, 0x1234_0000 | CPU1, &one);
    assert_eq!(read(&mut h, 0x00, &one), LOCK | CPU1);
    write(&mut h, 0x140, 0xbeef_0000 | CPU1, &one);
    assert_eq!(read(&mut h, 0x00, &one), 0);
    assert_eq!(read(&mut h, 0x04, &one), LOCK | CPU2);
}
