// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{Dac, Vrefbuf};
use crate::chip::access::testing::{at, read, write};

const DOR1: u32 = 0x2c;

#[test]
fn the_output_follows_the_holding_registers() {
    let mut d = Dac::new();
    write(&mut d, 0x08, 0x123, &at(0));
    // Not yet enabled.
    assert_eq!(read(&mut d, DOR1, &at(0)), 0);
    write(&mut d, 0x00, 1, &at(0));
    assert_eq!(read(&mut d, DOR1, &at(0)), 0x123);
    write(&mut d, 0x0c, 0x4560, &at(0));
    assert_eq!(read(&mut d, DOR1, &at(0)), 0x456);
    write(&mut d, 0x10, 0x78, &at(0));
    assert_eq!(read(&mut d, DOR1, &at(0)), 0x780);
}

#[test]
fn with_a_trigger_the_output_waits_for_it() {
    let mut d = Dac::new();
    write(&mut d, 0x00, 3, &at(0));
    write(&mut d, 0x08, 0x123, &at(0));
    assert_eq!(read(&mut d, DOR1, &at(0)), 0);
    write(&mut d, 0x04, 1, &at(0));
    assert_eq!(read(&mut d, DOR1, &at(0)), 0x123);
}

#[test]
fn the_reference_is_ready_once_it_is_enabled() {
    let mut v = Vrefbuf::new();
    assert_eq!(read(&mut v, 0x00, &at(0)), 2);
    write(&mut v, 0x00, 1, &at(0));
    assert_eq!(read(&mut v, 0x00, &at(0)), 1 | 1 << 3);
}
