// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The I2C controllers (RM0453, chapter I2C) as masters of a bus without
//! devices: nobody acknowledges an address.

use super::access::{Access, Block, Write};

mod cr1 {
    pub const PE: u32 = 1 << 0;
    /// TXIE to TCIE, at the bits of their flags in ISR.
    pub const ENABLES: u32 = 0x7e;
}

mod cr2 {
    pub const START: u32 = 1 << 13;
    pub const STOP: u32 = 1 << 14;
    pub const NACK: u32 = 1 << 15;
}

const TXE: u32 = 1 << 0;
const NACKF: u32 = 1 << 4;
const STOPF: u32 = 1 << 5;
/// ISR: the flags that ICR clears.
const CLEARABLE: u32 = 0x3f38;

/// Registers without behaviour here: offset and writable bits.
const STORAGE: [(u32, u32); 4] = [
    (0x08, 0x87ff),
    (0x0c, 0x87fe),
    (0x10, 0xf0ff_ffff),
    (0x14, 0x8fff_9fff),
];

/// One I2C block.
#[derive(Debug)]
pub(crate) struct I2c {
    cr1: u32,
    cr2: u32,
    isr: u32,
    storage: [u32; STORAGE.len()],
}

impl I2c {
    pub fn new() -> Self {
        I2c {
            cr1: 0,
            cr2: 0,
            isr: TXE,
            storage: [0; STORAGE.len()],
        }
    }

    /// The level of the event interrupt; no error ever happens.
    pub fn irq(&self) -> bool {
        self.isr & self.cr1 & cr1::ENABLES != 0
    }

    fn write_cr2(&mut self, w: Write) {
        self.cr2 = w.merge(self.cr2, 0x07ff_ffff);
        let asked = self.cr2 & (cr2::START | cr2::STOP);
        self.cr2 &= !(asked | cr2::NACK);
        if self.cr1 & cr1::PE == 0 {
            return;
        }
        if asked & cr2::START != 0 {
            self.isr |= NACKF;
        }
        // The controller sends a stop condition after a missing acknowledge,
        // whatever CR2.AUTOEND says.
        if asked != 0 {
            self.isr |= STOPF;
        }
    }
}

impl Block for I2c {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr1,
            0x04 => self.cr2,
            0x18 => self.isr,
            0x1c | 0x20 | 0x24 | 0x28 => 0,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => {
                self.cr1 = w.merge(self.cr1, 0x00ff_dfff);
                if self.cr1 & cr1::PE == 0 {
                    self.isr = TXE;
                }
            }
            0x04 => self.write_cr2(w),
            0x1c => self.isr &= !(w.ones() & CLEARABLE),
            0x18 | 0x20 | 0x24 | 0x28 => {}
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i] = w.merge(self.storage[i], STORAGE[i].1);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = I2c::new();
    }
}

#[cfg(test)]
mod tests;
