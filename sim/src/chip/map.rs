// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the peripherals are (RM0453, table "Memory map and peripheral
//! register boundary addresses") and which RCC bits clock and reset them.

/// A peripheral block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BlockId {
    Tim2,
    Rtc,
    Wwdg,
    Iwdg,
    Spi2,
    Usart2,
    I2c1,
    I2c2,
    I2c3,
    Dac,
    Lptim1,
    Lpuart1,
    Lptim2,
    Lptim3,
    Tamp,
    Syscfg,
    Vrefbuf,
    Comp,
    Adc,
    Tim1,
    Spi1,
    Usart1,
    Tim16,
    Tim17,
    Dma1,
    Dma2,
    Dmamux1,
    Crc,
    GpioA,
    GpioB,
    GpioC,
    GpioH,
    Rcc,
    Pwr,
    Exti,
    Ipcc,
    Rng,
    Hsem,
    Aes,
    Pka,
    Flash,
    Tzsc,
    Tzic,
    SubghzSpi,
    Dbgmcu,
}

/// The RCC register groups that hold enable and reset bits, in the order of
/// their offsets: each group is `xRSTR`, `xENR`, `xSMENR` and their `C2`
/// counterparts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Ahb1,
    Ahb2,
    Ahb3,
    Apb1a,
    Apb1b,
    Apb2,
    Apb3,
}

impl Group {
    /// Number of groups.
    pub const COUNT: usize = 7;

    /// The group whose register lies `offset` bytes after the first register
    /// of its kind; offset 0x0C is a hole.
    pub fn at(offset: u32) -> Option<Group> {
        Some(match offset {
            0x00 => Group::Ahb1,
            0x04 => Group::Ahb2,
            0x08 => Group::Ahb3,
            0x10 => Group::Apb1a,
            0x14 => Group::Apb1b,
            0x18 => Group::Apb2,
            0x1c => Group::Apb3,
            _ => return None,
        })
    }
}

/// One row of the memory map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub block: BlockId,
    pub base: u32,
    pub size: u32,
    /// The enable and reset bit; `None` for blocks that are always clocked.
    pub gate: Option<(Group, u8)>,
}

const fn row(
    block: BlockId,
    base: u32,
    size: u32,
    gate: Option<(Group, u8)>,
) -> Row {
    Row {
        block,
        base,
        size,
        gate,
    }
}

/// The memory map, ascending by address.
pub(crate) static MAP: [Row; 45] = {
    use BlockId::*;
    use Group::*;
    [
        row(Tim2, 0x4000_0000, 0x400, Some((Apb1a, 0))),
        row(Rtc, 0x4000_2800, 0x400, Some((Apb1a, 10))),
        row(Wwdg, 0x4000_2c00, 0x400, Some((Apb1a, 11))),
        row(Iwdg, 0x4000_3000, 0x400, None),
        row(Spi2, 0x4000_3800, 0x400, Some((Apb1a, 14))),
        row(Usart2, 0x4000_4400, 0x400, Some((Apb1a, 17))),
        row(I2c1, 0x4000_5400, 0x400, Some((Apb1a, 21))),
        row(I2c2, 0x4000_5800, 0x400, Some((Apb1a, 22))),
        row(I2c3, 0x4000_5c00, 0x400, Some((Apb1a, 23))),
        row(Dac, 0x4000_7400, 0x400, Some((Apb1a, 29))),
        row(Lptim1, 0x4000_7c00, 0x400, Some((Apb1a, 31))),
        row(Lpuart1, 0x4000_8000, 0x400, Some((Apb1b, 0))),
        row(Lptim2, 0x4000_9400, 0x400, Some((Apb1b, 5))),
        row(Lptim3, 0x4000_9800, 0x400, Some((Apb1b, 6))),
        // TAMP shares the clock enable of the RTC.
        row(Tamp, 0x4000_b000, 0x400, Some((Apb1a, 10))),
        row(Syscfg, 0x4001_0000, 0x30, None),
        row(Vrefbuf, 0x4001_0030, 0xd0, None),
        // The interrupt masks of SYSCFG, above VREFBUF.
        row(Syscfg, 0x4001_0100, 0x100, None),
        row(Comp, 0x4001_0200, 0x08, None),
        row(Syscfg, 0x4001_0208, 0x1f8, None),
        row(Adc, 0x4001_2400, 0x400, Some((Apb2, 9))),
        row(Tim1, 0x4001_2c00, 0x400, Some((Apb2, 11))),
        row(Spi1, 0x4001_3000, 0x400, Some((Apb2, 12))),
        row(Usart1, 0x4001_3800, 0x400, Some((Apb2, 14))),
        row(Tim16, 0x4001_4400, 0x400, Some((Apb2, 17))),
        row(Tim17, 0x4001_4800, 0x400, Some((Apb2, 18))),
        row(Dma1, 0x4002_0000, 0x400, Some((Ahb1, 0))),
        row(Dma2, 0x4002_0400, 0x400, Some((Ahb1, 1))),
        row(Dmamux1, 0x4002_0800, 0x400, Some((Ahb1, 2))),
        row(Crc, 0x4002_3000, 0x400, Some((Ahb1, 12))),
        row(GpioA, 0x4800_0000, 0x400, Some((Ahb2, 0))),
        row(GpioB, 0x4800_0400, 0x400, Some((Ahb2, 1))),
        row(GpioC, 0x4800_0800, 0x400, Some((Ahb2, 2))),
        row(GpioH, 0x4800_1c00, 0x400, Some((Ahb2, 7))),
        row(Rcc, 0x5800_0000, 0x400, None),
        row(Pwr, 0x5800_0400, 0x400, None),
        row(Exti, 0x5800_0800, 0x400, None),
        row(Ipcc, 0x5800_0c00, 0x400, Some((Ahb3, 20))),
        row(Rng, 0x5800_1000, 0x400, Some((Ahb3, 18))),
        row(Hsem, 0x5800_1400, 0x400, Some((Ahb3, 19))),
        row(Aes, 0x5800_1800, 0x400, Some((Ahb3, 17))),
        row(Pka, 0x5800_2000, 0x2000, Some((Ahb3, 16))),
        row(Flash, 0x5800_4000, 0x400, Some((Ahb3, 25))),
        row(Tzsc, 0x5800_4400, 0x400, None),
        row(Tzic, 0x5800_4800, 0x400, None),
    ]
};

/// Blocks outside the contiguous table: the radio's SPI on APB3 and the debug
/// block in the vendor window of the private peripheral bus.
static OUTLIERS: [Row; 2] = [
    row(
        BlockId::SubghzSpi,
        0x5801_0000,
        0x400,
        Some((Group::Apb3, 0)),
    ),
    row(BlockId::Dbgmcu, 0xe004_2000, 0x400, None),
];

/// The row that covers `addr`, or `None` where nothing exists.
pub(crate) fn decode(addr: u32) -> Option<&'static Row> {
    let i = MAP.partition_point(|r| r.base <= addr);
    let row = match i.checked_sub(1) {
        Some(i) if addr - MAP[i].base < MAP[i].size => &MAP[i],
        _ => OUTLIERS
            .iter()
            .find(|r| r.base <= addr && addr - r.base < r.size)?,
    };
    Some(row)
}

/// The offset of `addr` in its block. SYSCFG is split by VREFBUF and COMP, so
/// its offsets count from its first register.
pub(crate) fn offset(row: &Row, addr: u32) -> u32 {
    match row.block {
        BlockId::Syscfg => addr - 0x4001_0000,
        _ => addr - row.base,
    }
}

/// The blocks that the reset bit `bit` of `group` resets.
pub(crate) fn reset_by(group: Group, bit: u8) -> impl Iterator<Item = BlockId> {
    MAP.iter()
        .chain(&OUTLIERS)
        .filter(move |r| r.gate == Some((group, bit)))
        .map(|r| r.block)
}

/// The windows of address space that the peripherals decode, for the bus.
/// Addresses inside a window that no row covers are bus errors.
pub(crate) const WINDOWS: [(&str, u32, u32); 6] = [
    ("apb1", 0x4000_0000, 0x1_0000),
    ("apb2", 0x4001_0000, 0x1_0000),
    ("ahb1", 0x4002_0000, 0x1_0000),
    ("ahb2", 0x4800_0000, 0x2000),
    ("ahb3", 0x5800_0000, 0x1_0400),
    ("dbgmcu", 0xe004_2000, 0x400),
];

#[cfg(test)]
mod tests {
    use super::{BlockId, MAP, decode};

    #[test]
    fn rows_ascend_and_do_not_overlap() {
        for pair in MAP.windows(2) {
            assert!(
                pair[0].base + pair[0].size <= pair[1].base,
                "{:?} overlaps {:?}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn addresses_decode_to_their_block_or_to_nothing() {
        let block = |a| decode(a).map(|r| r.block);
        assert_eq!(block(0x5800_0c00), Some(BlockId::Ipcc));
        assert_eq!(block(0x5800_0fff), Some(BlockId::Ipcc));
        assert_eq!(block(0x5801_0000), Some(BlockId::SubghzSpi));
        assert_eq!(block(0x4001_0204), Some(BlockId::Comp));
        assert_eq!(block(0x4001_0208), Some(BlockId::Syscfg));
        assert_eq!(block(0x4000_0400), None);
        assert_eq!(block(0x5800_1c00), None);
    }
}
