// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::Crc;
use crate::chip::access::testing::{at, read, write};
use crate::chip::access::{Block, Write};

const DR: u32 = 0x00;
const CR: u32 = 0x08;
const INIT: u32 = 0x10;
const POL: u32 = 0x14;

/// The usual check: the CRC of the digits 1 to 9, fed byte by byte.
fn check(crc: &mut Crc) -> u32 {
    for byte in b"123456789" {
        let w = Write::new(DR, 1, (*byte).into());
        assert!(crc.write(DR, w, &at(0)).is_some());
    }
    read(crc, DR, &at(0))
}

#[test]
fn the_reset_configuration_is_crc32_mpeg2() {
    assert_eq!(check(&mut Crc::new()), 0x0376_e6e7);
}

#[test]
fn reversed_input_and_output_make_it_crc32() {
    let mut c = Crc::new();
    write(&mut c, CR, 1 << 7 | 1 << 5 | 1, &at(0));
    assert_eq!(check(&mut c), !0xcbf4_3926);
}

#[test]
fn shorter_polynomials_use_the_lowest_bits() {
    // CRC-16/XMODEM.
    let mut c = Crc::new();
    write(&mut c, CR, 1 << 3, &at(0));
    write(&mut c, POL, 0x1021, &at(0));
    write(&mut c, INIT, 0, &at(0));
    assert_eq!(check(&mut c), 0x31c3);
    // CRC-8/SMBUS.
    write(&mut c, CR, 2 << 3, &at(0));
    write(&mut c, POL, 0x07, &at(0));
    write(&mut c, CR, 2 << 3 | 1, &at(0));
    assert_eq!(check(&mut c), 0xf4);
    // CRC-7/MMC.
    write(&mut c, CR, 3 << 3, &at(0));
    write(&mut c, POL, 0x09, &at(0));
    write(&mut c, CR, 3 << 3 | 1, &at(0));
    assert_eq!(check(&mut c), 0x75);
}

#[test]
fn a_word_counts_as_its_bytes_from_the_top() {
    let mut bytes = Crc::new();
    for byte in [0x12, 0x34, 0x56, 0x78] {
        bytes.write(DR, Write::new(DR, 1, byte), &at(0)).unwrap();
    }
    let mut word = Crc::new();
    write(&mut word, DR, 0x1234_5678, &at(0));
    let result = read(&mut word, DR, &at(0));
    assert_eq!(read(&mut bytes, DR, &at(0)), result);
}

#[test]
fn the_reset_bit_starts_over_and_does_not_stay() {
    let mut c = Crc::new();
    write(&mut c, DR, 1, &at(0));
    write(&mut c, CR, 1, &at(0));
    assert_eq!(read(&mut c, CR, &at(0)), 0);
    assert_eq!(read(&mut c, DR, &at(0)), u32::MAX);
}
