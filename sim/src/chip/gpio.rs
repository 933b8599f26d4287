// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A GPIO port (RM0453, chapter GPIO). Pins are ideal: an output reads back
//! what it drives, an input reads what the outside drives or else its pull.

use super::access::{Access, Block, Write};

/// Reset values of a port and the pins it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub pins: u32,
    pub moder: u32,
    pub ospeedr: u32,
    pub pupdr: u32,
}

/// Port A: the debug port owns PA13 to PA15.
pub(crate) const PORT_A: Layout = Layout {
    pins: 0xffff,
    moder: 0xabff_ffff,
    ospeedr: 0x0c00_0000,
    pupdr: 0x6400_0000,
};
/// Port B: PB3 and PB4 belong to the debug port.
pub(crate) const PORT_B: Layout = Layout {
    pins: 0xffff,
    moder: 0xffff_febf,
    ospeedr: 0x0000_00c0,
    pupdr: 0x0000_0100,
};
/// Port C: PC0 to PC6 and PC13 to PC15 exist.
pub(crate) const PORT_C: Layout = Layout {
    pins: 0xe07f,
    moder: 0xfc00_3fff,
    ospeedr: 0,
    pupdr: 0,
};
/// Port H: only PH3.
pub(crate) const PORT_H: Layout = Layout {
    pins: 0x0008,
    moder: 0x0000_00c0,
    ospeedr: 0,
    pupdr: 0,
};

/// One port.
#[derive(Debug)]
pub(crate) struct Gpio {
    layout: Layout,
    moder: u32,
    otyper: u32,
    ospeedr: u32,
    pupdr: u32,
    odr: u32,
    lckr: u32,
    afr: [u32; 2],
    /// What the outside drives: level and whether it drives at all.
    driven: u32,
    level: u32,
}

/// Duplicates each bit: the mask of a two-bits-per-pin register.
fn double(pins: u32) -> u32 {
    (0..16).fold(0, |m, n| m | ((pins >> n & 1) * (3 << (2 * n))))
}

impl Gpio {
    pub fn new(layout: Layout) -> Self {
        Gpio {
            layout,
            moder: layout.moder,
            otyper: 0,
            ospeedr: layout.ospeedr,
            pupdr: layout.pupdr,
            odr: 0,
            lckr: 0,
            afr: [0; 2],
            driven: 0,
            level: 0,
        }
    }

    /// Drives `pin` from outside, or lets it float with `None`.
    pub fn drive(&mut self, pin: u8, level: Option<bool>) {
        let bit = 1 << pin & self.layout.pins;
        self.driven =
            self.driven & !bit | if level.is_some() { bit } else { 0 };
        self.level =
            self.level & !bit | if level == Some(true) { bit } else { 0 };
    }

    /// The levels on the pins.
    pub fn pins(&self) -> u32 {
        let mut v = 0;
        for n in 0..16 {
            let mode = self.moder >> (2 * n) & 3;
            let pull_up = self.pupdr >> (2 * n) & 3 == 1;
            let high = if mode == 1 {
                self.odr >> n & 1 != 0
            } else if self.driven >> n & 1 != 0 {
                self.level >> n & 1 != 0
            } else {
                pull_up
            };
            // Analog mode disconnects the input stage, which then reads 0.
            if high && mode != 3 {
                v |= 1 << n;
            }
        }
        v & self.layout.pins
    }

    /// The output data register.
    pub fn output(&self) -> u32 {
        self.odr
    }
}

impl Block for Gpio {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.moder,
            0x04 => self.otyper,
            0x08 => self.ospeedr,
            0x0c => self.pupdr,
            0x10 => self.pins(),
            0x14 => self.odr,
            0x18 | 0x28 => 0,
            0x1c => self.lckr,
            0x20 => self.afr[0],
            0x24 => self.afr[1],
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        let pins = self.layout.pins;
        match offset {
            0x00 => self.moder = w.merge(self.moder, double(pins)),
            0x04 => self.otyper = w.merge(self.otyper, pins),
            0x08 => self.ospeedr = w.merge(self.ospeedr, double(pins)),
            0x0c => self.pupdr = w.merge(self.pupdr, double(pins)),
            0x10 => {}
            0x14 => self.odr = w.merge(self.odr, pins),
            // Setting wins over resetting the same pin.
            0x18 => {
                let (set, reset) = (w.ones() & 0xffff, w.ones() >> 16);
                self.odr = (self.odr & !reset | set) & pins;
            }
            0x1c => self.lckr = w.merge(self.lckr, pins | 1 << 16),
            0x20 => self.afr[0] = w.merge(self.afr[0], u32::MAX),
            0x24 => self.afr[1] = w.merge(self.afr[1], u32::MAX),
            0x28 => self.odr &= !(w.ones() & 0xffff),
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        let (driven, level) = (self.driven, self.level);
        *self = Gpio::new(self.layout);
        self.driven = driven;
        self.level = level;
    }
}

#[cfg(test)]
mod tests;
