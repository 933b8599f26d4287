// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The clock tree: frequencies that follow from the registers.

use super::{Rcc, bdcr, cr};
use crate::chip::map::BlockId;

const HSI16: u32 = 16_000_000;
const HSE32: u32 = 32_000_000;
const LSE: u32 = 32_768;
const LSI: u32 = 32_000;
/// MSI frequency of each range (RM0453, RCC_CR.MSIRANGE).
const MSI: [u32; 12] = [
    100_000, 200_000, 400_000, 800_000, 1_000_000, 2_000_000, 4_000_000,
    8_000_000, 16_000_000, 24_000_000, 32_000_000, 48_000_000,
];

/// Frequencies in hertz; 0 is a stopped clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocks {
    pub sysclk: u32,
    /// CPU1, AHB1, AHB2, SRAM1. The simulator runs CPU2 from it, too.
    pub hclk1: u32,
    pub pclk1: u32,
    pub pclk2: u32,
    msi: u32,
    hsi: u32,
    lse: u32,
    lsi: u32,
    rtc: u32,
    /// The P and Q outputs of the PLL.
    pll_p: u32,
    pll_q: u32,
    ccipr: u32,
    timers_double: [bool; 2],
}

impl Clocks {
    /// The kernel clock of `block`, or its bus clock where it has no other.
    pub fn kernel(&self, block: BlockId) -> u32 {
        let select = |shift: u32, bus: u32| match self.ccipr >> shift & 3 {
            0 => bus,
            1 => self.sysclk,
            2 => self.hsi,
            _ => self.lse,
        };
        match block {
            BlockId::Usart1 => select(0, self.pclk2),
            BlockId::Usart2 => select(2, self.pclk1),
            BlockId::Lpuart1 => select(10, self.pclk1),
            BlockId::Tim2 => self.pclk1 << u32::from(self.timers_double[0]),
            BlockId::Tim1 | BlockId::Tim16 | BlockId::Tim17 => {
                self.pclk2 << u32::from(self.timers_double[1])
            }
            BlockId::Lptim1 => self.lptim(18),
            BlockId::Lptim2 => self.lptim(20),
            BlockId::Lptim3 => self.lptim(22),
            BlockId::Adc => match self.ccipr >> 28 & 3 {
                0 => 0,
                1 => self.hsi,
                2 => self.pll_p,
                _ => self.sysclk,
            },
            BlockId::Rng => match self.ccipr >> 30 {
                0 => self.pll_q,
                1 => self.lsi,
                2 => self.lse,
                _ => self.msi,
            },
            BlockId::Iwdg => self.lsi,
            BlockId::Rtc => self.rtc,
            BlockId::Wwdg | BlockId::Spi2 => self.pclk1,
            BlockId::Spi1 => self.pclk2,
            _ => self.hclk1,
        }
    }

    /// The kernel clock of the low-power timer whose selection begins at bit
    /// `shift` of CCIPR.
    fn lptim(&self, shift: u32) -> u32 {
        match self.ccipr >> shift & 3 {
            0 => self.pclk1,
            1 => self.lsi,
            2 => self.hsi,
            _ => self.lse,
        }
    }
}

impl Rcc {
    /// The frequencies that the registers configure at this moment.
    pub fn clocks(&self) -> Clocks {
        let sysclk = self.sysclk_hz();
        let hclk1 = sysclk / hpre(self.cfgr >> 4);
        let ppre1 = ppre(self.cfgr >> 8);
        let ppre2 = ppre(self.cfgr >> 11);
        let on = |bit: u32, hz: u32| if self.cr & bit != 0 { hz } else { 0 };
        Clocks {
            sysclk,
            hclk1,
            pclk1: hclk1 / ppre1,
            pclk2: hclk1 / ppre2,
            msi: on(cr::MSION, self.msi_hz()),
            hsi: on(cr::HSION | cr::HSIKERON, HSI16),
            lse: if self.bdcr & bdcr::LSEON != 0 { LSE } else { 0 },
            // The watchdog starts the LSI by itself.
            lsi: LSI,
            rtc: match self.bdcr >> 8 & 3 {
                _ if self.bdcr & bdcr::RTCEN == 0 => 0,
                1 => LSE,
                2 => LSI,
                3 => HSE32 / 32,
                _ => 0,
            },
            pll_p: self.pll_output(16, 17, 0x1f),
            pll_q: self.pll_output(24, 25, 7),
            ccipr: self.ccipr,
            timers_double: [ppre1 != 1, ppre2 != 1],
        }
    }

    fn msi_hz(&self) -> u32 {
        let range = if self.cr & cr::MSIRGSEL != 0 {
            self.cr >> 4
        } else {
            self.csr >> 8
        };
        // The manual ignores writes of the ranges above 11.
        MSI[(range & 0xf).min(11) as usize]
    }

    fn hse_hz(&self) -> u32 {
        HSE32 >> u32::from(self.cr & cr::HSEPRE != 0)
    }

    fn sysclk_hz(&self) -> u32 {
        match self.sysclk {
            0 => self.msi_hz(),
            1 => HSI16,
            2 => self.hse_hz(),
            _ => self.pll_hz(29, 7),
        }
    }

    /// An output of the PLL that bit `enable` of PLLCFGR switches on.
    fn pll_output(&self, enable: u32, divider: u32, mask: u32) -> u32 {
        if self.pllcfgr >> enable & 1 != 0 && self.source_ready(3) {
            self.pll_hz(divider, mask)
        } else {
            0
        }
    }

    /// The frequency behind the divider at bit `divider` of PLLCFGR.
    fn pll_hz(&self, divider: u32, mask: u32) -> u32 {
        let input = match self.pllcfgr & 3 {
            1 => self.msi_hz(),
            2 => HSI16,
            3 => self.hse_hz(),
            _ => 0,
        };
        let m = (self.pllcfgr >> 4 & 7) + 1;
        let n = self.pllcfgr >> 8 & 0x7f;
        let r = (self.pllcfgr >> divider & mask) + 1;
        let vco = u64::from(input) * u64::from(n) / u64::from(m);
        u32::try_from(vco / u64::from(r)).unwrap_or(u32::MAX)
    }
}

/// Decodes HPRE and its siblings.
fn hpre(field: u32) -> u32 {
    match field & 0xf {
        0b0001 => 3,
        0b0010 => 5,
        0b0101 => 6,
        0b0110 => 10,
        0b0111 => 32,
        0b1000 => 2,
        0b1001 => 4,
        0b1010 => 8,
        0b1011 => 16,
        0b1100 => 64,
        0b1101 => 128,
        0b1110 => 256,
        0b1111 => 512,
        _ => 1,
    }
}

/// Decodes PPRE1 and PPRE2.
fn ppre(field: u32) -> u32 {
    match field & 7 {
        0b100 => 2,
        0b101 => 4,
        0b110 => 8,
        0b111 => 16,
        _ => 1,
    }
}
