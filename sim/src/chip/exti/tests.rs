// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Exti;
use crate::chip::access::testing::{at, read, write};
use crate::core_id::CoreId;

#[test]
fn an_edge_of_the_selected_kind_pends_its_line() {
    let mut e = Exti::new();
    write(&mut e, 0x00, 1 << 3, &at(0));
    e.observe(1 << 3);
    assert_eq!(read(&mut e, 0x0c, &at(0)), 1 << 3);
    write(&mut e, 0x0c, 1 << 3, &at(0));
    e.observe(0);
    assert_eq!(read(&mut e, 0x0c, &at(0)), 0);
    write(&mut e, 0x04, 1 << 3, &at(0));
    e.observe(1 << 3);
    write(&mut e, 0x0c, 1 << 3, &at(0));
    e.observe(0);
    assert_eq!(read(&mut e, 0x0c, &at(0)), 1 << 3);
}

#[test]
fn each_core_has_masks_and_vectors_of_its_own() {
    let mut e = Exti::new();
    write(&mut e, 0x08, 1 << 1 | 1 << 9, &at(0));
    assert_eq!(e.irqs(CoreId::Cpu1), 0);
    write(&mut e, 0x80, 1 << 1 | 1 << 9, &at(0));
    assert_eq!(e.irqs(CoreId::Cpu1), 1 << 7 | 1 << 22);
    assert_eq!(e.irqs(CoreId::Cpu2), 0);
    write(&mut e, 0xc0, 1 << 1 | 1 << 9, &at(0));
    assert_eq!(e.irqs(CoreId::Cpu2), 1 << 4 | 1 << 6);
    write(&mut e, 0x0c, 1 << 1, &at(0));
    assert_eq!(e.irqs(CoreId::Cpu1), 1 << 22);
}

#[test]
fn the_masks_of_the_ipcc_lines_are_kept() {
    let mut e = Exti::new();
    // Line 36 wakes CPU1, line 37 wakes CPU2.
    write(&mut e, 0x90, 1 << 4, &at(0));
    write(&mut e, 0xd0, 1 << 5, &at(0));
    assert_eq!(read(&mut e, 0x90, &at(0)), 1 << 4);
    assert_eq!(read(&mut e, 0xd0, &at(0)), 1 << 5);
    // They are direct lines without a pending bit.
    write(&mut e, 0x28, 3 << 4, &at(0));
    assert_eq!(read(&mut e, 0x2c, &at(0)), 0);
}

#[test]
fn sev_reaches_the_other_core_as_interrupt_and_event() {
    let mut e = Exti::new();
    assert!(!e.send_event(CoreId::Cpu1));
    assert_eq!(e.irqs(CoreId::Cpu2), 0);
    // Line 41: rising edge, interrupt and event for CPU2.
    write(&mut e, 0x20, 1 << 9, &at(0));
    write(&mut e, 0xd0, 1 << 9, &at(0));
    write(&mut e, 0xd4, 1 << 9, &at(0));
    assert!(e.send_event(CoreId::Cpu1));
    assert_eq!(e.irqs(CoreId::Cpu2), 1 << 3);
    assert_eq!(e.irqs(CoreId::Cpu1), 0);
}
