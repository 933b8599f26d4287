// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Syscfg;
use crate::chip::access::Block;
use crate::chip::access::testing::{at, read, write};

const MEMRMP: u32 = 0x00;
const CFGR1: u32 = 0x04;
const SCSR: u32 = 0x18;
const SWPR: u32 = 0x20;
const SKR: u32 = 0x24;

#[test]
fn the_boot_configuration_decides_what_is_at_address_zero() {
    let mut s = Syscfg::new(3);
    assert_eq!(read(&mut s, MEMRMP, &at(0)), 3);
    write(&mut s, MEMRMP, 0xffff_fff8, &at(0));
    assert_eq!(s.mem_mode(), 0);
}

#[test]
fn each_exti_line_has_a_port_of_its_own() {
    let mut s = Syscfg::new(0);
    for n in 0..16 {
        assert_eq!(s.exti_port(n), 0);
    }
    // EXTICR2: line 4 from port B, line 7 from port H.
    write(&mut s, 0x0c, 0x7001, &at(0));
    // EXTICR4: line 13 from port C.
    write(&mut s, 0x14, 0x0020, &at(0));
    let ports: Vec<u32> = (0..16).map(|n| s.exti_port(n)).collect();
    assert_eq!(ports, [0, 0, 0, 0, 1, 0, 0, 7, 0, 0, 0, 0, 0, 2, 0, 0]);
}

#[test]
fn reserved_bits_stay_as_they_are() {
    let mut s = Syscfg::new(0);
    write(&mut s, 0x08, u32::MAX, &at(0));
    assert_eq!(read(&mut s, 0x08, &at(0)), 0x7777);
    assert_eq!(read(&mut s, CFGR1, &at(0)), 0x7c00_0001);
    write(&mut s, CFGR1, 0, &at(0));
    write(&mut s, CFGR1, 0x0010_0100, &at(0));
    assert_eq!(read(&mut s, CFGR1, &at(0)), 0x7c10_0101);
}

#[test]
fn sram2_is_erased_only_after_both_keys() {
    let mut s = Syscfg::new(0);
    write(&mut s, SCSR, 1, &at(0));
    assert!(!s.take_erase_request());
    write(&mut s, SKR, 0x53, &at(0));
    write(&mut s, SCSR, 1, &at(0));
    assert!(!s.take_erase_request());
    write(&mut s, SKR, 0xca, &at(0));
    write(&mut s, SKR, 0x53, &at(0));
    write(&mut s, SCSR, 1, &at(0));
    assert!(s.take_erase_request());
    assert!(!s.take_erase_request());
    // Neither the request nor a busy flag can be seen afterwards.
    assert_eq!(read(&mut s, SCSR, &at(0)), 0);
}

#[test]
fn protected_pages_of_sram2_stay_protected_until_reset() {
    let mut s = Syscfg::new(0);
    write(&mut s, SWPR, 0b101, &at(0));
    write(&mut s, SWPR, 0b010, &at(0));
    assert_eq!(read(&mut s, SWPR, &at(0)), 0b111);
    s.reset();
    assert_eq!(read(&mut s, SWPR, &at(0)), 0);
}

#[test]
fn each_core_masks_its_interrupts_for_itself() {
    let mut s = Syscfg::new(0);
    for (n, offset) in (1..).zip([0x100, 0x104, 0x108, 0x10c]) {
        assert_eq!(read(&mut s, offset, &at(0)), 0);
        write(&mut s, offset, n << 20, &at(0));
    }
    assert_eq!(read(&mut s, 0x100, &at(0)), 1 << 20);
    assert_eq!(read(&mut s, 0x108, &at(0)), 3 << 20);
}
