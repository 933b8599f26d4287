// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! USART1, USART2 and LPUART1 (RM0453, chapters USART and LPUART).
//!
//! Asynchronous mode with 7 to 9 bit frames, FIFO mode, all status flags and
//! interrupts of that mode, DMA requests, and timing from BRR and the kernel
//! clock. Not modelled: synchronous, smartcard, IrDA, LIN, auto-baud and mute
//! modes and hardware flow control (the far end always grants CTS).

mod line;
mod regs;
#[cfg(test)]
mod tests;

use super::access::{Access, Block, Write};
use crate::config::InputPacing;
use crate::core_id::CoreId;
use line::{FrameTime, Shift};
use regs::{cr1, cr2, cr3, icr, isr, rqr};
use std::collections::VecDeque;

/// Entries of each FIFO.
const FIFO: usize = 8;

/// Which UART.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UartId {
    /// USART1 at 0x4001_3800.
    Usart1,
    /// USART2 at 0x4000_4400.
    Usart2,
    /// LPUART1 at 0x4000_8000, the virtual COM port of the Nucleo board.
    Lpuart1,
}

impl UartId {
    /// All of them, in the order of their indices.
    pub const ALL: [UartId; 3] =
        [UartId::Usart1, UartId::Usart2, UartId::Lpuart1];

    /// Position in [`UartId::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A UART and the line it is wired to.
#[derive(Debug)]
pub(crate) struct Uart {
    id: UartId,
    cr1: u32,
    cr2: u32,
    cr3: u32,
    brr: u32,
    gtpr: u32,
    rtor: u32,
    presc: u32,
    /// Sticky flags: the ones that ICR clears.
    flags: u32,
    last_rdr: u16,
    tx: VecDeque<u16>,
    tx_shift: Option<Shift>,
    rx: VecDeque<u16>,
    rx_shift: Option<Shift>,
    /// When IDLE is raised unless another frame starts before.
    idle_at: Option<u64>,
    /// When the receiver timeout expires.
    timeout_at: Option<u64>,
    pub pacing: InputPacing,
    input: VecDeque<u8>,
    output: Vec<u8>,
    owner: Option<CoreId>,
    overruns: u64,
}

impl Uart {
    pub fn new(id: UartId, pacing: InputPacing) -> Self {
        Uart {
            id,
            cr1: 0,
            cr2: 0,
            cr3: 0,
            brr: 0,
            gtpr: 0,
            rtor: 0,
            presc: 0,
            flags: isr::TC,
            last_rdr: 0,
            tx: VecDeque::with_capacity(FIFO),
            tx_shift: None,
            rx: VecDeque::with_capacity(FIFO + 1),
            rx_shift: None,
            idle_at: None,
            timeout_at: None,
            pacing,
            input: VecDeque::new(),
            output: Vec::new(),
            owner: None,
            overruns: 0,
        }
    }

    /// The core that enabled the UART last.
    pub fn owner(&self) -> Option<CoreId> {
        self.owner
    }

    /// Bytes lost to receiver overruns since power-on.
    pub fn overruns(&self) -> u64 {
        self.overruns
    }

    /// Queues bytes at the far end of the receive line.
    pub fn type_bytes(&mut self, bytes: &[u8], access: &Access) {
        self.input.extend(bytes);
        self.start_rx(access);
    }

    /// Bytes that have not started to travel to the receiver.
    pub fn input_len(&self) -> usize {
        self.input.len()
    }

    /// Whether nothing is on its way in either direction.
    pub fn is_quiet(&self) -> bool {
        self.rx_shift.is_none()
            && self.tx_shift.is_none()
            && self.tx.is_empty()
            && self.rx.is_empty()
    }

    /// Takes the bytes transmitted since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether there is output to take.
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    fn enabled(&self) -> bool {
        self.cr1 & cr1::UE != 0
    }

    fn receiving(&self) -> bool {
        self.enabled() && self.cr1 & cr1::RE != 0
    }

    fn transmitting(&self) -> bool {
        self.enabled() && self.cr1 & cr1::TE != 0
    }

    fn fifo_mode(&self) -> bool {
        self.cr1 & cr1::FIFOEN != 0
    }

    /// Frames the receiver holds without an overrun: RDR and, in FIFO mode,
    /// the FIFO behind it.
    fn rx_capacity(&self) -> usize {
        if self.fifo_mode() { FIFO + 1 } else { 1 }
    }

    fn tx_capacity(&self) -> usize {
        if self.fifo_mode() { FIFO } else { 1 }
    }

    fn is_lpuart(&self) -> bool {
        self.id == UartId::Lpuart1
    }

    /// The status register as it reads now.
    pub fn isr(&self) -> u32 {
        let mut v = self.flags;
        let set = |on: bool, bit: u32| if on { bit } else { 0 };
        v |= set(!self.rx.is_empty(), isr::RXFNE);
        v |= set(self.tx.len() < self.tx_capacity(), isr::TXFNF);
        v |= set(self.rx_shift.is_some(), isr::BUSY);
        v |= set(self.transmitting(), isr::TEACK);
        v |= set(self.receiving(), isr::REACK);
        if self.fifo_mode() {
            v |= set(self.tx.is_empty(), isr::TXFE);
            v |= set(self.rx.len() == FIFO + 1, isr::RXFF);
            let rx = cr3::threshold(self.cr3 >> cr3::RXFTCFG);
            let tx = cr3::threshold(self.cr3 >> cr3::TXFTCFG);
            // At the setting "full" the threshold counts RDR as well.
            let rx = if rx == FIFO { FIFO + 1 } else { rx };
            v |= set(self.rx.len() >= rx, isr::RXFT);
            v |= set(FIFO - self.tx.len() >= tx, isr::TXFT);
        }
        v
    }

    /// The level of the interrupt line.
    pub fn irq(&self) -> bool {
        let s = self.isr();
        let on = |reg: u32, enable: u32, flags: u32| {
            reg & enable != 0 && s & flags != 0
        };
        let errors = isr::FE | isr::NE | isr::ORE;
        on(self.cr1, cr1::IDLEIE, isr::IDLE)
            || on(self.cr1, cr1::RXFNEIE, isr::RXFNE | isr::ORE)
            || on(self.cr1, cr1::TCIE, isr::TC)
            || on(self.cr1, cr1::TXFNFIE, isr::TXFNF)
            || on(self.cr1, cr1::PEIE, isr::PE)
            || on(self.cr1, cr1::CMIE, isr::CMF)
            || on(self.cr1, cr1::RTOIE, isr::RTOF)
            || on(self.cr3, cr3::EIE, errors)
            || (self.fifo_mode()
                && (on(self.cr1, cr1::TXFEIE, isr::TXFE)
                    || on(self.cr1, cr1::RXFFIE, isr::RXFF)
                    || on(self.cr3, cr3::RXFTIE, isr::RXFT)
                    || on(self.cr3, cr3::TXFTIE, isr::TXFT)))
    }

    /// Whether the receiver asks the DMA to take a frame.
    pub fn rx_request(&self) -> bool {
        self.cr3 & cr3::DMAR != 0 && self.enabled() && !self.rx.is_empty()
    }

    /// Whether the transmitter asks the DMA for a frame.
    pub fn tx_request(&self) -> bool {
        self.cr3 & cr3::DMAT != 0
            && self.enabled()
            && self.tx.len() < self.tx_capacity()
    }

    /// The time of the next change that happens without an access.
    pub fn next_event(&self) -> Option<u64> {
        [
            self.tx_shift.as_ref().map(|s| s.end),
            self.rx_shift.as_ref().map(|s| s.end),
            self.idle_at,
            self.timeout_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Carries out everything due up to `access.now`, in order of time.
    pub fn advance(&mut self, access: &Access) {
        while let Some(at) = self.next_event().filter(|&t| t <= access.now) {
            let due = Access { now: at, ..*access };
            if self.tx_shift.as_ref().is_some_and(|s| s.end == at) {
                self.finish_tx(&due);
            } else if self.rx_shift.as_ref().is_some_and(|s| s.end == at) {
                self.finish_rx(&due);
            } else if self.timeout_at == Some(at) {
                self.timeout_at = None;
                self.flags |= isr::RTOF;
            } else {
                self.idle_at = None;
                self.flags |= isr::IDLE;
            }
        }
    }

    fn frame_time(&self, access: &Access) -> Option<FrameTime> {
        FrameTime::new(
            self.is_lpuart(),
            self.cr1,
            self.cr2,
            self.brr,
            self.presc,
            access,
        )
    }

    /// Moves the oldest queued frame to the idle shift register.
    fn start_tx(&mut self, access: &Access) {
        if self.tx_shift.is_some() || !self.transmitting() {
            return;
        }
        let Some(time) = self.frame_time(access) else {
            return;
        };
        if let Some(data) = self.tx.pop_front() {
            self.flags &= !isr::TC;
            self.tx_shift = Some(Shift {
                data,
                end: access.now + time.frame,
            });
        }
    }

    fn finish_tx(&mut self, access: &Access) {
        if let Some(s) = self.tx_shift.take() {
            let mask = line::payload_mask(self.cr1);
            self.output.push((s.data & mask) as u8);
        }
        self.start_tx(access);
        if self.tx_shift.is_none() && self.tx.is_empty() {
            self.flags |= isr::TC;
        }
    }

    /// Lets the far end start its next byte if the line and, depending on the
    /// pacing, the receiver are free.
    fn start_rx(&mut self, access: &Access) {
        if self.rx_shift.is_some() || !self.receiving() {
            return;
        }
        if self.pacing == InputPacing::WhenRoom
            && self.rx.len() >= self.rx_capacity()
        {
            return;
        }
        let Some(time) = self.frame_time(access) else {
            return;
        };
        if let Some(byte) = self.input.pop_front() {
            self.idle_at = None;
            self.timeout_at = None;
            self.rx_shift = Some(Shift {
                data: line::encode(self.cr1, byte),
                end: access.now + time.frame,
            });
        }
    }

    fn finish_rx(&mut self, access: &Access) {
        let Some(s) = self.rx_shift.take() else {
            return;
        };
        if self.rx.len() < self.rx_capacity() {
            self.rx.push_back(s.data);
        } else if self.cr3 & cr3::OVRDIS != 0 {
            // Without overrun detection the new frame replaces the last one.
            self.rx.pop_back();
            self.rx.push_back(s.data);
        } else {
            self.flags |= isr::ORE;
            self.overruns += 1;
        }
        if u32::from(s.data & 0xff) == self.cr2 >> cr2::ADD {
            self.flags |= isr::CMF;
        }
        self.start_rx(access);
        if self.rx_shift.is_none()
            && let Some(time) = self.frame_time(access)
        {
            self.idle_at = Some(access.now + time.frame);
            if !self.is_lpuart() && self.cr2 & cr2::RTOEN != 0 {
                let bits = u64::from(self.rtor & 0x00ff_ffff);
                self.timeout_at = Some(access.now + bits * time.bit);
            }
        }
    }

    fn read_rdr(&mut self, access: &Access) -> u32 {
        if access.peek {
            return self.rx.front().copied().unwrap_or(self.last_rdr).into();
        }
        if let Some(data) = self.rx.pop_front() {
            self.last_rdr = data;
            self.start_rx(access);
        }
        self.last_rdr.into()
    }

    fn write_tdr(&mut self, value: u32, access: &Access) {
        if self.tx.len() == self.tx_capacity() {
            // TDR is overwritten; a full FIFO ignores the write.
            if self.fifo_mode() {
                return;
            }
            self.tx.clear();
        }
        self.tx.push_back((value & 0x1ff) as u16);
        self.flags &= !isr::TC;
        self.start_tx(access);
    }

    fn write_cr1(&mut self, w: Write, access: &Access) {
        let old = self.cr1;
        let mut writable = u32::MAX;
        if self.is_lpuart() {
            writable &= !(cr1::OVER8 | cr1::RTOIE | cr1::EOBIE);
        }
        // The frame format and the FIFO can only change while disabled.
        if old & cr1::UE != 0 {
            writable &= !(cr1::FIFOEN | cr1::M0 | cr1::M1 | cr1::OVER8);
        }
        self.cr1 = w.merge(old, writable);
        if w.rising(old) & cr1::UE != 0 {
            self.owner = Some(access.by);
        }
        if old & !self.cr1 & cr1::UE != 0 {
            self.stop();
        }
        if old & !self.cr1 & cr1::RE != 0 {
            // The frame under way is lost; the far end does not notice.
            self.rx_shift = None;
            self.idle_at = None;
            self.timeout_at = None;
        }
        self.start_tx(access);
        self.start_rx(access);
    }

    /// Clearing UE drops what is under way and resets the status flags.
    fn stop(&mut self) {
        self.tx.clear();
        self.tx_shift = None;
        self.rx.clear();
        self.rx_shift = None;
        self.idle_at = None;
        self.timeout_at = None;
        self.flags = isr::TC;
    }

    fn write_rqr(&mut self, request: u32, access: &Access) {
        if request & rqr::RXFRQ != 0 {
            self.rx.clear();
            self.start_rx(access);
        }
        if request & rqr::TXFRQ != 0 {
            self.tx.clear();
            if self.tx_shift.is_none() {
                self.flags |= isr::TC;
            }
        }
    }
}

impl Block for Uart {
    fn read(&mut self, offset: u32, access: &Access) -> Option<u32> {
        let usart = !self.is_lpuart();
        Some(match offset {
            0x00 => self.cr1,
            0x04 => self.cr2,
            0x08 => self.cr3,
            0x0c => self.brr,
            0x10 if usart => self.gtpr,
            0x14 if usart => self.rtor,
            0x18 | 0x20 => 0,
            0x1c => self.isr(),
            0x24 => self.read_rdr(access),
            0x28 => self.tx.back().copied().unwrap_or(0).into(),
            0x2c => self.presc,
            _ => return None,
        })
    }

    fn write(&mut self, offset: u32, w: Write, access: &Access) -> Option<()> {
        let usart = !self.is_lpuart();
        match offset {
            0x00 => self.write_cr1(w, access),
            0x04 => self.cr2 = w.merge(self.cr2, u32::MAX),
            0x08 => self.cr3 = w.merge(self.cr3, u32::MAX),
            0x0c => {
                let bits = if usart { 0xffff } else { 0xf_ffff };
                self.brr = w.merge(self.brr, bits);
                self.start_tx(access);
                self.start_rx(access);
            }
            0x10 if usart => self.gtpr = w.merge(self.gtpr, 0xffff),
            0x14 if usart => self.rtor = w.merge(self.rtor, u32::MAX),
            0x18 => self.write_rqr(w.ones(), access),
            0x1c | 0x24 => {}
            0x20 => self.flags &= !(w.ones() & icr::CLEARABLE),
            0x28 => self.write_tdr(w.ones(), access),
            0x2c => self.presc = w.merge(self.presc, 0xf),
            _ => return None,
        }
        Some(())
    }

    /// A reset of the block. The line survives: bytes typed but not sent yet
    /// wait for the receiver to come back.
    fn reset(&mut self) {
        self.stop();
        self.cr1 = 0;
        self.cr2 = 0;
        self.cr3 = 0;
        self.brr = 0;
        self.gtpr = 0;
        self.rtor = 0;
        self.presc = 0;
        self.last_rdr = 0;
    }
}
