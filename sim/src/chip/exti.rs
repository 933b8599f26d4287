// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The extended interrupt controller (RM0453, chapter EXTI), for lines with
//! an edge detector. Direct lines only matter in Stop mode, where nothing but
//! their masks shows, and those are stored.

use super::access::{Access, Block, Write};
use crate::core_id::CoreId;

/// Configurable lines of each register set: 0 to 16, 21 and 22; 34, 40, 41
/// and 45. The others are direct.
const LINES: [u32; 2] = [0x0061_ffff, 0x2304];
/// Lines with an interrupt mask.
const IMR: [u32; 2] = [u32::MAX, 0x7ff4];
/// Lines with an event mask.
const EMR: [u32; 2] = [0x007e_ffff, 0x0300];

/// The bits of lines 40 and 41: an SEV of CPU2 for CPU1 and the reverse.
const SEV_FOR: [u32; 2] = [1 << 8, 1 << 9];
/// The interrupts that these lines drive.
const SEV_IRQ: [u8; 2] = [20, 3];

/// One register set of 32 lines.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    rtsr: u32,
    ftsr: u32,
    pr: u32,
    imr: [u32; 2],
    emr: [u32; 2],
}

/// The EXTI block.
#[derive(Debug)]
pub(crate) struct Exti {
    sets: [Set; 2],
    /// Last seen levels of lines 0 to 15.
    level: u32,
}

/// Interrupt numbers that a group of lines drives.
struct Output {
    lines: u32,
    irq: [u8; 2],
}

/// GPIO lines: CPU1 has single vectors for the first five, CPU2 has three
/// vectors for all.
const OUTPUTS: [Output; 7] = [
    Output {
        lines: 1 << 0,
        irq: [6, 4],
    },
    Output {
        lines: 1 << 1,
        irq: [7, 4],
    },
    Output {
        lines: 1 << 2,
        irq: [8, 5],
    },
    Output {
        lines: 1 << 3,
        irq: [9, 5],
    },
    Output {
        lines: 1 << 4,
        irq: [10, 6],
    },
    Output {
        lines: 0x03e0,
        irq: [22, 6],
    },
    Output {
        lines: 0xfc00,
        irq: [41, 6],
    },
];

impl Exti {
    pub fn new() -> Self {
        Exti {
            sets: [Set::default(); 2],
            level: 0,
        }
    }

    /// Shows the levels of the sixteen GPIO lines to the edge detectors.
    pub fn observe(&mut self, level: u32) {
        let set = &mut self.sets[0];
        let rising = level & !self.level & set.rtsr;
        let falling = !level & self.level & set.ftsr;
        set.pr |= (rising | falling) & 0xffff;
        self.level = level;
    }

    /// The interrupt lines of `core` that are asserted, as a bitmap.
    pub fn irqs(&self, core: CoreId) -> u64 {
        let i = core.index();
        let [gpio, other] = self.sets.map(|s| s.pr & s.imr[i]);
        let mut irqs = 0;
        if gpio != 0 {
            irqs = OUTPUTS
                .iter()
                .filter(|o| o.lines & gpio != 0)
                .fold(0, |m, o| m | 1 << o.irq[i]);
        }
        if other & SEV_FOR[i] != 0 {
            irqs |= 1 << SEV_IRQ[i];
        }
        irqs
    }

    /// `core` executed SEV. Returns whether the other core gets an event.
    pub fn send_event(&mut self, core: CoreId) -> bool {
        let i = core.other().index();
        let set = &mut self.sets[1];
        set.pr |= SEV_FOR[i] & set.rtsr;
        set.emr[i] & SEV_FOR[i] != 0
    }
}

/// The register set and the register in it.
fn locate(offset: u32) -> Option<(usize, u32)> {
    match offset {
        0x00..=0x0c => Some((0, offset)),
        0x20..=0x2c => Some((1, offset - 0x20)),
        0x80 | 0x84 | 0xc0 | 0xc4 => Some((0, offset)),
        0x90 | 0x94 | 0xd0 | 0xd4 => Some((1, offset - 0x10)),
        _ => None,
    }
}

impl Block for Exti {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        let (i, reg) = locate(offset)?;
        let set = &self.sets[i];
        Some(match reg {
            0x00 => set.rtsr,
            0x04 => set.ftsr,
            0x08 => 0,
            0x0c => set.pr,
            0x80 => set.imr[0],
            0x84 => set.emr[0],
            0xc0 => set.imr[1],
            _ => set.emr[1],
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        let (i, reg) = locate(offset)?;
        let set = &mut self.sets[i];
        match reg {
            0x00 => set.rtsr = w.merge(set.rtsr, LINES[i]),
            0x04 => set.ftsr = w.merge(set.ftsr, LINES[i]),
            0x08 => set.pr |= w.ones() & LINES[i],
            0x0c => set.pr &= !w.ones(),
            0x80 => set.imr[0] = w.merge(set.imr[0], IMR[i]),
            0x84 => set.emr[0] = w.merge(set.emr[0], EMR[i]),
            0xc0 => set.imr[1] = w.merge(set.imr[1], IMR[i]),
            _ => set.emr[1] = w.merge(set.emr[1], EMR[i]),
        }
        Some(())
    }

    fn reset(&mut self) {
        self.sets = [Set::default(); 2];
    }
}

#[cfg(test)]
mod tests;
