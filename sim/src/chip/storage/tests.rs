// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{DBGMCU, Storage, TAMP};
use crate::chip::access::Block;
use crate::chip::access::testing::{at, read, write};

#[test]
fn there_are_twenty_backup_registers() {
    let mut t = Storage::new(TAMP);
    for n in 0..20 {
        assert_eq!(read(&mut t, 0x100 + 4 * n, &at(0)), 0);
        write(&mut t, 0x100 + 4 * n, 0xb000_0000 + n, &at(0));
    }
    for n in 0..20 {
        assert_eq!(read(&mut t, 0x100 + 4 * n, &at(0)), 0xb000_0000 + n);
    }
    assert_eq!(t.read(0x150, &at(0)), None);
}

#[test]
fn no_tamper_is_ever_detected() {
    let mut t = Storage::new(TAMP);
    // The internal tampers are enabled after a reset of the backup domain.
    assert_eq!(read(&mut t, 0x00, &at(0)), 0xffff_0000);
    write(&mut t, 0x2c, u32::MAX, &at(0));
    for status in [0x30, 0x34] {
        write(&mut t, status, u32::MAX, &at(0));
        assert_eq!(read(&mut t, status, &at(0)), 0);
    }
}

#[test]
fn the_backup_domain_reset_clears_the_backup_registers() {
    let mut t = Storage::new(TAMP);
    write(&mut t, 0x100, 0x1234, &at(0));
    t.reset();
    assert_eq!(read(&mut t, 0x100, &at(0)), 0);
}

#[test]
fn the_device_is_a_stm32wl5x() {
    let mut d = Storage::new(DBGMCU);
    write(&mut d, 0x00, 0, &at(0));
    assert_eq!(read(&mut d, 0x00, &at(0)) & 0xfff, 0x497);
}

#[test]
fn debug_settings_hold_the_bits_that_exist() {
    let mut d = Storage::new(DBGMCU);
    write(&mut d, 0x04, u32::MAX, &at(0));
    assert_eq!(read(&mut d, 0x04, &at(0)), 0x7);
    // The freeze registers of CPU1 and CPU2 are separate.
    write(&mut d, 0x3c, 1 << 12, &at(0));
    assert_eq!(read(&mut d, 0x3c, &at(0)), 1 << 12);
    assert_eq!(read(&mut d, 0x40, &at(0)), 0);
}
