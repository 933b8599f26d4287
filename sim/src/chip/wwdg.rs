// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The window watchdog (RM0453, chapter WWDG).

use super::access::{Access, Block, Write};

const CR_WDGA: u32 = 1 << 7;
const CFR_EWI: u32 = 1 << 9;
const COUNT: u32 = 0x7f;
/// The counter's last value before it resets the chip.
const LAST: u32 = 0x40;

/// The WWDG block.
#[derive(Debug)]
pub(crate) struct Wwdg {
    active: bool,
    cfr: u32,
    early: bool,
    /// The counter's value at cycle `since`.
    count: u32,
    since: u64,
    /// When the early wake-up interrupt comes and when the reset.
    early_at: Option<u64>,
    reset_at: Option<u64>,
}

impl Wwdg {
    pub fn new() -> Self {
        Wwdg {
            active: false,
            cfr: COUNT,
            early: false,
            count: COUNT,
            since: 0,
            early_at: None,
            reset_at: None,
        }
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        self.early && self.cfr & CFR_EWI != 0
    }

    /// The time of the next interrupt or reset.
    pub fn next_event(&self) -> Option<u64> {
        self.early_at.or(self.reset_at)
    }

    /// Lets the counter run up to `now`. Returns whether the chip is to be
    /// reset.
    pub fn advance(&mut self, now: u64) -> bool {
        if self.early_at.is_some_and(|t| t <= now) {
            self.early_at = None;
            self.early = true;
        }
        self.reset_at.is_some_and(|t| t <= now)
    }

    /// Keeps counting when the clocks change to those of `new`.
    pub fn rescale(&mut self, old: &Access, new: &Access) {
        self.count = self.counted(old);
        self.since = old.now;
        self.schedule(new);
    }

    /// Core cycles per count.
    fn period(&self, access: &Access) -> u64 {
        let clocks = 4096_u64 << (self.cfr >> 11 & 7);
        clocks * u64::from(access.core_hz) / u64::from(access.kernel_hz.max(1))
    }

    /// The counter's value now.
    fn counted(&self, access: &Access) -> u32 {
        if !self.active {
            return self.count;
        }
        let counts =
            access.now.saturating_sub(self.since) / self.period(access);
        self.count.saturating_sub(counts.min(COUNT.into()) as u32)
    }

    fn schedule(&mut self, access: &Access) {
        if !self.active {
            return;
        }
        let at = |end: u32| {
            let counts = u64::from(self.count.saturating_sub(end));
            self.since + counts * self.period(access)
        };
        let (early, reset) = (at(LAST), at(LAST - 1));
        self.early_at = (!self.early).then_some(early);
        self.reset_at = Some(reset);
    }

    fn write_cr(&mut self, w: Write, access: &Access) {
        let is_early = self.active && self.counted(access) > self.cfr & COUNT;
        // Only a reset stops it.
        self.active |= w.ones() & CR_WDGA != 0;
        self.count = w.ones() & COUNT;
        self.since = access.now;
        self.schedule(access);
        if is_early {
            self.reset_at = Some(access.now);
            self.early_at = None;
        }
    }
}

impl Block for Wwdg {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 if self.active => CR_WDGA | self.counted(access),
            0x00 => self.count,
            0x04 => self.cfr,
            0x08 => self.early.into(),
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x00 => self.write_cr(w, access),
            0x04 => {
                self.count = self.counted(access);
                self.since = access.now;
                // The interrupt can only be enabled.
                let ewi = self.cfr & CFR_EWI;
                self.cfr = w.merge(self.cfr, 0x3a7f) | ewi;
                self.schedule(access);
            }
            0x08 => self.early &= w.merge(1, 1) != 0,
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Wwdg::new();
    }
}

#[cfg(test)]
mod tests;
