// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Pwr;
use crate::chip::access::testing::{at, read, write};

#[test]
fn setting_c2boot_asks_for_cpu2_once() {
    let mut p = Pwr::new();
    assert_eq!(read(&mut p, 0x14, &at(0)) & 1, 0);
    write(&mut p, 0x0c, 1 << 15, &at(0));
    assert!(p.take_boot_request());
    assert_eq!(read(&mut p, 0x14, &at(0)) & 1, 1);
    write(&mut p, 0x0c, 1 << 15, &at(0));
    assert!(!p.take_boot_request());
}

#[test]
fn voltage_scaling_is_ready_at_once() {
    let mut p = Pwr::new();
    write(&mut p, 0x00, 1 << 10, &at(0));
    assert_eq!(read(&mut p, 0x00, &at(0)), 1 << 10);
    // VOSF means busy.
    assert_eq!(read(&mut p, 0x14, &at(0)) >> 10 & 1, 0);
}
