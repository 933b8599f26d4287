// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The inter-processor communication controller (RM0453, chapter IPCC).
//!
//! Six channels in each direction. A channel's flag is set by its sender and
//! cleared by its receiver; the two interrupt lines of each core are levels
//! derived from the flags and that core's masks. Nothing stops a core from
//! writing the registers of the other.

use super::access::{Access, Block, Write};
use crate::core_id::CoreId;

/// Channels in each direction.
const CHANNELS: u32 = 6;
/// The bits that exist in a status register and in each half of a mask.
const FLAGS: u32 = (1 << CHANNELS) - 1;

const RXOIE: u32 = 1 << 0;
const TXFIE: u32 = 1 << 16;

/// One core's half of the block.
#[derive(Clone, Copy, Debug)]
struct Half {
    cr: u32,
    mr: u32,
}

impl Half {
    const RESET: Half = Half {
        cr: 0,
        mr: u32::MAX,
    };
}

/// How often the flags of one direction changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagCounts {
    /// Free to occupied, per channel (index 0 is channel 1).
    pub set: [u64; CHANNELS as usize],
    /// Occupied to free, per channel.
    pub cleared: [u64; CHANNELS as usize],
}

/// The IPCC block.
#[derive(Debug)]
pub(crate) struct Ipcc {
    half: [Half; 2],
    /// Flags set by each core towards the other.
    flags: [u32; 2],
    counts: [FlagCounts; 2],
}

/// The levels of one core's two interrupt lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub rx_occupied: bool,
    pub tx_free: bool,
}

impl Ipcc {
    pub fn new() -> Self {
        Ipcc {
            half: [Half::RESET; 2],
            flags: [0; 2],
            counts: [FlagCounts::default(); 2],
        }
    }

    /// The interrupt lines of `core`.
    pub fn lines(&self, core: CoreId) -> Lines {
        let Half { cr, mr } = self.half[core.index()];
        let incoming = self.flags[core.other().index()];
        let outgoing = self.flags[core.index()];
        Lines {
            rx_occupied: cr & RXOIE != 0 && incoming & !mr & FLAGS != 0,
            tx_free: cr & TXFIE != 0 && !outgoing & !(mr >> 16) & FLAGS != 0,
        }
    }

    /// The flags that `sender` has raised towards the other core.
    pub fn flags(&self, sender: CoreId) -> u32 {
        self.flags[sender.index()]
    }

    /// Flag changes in the direction that `sender` sends.
    pub fn counts(&self, sender: CoreId) -> FlagCounts {
        self.counts[sender.index()]
    }

    /// Sets the flags in `mask`, as a write of CHnS by `sender`.
    pub fn set(&mut self, sender: CoreId, mask: u32) {
        let i = sender.index();
        let changed = mask & FLAGS & !self.flags[i];
        self.flags[i] |= changed;
        count(&mut self.counts[i].set, changed);
    }

    /// Clears the flags in `mask` that `sender` set, as a write of CHnC by
    /// the other core.
    pub fn clear(&mut self, sender: CoreId, mask: u32) {
        let i = sender.index();
        let changed = mask & FLAGS & self.flags[i];
        self.flags[i] &= !changed;
        count(&mut self.counts[i].cleared, changed);
    }
}

fn count(counters: &mut [u64; CHANNELS as usize], changed: u32) {
    for (n, c) in counters.iter_mut().enumerate() {
        *c += u64::from(changed >> n & 1);
    }
}

/// The core whose half holds `offset`, and the offset inside the half.
fn half_of(offset: u32) -> Option<(CoreId, u32)> {
    match offset {
        0x00..=0x0c => Some((CoreId::Cpu1, offset)),
        0x10..=0x1c => Some((CoreId::Cpu2, offset - 0x10)),
        _ => None,
    }
}

impl Block for Ipcc {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        if let Some((core, reg)) = half_of(offset) {
            let half = &self.half[core.index()];
            return Some(match reg {
                0x0 => half.cr,
                0x4 => half.mr,
                // SCR is write-only and reads as zero.
                0x8 => 0,
                _ => self.flags[core.index()],
            });
        }
        Some(match offset {
            0x3f0 => CHANNELS,
            0x3f4 => 0x10,
            0x3f8 => 0x0010_0071,
            0x3fc => 0xa3c5_dd01,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        if let Some((core, reg)) = half_of(offset) {
            let half = &mut self.half[core.index()];
            match reg {
                0x0 => half.cr = w.merge(half.cr, RXOIE | TXFIE),
                // The bits without a channel read as they do after reset.
                0x4 => half.mr = w.merge(half.mr, FLAGS | FLAGS << 16),
                0x8 => {
                    self.clear(core.other(), w.ones());
                    self.set(core, w.ones() >> 16);
                }
                // The status registers are read-only.
                _ => {}
            }
            return Some(());
        }
        matches!(offset, 0x3f0..=0x3fc).then_some(())
    }

    fn reset(&mut self) {
        self.half = [Half::RESET; 2];
        self.flags = [0; 2];
    }
}

#[cfg(test)]
mod tests;
