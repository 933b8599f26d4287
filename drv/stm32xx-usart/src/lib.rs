// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Asynchronous serial ports of the STM32WL5 and STM32WB: 8 data bits, no
//! parity, 1 stop bit, in FIFO mode.
//!
//! This crate only moves bytes between registers and slices; it never waits.
//! The task that owns the port gets its clock and pins from the sys task, calls
//! [`Usart::init`], and then serves its interrupt: [`Usart::read_into`] and
//! [`Usart::write_from`], then `sys_irq_control`.
//!
//! Register names and bits: RM0453 §35.8 (USART) and §36.7 (LPUART). The two
//! differ only in the unit of the baud rate.

#![no_std]

use core::mem;

use vcell::VolatileCell;

/// The ports that these chips have.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Instance {
    /// On the NUCLEO-WL55JC1: the ST-LINK's virtual COM port, on PA2 (transmit)
    /// and PA3 (receive), alternate function 8.
    LpUart1,
    Usart1,
    /// Not in the STM32WB.
    Usart2,
}

impl Instance {
    /// Where its registers are.
    pub const fn address(self) -> usize {
        match self {
            Self::LpUart1 => 0x4000_8000,
            Self::Usart1 => 0x4001_3800,
            Self::Usart2 => 0x4000_4400,
        }
    }

    /// What to write to `BRR` for a baud rate, if that is possible.
    fn divider(self, clock_hz: u32, baud: u32) -> Result<u32, BadBaudRate> {
        // Times 256 for the LPUART. A 64-bit division would cost more flash
        // than the rest of this crate, so multiply the quotient and the
        // remainder.
        let (scale, range) = match self {
            Self::LpUart1 => (256, 0x300..=0xF_FFFF),
            Self::Usart1 | Self::Usart2 => (1, 0x10..=0xFFFF),
        };
        let divide = || {
            let quotient = clock_hz.checked_div(baud)?.checked_mul(scale)?;
            let remainder = clock_hz.checked_rem(baud)?.checked_mul(scale)?;
            let rounded = remainder.checked_add(baud / 2)?.checked_div(baud)?;
            quotient.checked_add(rounded)
        };
        divide()
            .filter(|divider| range.contains(divider))
            .ok_or(BadBaudRate)
    }
}

/// The port cannot make the baud rate from its clock: it is 0, or too high or
/// too low.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct BadBaudRate;

/// The registers that we use.
#[repr(C)]
struct RegisterBlock {
    cr1: VolatileCell<u32>,
    cr2: VolatileCell<u32>,
    cr3: VolatileCell<u32>,
    brr: VolatileCell<u32>,
    _reserved: [u32; 3],
    isr: VolatileCell<u32>,
    icr: VolatileCell<u32>,
    rdr: VolatileCell<u32>,
    tdr: VolatileCell<u32>,
    presc: VolatileCell<u32>,
}

const CR1_UE: u32 = 1 << 0;
const CR1_RE: u32 = 1 << 2;
const CR1_TE: u32 = 1 << 3;
const CR1_IDLEIE: u32 = 1 << 4;
const CR1_FIFOEN: u32 = 1 << 29;

const CR3_TXFTIE: u32 = 1 << 23;
/// Receive threshold: three quarters of the FIFO are full.
const CR3_RXFTCFG_3_4: u32 = 0b011 << 25;
const CR3_RXFTIE: u32 = 1 << 28;
/// Transmit threshold: the FIFO is empty.
const CR3_TXFTCFG_EMPTY: u32 = 0b101 << 29;

/// The same bits in `ISR` and, to clear them, in `ICR`.
const ERRORS: u32 = FRAMING_ERROR | NOISE | OVERRUN;
const FRAMING_ERROR: u32 = 1 << 1;
const NOISE: u32 = 1 << 2;
const OVERRUN: u32 = 1 << 3;
const IDLE: u32 = 1 << 4;

const ISR_RXFNE: u32 = 1 << 5;
const ISR_TXFNF: u32 = 1 << 7;

/// A serial port.
pub struct Usart {
    registers: &'static RegisterBlock,
    instance: Instance,
    overruns: u32,
    has_fallen_idle: bool,
}

impl Usart {
    /// Takes a port over.
    ///
    /// # Safety
    ///
    /// The port's registers must be mapped, and nothing else may use them as
    /// long as this value exists.
    pub unsafe fn new(instance: Instance) -> Self {
        let registers = instance.address() as *const RegisterBlock;
        // SAFETY: the address is that of a block of this layout; the caller
        // vouches for the rest.
        Self::with_registers(instance, unsafe { &*registers })
    }

    fn with_registers(
        instance: Instance,
        registers: &'static RegisterBlock,
    ) -> Self {
        Self {
            registers,
            instance,
            overruns: 0,
            has_fallen_idle: false,
        }
    }

    /// Sets the port up and turns it on, with its interrupts off. What the
    /// FIFOs held is lost.
    ///
    /// `clock_hz` is the port's kernel clock, which RCC selects.
    ///
    /// # Errors
    ///
    /// [`BadBaudRate`], and then the port is unchanged.
    pub fn init(
        &mut self,
        clock_hz: u32,
        baud: u32,
    ) -> Result<(), BadBaudRate> {
        let divider = self.instance.divider(clock_hz, baud)?;
        let r = self.registers;
        // Most of the set-up is write-protected while the port is on.
        r.cr1.set(0);
        r.cr2.set(0);
        r.cr3.set(CR3_RXFTCFG_3_4 | CR3_TXFTCFG_EMPTY);
        r.presc.set(0);
        r.brr.set(divider);
        r.icr.set(ERRORS | IDLE);
        r.cr1.set(CR1_FIFOEN | CR1_TE | CR1_RE | CR1_UE);
        Ok(())
    }

    /// Moves received bytes to `dest` and returns how many.
    ///
    /// Also takes back the interrupt condition, so if all of `dest` is used
    /// there may be more that no interrupt will announce: call it again.
    pub fn read_into(&mut self, dest: &mut [u8]) -> usize {
        let r = self.registers;
        // Before looking for bytes: what comes after the last look raises the
        // interrupt again.
        let flags = r.isr.get();
        r.icr.set(ERRORS | IDLE);
        if flags & OVERRUN != 0 {
            self.overruns = self.overruns.wrapping_add(1);
        }
        self.has_fallen_idle |= flags & IDLE != 0;
        let mut free = dest.iter_mut();
        let total = free.len();
        while r.isr.get() & ISR_RXFNE != 0
            && let Some(byte) = free.next()
        {
            *byte = r.rdr.get() as u8;
        }
        total - free.len()
    }

    /// Moves bytes from the start of `src` to the transmit FIFO until it is
    /// full, and returns how many.
    pub fn write_from(&mut self, src: &[u8]) -> usize {
        let r = self.registers;
        let mut rest = src.iter();
        while r.isr.get() & ISR_TXFNF != 0
            && let Some(&byte) = rest.next()
        {
            r.tdr.set(u32::from(byte));
        }
        src.len() - rest.len()
    }

    /// Turns the receive interrupt on or off: when three quarters of the FIFO
    /// are full, and when the line falls idle after a byte, so that the last
    /// few bytes are not left lying.
    pub fn set_receive_interrupt(&mut self, on: bool) {
        let r = self.registers;
        assign(&r.cr1, CR1_IDLEIE, on);
        assign(&r.cr3, CR3_RXFTIE, on);
    }

    /// Turns the transmit interrupt on or off: while the FIFO is empty, so
    /// only have it on when there is something to write.
    pub fn set_transmit_interrupt(&mut self, on: bool) {
        assign(&self.registers.cr3, CR3_TXFTIE, on);
    }

    /// Whether the line has fallen idle after a byte since the last call:
    /// there may be nothing more to come for a while.
    pub fn take_idle(&mut self) -> bool {
        mem::take(&mut self.has_fallen_idle)
    }

    /// How often received bytes were lost since the last call, because nobody
    /// took them out of the FIFO in time.
    pub fn take_overruns(&mut self) -> u32 {
        mem::take(&mut self.overruns)
    }
}

/// Sets `bits` of `register` if `on`, else clears them.
fn assign(register: &VolatileCell<u32>, bits: u32, on: bool) {
    let old = register.get();
    register.set(if on { old | bits } else { old & !bits });
}

#[cfg(test)]
mod tests;
