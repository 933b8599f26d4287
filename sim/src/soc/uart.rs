// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The host's ends of the serial lines.

use super::Soc;
use crate::chip::UartId;
use crate::config::InputPacing;
use crate::core_id::CoreId;

/// What a UART has sent.
#[derive(Debug)]
pub(super) struct Console {
    bytes: Vec<u8>,
    /// How many of them [`Soc::take_uart_output`] has handed out.
    taken: usize,
    text: String,
    /// How many bytes `text` covers.
    decoded: usize,
}

impl Console {
    pub const fn new() -> Self {
        Console {
            bytes: Vec::new(),
            taken: 0,
            text: String::new(),
            decoded: 0,
        }
    }

    pub fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        // Decode what is complete: an incomplete character at the end waits
        // for its other bytes.
        let rest = &self.bytes[self.decoded..];
        let complete = match std::str::from_utf8(rest) {
            Ok(text) => text.len(),
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            Err(_) => rest.len(),
        };
        self.text
            .push_str(&String::from_utf8_lossy(&rest[..complete]));
        self.decoded += complete;
    }
}

impl Soc {
    /// Types into the console of CPU1, or into LPUART1 if CPU1 has not
    /// enabled a UART yet.
    pub fn uart_type(&mut self, text: impl AsRef<[u8]>) {
        let uart = self.console(CoreId::Cpu1).unwrap_or(UartId::Lpuart1);
        self.uart_send(uart, text);
    }

    /// Sends bytes to a UART's receiver.
    pub fn uart_send(&mut self, uart: UartId, bytes: impl AsRef<[u8]>) {
        self.shared.chip().type_bytes(uart, bytes.as_ref());
    }

    /// What the console of CPU1 has shown, as text.
    pub fn uart_output(&self) -> &str {
        let uart = self.console(CoreId::Cpu1).unwrap_or(UartId::Lpuart1);
        self.uart_text(uart)
    }

    /// What a UART has sent since power-on, as text.
    pub fn uart_text(&self, uart: UartId) -> &str {
        &self.outputs[uart.index()].text
    }

    /// What a UART has sent since power-on.
    pub fn uart_bytes(&self, uart: UartId) -> &[u8] {
        &self.outputs[uart.index()].bytes
    }

    /// What a UART has sent since the last call.
    pub fn take_uart_output(&mut self, uart: UartId) -> Vec<u8> {
        let console = &mut self.outputs[uart.index()];
        let new = console.bytes[console.taken..].to_vec();
        console.taken = console.bytes.len();
        new
    }

    /// The UART that a core enabled first: its console.
    pub fn console(&self, core: CoreId) -> Option<UartId> {
        self.consoles[core.index()]
    }

    /// The core that enabled a UART last.
    pub fn uart_owner(&self, uart: UartId) -> Option<CoreId> {
        self.shared.chip().uarts[uart.index()].owner()
    }

    /// Bytes sent to a UART that have not reached its receiver.
    pub fn uart_pending_input(&self, uart: UartId) -> usize {
        self.shared.chip().uarts[uart.index()].input_len()
    }

    /// Whether nothing is under way on a UART in either direction.
    pub fn uart_is_quiet(&self, uart: UartId) -> bool {
        let chip = self.shared.chip();
        let uart = &chip.uarts[uart.index()];
        uart.is_quiet() && uart.input_len() == 0
    }

    /// Bytes that a UART lost because software did not read in time.
    pub fn uart_overruns(&self, uart: UartId) -> u64 {
        self.shared.chip().uarts[uart.index()].overruns()
    }

    /// Changes how input reaches a UART.
    pub fn uart_pacing(&mut self, uart: UartId, pacing: InputPacing) {
        self.shared.chip().uarts[uart.index()].pacing = pacing;
    }

    /// Ends runs with [`Stop::InputNeeded`](crate::Stop::InputNeeded) when
    /// no byte waits to travel to `uart`. With it, a stream that is fed piece
    /// by piece gives the same result as one that is queued at once. `None`
    /// after the end of the input.
    pub fn stop_when_starved(&mut self, uart: Option<UartId>) {
        self.stop_when_starved = uart;
    }
}

#[cfg(test)]
mod tests {
    use super::Console;

    #[test]
    fn text_survives_being_cut_inside_a_character() {
        let mut c = Console::new();
        for byte in "a\u{e4}\u{20ac}z".as_bytes() {
            c.append(&[*byte]);
        }
        assert_eq!(c.text, "a\u{e4}\u{20ac}z");
    }

    #[test]
    fn binary_output_does_not_block_the_text_after_it() {
        let mut c = Console::new();
        c.append(&[0xff, 0xfe, b'x']);
        c.append(b"y");
        assert_eq!(c.text, "\u{fffd}\u{fffd}xy");
    }
}
