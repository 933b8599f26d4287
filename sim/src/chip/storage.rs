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

/// TAMP (RM0453, chapter TAMP): the control registers and the twenty backup
/// registers. The internal tampers come up enabled; the status registers and
/// the counter never show anything.
pub(crate) const TAMP: &[Reg] = &{
    const HEAD: [Reg; 9] = [
        (0x00, 0xffff_0000, u32::MAX),
        (0x04, 0, u32::MAX),
        (0x08, 0, 0x1f),
        (0x0c, 0, u32::MAX),
        (0x2c, 0, u32::MAX),
        (0x30, 0, 0),
        (0x34, 0, 0),
        (0x3c, 0, 0),
        (0x40, 0, 0),
    ];
    let mut regs = [(0, 0, u32::MAX); HEAD.len() + 20];
    let mut i = 0;
    while i < regs.len() {
        if i < HEAD.len() {
            regs[i] = HEAD[i];
        } else {
            regs[i].0 = 0x100 + 4 * (i - HEAD.len()) as u32;
        }
        i += 1;
    }
    regs
};

/// COMP: the comparators' outputs stay low.
pub(crate) const COMP: &[Reg] =
    &[(0x00, 0, 0x86ff_ffff), (0x04, 0, 0x86ff_ffff)];

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

#[cfg(test)]
mod tests;
