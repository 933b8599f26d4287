// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The serial peripheral interfaces (RM0453, chapter SPI), SPI1, SPI2 and
//! the one that leads to the radio, as masters of a bus where nobody answers:
//! zeroes come in for what goes out. Slave mode, reception without
//! transmission, CRC and I2S are not modelled.

use super::access::{Access, Block, Write};

mod cr1 {
    pub const MSTR: u32 = 1 << 2;
    pub const SPE: u32 = 1 << 6;
    /// BIDIMODE and BIDIOE: one data line, which sends.
    pub const SEND_ONLY: u32 = 3 << 14;
}

mod cr2 {
    pub const RXDMAEN: u32 = 1 << 0;
    pub const TXDMAEN: u32 = 1 << 1;
    pub const ERRIE: u32 = 1 << 5;
    pub const RXNEIE: u32 = 1 << 6;
    pub const TXEIE: u32 = 1 << 7;
    pub const FRXTH: u32 = 1 << 12;
    pub const RESET: u32 = 0x0700;
}

const SR_RXNE: u32 = 1 << 0;
const SR_TXE: u32 = 1 << 1;
const SR_OVR: u32 = 1 << 6;
const SR_BSY: u32 = 1 << 7;

/// Bytes that fit into each FIFO.
const FIFO: u32 = 4;

/// One SPI block.
#[derive(Debug)]
pub(crate) struct Spi {
    cr1: u32,
    cr2: u32,
    crcpr: u32,
    i2s: [u32; 2],
    /// Bytes to send.
    waiting: u32,
    /// When the frame that is being sent ends.
    sent_at: Option<u64>,
    /// Bytes in the receive FIFO, all zero.
    received: u32,
    overrun: bool,
    /// DR was read since the overrun: reading SR clears the flag.
    data_read: bool,
}

impl Spi {
    pub fn new() -> Self {
        Spi {
            cr1: 0,
            cr2: cr2::RESET,
            crcpr: 7,
            i2s: [0, 2],
            waiting: 0,
            sent_at: None,
            received: 0,
            overrun: false,
            data_read: false,
        }
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        let sr = self.sr();
        [
            (SR_RXNE, cr2::RXNEIE),
            (SR_TXE, cr2::TXEIE),
            (SR_OVR, cr2::ERRIE),
        ]
        .iter()
        .any(|&(flag, enable)| sr & flag != 0 && self.cr2 & enable != 0)
    }

    /// Whether the receiver asks the DMA to take a frame.
    pub fn rx_request(&self) -> bool {
        self.cr2 & cr2::RXDMAEN != 0 && self.sr() & SR_RXNE != 0
    }

    /// Whether the transmitter asks the DMA for a frame.
    pub fn tx_request(&self) -> bool {
        let is_on = self.cr1 & cr1::SPE != 0;
        is_on && self.cr2 & cr2::TXDMAEN != 0 && self.sr() & SR_TXE != 0
    }

    /// The time at which a frame ends.
    pub fn next_event(&self) -> Option<u64> {
        self.sent_at
    }

    /// Ends one frame that is over and begins the next.
    pub fn advance(&mut self, access: &Access) {
        if let Some(t) = self.sent_at.take_if(|t| *t <= access.now) {
            self.waiting -= self.waiting.min(self.frame());
            self.receive();
            self.sent_at = (self.waiting > 0).then(|| t + self.time(access));
        }
    }

    /// Bytes of a frame in the FIFO (CR2.DS).
    fn frame(&self) -> u32 {
        if self.cr2 >> 8 & 0xf > 7 { 2 } else { 1 }
    }

    fn sr(&self) -> u32 {
        let threshold = if self.cr2 & cr2::FRXTH != 0 { 1 } else { 2 };
        let mut v = level(self.received) << 9 | level(self.waiting) << 11;
        if self.waiting <= FIFO / 2 {
            v |= SR_TXE;
        }
        if self.sent_at.is_some() {
            v |= SR_BSY;
        }
        if self.received >= threshold {
            v |= SR_RXNE;
        }
        if self.overrun {
            v |= SR_OVR;
        }
        v
    }

    /// Core cycles that a frame takes.
    fn time(&self, access: &Access) -> u64 {
        let bits = u64::from(self.cr2 >> 8 & 0xf) + 1;
        let clocks = bits << ((self.cr1 >> 3 & 7) + 1);
        let cycles = clocks * u64::from(access.core_hz)
            / u64::from(access.kernel_hz.max(1));
        cycles.max(1)
    }

    fn is_master(&self) -> bool {
        let on = cr1::SPE | cr1::MSTR;
        self.cr1 & on == on
    }

    /// Queues `bytes` and sends them one frame after the other.
    fn send(&mut self, bytes: u32, access: &Access) {
        self.waiting = (self.waiting + bytes.max(self.frame())).min(FIFO);
        if self.is_master() && self.sent_at.is_none() {
            self.sent_at = Some(access.now + self.time(access));
        }
    }

    /// Takes the frame that came in while one went out.
    fn receive(&mut self) {
        if self.cr1 & cr1::SEND_ONLY == cr1::SEND_ONLY {
            return;
        }
        if self.received + self.frame() > FIFO {
            self.overrun = true;
            self.data_read = false;
        } else {
            self.received += self.frame();
        }
    }
}

/// FRLVL and FTLVL count quarters, and cannot say three.
fn level(bytes: u32) -> u32 {
    match bytes {
        4.. => 3,
        n => n.min(2),
    }
}

impl Block for Spi {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        Some(match offset {
            0x00 => self.cr1,
            0x04 => self.cr2,
            0x08 => {
                let sr = self.sr();
                if self.data_read && !access.peek {
                    self.overrun = false;
                }
                sr
            }
            0x0c => {
                if !access.peek {
                    self.received = self
                        .received
                        .saturating_sub(access.size.clamp(self.frame(), 2));
                    self.data_read = true;
                }
                0
            }
            0x10 => self.crcpr,
            0x14 | 0x18 => 0,
            0x1c => self.i2s[0],
            0x20 => self.i2s[1],
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        match offset {
            0x00 => {
                self.cr1 = w.merge(self.cr1, 0xffff);
                if self.cr1 & cr1::SPE == 0 {
                    (self.waiting, self.received) = (0, 0);
                    self.sent_at = None;
                }
            }
            0x04 => self.cr2 = w.merge(self.cr2, 0x7fff),
            0x0c => self.send(w.size().min(2), access),
            0x10 => self.crcpr = w.merge(self.crcpr, 0xffff),
            0x1c => self.i2s[0] = w.merge(self.i2s[0], 0x1fbf),
            0x20 => self.i2s[1] = w.merge(self.i2s[1], 0x03ff),
            0x08 | 0x14 | 0x18 => {}
            _ => return None,
        }
        Some(())
    }

    fn reset(&mut self) {
        *self = Spi::new();
    }
}

#[cfg(test)]
mod tests;
