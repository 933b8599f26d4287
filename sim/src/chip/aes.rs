// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The AES accelerator (RM0453, chapter AES): ECB, CBC, CTR, GCM and CCM with
//! keys of 128 and 256 bits. A block takes no time. Suspended messages, which
//! the SUSPxR registers are for, cannot be resumed.

mod cipher;

use super::access::{Access, Block, Write};
use cipher::Key;

mod cr {
    pub const EN: u32 = 1 << 0;
    pub const CCFC: u32 = 1 << 7;
    pub const ERRC: u32 = 1 << 8;
    pub const CCFIE: u32 = 1 << 9;
    pub const ERRIE: u32 = 1 << 10;
    pub const DMAINEN: u32 = 1 << 11;
    pub const DMAOUTEN: u32 = 1 << 12;
    pub const GCMPH: u32 = 3 << 13;
    pub const KEYSIZE: u32 = 1 << 18;
    pub const STORED: u32 = 0x00f5_7e7f;
    /// What software cannot change while the block is enabled.
    pub const LOCKED: u32 = 0x0005_007e;
}

const CCF: u32 = 1 << 0;
const RDERR: u32 = 1 << 1;
const WRERR: u32 = 1 << 2;

/// CR.CHMOD.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chaining {
    Ecb,
    Cbc,
    Ctr,
    Gcm,
    Ccm,
}

/// CR.MODE.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Encrypt,
    DeriveKey,
    /// With a derived key or, in one go, with a derivation before.
    Decrypt,
}

/// CR.GCMPH.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Init,
    Header,
    Payload,
    Final,
}

/// The AES block. Blocks of data are numbers with the first byte on top.
#[derive(Debug)]
pub(crate) struct Aes {
    cr: u32,
    sr: u32,
    /// KEYR7 is on top.
    key: [u32; 8],
    iv: u128,
    susp: [u32; 8],
    input: u128,
    /// Words of `input` that have been written.
    written: u32,
    output: u128,
    /// Words of `output` that have not been read.
    unread: u32,
    /// What GCM and CCM keep between blocks: GHASH or CBC-MAC.
    mac: u128,
    /// GCM: what GHASH multiplies by.
    hash_key: u128,
    /// CCM: the first block, from which the counters are made.
    first: u128,
}

impl Aes {
    pub fn new() -> Self {
        Aes {
            cr: 0,
            sr: 0,
            key: [0; 8],
            iv: 0,
            susp: [0; 8],
            input: 0,
            written: 0,
            output: 0,
            unread: 0,
            mac: 0,
            hash_key: 0,
            first: 0,
        }
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        (self.cr & cr::CCFIE != 0 && self.sr & CCF != 0)
            || (self.cr & cr::ERRIE != 0 && self.sr & (RDERR | WRERR) != 0)
    }

    /// Whether it asks the DMA for a word.
    pub fn in_request(&self) -> bool {
        self.is_enabled() && self.cr & cr::DMAINEN != 0 && self.unread == 0
    }

    /// Whether it asks the DMA to take a word.
    pub fn out_request(&self) -> bool {
        self.is_enabled() && self.cr & cr::DMAOUTEN != 0 && self.unread != 0
    }

    fn is_enabled(&self) -> bool {
        self.cr & cr::EN != 0
    }

    fn chaining(&self) -> Chaining {
        match self.cr >> 14 & 4 | self.cr >> 5 & 3 {
            0 => Chaining::Ecb,
            1 => Chaining::Cbc,
            2 => Chaining::Ctr,
            3 => Chaining::Gcm,
            _ => Chaining::Ccm,
        }
    }

    fn mode(&self) -> Mode {
        match self.cr >> 3 & 3 {
            0 => Mode::Encrypt,
            1 => Mode::DeriveKey,
            _ => Mode::Decrypt,
        }
    }

    fn phase(&self) -> Phase {
        match self.cr >> 13 & 3 {
            0 => Phase::Init,
            1 => Phase::Header,
            2 => Phase::Payload,
            _ => Phase::Final,
        }
    }

    fn key(&self) -> Key {
        Key::new(&self.key, self.cr & cr::KEYSIZE != 0)
    }

    /// A word as CR.DATATYPE reorders it on its way in and out.
    fn swapped(&self, word: u32) -> u32 {
        match self.cr >> 1 & 3 {
            0 => word,
            1 => word.rotate_left(16),
            2 => word.swap_bytes(),
            _ => word.reverse_bits(),
        }
    }

    /// The bits of the last block that are not padding (CR.NPBLB).
    fn unpadded(&self) -> u128 {
        u128::MAX << (8 * (self.cr >> 20 & 0xf))
    }

    /// Begins to work, or a new phase. Key derivation and initialisation take
    /// no input and end with EN clear.
    fn begin(&mut self) {
        self.written = 0;
        self.unread = 0;
        let chaining = self.chaining();
        let authenticates = matches!(chaining, Chaining::Gcm | Chaining::Ccm);
        let phase = authenticates.then(|| self.phase());
        match (chaining, phase) {
            (Chaining::Gcm, Some(Phase::Init)) => {
                self.hash_key = self.key().encrypt(0);
                self.mac = 0;
            }
            (_, Some(Phase::Init)) => {
                self.first = self.iv;
                self.mac = self.key().encrypt(self.iv);
                // The length field becomes the counter.
                self.iv = self.counter_zero() + 1;
            }
            (Chaining::Ccm, Some(Phase::Final)) => {
                let mask = self.key().encrypt(self.counter_zero());
                self.put(self.mac ^ mask);
                return;
            }
            (_, Some(_)) => return,
            (_, None) if self.mode() == Mode::DeriveKey => {}
            _ => return,
        }
        self.cr &= !cr::EN;
        self.sr |= CCF;
    }

    /// CCM: the counter block that encrypts the MAC. The flags of the first
    /// block say how long the counter is.
    fn counter_zero(&self) -> u128 {
        let length = (self.first >> 120 & 7) + 1;
        let flags = length - 1;
        let nonce = self.first << 8 >> 8 >> (8 * length) << (8 * length);
        flags << 120 | nonce
    }

    fn put(&mut self, block: u128) {
        self.output = block;
        self.unread = 4;
        self.sr |= CCF;
    }

    /// The key stream for one block.
    fn stream(&mut self) -> u128 {
        let stream = self.key().encrypt(self.iv);
        // The counter has 32 bits.
        let count = (self.iv as u32).wrapping_add(1);
        self.iv = self.iv >> 32 << 32 | u128::from(count);
        stream
    }

    fn process(&mut self) {
        let input = self.input;
        match self.chaining() {
            Chaining::Ecb => {
                let output = match self.mode() {
                    Mode::Decrypt => self.key().decrypt(input),
                    _ => self.key().encrypt(input),
                };
                self.put(output);
            }
            Chaining::Cbc if self.mode() == Mode::Decrypt => {
                let output = self.key().decrypt(input) ^ self.iv;
                self.iv = input;
                self.put(output);
            }
            Chaining::Cbc => {
                self.iv = self.key().encrypt(input ^ self.iv);
                self.put(self.iv);
            }
            Chaining::Ctr => {
                let output = input ^ self.stream();
                self.put(output);
            }
            Chaining::Gcm => self.process_gcm(input),
            Chaining::Ccm => self.process_ccm(input),
        }
    }

    fn process_gcm(&mut self, input: u128) {
        let hashed = match self.phase() {
            Phase::Payload => {
                let output = input ^ self.stream();
                self.put(output);
                match self.mode() {
                    Mode::Decrypt => input,
                    _ => output & self.unpadded(),
                }
            }
            _ => input,
        };
        self.mac = cipher::multiply(self.mac ^ hashed, self.hash_key);
        if self.phase() == Phase::Final {
            let start = self.iv >> 32 << 32 | 1;
            self.put(self.mac ^ self.key().encrypt(start));
        }
        self.sr |= CCF;
    }

    fn process_ccm(&mut self, input: u128) {
        let hashed = match self.phase() {
            Phase::Payload => {
                let output = input ^ self.stream();
                self.put(output);
                match self.mode() {
                    Mode::Decrypt => output & self.unpadded(),
                    _ => input,
                }
            }
            _ => input,
        };
        self.mac = self.key().encrypt(self.mac ^ hashed);
        self.sr |= CCF;
    }

    fn write_cr(&mut self, w: Write) {
        let writable = match self.is_enabled() {
            true => cr::STORED & !cr::LOCKED,
            false => cr::STORED,
        };
        let old = self.cr;
        self.cr = w.merge(self.cr, writable);
        if w.ones() & cr::CCFC != 0 {
            self.sr &= !CCF;
        }
        if w.ones() & cr::ERRC != 0 {
            self.sr &= !(RDERR | WRERR);
        }
        if self.is_enabled() && (old ^ self.cr) & (cr::EN | cr::GCMPH) != 0 {
            self.begin();
        }
    }

    fn write_input(&mut self, word: u32) {
        if !self.is_enabled() {
            return;
        }
        if self.unread != 0 {
            self.sr |= WRERR;
            return;
        }
        // The lengths that end a GCM message are numbers, not data.
        let is_data =
            self.chaining() != Chaining::Gcm || self.phase() != Phase::Final;
        let word = if is_data { self.swapped(word) } else { word };
        self.input = self.input << 32 | u128::from(word);
        self.written += 1;
        if self.written == 4 {
            self.written = 0;
            self.process();
        }
    }

    fn read_output(&mut self, peek: bool) -> u32 {
        if self.unread == 0 {
            if !peek && self.is_enabled() {
                self.sr |= RDERR;
            }
            return 0;
        }
        let word = (self.output >> (32 * (self.unread - 1))) as u32;
        if !peek {
            self.unread -= 1;
        }
        self.swapped(word)
    }
}

/// Word `n` of a number, the lowest first.
fn word(number: u128, n: u32) -> u32 {
    (number >> (32 * n)) as u32
}

/// Where the word of a key register stands.
fn key_index(offset: u32) -> Option<usize> {
    match offset {
        0x10..=0x1c => Some((offset as usize - 0x10) / 4),
        0x30..=0x3c => Some((offset as usize - 0x20) / 4),
        _ => None,
    }
}

impl Block for Aes {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr,
            0x04 => self.sr,
            0x08 => 0,
            0x0c => self.read_output(access.peek),
            // Keys cannot be read.
            0x10..=0x1c | 0x30..=0x3c => 0,
            0x20..=0x2c if self.is_enabled() => 0,
            0x20..=0x2c => word(self.iv, (offset - 0x20) / 4),
            0x40..=0x5c => self.susp[(offset as usize - 0x40) / 4],
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.write_cr(w),
            0x04 | 0x0c => {}
            0x08 => self.write_input(w.narrow()),
            0x10..=0x3c if self.is_enabled() => {}
            0x20..=0x2c => {
                let n = (offset - 0x20) / 4;
                let new = w.merge(word(self.iv, n), u32::MAX);
                let others = self.iv & !(u128::from(u32::MAX) << (32 * n));
                self.iv = others | u128::from(new) << (32 * n);
            }
            0x40..=0x5c => {
                let reg = &mut self.susp[(offset as usize - 0x40) / 4];
                *reg = w.merge(*reg, u32::MAX);
            }
            _ => {
                let key = &mut self.key[key_index(offset)?];
                *key = w.merge(*key, u32::MAX);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Aes::new();
    }
}

#[cfg(test)]
mod tests;
