// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is looked at while the simulation runs.

use sim::{CoreId, Soc, UartId};

/// Simulated time without a byte in either direction after which none is
/// expected. The slowest usual line takes a millisecond for a byte.
const PATIENCE_NANOS: u64 = 2_000_000_000;

/// Notices that nothing moves any more on a console.
pub struct Watch {
    uart: UartId,
    moved: (usize, usize),
    since_nanos: u64,
}

impl Watch {
    /// Starts watching.
    pub fn new(soc: &Soc, uart: UartId) -> Self {
        Self {
            uart,
            moved: (0, 0),
            since_nanos: soc.nanos(),
        }
    }

    /// Whether nothing has moved for too long.
    pub fn is_stalled(&mut self, soc: &Soc) -> bool {
        let moved = (
            soc.uart_bytes(self.uart).len(),
            soc.uart_pending_input(self.uart),
        );
        if moved != self.moved {
            self.moved = moved;
            self.since_nanos = soc.nanos();
        }
        soc.nanos() - self.since_nanos > PATIENCE_NANOS
    }
}

/// Looks for a text on both consoles.
pub struct Until<'a> {
    text: Option<&'a [u8]>,
    /// Bytes of each console in which it is known not to start.
    searched: [usize; 2],
}

impl<'a> Until<'a> {
    /// Of no text, nothing is ever found.
    pub fn new(text: Option<&'a str>) -> Self {
        let text = text.map(str::as_bytes).filter(|text| !text.is_empty());
        Self {
            text,
            searched: [0; 2],
        }
    }

    /// Whether either core has printed the text.
    pub fn is_found(&mut self, soc: &Soc) -> bool {
        let Some(text) = self.text else { return false };
        CoreId::ALL.into_iter().zip(&mut self.searched).any(
            |(core, searched)| {
                let Some(uart) = soc.console(core) else {
                    return false;
                };
                let bytes = soc.uart_bytes(uart);
                let new = &bytes[(*searched).min(bytes.len())..];
                let found =
                    new.windows(text.len()).any(|window| window == text);
                *searched = (bytes.len() + 1).saturating_sub(text.len());
                found
            },
        )
    }
}
