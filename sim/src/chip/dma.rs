// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The DMA controllers and their request multiplexer (RM0453, chapters DMA
//! and DMAMUX). A transfer takes no time: it happens as soon as its request
//! is there. The request generator and synchronisation are not modelled.

use super::access::{Access, Block, Write};

/// Channels of each controller.
pub(crate) const CHANNELS: usize = 7;

mod ccr {
    pub const EN: u32 = 1 << 0;
    pub const TCIE: u32 = 1 << 1;
    pub const HTIE: u32 = 1 << 2;
    pub const TEIE: u32 = 1 << 3;
    pub const DIR: u32 = 1 << 4;
    pub const CIRC: u32 = 1 << 5;
    pub const PINC: u32 = 1 << 6;
    pub const MINC: u32 = 1 << 7;
    pub const PSIZE: u32 = 8;
    pub const MSIZE: u32 = 10;
    pub const MEM2MEM: u32 = 1 << 14;
    pub const WRITABLE: u32 = 0x001f_ffff;
}

const TCIF: u32 = 1 << 1;
const HTIF: u32 = 1 << 2;
const TEIF: u32 = 1 << 3;

#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    ccr: u32,
    ndtr: u32,
    par: u32,
    mar: u32,
    /// What software wrote, for circular mode.
    length: u32,
    /// Where the next transfer takes place.
    at: (u32, u32),
    flags: u32,
}

/// One data movement that a channel wants to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub from: u32,
    pub from_size: u32,
    pub to: u32,
    pub to_size: u32,
}

/// One controller.
#[derive(Debug)]
pub(crate) struct Dma {
    channels: [Channel; CHANNELS],
}

impl Dma {
    pub fn new() -> Self {
        Dma {
            channels: [Channel::default(); CHANNELS],
        }
    }

    /// Whether channel `n` raises its interrupt.
    pub fn irq(&self, n: usize) -> bool {
        let c = &self.channels[n];
        [(ccr::TCIE, TCIF), (ccr::HTIE, HTIF), (ccr::TEIE, TEIF)]
            .iter()
            .any(|&(enable, flag)| c.ccr & enable != 0 && c.flags & flag != 0)
    }

    /// Whether channel `n` moves data without being asked.
    pub fn is_mem2mem(&self, n: usize) -> bool {
        self.channels[n].ccr & ccr::MEM2MEM != 0
    }

    /// The next movement of channel `n`, if it is enabled and has any left.
    pub fn next_move(&self, n: usize) -> Option<Move> {
        let c = &self.channels[n];
        if c.ccr & ccr::EN == 0 || c.ndtr == 0 {
            return None;
        }
        let size = |shift: u32| 1 << (c.ccr >> shift & 3).min(2);
        let peripheral = (c.at.0, size(ccr::PSIZE));
        let memory = (c.at.1, size(ccr::MSIZE));
        let (from, to) = if c.ccr & ccr::DIR != 0 {
            (memory, peripheral)
        } else {
            (peripheral, memory)
        };
        Some(Move {
            from: from.0,
            from_size: from.1,
            to: to.0,
            to_size: to.1,
        })
    }

    /// Accounts for a movement of channel `n` that succeeded or failed.
    pub fn moved(&mut self, n: usize, success: bool) {
        let c = &mut self.channels[n];
        if !success {
            c.flags |= TEIF;
            c.ccr &= !ccr::EN;
            return;
        }
        if c.ccr & ccr::PINC != 0 {
            c.at.0 += 1 << (c.ccr >> ccr::PSIZE & 3).min(2);
        }
        if c.ccr & ccr::MINC != 0 {
            c.at.1 += 1 << (c.ccr >> ccr::MSIZE & 3).min(2);
        }
        c.ndtr -= 1;
        if c.ndtr == c.length / 2 {
            c.flags |= HTIF;
        }
        if c.ndtr == 0 {
            c.flags |= TCIF;
            if c.ccr & ccr::CIRC != 0 {
                c.ndtr = c.length;
                c.at = (c.par, c.mar);
            }
        }
    }

    fn isr(&self) -> u32 {
        self.channels.iter().enumerate().fold(0, |v, (n, c)| {
            let global = u32::from(c.flags != 0);
            v | (c.flags | global) << (4 * n)
        })
    }
}

/// The channel and register at `offset`.
fn locate(offset: u32) -> Option<(usize, u32)> {
    let rel = offset.checked_sub(0x08)?;
    let n = (rel / 0x14) as usize;
    (n < CHANNELS && rel % 0x14 < 0x10).then_some((n, rel % 0x14))
}

impl Block for Dma {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        match offset {
            0x00 => return Some(self.isr()),
            0x04 => return Some(0),
            _ => {}
        }
        let (n, reg) = locate(offset)?;
        let c = &self.channels[n];
        Some(match reg {
            0x0 => c.ccr,
            0x4 => c.ndtr,
            0x8 => c.par,
            _ => c.mar,
        })
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        match offset {
            0x00 => return Some(()),
            0x04 => {
                for (n, c) in self.channels.iter_mut().enumerate() {
                    let clear = w.ones() >> (4 * n) & 0xf;
                    // CGIF clears all flags of the channel.
                    c.flags &= if clear & 1 != 0 { 0 } else { !clear };
                }
                return Some(());
            }
            _ => {}
        }
        let (n, reg) = locate(offset)?;
        let c = &mut self.channels[n];
        let enabled = c.ccr & ccr::EN != 0;
        match reg {
            0x0 => {
                let rising = w.rising(c.ccr);
                c.ccr = w.merge(c.ccr, ccr::WRITABLE);
                if rising & ccr::EN != 0 {
                    c.length = c.ndtr;
                    c.at = (c.par, c.mar);
                }
            }
            // The others are locked while the channel is enabled.
            _ if enabled => {}
            0x4 => c.ndtr = w.merge(c.ndtr, 0xffff),
            0x8 => c.par = w.merge(c.par, u32::MAX),
            _ => c.mar = w.merge(c.mar, u32::MAX),
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Dma::new();
    }
}

/// The request multiplexer.
#[derive(Debug, Default)]
pub(crate) struct Dmamux {
    ccr: [u32; 2 * CHANNELS],
    /// The request generator, which only stores.
    rgcr: [u32; 4],
}

impl Dmamux {
    /// The request that drives channel `n` of controller `dma`.
    pub fn request(&self, dma: usize, n: usize) -> u32 {
        self.ccr[dma * CHANNELS + n] & 0x3f
    }
}

impl Block for Dmamux {
    fn read(&mut self, offset: u32, _: &Access) -> Option<u32> {
        match offset {
            0x80 | 0x84 | 0x140 | 0x144 => Some(0),
            0x100..=0x10c => Some(self.rgcr[(offset as usize - 0x100) / 4]),
            _ => self.ccr.get(offset as usize / 4).copied(),
        }
    }

    fn write(&mut self, offset: u32, w: Write, _: &Access) -> Option<()> {
        let (reg, bits) = match offset {
            0x80 | 0x84 | 0x140 | 0x144 => return Some(()),
            0x100..=0x10c => {
                (&mut self.rgcr[(offset as usize - 0x100) / 4], 0x00ff_011f)
            }
            _ => (self.ccr.get_mut(offset as usize / 4)?, 0x1fff_033f),
        };
        *reg = w.merge(*reg, bits);
        Some(())
    }

    fn reset(&mut self) {
        *self = Dmamux::default();
    }
}

#[cfg(test)]
mod tests;
