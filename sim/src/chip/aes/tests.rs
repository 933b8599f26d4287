// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Examples from FIPS 197, NIST SP 800-38A, C and D.

use super::{Aes, CCF, cr, word};
use crate::chip::access::testing::{at, read, write};

const KEY: u128 = 0x2b7e_1516_28ae_d2a6_abf7_1588_09cf_4f3c;
const PLAIN: u128 = 0x6bc1_bee2_2e40_9f96_e93d_7e11_7393_172a;

/// CR: modes and phases.
const DECRYPT: u32 = 2 << 3;
const DERIVE_AND_DECRYPT: u32 = 3 << 3;
const CBC: u32 = 1 << 5;
const CTR: u32 = 2 << 5;
const GCM: u32 = 3 << 5;
const CCM: u32 = 1 << 16;
const HEADER: u32 = 1 << 13;
const PAYLOAD: u32 = 2 << 13;
const FINAL: u32 = 3 << 13;

fn set(aes: &mut Aes, base: u32, number: u128) {
    for n in 0..4 {
        let word = (number >> (32 * n)) as u32;
        write(aes, base + 4 * n, word, &at(0));
    }
}

fn with_key(key: u128) -> Aes {
    let mut aes = Aes::new();
    set(&mut aes, 0x10, key);
    aes
}

fn give(aes: &mut Aes, block: u128) {
    for n in (0..4).rev() {
        write(aes, 0x08, (block >> (32 * n)) as u32, &at(0));
    }
}

fn take(aes: &mut Aes) -> u128 {
    assert_eq!(read(aes, 0x04, &at(0)), CCF);
    (0..4).fold(0, |v, _| v << 32 | u128::from(read(aes, 0x0c, &at(0))))
}

fn set_cr(aes: &mut Aes, value: u32) {
    write(aes, 0x00, value | cr::CCFC, &at(0));
}

/// Sends one block through; the last of a message.
fn pass(aes: &mut Aes, mode: u32, block: u128) -> u128 {
    set_cr(aes, 0);
    set_cr(aes, mode | cr::EN);
    give(aes, block);
    take(aes)
}

#[test]
fn a_block_is_encrypted_and_decrypted() {
    const CIPHER: u128 = 0x3ad7_7bb4_0d7a_3660_a89e_caf3_2466_ef97;
    let mut aes = with_key(KEY);
    assert_eq!(pass(&mut aes, 0, PLAIN), CIPHER);
    assert_eq!(pass(&mut aes, DERIVE_AND_DECRYPT, CIPHER), PLAIN);
    // The derivation on its own ends with EN clear.
    set_cr(&mut aes, 0);
    set_cr(&mut aes, 1 << 3 | cr::EN);
    assert_eq!(read(&mut aes, 0x00, &at(0)) & cr::EN, 0);
    assert_eq!(read(&mut aes, 0x04, &at(0)), CCF);
    assert_eq!(pass(&mut aes, DECRYPT, CIPHER), PLAIN);
}

#[test]
fn keys_may_have_256_bits() {
    let mut aes = with_key(0x1011_1213_1415_1617_1819_1a1b_1c1d_1e1f);
    set(&mut aes, 0x30, 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);
    assert_eq!(
        pass(
            &mut aes,
            cr::KEYSIZE,
            0x0011_2233_4455_6677_8899_aabb_ccdd_eeff
        ),
        0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089
    );
}

#[test]
fn data_may_come_as_bytes() {
    let mut aes = with_key(KEY);
    let bytes = 2 << 1;
    set_cr(&mut aes, bytes | cr::EN);
    for word in [0xe2be_c16b, 0x969f_402e, 0x117e_3de9, 0x2a17_9373] {
        write(&mut aes, 0x08, word, &at(0));
    }
    assert_eq!(read(&mut aes, 0x0c, &at(0)), 0xb47b_d73a);
}

#[test]
fn blocks_are_chained() {
    let mut aes = with_key(KEY);
    set(&mut aes, 0x20, 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);
    set_cr(&mut aes, CBC | cr::EN);
    give(&mut aes, PLAIN);
    assert_eq!(take(&mut aes), 0x7649_abac_8119_b246_cee9_8e9b_12e9_197d);
    give(&mut aes, 0xae2d_8a57_1e03_ac9c_9eb7_6fac_45af_8e51);
    assert_eq!(take(&mut aes), 0x5086_cb9b_5072_19ee_95db_113a_9176_78b2);
}

#[test]
fn a_counter_makes_a_stream() {
    let mut aes = with_key(KEY);
    set(&mut aes, 0x20, 0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_feff);
    set_cr(&mut aes, CTR | cr::EN);
    give(&mut aes, PLAIN);
    assert_eq!(take(&mut aes), 0x874d_6191_b620_e326_1bef_6864_990d_b6ce);
    give(&mut aes, 0xae2d_8a57_1e03_ac9c_9eb7_6fac_45af_8e51);
    assert_eq!(take(&mut aes), 0x9806_f66b_7970_fdff_8617_187b_b9ff_fdff);
}

/// Initialises GCM or CCM.
fn initialise(aes: &mut Aes, mode: u32, iv: u128) {
    set(aes, 0x20, iv);
    set_cr(aes, mode | cr::EN);
    assert_eq!(read(aes, 0x00, &at(0)) & cr::EN, 0);
    assert_eq!(read(aes, 0x04, &at(0)), CCF);
}

#[test]
fn gcm_makes_a_tag() {
    // Test case 4 of the GCM specification, its last block.
    let mut aes = with_key(0xfeff_e992_8665_731c_6d6a_8f94_6730_8308);
    let iv = 0xcafe_babe_face_dbad_deca_f888 << 32;
    initialise(&mut aes, GCM, iv | 2);
    set_cr(&mut aes, GCM | HEADER | cr::EN);
    give(&mut aes, 0xfeed_face_dead_beef_feed_face_dead_beef);
    set_cr(&mut aes, GCM | HEADER | cr::EN);
    give(&mut aes, 0xabad_dad2 << 96);
    set_cr(&mut aes, GCM | PAYLOAD | cr::EN);
    for (plain, cipher) in [
        (
            0xd931_3225_f884_06e5_a559_09c5_aff5_269a,
            0x4283_1ec2_2177_7424_4b72_21b7_84d0_d49c,
        ),
        (
            0x86a7_a953_1534_f7da_2e4c_303d_8a31_8a72,
            0xe3aa_212f_2c02_a4e0_35c1_7e23_29ac_a12e,
        ),
        (
            0x1c3c_0c95_9568_0953_2fcf_0e24_49a6_b525,
            0x21d5_14b2_5466_931c_7d8f_6a5a_ac84_aa05,
        ),
    ] {
        give(&mut aes, plain);
        assert_eq!(take(&mut aes), cipher);
        set_cr(&mut aes, GCM | PAYLOAD | cr::EN);
    }
    let padding = 4;
    set_cr(&mut aes, GCM | PAYLOAD | padding << 20 | cr::EN);
    give(&mut aes, 0xb16a_edf5_aa0d_e657_ba63_7b39 << 32);
    let cipher = take(&mut aes);
    assert_eq!(cipher >> 32, 0x1ba3_0b39_6a0a_ac97_3d58_e091);
    set_cr(&mut aes, GCM | FINAL | cr::EN);
    give(&mut aes, 160 << 64 | 480);
    assert_eq!(take(&mut aes), 0x5bc9_4fbc_3221_a5db_94fa_e95a_e712_1a47);
}

#[test]
fn the_lengths_of_a_gcm_message_are_not_swapped() {
    let tag = |datatype: u32| {
        let mut aes = with_key(KEY);
        initialise(&mut aes, GCM, 2);
        set_cr(&mut aes, GCM | FINAL | datatype << 1 | cr::EN);
        give(&mut aes, 160 << 64 | 480);
        take(&mut aes)
    };
    let [words, bytes] = [tag(0), tag(2)];
    assert_eq!(word(bytes, 0), word(words, 0).swap_bytes());
}

#[test]
fn ccm_makes_a_tag() {
    // Example 2 of SP 800-38C.
    let mut aes = with_key(0x4041_4243_4445_4647_4849_4a4b_4c4d_4e4f);
    initialise(&mut aes, CCM, 0x5610_1112_1314_1516_1700_0000_0000_0010);
    set_cr(&mut aes, CCM | HEADER | cr::EN);
    give(&mut aes, 0x0010_0001_0203_0405_0607_0809_0a0b_0c0d);
    set_cr(&mut aes, CCM | HEADER | cr::EN);
    give(&mut aes, 0x0e0f << 112);
    set_cr(&mut aes, CCM | PAYLOAD | cr::EN);
    give(&mut aes, 0x2021_2223_2425_2627_2829_2a2b_2c2d_2e2f);
    assert_eq!(take(&mut aes), 0xd2a1_f0e0_51ea_5f62_081a_7792_073d_593d);
    set_cr(&mut aes, CCM | FINAL | cr::EN);
    assert_eq!(take(&mut aes) >> 80, 0x1fc6_4fbf_accd);
}

#[test]
fn reading_too_early_and_writing_too_much_are_errors() {
    let mut aes = with_key(KEY);
    set_cr(&mut aes, cr::EN | cr::ERRIE);
    assert_eq!(read(&mut aes, 0x0c, &at(0)), 0);
    assert!(aes.irq());
    write(&mut aes, 0x00, cr::EN | cr::ERRIE | cr::ERRC, &at(0));
    assert!(!aes.irq());
    give(&mut aes, PLAIN);
    write(&mut aes, 0x08, 0, &at(0));
    assert!(aes.irq());
}
