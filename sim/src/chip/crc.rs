// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The CRC calculation unit (RM0453, chapter CRC): polynomials of 7, 8, 16
//! and 32 bits, with reversal of input and output.

use super::access::{Access, Block, Write};

const CR_RESET: u32 = 1 << 0;
const CR_REV_OUT: u32 = 1 << 7;
const POL_RESET: u32 = 0x04c1_1db7;

/// The CRC block.
#[derive(Debug)]
pub(crate) struct Crc {
    /// The remainder, in the lowest bits.
    value: u32,
    idr: u32,
    cr: u32,
    init: u32,
    pol: u32,
}

impl Crc {
    pub fn new() -> Self {
        Crc {
            value: u32::MAX,
            idr: 0,
            cr: 0,
            init: u32::MAX,
            pol: POL_RESET,
        }
    }

    /// The width of the polynomial (CR.POLYSIZE).
    fn width(&self) -> u32 {
        [32, 16, 8, 7][(self.cr >> 3 & 3) as usize]
    }

    fn mask(&self) -> u32 {
        u32::MAX >> (32 - self.width())
    }

    /// Reverses the bits of the input by byte, halfword or word (CR.REV_IN).
    fn reversed(&self, data: u32, bits: u32) -> u32 {
        let unit = match self.cr >> 5 & 3 {
            0 => return data,
            1 => 8,
            2 => 16.min(bits),
            _ => bits,
        };
        let mut result = 0;
        for start in (0..bits).step_by(unit as usize) {
            let part = data >> start & (u32::MAX >> (32 - unit));
            result |= part.reverse_bits() >> (32 - unit) << start;
        }
        result
    }

    /// Divides the `bits` lowest bits of `data`, most significant first.
    fn feed(&mut self, data: u32, bits: u32) {
        let data = self.reversed(data, bits);
        let top = self.width() - 1;
        for n in (0..bits).rev() {
            let carry = (self.value >> top ^ data >> n) & 1 != 0;
            self.value = self.value << 1 & self.mask();
            if carry {
                self.value ^= self.pol & self.mask();
            }
        }
    }

    fn result(&self) -> u32 {
        if self.cr & CR_REV_OUT != 0 {
            self.value.reverse_bits() >> (32 - self.width())
        } else {
            self.value
        }
    }
}

impl Block for Crc {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.result(),
            0x04 => self.idr,
            0x08 => self.cr,
            0x10 => self.init,
            0x14 => self.pol,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.feed(w.narrow(), 8 * w.size()),
            0x04 => self.idr = w.merge(self.idr, u32::MAX),
            0x08 => {
                self.cr = w.merge(self.cr, 0xf8);
                if w.ones() & CR_RESET != 0 {
                    self.value = self.init & self.mask();
                }
            }
            0x10 => {
                self.init = w.merge(self.init, u32::MAX);
                self.value = self.init & self.mask();
            }
            0x14 => self.pol = w.merge(self.pol, u32::MAX),
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Crc::new();
    }
}

#[cfg(test)]
mod tests;
