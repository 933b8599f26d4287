// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The line to the host.

#[cfg(feature = "cmsdk")]
mod cmsdk;
#[cfg(feature = "lpuart")]
mod lpuart;

#[cfg(feature = "cmsdk")]
use cmsdk::Port;
#[cfg(feature = "lpuart")]
use lpuart::Port;

use core::fmt;
use test_kern_api::runner::Choice;

/// A serial port, without interrupts: while the runner waits for the host or
/// the port, nothing else is meant to happen.
pub struct Console(Port);

impl Console {
    /// Takes the port over.
    pub fn open() -> Self {
        Self(Port::open())
    }

    /// Waits for the host to choose a case.
    pub fn read_choice(&mut self) -> Choice {
        let mut choice = Choice {
            index: 0,
            is_last: false,
        };
        loop {
            match self.0.read() {
                b'!' => choice.is_last = true,
                digit @ b'0'..=b'9' => {
                    choice.index = choice
                        .index
                        .wrapping_mul(10)
                        .wrapping_add(usize::from(digit & 0xF));
                }
                b'\n' => return choice,
                _ => {}
            }
        }
    }
}

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0.write(byte);
        }
        Ok(())
    }
}
