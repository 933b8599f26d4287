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

/// A serial port, without interrupts: while the runner waits for the port,
/// nothing else is meant to happen.
pub struct Console(Port);

impl Console {
    /// Takes the port over.
    pub fn open() -> Self {
        Self(Port::open())
    }

    /// The next character from the host, if it has sent one.
    pub fn poll(&mut self) -> Option<u8> {
        self.0.read()
    }

    /// Reads which case the host chooses, after the first character.
    pub fn read_choice(&mut self, first: u8) -> Choice {
        let mut choice = Choice {
            index: 0,
            is_last: false,
        };
        let mut next = first;
        loop {
            match next {
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
            next = loop {
                if let Some(next) = self.poll() {
                    break next;
                }
            };
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
