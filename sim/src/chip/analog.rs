// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The digital-to-analog converter and the buffer of the voltage reference
//! (RM0453, chapters DAC and VREFBUF), as far as software sees them.

use super::access::{Access, Block, Write};

const CR_EN1: u32 = 1 << 0;
const CR_TEN1: u32 = 1 << 1;

/// Registers of the DAC without behaviour here: offset, reset value and
/// writable bits.
const STORAGE: [(u32, u32, u32); 5] = [
    (0x38, 0, 0x1f),
    (0x3c, 0, 7),
    (0x40, 0, 0x3ff),
    (0x48, 0x0001_0001, 0x3ff),
    (0x4c, 0x0001_0001, 0xff),
];

/// The DAC block. Software triggers it; waves and DMA are not modelled.
#[derive(Debug)]
pub(crate) struct Dac {
    cr: u32,
    /// The value in 12 bits that is going to be converted.
    held: u32,
    output: u32,
    storage: [u32; STORAGE.len()],
}

impl Dac {
    pub fn new() -> Self {
        Dac {
            cr: 0,
            held: 0,
            output: 0,
            storage: STORAGE.map(|(_, reset, _)| reset),
        }
    }

    fn hold(&mut self, value: u32) {
        self.held = value;
        if self.cr & CR_TEN1 == 0 {
            self.convert();
        }
    }

    fn convert(&mut self) {
        if self.cr & CR_EN1 != 0 {
            self.output = self.held;
        }
    }
}

impl Block for Dac {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr,
            0x08 | 0x20 => self.held,
            0x0c | 0x24 => self.held << 4,
            0x10 | 0x28 => self.held >> 4,
            0x2c => self.output,
            0x04 | 0x34 => 0,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => {
                self.cr = w.merge(self.cr, 0x7fff);
                if self.cr & CR_TEN1 == 0 {
                    self.convert();
                }
            }
            0x04 if w.ones() & 1 != 0 => self.convert(),
            0x08 | 0x20 => self.hold(w.ones() & 0xfff),
            0x0c | 0x24 => self.hold(w.ones() >> 4 & 0xfff),
            0x10 | 0x28 => self.hold((w.ones() & 0xff) << 4),
            0x04 | 0x2c | 0x34 => {}
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i] = w.merge(self.storage[i], STORAGE[i].2);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Dac::new();
    }
}

const CSR_ENVR: u32 = 1 << 0;
const CSR_HIZ: u32 = 1 << 1;
const CSR_VRR: u32 = 1 << 3;

/// The VREFBUF block, whose voltage is there at once.
#[derive(Debug)]
pub(crate) struct Vrefbuf {
    csr: u32,
    ccr: u32,
}

impl Vrefbuf {
    pub fn new() -> Self {
        Vrefbuf {
            csr: CSR_HIZ,
            ccr: 0,
        }
    }
}

impl Block for Vrefbuf {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 if self.csr & CSR_ENVR != 0 => self.csr | CSR_VRR,
            0x00 => self.csr,
            0x04 => self.ccr,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.csr = w.merge(self.csr, 7),
            0x04 => self.ccr = w.merge(self.ccr, 0x3f),
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Vrefbuf::new();
    }
}

#[cfg(test)]
mod tests;
