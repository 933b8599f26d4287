// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{Gpio, PORT_A, PORT_C};
use crate::chip::access::testing::{at, read, write};

#[test]
fn an_output_reads_back_what_it_drives() {
    let mut g = Gpio::new(PORT_A);
    assert_eq!(read(&mut g, 0x00, &at(0)), 0xabff_ffff);
    write(&mut g, 0x00, 0xabff_fffd, &at(0));
    write(&mut g, 0x18, 1, &at(0));
    assert_eq!(read(&mut g, 0x10, &at(0)) & 1, 1);
    // BSRR: setting wins over resetting.
    write(&mut g, 0x18, 0x0001_0001, &at(0));
    assert_eq!(read(&mut g, 0x14, &at(0)), 1);
    write(&mut g, 0x28, 1, &at(0));
    assert_eq!(read(&mut g, 0x10, &at(0)) & 1, 0);
}

#[test]
fn an_input_follows_the_outside_or_its_pull() {
    let mut g = Gpio::new(PORT_A);
    write(&mut g, 0x00, 0xabff_fffc, &at(0));
    assert_eq!(g.pins() & 1, 0);
    write(&mut g, 0x0c, 1, &at(0));
    assert_eq!(g.pins() & 1, 1);
    g.drive(0, Some(false));
    assert_eq!(g.pins() & 1, 0);
    g.drive(0, None);
    assert_eq!(g.pins() & 1, 1);
}

#[test]
fn pins_that_do_not_exist_cannot_be_configured() {
    let mut g = Gpio::new(PORT_C);
    write(&mut g, 0x14, 0xffff, &at(0));
    assert_eq!(read(&mut g, 0x14, &at(0)), 0xe07f);
}
