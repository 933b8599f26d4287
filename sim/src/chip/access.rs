// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What one core's access to a peripheral register carries.

use crate::core_id::CoreId;

/// The circumstances of a register access.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    /// The core whose bus carries the access.
    pub by: CoreId,
    /// When it happens, in core clock cycles since power-on.
    pub now: u64,
    /// Frequency of the core clock.
    pub core_hz: u32,
    /// Frequency of the block's kernel clock, 0 while that clock is stopped.
    pub kernel_hz: u32,
    /// Bytes that a load transfers.
    pub size: u32,
    /// The access comes from a debugger: it must change nothing.
    pub peek: bool,
}

/// A write to a word-aligned register. `lanes` has ones in the bytes that the
/// bus transfers, so that byte and halfword stores reach a register as they do
/// on AHB: the other bytes keep their value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    value: u32,
    lanes: u32,
}

impl Write {
    /// A store of `size` bytes (1, 2 or 4) at `addr`.
    pub fn new(addr: u32, size: u32, value: u32) -> Self {
        let shift = 8 * (addr & 3);
        let lanes = match size {
            1 => 0xff,
            2 => 0xffff,
            _ => u32::MAX,
        };
        Write {
            value: (value & lanes) << shift,
            lanes: lanes << shift,
        }
    }

    /// How many bytes the bus transfers.
    pub fn size(self) -> u32 {
        self.lanes.count_ones() / 8
    }

    /// The stored value, wherever in the word it goes: what a FIFO takes.
    pub fn narrow(self) -> u32 {
        self.value >> self.lanes.trailing_zeros()
    }

    /// The written bits, zero in the byte lanes that were not transferred:
    /// what write-one-to-act registers look at.
    pub fn ones(self) -> u32 {
        self.value & self.lanes
    }

    /// `old` with the transferred bytes replaced, restricted to `writable`
    /// bits.
    pub fn merge(self, old: u32, writable: u32) -> u32 {
        let mask = self.lanes & writable;
        (old & !mask) | (self.value & mask)
    }

    /// The bits of `old` that are 0 and that this write sets.
    pub fn rising(self, old: u32) -> u32 {
        self.ones() & !old
    }
}

/// A peripheral's register file, addressed by word-aligned byte offset.
///
/// `None` means that the register is not modelled: the caller reports it and
/// answers zero.
pub(crate) trait Block {
    /// Reads the register at `offset`.
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32>;

    /// Writes the register at `offset`.
    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()>;

    /// Returns every register to its reset value.
    fn reset(&mut self);
}

/// Drives a block from a test.
#[cfg(test)]
pub(crate) mod testing {
    use super::{Access, Block, Write};
    use crate::core_id::CoreId;

    /// An access by CPU1 at cycle `now`; both clocks run at 16 MHz.
    pub fn at(now: u64) -> Access {
        by(CoreId::Cpu1, now)
    }

    /// An access by `core` at cycle `now`.
    pub fn by(core: CoreId, now: u64) -> Access {
        Access {
            by: core,
            now,
            core_hz: 16_000_000,
            kernel_hz: 16_000_000,
            size: 4,
            peek: false,
        }
    }

    /// Stores a word.
    pub fn write(block: &mut dyn Block, offset: u32, value: u32, a: &Access) {
        let w = Write::new(offset, 4, value);
        assert!(block.write(offset, w, a).is_some(), "{offset:#x}");
    }

    /// Loads a word.
    pub fn read(block: &mut dyn Block, offset: u32, a: &Access) -> u32 {
        block.read(offset, a).expect("the register is modelled")
    }
}

#[cfg(test)]
mod tests {
    use super::Write;

    #[test]
    fn narrow_stores_change_only_their_bytes() {
        let old = 0x1122_3344;
        let byte = Write::new(2, 1, 0xaa);
        assert_eq!(byte.merge(old, u32::MAX), 0x11aa_3344);
        let half = Write::new(0, 2, 0xbbcc);
        assert_eq!(half.merge(old, u32::MAX), 0x1122_bbcc);
        assert_eq!(half.merge(old, 0x00ff_00ff), 0x1122_33cc);
        assert_eq!(byte.ones(), 0x00aa_0000);
    }
}
