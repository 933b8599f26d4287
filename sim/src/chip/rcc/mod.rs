// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reset and clock control (RM0453, chapter RCC).
//!
//! Oscillators and the PLL are ready as soon as they are on; start-up times
//! are not modelled. Interrupts of the block (oscillator ready, clock
//! security) are not either: `RCC_CIFR` reads zero.

mod clocks;

use super::access::{Access, Block, Write};
use super::map::Group;
use crate::core_id::CoreId;
pub(crate) use clocks::Clocks;

mod cr {
    pub const MSION: u32 = 1 << 0;
    pub const MSIRDY: u32 = 1 << 1;
    pub const MSIRGSEL: u32 = 1 << 3;
    pub const HSION: u32 = 1 << 8;
    pub const HSIKERON: u32 = 1 << 9;
    pub const HSIRDY: u32 = 1 << 10;
    pub const HSIKERDY: u32 = 1 << 12;
    pub const HSEON: u32 = 1 << 16;
    pub const HSERDY: u32 = 1 << 17;
    pub const CSSON: u32 = 1 << 19;
    pub const HSEPRE: u32 = 1 << 20;
    pub const PLLON: u32 = 1 << 24;
    pub const PLLRDY: u32 = 1 << 25;
    pub const WRITABLE: u32 = 0x0139_0bfd | CSSON | HSEPRE;
}

mod csr {
    pub const LSION: u32 = 1 << 0;
    pub const LSIRDY: u32 = 1 << 1;
    pub const LSIPRE: u32 = 1 << 4;
    pub const MSISRANGE: u32 = 0xf << 8;
    pub const RFRSTF: u32 = 1 << 14;
    pub const RFRST: u32 = 1 << 15;
    pub const RMVF: u32 = 1 << 23;
    pub const PINRSTF: u32 = 1 << 26;
    pub const BORRSTF: u32 = 1 << 27;
    pub const FLAGS: u32 = 0xff << 24;
    pub const WRITABLE: u32 = LSION | LSIPRE | MSISRANGE | RFRST;
    /// MSI range 6 after Standby, the radio in reset, and bit 16, which the
    /// manual keeps reserved at one.
    pub const RESET: u32 = 0x0001_0600 | RFRST;
}

mod bdcr {
    pub const LSEON: u32 = 1 << 0;
    pub const LSERDY: u32 = 1 << 1;
    pub const LSESYSEN: u32 = 1 << 7;
    pub const LSESYSRDY: u32 = 1 << 11;
    pub const RTCSEL: u32 = 3 << 8;
    pub const RTCEN: u32 = 1 << 15;
    pub const BDRST: u32 = 1 << 16;
    pub const WRITABLE: u32 = 0x0301_83bd;
}

/// Why the chip was reset, as `RCC_CSR` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// Power came up.
    PowerOn,
    /// A core wrote `SYSRESETREQ`.
    Software,
    /// The independent watchdog expired.
    IndependentWatchdog,
    /// The window watchdog expired or was refreshed too early.
    WindowWatchdog,
    /// `FLASH_CR.OBL_LAUNCH` reloaded the option bytes.
    OptionBytes,
}

impl ResetCause {
    /// The flags the reset leaves in `RCC_CSR`; the pin is pulled low by
    /// every internal reset.
    fn flags(self) -> u32 {
        csr::PINRSTF
            | match self {
                ResetCause::PowerOn => csr::BORRSTF,
                ResetCause::Software => 1 << 28,
                ResetCause::IndependentWatchdog => 1 << 29,
                ResetCause::WindowWatchdog => 1 << 30,
                ResetCause::OptionBytes => 1 << 25,
            }
    }
}

/// What a write to the block asks of the rest of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Reset the blocks behind these newly set reset bits.
    Reset(Group, u32),
    /// A clock frequency may have changed.
    Clocks,
    /// Reset the backup domain.
    BackupReset,
}

/// The RCC block.
#[derive(Debug)]
pub(crate) struct Rcc {
    cr: u32,
    icscr: u32,
    cfgr: u32,
    /// The system clock in use (the SWS encoding).
    sysclk: u32,
    pllcfgr: u32,
    cier: u32,
    rstr: [u32; Group::COUNT],
    enr: [[u32; Group::COUNT]; 2],
    smenr: [[u32; Group::COUNT]; 2],
    ccipr: u32,
    bdcr: u32,
    csr: u32,
    extcfgr: u32,
    request: Option<Request>,
    /// `PWR_CR1.DBP`: the backup domain may be written.
    pub backup_writable: bool,
}

/// The bits that exist in the enable registers of CPU1.
const EXISTING: [u32; Group::COUNT] = [
    0x0000_1007,
    0x0000_0087,
    0x021f_0000,
    0xa0e2_4c01,
    0x0000_0061,
    0x0006_5a00,
    0x0000_0001,
];
/// What CPU2 cannot enable: the window watchdog belongs to CPU1.
const CPU1_ONLY: (Group, u32) = (Group::Apb1a, 1 << 11);
/// What has no reset bit: the window watchdog and the registers of RTC and
/// TAMP.
const WITHOUT_RESET: (Group, u32) = (Group::Apb1a, 1 << 10 | 1 << 11);

/// The bits that exist in the enable registers of CPU2.
const EXISTING_CPU2: [u32; Group::COUNT] = without(CPU1_ONLY);
/// The bits that exist in the reset registers.
const RESETTABLE: [u32; Group::COUNT] = without(WITHOUT_RESET);

const fn without((group, bits): (Group, u32)) -> [u32; Group::COUNT] {
    let mut masks = EXISTING;
    masks[group as usize] &= !bits;
    masks
}

const SMENR_RESET: [[u32; Group::COUNT]; 2] = {
    let cpu1 = [
        0x1007,
        0x87,
        0x0387_0000,
        0xa0e2_4c01,
        0x61,
        0x0006_5a00,
        0x01,
    ];
    let mut cpu2 = cpu1;
    cpu2[CPU1_ONLY.0 as usize] &= !CPU1_ONLY.1;
    [cpu1, cpu2]
};
/// AHB3 comes up with the flash interface and HSEM clocked.
const ENR_RESET: [u32; Group::COUNT] = [0, 0, 0x0208_0000, 0, 0, 0, 0];

impl Rcc {
    pub fn new() -> Self {
        let mut rcc = Rcc {
            cr: 0,
            icscr: 0,
            cfgr: 0,
            sysclk: 0,
            pllcfgr: 0,
            cier: 0,
            rstr: [0; Group::COUNT],
            enr: [ENR_RESET; 2],
            smenr: SMENR_RESET,
            ccipr: 0,
            bdcr: 0,
            csr: csr::RESET,
            extcfgr: 0,
            request: None,
            backup_writable: false,
        };
        rcc.reset();
        rcc.record_reset(ResetCause::PowerOn);
        rcc
    }

    /// Adds the flags of a reset to `RCC_CSR`, where they stay until RMVF.
    pub fn record_reset(&mut self, cause: ResetCause) {
        self.csr |= cause.flags();
    }

    /// Whether `core` has enabled the clock behind bit `bit` of `group`.
    pub fn is_enabled(&self, core: CoreId, group: Group, bit: u8) -> bool {
        self.enr[core.index()][group as usize] >> bit & 1 != 0
    }

    /// Whether bit `bit` of `group` holds its block in reset.
    pub fn holds_reset(&self, group: Group, bit: u8) -> bool {
        self.rstr[group as usize] >> bit & 1 != 0
    }

    /// Takes what the last write asked for.
    pub fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Clears the registers that live in the backup domain.
    fn reset_backup(&mut self) {
        self.bdcr &= bdcr::BDRST;
    }

    /// Whether the source of system clock `sw` (SW encoding) is running.
    fn source_ready(&self, sw: u32) -> bool {
        let cr = self.read_cr();
        let ready = [cr::MSIRDY, cr::HSIRDY, cr::HSERDY, cr::PLLRDY];
        cr & ready[(sw & 3) as usize] != 0
    }

    fn read_cr(&self) -> u32 {
        let mut v = self.cr;
        for (on, ready) in [
            (cr::MSION, cr::MSIRDY),
            (cr::HSION, cr::HSIRDY),
            (cr::HSIKERON, cr::HSIKERDY),
            (cr::HSEON, cr::HSERDY),
        ] {
            if v & on != 0 {
                v |= ready;
            }
        }
        // The PLL locks only with a running input.
        let input = match self.pllcfgr & 3 {
            1 => cr::MSION,
            2 => cr::HSION,
            3 => cr::HSEON,
            _ => return v,
        };
        if v & cr::PLLON != 0 && v & input != 0 {
            v |= cr::PLLRDY;
        }
        v
    }

    fn write_cr(&mut self, w: Write) {
        let mut new = w.merge(self.cr, cr::WRITABLE);
        // MSIRGSEL and CSSON can only be set; hardware refuses to stop the
        // oscillator that drives the system clock.
        new |= self.cr & (cr::MSIRGSEL | cr::CSSON);
        let in_use = match self.sysclk {
            0 => cr::MSION,
            1 => cr::HSION,
            2 => cr::HSEON,
            _ => cr::PLLON,
        };
        new |= self.cr & in_use;
        self.cr = new;
        self.update_sysclk();
    }

    /// Switches the system clock once the selected source is ready.
    fn update_sysclk(&mut self) {
        let sw = self.cfgr & 3;
        if self.source_ready(sw) {
            self.sysclk = sw;
        }
        self.request = Some(Request::Clocks);
    }
}

impl Block for Rcc {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.read_cr(),
            0x04 => self.icscr,
            // The prescaler flags say that a new value has been applied.
            0x08 => self.cfgr & !0xc | self.sysclk << 2 | 0x0007_0000,
            0x0c => self.pllcfgr,
            0x18 => self.cier,
            0x1c | 0x20 => 0,
            0x28..=0x44 => self.rstr[Group::at(offset - 0x28)? as usize],
            0x48..=0x64 => self.enr[0][Group::at(offset - 0x48)? as usize],
            0x68..=0x84 => self.smenr[0][Group::at(offset - 0x68)? as usize],
            0x88 => self.ccipr,
            0x90 => {
                let mut v = self.bdcr;
                if v & bdcr::LSEON != 0 {
                    v |= bdcr::LSERDY;
                    if v & bdcr::LSESYSEN != 0 {
                        v |= bdcr::LSESYSRDY;
                    }
                }
                v
            }
            0x94 => {
                let mut v = self.csr;
                if v & csr::LSION != 0 {
                    v |= csr::LSIRDY;
                }
                if v & csr::RFRST != 0 {
                    v |= csr::RFRSTF;
                }
                v
            }
            0x108 => self.extcfgr | 0x0003_0000,
            0x148..=0x164 => self.enr[1][Group::at(offset - 0x148)? as usize],
            0x168..=0x184 => self.smenr[1][Group::at(offset - 0x168)? as usize],
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.write_cr(w),
            0x04 => self.icscr = w.merge(self.icscr, 0x7f00_ff00),
            0x08 => {
                self.cfgr = w.merge(self.cfgr, 0x7f00_bff3);
                self.update_sysclk();
            }
            0x0c => {
                self.pllcfgr = w.merge(self.pllcfgr, 0xff3f_7f73);
                self.update_sysclk();
            }
            0x18 => self.cier = w.merge(self.cier, 0x0000_023f),
            // CIFR is read-only; CICR has nothing to clear.
            0x1c | 0x20 => {}
            0x28..=0x44 => {
                let group = Group::at(offset - 0x28)?;
                let i = group as usize;
                let rising = w.rising(self.rstr[i]) & RESETTABLE[i];
                self.rstr[i] = w.merge(self.rstr[i], RESETTABLE[i]);
                self.request = Some(Request::Reset(group, rising));
            }
            0x48..=0x64 => {
                let i = Group::at(offset - 0x48)? as usize;
                self.enr[0][i] = w.merge(self.enr[0][i], EXISTING[i]);
            }
            0x68..=0x84 => {
                let i = Group::at(offset - 0x68)? as usize;
                self.smenr[0][i] = w.merge(self.smenr[0][i], SMENR_RESET[0][i]);
            }
            0x88 => {
                self.ccipr = w.merge(self.ccipr, 0xf0ff_ff0f);
                self.request = Some(Request::Clocks);
            }
            0x90 => self.write_bdcr(w),
            0x94 => {
                self.csr = w.merge(self.csr, csr::WRITABLE);
                if w.ones() & csr::RMVF != 0 {
                    self.csr &= !csr::FLAGS;
                }
            }
            0x108 => {
                self.extcfgr = w.merge(self.extcfgr, 0xff);
                self.request = Some(Request::Clocks);
            }
            0x148..=0x164 => {
                let i = Group::at(offset - 0x148)? as usize;
                self.enr[1][i] = w.merge(self.enr[1][i], EXISTING_CPU2[i]);
            }
            0x168..=0x184 => {
                let i = Group::at(offset - 0x168)? as usize;
                self.smenr[1][i] = w.merge(self.smenr[1][i], SMENR_RESET[1][i]);
            }
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        self.cr = 0x61;
        self.icscr = 0x4000_0000;
        self.cfgr = 0;
        self.sysclk = 0;
        self.pllcfgr = 0x2204_0100;
        self.cier = 0;
        self.rstr = [0; Group::COUNT];
        self.enr = [ENR_RESET; 2];
        self.smenr = SMENR_RESET;
        self.ccipr = 0;
        // BDCR and the flags in CSR outlive a system reset.
        self.csr = self.csr & csr::FLAGS | csr::RESET;
        self.extcfgr = 0;
        self.backup_writable = false;
        self.request = Some(Request::Clocks);
    }
}

impl Rcc {
    fn write_bdcr(&mut self, w: Write) {
        if !self.backup_writable {
            return;
        }
        let rising = w.rising(self.bdcr);
        // Once selected, the RTC clock stays until the domain is reset.
        let mut writable = bdcr::WRITABLE;
        if self.bdcr & bdcr::RTCSEL != 0 {
            writable &= !bdcr::RTCSEL;
        }
        self.bdcr = w.merge(self.bdcr, writable);
        if self.bdcr & bdcr::BDRST != 0 {
            self.reset_backup();
        }
        self.request = if rising & bdcr::BDRST != 0 {
            Some(Request::BackupReset)
        } else {
            Some(Request::Clocks)
        };
    }
}

#[cfg(test)]
mod tests;
