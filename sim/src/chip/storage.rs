// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Registers that only remember what was written to them.

use super::access::{Access, Block, Write};

/// A register: offset, reset value and writable bits.
pub(crate) type Reg = (u32, u32, u32);

/// A block whose modelled registers are plain storage.
#[derive(Debug)]
pub(crate) struct Storage {
    regs: &'static [Reg],
    values: Vec<u32>,
}

/// Debug support (RM0453, chapter DBG). A system reset leaves it alone.
pub(crate) const DBGMCU: &[Reg] = &[
    (0x00, 0x1000_6497, 0),
    (0x04, 0, 0x7),
    (0x3c, 0, u32::MAX),
    (0x40, 0, u32::MAX),
    (0x44, 0, u32::MAX),
    (0x48, 0, u32::MAX),
    (0x4c, 0, u32::MAX),
    (0x50, 0, u32::MAX),
];

/// TAMP: the control registers and the twenty backup registers.
pub(crate) const TAMP: &[Reg] = &{
    let mut regs = [(0, 0, u32::MAX); 27];
    let head = [0x00, 0x04, 0x08, 0x0c, 0x2c, 0x30, 0x34];
    let mut i = 0;
    while i < 27 {
        regs[i].0 = if i < 7 {
            head[i]
        } else {
            0x100 + 4 * (i as u32 - 7)
        };
        i += 1;
    }
    // CR1 comes up with its internal tampers enabled; the status registers
    // never show anything.
    regs[0].1 = 0xffff_0000;
    regs[5].2 = 0;
    regs[6].2 = 0;
    regs
};

impl Storage {
    pub fn new(regs: &'static [Reg]) -> Self {
        Storage {
            regs,
            values: regs.iter().map(|r| r.1).collect(),
        }
    }

    fn index(&self, offset: u32) -> Option<usize> {
        self.regs.iter().position(|r| r.0 == offset)
    }
}

impl Block for Storage {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(self.values[self.index(offset)?])
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        let i = self.index(offset)?;
        self.values[i] = w.merge(self.values[i], self.regs[i].2);
        Some(())
    }

    fn reset(&mut self) {
        *self = Storage::new(self.regs);
    }
}
