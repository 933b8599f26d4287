// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The independent watchdog (RM0453, chapter IWDG). Updates of prescaler,
//! reload and window take effect at once.

use super::access::{Access, Block, Write};

const UNLOCK: u32 = 0x5555;
const REFRESH: u32 = 0xaaaa;
const START: u32 = 0xcccc;

/// The IWDG block.
#[derive(Debug)]
pub(crate) struct Iwdg {
    pr: u32,
    rlr: u32,
    winr: u32,
    unlocked: bool,
    running: bool,
    deadline: Option<u64>,
}

impl Iwdg {
    pub fn new() -> Self {
        Iwdg {
            pr: 7,
            rlr: 0xfff,
            winr: 0xfff,
            unlocked: false,
            running: false,
            deadline: None,
        }
    }

    /// When the chip is going to be reset unless software refreshes.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Keeps the time that is left when the core clock changes to `hz`.
    pub fn rescale(&mut self, access: &Access, hz: u32) {
        let old = u64::from(access.core_hz);
        self.deadline = self.deadline.map(|t| {
            let left = t.saturating_sub(access.now);
            access.now + left * u64::from(hz) / old
        });
    }

    /// The binary logarithm of the division that PR.PR selects.
    fn prescaler(&self) -> u32 {
        2 + self.pr.min(6)
    }

    /// Changes the prescaler under a counter that keeps its value.
    fn set_prescaler(&mut self, pr: u32, access: &Access) {
        let old = self.prescaler();
        self.pr = pr;
        let new = self.prescaler();
        self.deadline = self.deadline.map(|t| {
            let left = t.saturating_sub(access.now) >> old << new;
            access.now + left
        });
    }

    /// Core cycles that `counts` of the down-counter take.
    fn cycles(&self, counts: u32, access: &Access) -> u64 {
        let ticks = u64::from(counts) << self.prescaler();
        ticks * u64::from(access.core_hz) / u64::from(access.kernel_hz.max(1))
    }

    fn reload(&mut self, access: &Access) {
        let period = self.cycles(self.rlr + 1, access);
        self.deadline = Some(access.now + period);
    }

    /// Reloads the counter, or resets the chip if the counter is still above
    /// the window.
    fn refresh(&mut self, access: &Access) {
        let window = self.cycles(self.winr + 1, access);
        let is_early = self
            .deadline
            .is_some_and(|t| t.saturating_sub(access.now) > window);
        if is_early {
            self.deadline = Some(access.now);
        } else {
            self.reload(access);
        }
    }
}

impl Block for Iwdg {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => 0,
            0x04 => self.pr,
            0x08 => self.rlr,
            0x0c => 0,
            0x10 => self.winr,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x00 => {
                self.unlocked = w.ones() == UNLOCK;
                self.running |= w.ones() == START;
                match w.ones() {
                    START if self.deadline.is_none() => self.reload(access),
                    REFRESH if self.running => self.refresh(access),
                    _ => {}
                }
            }
            0x04 if self.unlocked => {
                self.set_prescaler(w.merge(self.pr, 7), access);
            }
            0x08 if self.unlocked => self.rlr = w.merge(self.rlr, 0xfff),
            0x10 if self.unlocked => {
                self.winr = w.merge(self.winr, 0xfff);
                if self.running {
                    self.reload(access);
                }
            }
            0x04 | 0x08 | 0x0c | 0x10 => {}
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Iwdg::new();
    }
}

#[cfg(test)]
mod tests;
