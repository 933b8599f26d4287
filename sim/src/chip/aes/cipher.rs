// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The cipher of FIPS 197 and the multiplication of GHASH (NIST SP 800-38D).

use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};

/// A key, ready for use.
#[expect(clippy::large_enum_variant, reason = "it lives for a block")]
pub(super) enum Key {
    Short(Aes128),
    Long(Aes256),
}

impl Key {
    /// The key in the key registers, of which the last is on top.
    pub fn new(words: &[u32; 8], is_long: bool) -> Self {
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(words.iter().rev()) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        if is_long {
            Key::Long(Aes256::new(&bytes.into()))
        } else {
            let (_, short) = bytes.split_at(16);
            Key::Short(Aes128::new(short.into()))
        }
    }

    pub fn encrypt(&self, block: u128) -> u128 {
        let mut bytes = block.to_be_bytes().into();
        match self {
            Key::Short(cipher) => cipher.encrypt_block(&mut bytes),
            Key::Long(cipher) => cipher.encrypt_block(&mut bytes),
        }
        u128::from_be_bytes(bytes.into())
    }

    pub fn decrypt(&self, block: u128) -> u128 {
        let mut bytes = block.to_be_bytes().into();
        match self {
            Key::Short(cipher) => cipher.decrypt_block(&mut bytes),
            Key::Long(cipher) => cipher.decrypt_block(&mut bytes),
        }
        u128::from_be_bytes(bytes.into())
    }
}

/// The product in the field of GHASH, whose numbers have their lowest
/// coefficient on top.
pub(super) fn multiply(a: u128, b: u128) -> u128 {
    const POLYNOMIAL: u128 = 0xe1 << 120;
    let mut product = 0;
    let mut power = b;
    for n in (0..128).rev() {
        if a >> n & 1 != 0 {
            product ^= power;
        }
        let carry = power & 1 != 0;
        power >>= 1;
        if carry {
            power ^= POLYNOMIAL;
        }
    }
    product
}
