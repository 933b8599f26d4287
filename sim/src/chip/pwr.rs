// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Power control (RM0453, chapter PWR), as far as software sees it: the CPU2
//! boot control, register storage, and status flags of a regulator that is
//! always ready. Low-power modes beyond Sleep are not modelled.

use super::access::{Access, Block, Write};

const CR1_DBP: u32 = 1 << 8;
const CR4_C2BOOT: u32 = 1 << 15;
const CR5_SMPSEN: u32 = 1 << 15;

const SR1_C2HF: u32 = 1 << 14;
const SR2_C2BOOTS: u32 = 1 << 0;
const SR2_SMPSRDY: u32 = 1 << 3;
const SR2_LDORDY: u32 = 1 << 4;
const SR2_FLASHRDY: u32 = 1 << 7;
const SR2_REGLPS: u32 = 1 << 8;

/// Low-power mode flags of CPU1 (bits 10:8) and CPU2 (bits 13:11).
const EXTSCR_C1: u32 = 7 << 8;
const EXTSCR_C2: u32 = 7 << 11;

/// Registers without behaviour here: offset and writable bits. The pull-up
/// and pull-down registers have those of the pins that exist.
const STORAGE: [(u32, u32); 10] = [
    (0x20, 0xffff),
    (0x24, 0xffff),
    (0x28, 0xffff),
    (0x2c, 0xffff),
    (0x30, 0xe07f),
    (0x34, 0xe07f),
    (0x58, 0x0008),
    (0x5c, 0x0008),
    // SECCFGR and RSSCMDR.
    (0x8c, 0x8000),
    (0x98, 0xff),
];

/// The PWR block.
#[derive(Debug)]
pub(crate) struct Pwr {
    cr1: u32,
    cr2: u32,
    cr3: u32,
    cr4: u32,
    cr5: u32,
    sr1: u32,
    storage: [u32; STORAGE.len()],
    c2cr1: u32,
    c2cr3: u32,
    extscr: u32,
    subghzspicr: u32,
    booted_by_cpu1: bool,
    boot_requested: bool,
}

impl Pwr {
    pub fn new() -> Self {
        Pwr {
            cr1: 0x0200,
            cr2: 0,
            cr3: 0x8000,
            cr4: 0,
            cr5: 0,
            sr1: 0,
            storage: [0; STORAGE.len()],
            c2cr1: 7,
            c2cr3: 0x8000,
            extscr: 0,
            subghzspicr: 0x8000,
            booted_by_cpu1: false,
            boot_requested: false,
        }
    }

    /// Whether `PWR_CR1.DBP` lets the backup domain be written.
    pub fn backup_writable(&self) -> bool {
        self.cr1 & CR1_DBP != 0
    }

    /// Takes a request to start CPU2 that `PWR_CR4.C2BOOT` made.
    pub fn take_boot_request(&mut self) -> bool {
        std::mem::take(&mut self.boot_requested)
    }

    fn write_cr4(&mut self, w: Write) {
        if w.rising(self.cr4) & CR4_C2BOOT != 0 {
            self.boot_requested = true;
            self.booted_by_cpu1 = true;
        }
        self.cr4 = w.merge(self.cr4, 0x8b07);
    }
}

impl Block for Pwr {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr1,
            0x04 => self.cr2,
            0x08 => self.cr3,
            0x0c => self.cr4,
            0x10 => self.sr1,
            0x14 => {
                let mut v = SR2_FLASHRDY | SR2_REGLPS;
                if self.booted_by_cpu1 {
                    v |= SR2_C2BOOTS;
                }
                v | if self.cr5 & CR5_SMPSEN != 0 {
                    SR2_SMPSRDY
                } else {
                    SR2_LDORDY
                }
            }
            0x18 => 0,
            0x1c => self.cr5,
            0x80 => self.c2cr1,
            0x84 => self.c2cr3,
            0x88 => self.extscr,
            0x90 => self.subghzspicr,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => self.cr1 = w.merge(self.cr1, 0x473f),
            0x04 => self.cr2 = w.merge(self.cr2, 0x4f),
            0x08 => self.cr3 = w.merge(self.cr3, 0xef87),
            0x0c => self.write_cr4(w),
            0x10 | 0x14 => {}
            0x18 => self.sr1 &= !(w.ones() & (SR1_C2HF | 0x0907)),
            0x1c => self.cr5 = w.merge(self.cr5, 0xc000),
            0x80 => self.c2cr1 = w.merge(self.c2cr1, 0x37),
            0x84 => self.c2cr3 = w.merge(self.c2cr3, 0xad07),
            0x88 => {
                for (bit, flags) in [(1, EXTSCR_C1), (2, EXTSCR_C2)] {
                    if w.ones() & bit != 0 {
                        self.extscr &= !flags;
                    }
                }
            }
            0x90 => self.subghzspicr = w.merge(self.subghzspicr, 0x8000),
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i] = w.merge(self.storage[i], STORAGE[i].1);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Pwr::new();
    }
}

#[cfg(test)]
mod tests;
