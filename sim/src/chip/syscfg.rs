// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System configuration (RM0453, chapter SYSCFG): the remap of address 0 and
//! the port selection of the EXTI lines; the other registers are storage.

use super::access::{Access, Block, Write};

/// Storage registers: offset, reset value, writable bits.
const STORAGE: [(u32, u32, u32); 9] = [
    (0x04, 0x7c00_0001, 0x007f_0100),
    (0x18, 0, 1),
    (0x1c, 0, 0xf),
    (0x20, 0, u32::MAX),
    (0x100, 0, u32::MAX),
    (0x104, 0, u32::MAX),
    (0x108, 0, u32::MAX),
    (0x10c, 0, u32::MAX),
    (0x208, 0, 1),
];

/// The SYSCFG block.
#[derive(Debug)]
pub(crate) struct Syscfg {
    mem_mode: u32,
    exticr: [u32; 4],
    storage: [u32; STORAGE.len()],
}

impl Syscfg {
    /// `mem_mode` is what the boot configuration selects (MEMRMP.MEM_MODE).
    pub fn new(mem_mode: u32) -> Self {
        Syscfg {
            mem_mode,
            exticr: [0; 4],
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
}

impl Block for Syscfg {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.mem_mode,
            0x08..=0x14 => self.exticr[(offset as usize - 8) / 4],
            0x24 => 0,
            // Erasing SRAM2 (SCSR.SRAM2ER) completes at once, so both busy
            // flags read as zero.
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
            0x24 => {}
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
