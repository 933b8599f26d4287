// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The analog-to-digital converter (RM0453, chapter ADC). The pins are at
//! ground; the internal channels measure what a chip with 3.3 V at 30 degrees
//! would. Calibration takes no time. Hardware triggers and the analog
//! watchdogs are not modelled.

use super::access::{Access, Block, Write};

mod isr {
    pub const ADRDY: u32 = 1 << 0;
    pub const EOSMP: u32 = 1 << 1;
    pub const EOC: u32 = 1 << 2;
    pub const EOS: u32 = 1 << 3;
    pub const OVR: u32 = 1 << 4;
    pub const EOCAL: u32 = 1 << 11;
    pub const CCRDY: u32 = 1 << 13;
}

mod cr {
    pub const ADEN: u32 = 1 << 0;
    pub const ADDIS: u32 = 1 << 1;
    pub const ADSTART: u32 = 1 << 2;
    pub const ADSTP: u32 = 1 << 4;
    pub const ADVREGEN: u32 = 1 << 28;
    pub const ADCAL: u32 = 1 << 31;
}

/// CFGR2: oversampling.
const OVSE: u32 = 1 << 0;

mod cfgr1 {
    pub const DMAEN: u32 = 1 << 0;
    pub const SCANDIR: u32 = 1 << 2;
    pub const ALIGN: u32 = 1 << 5;
    pub const EXTEN: u32 = 3 << 10;
    pub const OVRMOD: u32 = 1 << 12;
    pub const CONT: u32 = 1 << 13;
    pub const WAIT: u32 = 1 << 14;
    pub const DISCEN: u32 = 1 << 16;
    pub const CHSELRMOD: u32 = 1 << 21;
}

/// Channels of the sequencer.
const CHANNELS: u32 = 18;
/// Readings of 12 bits: the temperature sensor and the reference as the
/// factory calibrated them, a third of the battery voltage.
const READINGS: [(u32, u32); 3] = [(12, 0x400), (13, 0x61e), (14, 4095 / 3)];

/// Half clocks of the sampling times that SMPR selects.
const SAMPLING: [u64; 8] = [3, 7, 15, 25, 39, 79, 159, 321];
/// The division of the kernel clock (CCR.PRESC).
const PRESCALERS: [u64; 16] = [
    1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256,
];

/// Registers without behaviour here: offset, reset value, writable bits.
const STORAGE: [(u32, u32, u32); 6] = [
    (0x20, 0x0fff_0000, 0x0fff_0fff),
    (0x24, 0x0fff_0000, 0x0fff_0fff),
    (0x2c, 0x0fff_0000, 0x0fff_0fff),
    (0xa0, 0, 0x0003_ffff),
    (0xa4, 0, 0x0003_ffff),
    (0xb4, 0, 0x7f),
];

/// The ADC block.
#[derive(Debug)]
pub(crate) struct Adc {
    isr: u32,
    ier: u32,
    cr: u32,
    cfgr1: u32,
    cfgr2: u32,
    smpr: u32,
    chselr: u32,
    ccr: u32,
    dr: u32,
    /// Conversions of the sequence that are already done.
    position: usize,
    /// When the conversion under way ends.
    done_at: Option<u64>,
    storage: [u32; STORAGE.len()],
}

impl Adc {
    pub fn new() -> Self {
        Adc {
            isr: 0,
            ier: 0,
            cr: 0,
            cfgr1: 0,
            cfgr2: 0,
            smpr: 0,
            chselr: 0,
            ccr: 0,
            dr: 0,
            position: 0,
            done_at: None,
            storage: STORAGE.map(|(_, reset, _)| reset),
        }
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        self.isr & self.ier != 0
    }

    /// Whether a result waits for the DMA.
    pub fn dma_request(&self) -> bool {
        self.cfgr1 & cfgr1::DMAEN != 0 && self.isr & isr::EOC != 0
    }

    /// The channels to convert, in order.
    fn sequence(&self) -> Vec<u32> {
        if self.cfgr1 & cfgr1::CHSELRMOD != 0 {
            return (0..8)
                .map(|n| self.chselr >> (4 * n) & 0xf)
                .take_while(|&channel| channel != 0xf)
                .collect();
        }
        let selected = |n: &u32| self.chselr >> n & 1 != 0;
        let mut channels: Vec<u32> = (0..CHANNELS).filter(selected).collect();
        if self.cfgr1 & cfgr1::SCANDIR != 0 {
            channels.reverse();
        }
        channels
    }

    /// The result of a conversion, in the resolution and at the place that
    /// CFGR1 asks for.
    fn convert(&self, channel: u32) -> u32 {
        let reading = READINGS.iter().find(|r| r.0 == channel);
        let lost = 2 * (self.cfgr1 >> 3 & 3);
        let value = reading.map_or(0, |r| r.1) >> lost;
        if self.cfgr2 & OVSE != 0 {
            let shift = self.cfgr2 >> 5 & 0xf;
            let sum = value * self.samples() as u32;
            return sum >> shift & 0xffff;
        }
        match self.cfgr1 & cfgr1::ALIGN {
            0 => value,
            // 6 bits align to a byte, the others to the halfword.
            _ if lost == 6 => value << 2,
            _ => value << (4 + lost),
        }
    }

    /// Samples of a conversion.
    fn samples(&self) -> u64 {
        match self.cfgr2 & OVSE {
            0 => 1,
            _ => 2 << (self.cfgr2 >> 2 & 7),
        }
    }

    /// The time at which a conversion ends.
    pub fn next_event(&self) -> Option<u64> {
        self.done_at
    }

    /// Ends one conversion that is over and begins the next.
    pub fn advance(&mut self, access: &Access) {
        if let Some(t) = self.done_at.take_if(|t| *t <= access.now) {
            self.finish();
            self.begin(&Access { now: t, ..*access });
        }
    }

    /// The frequency of the converter, from the kernel or the bus clock
    /// (CFGR2.CKMODE).
    fn hz(&self, access: &Access) -> u64 {
        let bus = u64::from(access.core_hz);
        match self.cfgr2 >> 30 {
            0 => {
                let prescaler = PRESCALERS[(self.ccr >> 18 & 0xf) as usize];
                u64::from(access.kernel_hz) / prescaler
            }
            1 => bus / 2,
            2 => bus / 4,
            _ => bus,
        }
    }

    /// Core cycles that it takes to convert `channel`.
    fn time(&self, channel: u32, access: &Access) -> u64 {
        let selection = match self.smpr >> (8 + channel) & 1 {
            0 => self.smpr,
            _ => self.smpr >> 4,
        };
        // 12.5 clocks at 12 bits, and one less for each bit less.
        let bits = 25 - 4 * u64::from(self.cfgr1 >> 3 & 3);
        let half_clocks = SAMPLING[(selection & 7) as usize] + bits;
        let cycles = self.samples() * half_clocks * u64::from(access.core_hz)
            / (2 * self.hz(access).max(1));
        cycles.max(1)
    }

    /// Begins the next conversion if there is one, unless a result has to be
    /// taken first.
    fn begin(&mut self, access: &Access) {
        let is_full = self.isr & isr::EOC != 0;
        if self.cr & cr::ADSTART == 0
            || self.cfgr1 & cfgr1::EXTEN != 0
            || self.cfgr1 & cfgr1::WAIT != 0 && is_full
            || self.done_at.is_some()
        {
            return;
        }
        match self.sequence().get(self.position) {
            Some(&channel) => {
                self.done_at = Some(access.now + self.time(channel, access));
            }
            None => self.cr &= !cr::ADSTART,
        }
    }

    /// Ends a conversion.
    fn finish(&mut self) {
        let sequence = self.sequence();
        let Some(&channel) = sequence.get(self.position) else {
            self.cr &= !cr::ADSTART;
            return;
        };
        let is_overrun = self.isr & isr::EOC != 0;
        if is_overrun {
            self.isr |= isr::OVR;
        }
        if !is_overrun || self.cfgr1 & cfgr1::OVRMOD != 0 {
            self.dr = self.convert(channel);
        }
        self.isr |= isr::EOSMP | isr::EOC;
        self.position += 1;
        let is_last = self.position == sequence.len();
        if is_last {
            self.isr |= isr::EOS;
            self.position = 0;
        }
        let ends = is_last && self.cfgr1 & cfgr1::CONT == 0
            || self.cfgr1 & cfgr1::DISCEN != 0;
        if ends {
            self.cr &= !cr::ADSTART;
        }
    }

    fn write_cr(&mut self, w: Write, access: &Access) {
        let ones = w.ones();
        self.cr = w.merge(self.cr, cr::ADVREGEN) & cr::ADVREGEN
            | self.cr & (cr::ADEN | cr::ADSTART);
        if ones & cr::ADCAL != 0 && self.cr & cr::ADEN == 0 {
            self.isr |= isr::EOCAL;
        }
        if ones & cr::ADEN != 0 {
            self.cr |= cr::ADEN;
            if self.hz(access) != 0 {
                self.isr |= isr::ADRDY;
            }
        }
        if ones & cr::ADSTP != 0 {
            self.cr &= !cr::ADSTART;
            self.position = 0;
            self.done_at = None;
        } else if ones & cr::ADSTART != 0 && self.isr & isr::ADRDY != 0 {
            self.cr |= cr::ADSTART;
            self.begin(access);
        }
        if ones & cr::ADDIS != 0 && self.cr & cr::ADSTART == 0 {
            self.cr &= !cr::ADEN;
            self.isr &= !isr::ADRDY;
        }
    }
}

impl Block for Adc {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.isr,
            0x04 => self.ier,
            0x08 => self.cr,
            0x0c => self.cfgr1,
            0x10 => self.cfgr2,
            0x14 => self.smpr,
            0x28 => self.chselr,
            0x40 => {
                if !access.peek {
                    self.isr &= !isr::EOC;
                    self.begin(access);
                }
                self.dr
            }
            0x308 => self.ccr,
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i]
            }
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x00 => {
                // The converter stays ready.
                self.isr &= !(w.ones() & !isr::ADRDY);
                self.begin(access);
            }
            0x04 => self.ier = w.merge(self.ier, 0x2b9f),
            0x08 => self.write_cr(w, access),
            0x0c => {
                self.cfgr1 = w.merge(self.cfgr1, 0x7fe1_fdff);
                self.isr |= isr::CCRDY;
            }
            0x10 => self.cfgr2 = w.merge(self.cfgr2, 0xe000_03fd),
            0x28 => {
                self.chselr = w.merge(self.chselr, u32::MAX);
                self.isr |= isr::CCRDY;
            }
            0x14 => self.smpr = w.merge(self.smpr, 0x03ff_ff77),
            0x308 => self.ccr = w.merge(self.ccr, 0x01fc_0000),
            0x40 => {}
            _ => {
                let i = STORAGE.iter().position(|r| r.0 == offset)?;
                self.storage[i] = w.merge(self.storage[i], STORAGE[i].2);
            }
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Adc::new();
    }
}

#[cfg(test)]
mod tests;
