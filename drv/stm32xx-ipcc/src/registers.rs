// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The register block.

use ipcc_channel::Doorbell;

/// Which of the two cores we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The core that uses the `C1` registers: the Cortex-M4 of a WL or WB,
    /// the Cortex-A7 of an MP1.
    Cpu1,
    /// The core that uses the `C2` registers: the Cortex-M0+ of a WL or WB,
    /// the Cortex-M4 of an MP1.
    Cpu2,
}

// Bytes from the base address (RM0453 §37.4). `CxCR`, `CxMR` and `CxSCR` are
// at the same distance from the start of either core's half.
const HALF: usize = 0x10;
const CR: usize = 0x00;
const MR: usize = 0x04;
const SCR: usize = 0x08;
const C1TOC2SR: usize = 0x0C;
const C2TOC1SR: usize = 0x1C;

// Rx bits are channel n at bit n, tx bits are channel n at bit 16 + n.
const TX_SHIFT: u32 = 16;
const CR_RXOIE: u32 = 1;
const CR_TXFIE: u32 = 1 << TX_SHIFT;

/// Our side of the controller.
///
/// It is the one owner of our mask register, which is why it writes that
/// register whole and never reads it.
#[derive(Debug)]
pub struct Ipcc {
    base: *mut u32,
    side: Side,
}

impl Ipcc {
    /// Takes over our side of the register block at `base`.
    ///
    /// The block's clock must be on: without it, writes are lost and everything
    /// reads as 0.
    ///
    /// # Safety
    ///
    /// `base` must be the address of an IPCC's register block, mapped for
    /// device access, and nothing else in this core may use our side of it.
    pub const unsafe fn new(base: *mut u32, side: Side) -> Self {
        Self { base, side }
    }

    /// Masks all channels, and only then lets the block interrupt us.
    pub fn start(&mut self) {
        self.unmask(0, 0);
        self.store(self.own(CR), CR_RXOIE | CR_TXFIE);
    }

    fn own(&self, register: usize) -> usize {
        match self.side {
            Side::Cpu1 => register,
            Side::Cpu2 => HALF + register,
        }
    }

    fn load(&self, register: usize) -> u32 {
        // SAFETY: `register` is one of the constants above, all inside the
        // block that `new`'s caller promised to be mapped.
        unsafe { self.base.wrapping_byte_add(register).read_volatile() }
    }

    fn store(&mut self, register: usize, value: u32) {
        // SAFETY: as for `load`. The register is ours: the status registers
        // are never written, and the others come from `own`.
        unsafe { self.base.wrapping_byte_add(register).write_volatile(value) }
    }
}

impl Doorbell for Ipcc {
    fn rx_flags(&self) -> u32 {
        self.load(match self.side {
            Side::Cpu1 => C2TOC1SR,
            Side::Cpu2 => C1TOC2SR,
        })
    }

    fn tx_flags(&self) -> u32 {
        self.load(match self.side {
            Side::Cpu1 => C1TOC2SR,
            Side::Cpu2 => C2TOC1SR,
        })
    }

    // `SCR` reads as zero and acts on the ones written, so there is nothing
    // to read first.
    fn raise(&mut self, channel: u8) {
        self.store(self.own(SCR), 1 << (TX_SHIFT + u32::from(channel)));
    }

    fn acknowledge(&mut self, channel: u8) {
        self.store(self.own(SCR), 1 << channel);
    }

    fn unmask(&mut self, rx: u32, tx: u32) {
        self.store(self.own(MR), !(rx | tx << TX_SHIFT));
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use std::cell::UnsafeCell;

    struct Block(Box<UnsafeCell<[u32; 0x400 / 4]>>);

    impl Block {
        fn new() -> Self {
            Self(Box::new(UnsafeCell::new([0; 0x400 / 4])))
        }

        fn side(&self, side: Side) -> Ipcc {
            // SAFETY: the block outlives the test's use of the result.
            unsafe { Ipcc::new(self.0.get().cast(), side) }
        }

        fn set(&self, offset: usize, value: u32) {
            // SAFETY: inside the block, and nobody has a reference to it.
            unsafe { self.0.get().cast::<u32>().add(offset / 4).write(value) }
        }

        fn get(&self, offset: usize) -> u32 {
            // SAFETY: as above.
            unsafe { self.0.get().cast::<u32>().add(offset / 4).read() }
        }
    }

    #[test]
    fn each_side_reads_its_messages_from_the_others_status_register() {
        let block = Block::new();
        block.set(0x0C, 0b01);
        block.set(0x1C, 0b10);
        let (one, two) = (block.side(Side::Cpu1), block.side(Side::Cpu2));
        assert_eq!((one.rx_flags(), one.tx_flags()), (0b10, 0b01));
        assert_eq!((two.rx_flags(), two.tx_flags()), (0b01, 0b10));
    }

    #[test]
    fn each_side_writes_only_its_own_registers() {
        for (side, own, other) in
            [(Side::Cpu1, 0x00, 0x10), (Side::Cpu2, 0x10, 0x00)]
        {
            let block = Block::new();
            let mut ipcc = block.side(side);
            ipcc.start();
            assert_eq!(block.get(own), 0x0001_0001);
            assert_eq!(block.get(own + 4), 0xFFFF_FFFF);
            ipcc.raise(5);
            assert_eq!(block.get(own + 8), 1 << 21);
            ipcc.acknowledge(5);
            assert_eq!(block.get(own + 8), 1 << 5);
            ipcc.unmask(0b10_0001, 0b00_0010);
            assert_eq!(block.get(own + 4), !0x0002_0021);
            for offset in [0, 4, 8] {
                assert_eq!(block.get(other + offset), 0);
            }
            assert_eq!((block.get(0x0C), block.get(0x1C)), (0, 0));
        }
    }
}
