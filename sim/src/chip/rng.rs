// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The random number generator (RM0453, chapter RNG): always healthy, ready
//! at once, and reproducible because its numbers come from the run's seed.

use super::access::{Access, Block, Write};
use crate::rand::Rand;

const CR_RNGEN: u32 = 1 << 2;
const CR_IE: u32 = 1 << 3;
const CR_CONDRST: u32 = 1 << 30;
const CR_CONFIGLOCK: u32 = 1 << 31;
const CR_RESET: u32 = 0x0080_0000;
const HTCR_RESET: u32 = 0x5a4e;
const SR_DRDY: u32 = 1 << 0;

/// The RNG block.
#[derive(Debug)]
pub(crate) struct Rng {
    cr: u32,
    htcr: u32,
    source: Rand,
    next: u32,
}

impl Rng {
    pub fn new(seed: u64) -> Self {
        let mut source = Rand::new(seed);
        Rng {
            cr: CR_RESET,
            htcr: HTCR_RESET,
            next: source.next_u32(),
            source,
        }
    }

    fn is_running(&self) -> bool {
        self.cr & (CR_RNGEN | CR_CONDRST) == CR_RNGEN
    }

    /// Whether there is a number, which takes a kernel clock.
    fn is_ready(&self, access: &Access) -> bool {
        self.is_running() && access.kernel_hz != 0
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        self.is_running() && self.cr & CR_IE != 0
    }
}

impl Block for Rng {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr,
            0x04 if self.is_ready(access) => SR_DRDY,
            0x04 => 0,
            0x08 if self.is_ready(access) => {
                let v = self.next;
                if !access.peek {
                    self.next = self.source.next_u32();
                }
                v
            }
            0x08 => 0,
            0x10 => self.htcr,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 if self.cr & CR_CONFIGLOCK != 0 => {
                self.cr = w.merge(self.cr, CR_RNGEN | CR_IE);
            }
            0x00 => self.cr = w.merge(self.cr, 0xc3ff_ffec),
            // Error flags are never set.
            0x04 | 0x08 => {}
            0x10 if self.cr & CR_CONFIGLOCK != 0 => {}
            0x10 => self.htcr = w.merge(self.htcr, u32::MAX),
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        self.cr = CR_RESET;
        self.htcr = HTCR_RESET;
    }
}

#[cfg(test)]
mod tests;
