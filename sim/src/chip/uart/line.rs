// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Frames on the wire: their bits and how long they take.

use super::regs::{cr1, cr2};
use crate::chip::access::Access;

/// A frame in a shift register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    pub data: u16,
    /// Cycle at which the last stop bit ends.
    pub end: u64,
}

/// Durations on the line in core cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameTime {
    pub bit: u64,
    pub frame: u64,
}

impl FrameTime {
    /// The timing that the registers select; `None` while no baud rate is
    /// programmed or the kernel clock stands still.
    pub fn new(
        lpuart: bool,
        cr1: u32,
        cr2: u32,
        brr: u32,
        presc: u32,
        access: &Access,
    ) -> Option<FrameTime> {
        // Kernel clocks per bit, as a fraction.
        let (num, den) = if lpuart {
            (u64::from(brr), 256)
        } else if cr1 & cr1::OVER8 != 0 {
            // BRR[2:0] holds bits 3:1 of USARTDIV, which counts half bits.
            (u64::from(brr & 0xfff0 | (brr & 7) << 1), 2)
        } else {
            (u64::from(brr), 1)
        };
        if num == 0 || access.kernel_hz == 0 {
            return None;
        }
        let scale = num * prescaler(presc) * u64::from(access.core_hz);
        let per = den * u64::from(access.kernel_hz);
        // Half bits, because 0.5 and 1.5 stop bits exist.
        let half_bits = 2 + 2 * u64::from(word_bits(cr1)) + stop(cr2);
        Some(FrameTime {
            bit: (scale / per).max(1),
            frame: (half_bits * scale / (2 * per)).max(1),
        })
    }
}

/// Bits between start and stop bit, parity included.
fn word_bits(cr1: u32) -> u32 {
    match (cr1 & cr1::M1 != 0, cr1 & cr1::M0 != 0) {
        (false, false) => 8,
        (false, true) => 9,
        _ => 7,
    }
}

/// Length of the stop bits in half bits.
fn stop(cr2: u32) -> u64 {
    [2, 1, 4, 3][(cr2 >> cr2::STOP & 3) as usize]
}

/// Decodes PRESC.
fn prescaler(presc: u32) -> u64 {
    let divisors = [1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256];
    divisors.get(presc as usize).copied().unwrap_or(256)
}

/// The bits of a frame that carry data rather than parity.
pub(super) fn payload_mask(cr1: u32) -> u16 {
    let bits = word_bits(cr1) - u32::from(cr1 & cr1::PCE != 0);
    (1 << bits) - 1
}

/// The frame that carries `byte`, with the parity bit that the receiver
/// expects: RDR shows it to software.
pub(super) fn encode(cr1: u32, byte: u8) -> u16 {
    let mask = payload_mask(cr1);
    let data = u16::from(byte) & mask;
    if cr1 & cr1::PCE == 0 {
        return data;
    }
    let odd_ones = data.count_ones() % 2 == 1;
    let odd_parity = cr1 & cr1::PS != 0;
    if odd_ones != odd_parity {
        data | (mask + 1)
    } else {
        data
    }
}
