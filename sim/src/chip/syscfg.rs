// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System configuration (RM0453, chapter SYSCFG): the remap of address 0, the
//! port selection of the EXTI lines and the erasure of SRAM2; the other
//! registers are storage.

use super::access::{Access, Block, Write};

/// Storage registers: offset, reset value, writable bits.
const STORAGE: [(u32, u32, u32); 7] = [
    (0x04, 0x7c00_0001, 0x007f_0100),
    (0x1c, 0, 0xf),
    (0x100, 0, u32::MAX),
    (0x104, 0, u32::MAX),
    (0x108, 0, u32::MAX),
    (0x10c, 0, u32::MAX),
    (0x208, 0, 1),
];

/// SCSR: erase SRAM2.
const SRAM2ER: u32 = 1 << 0;

/// The SYSCFG block.
#[derive(Debug)]
pub(crate) struct Syscfg {
    mem_mode: u32,
    exticr: [u32; 4],
    swpr: u32,
    /// Progress of the key sequence 0xCA, 0x53.
    keys: u8,
    erase_requested: bool,
    storage: [u32; STORAGE.len()],
}

impl Syscfg {
    /// `mem_mode` is what the boot configuration selects (MEMRMP.MEM_MODE).
    pub fn new(mem_mode: u32) -> Self {
        Syscfg {
            mem_mode,
            exticr: [0; 4],
            swpr: 0,
            keys: 0,
            erase_requested: false,
            storage: STORAGE.map(|(_, reset, _)| reset),
        }
    }

    /// What CPU1 sees at address 0: MEMRMP.MEM_MODE.
    pub fn mem_mode(&self) -> u32 {
        self.mem_mode
    }

    /// The port (0 is A) that drives EXTI line `n` (0 to 15).
    pub fn exti_port(&self, n: usize) -> u32 {
        self.exticr[n / 4] >> (4 * (n % 4)) & 7
    }

    /// Takes a request to erase SRAM2 (SCSR.SRAM2ER).
    pub fn take_erase_request(&mut self) -> bool {
        std::mem::take(&mut self.erase_requested)
    }
}

impl Block for Syscfg {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.mem_mode,
            0x08..=0x14 => self.exticr[(offset as usize - 8) / 4],
            // Erasing SRAM2 completes at once, so that neither the request
            // nor a busy flag can be seen; the key register is write-only.
            0x18 | 0x24 => 0,
            0x20 => self.swpr,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.mem_mode = w.merge(self.mem_mode, 7),
            0x08..=0x14 => {
                let reg = &mut self.exticr[(offset as usize - 8) / 4];
                *reg = w.merge(*reg, 0x7777);
            }
            0x18 if self.keys == 2 && w.ones() & SRAM2ER != 0 => {
                self.erase_requested = true;
                self.keys = 0;
            }
            0x18 => {}
            // Only a reset takes the protection of a page away.
            0x20 => self.swpr |= w.ones(),
            0x24 => {
                self.keys = match (self.keys, w.ones() & 0xff) {
                    (_, 0xca) => 1,
                    (1, 0x53) => 2,
                    _ => 0,
                };
            }
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i] = w.merge(self.storage[i], STORAGE[i].2);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Syscfg::new(self.mem_mode);
    }
}

#[cfg(test)]
mod tests;
