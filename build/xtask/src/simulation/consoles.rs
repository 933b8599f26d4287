// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What both cores print, in lines that say which core it was.

use anyhow::Result;
use sim::{CoreId, Soc};
use std::io::Write;

/// Consoles of both cores, shown as one.
pub struct Consoles<W> {
    out: W,
    /// The core whose line is incomplete.
    line_of: Option<CoreId>,
    /// Bytes of each core shown so far.
    shown: [usize; 2],
    /// The beginning of a character whose end has not been printed yet.
    partial: [Vec<u8>; 2],
}

impl<W: Write> Consoles<W> {
    /// Nothing shown yet.
    pub fn new(out: W) -> Self {
        Self {
            out,
            line_of: None,
            shown: [0; 2],
            partial: [Vec::new(), Vec::new()],
        }
    }

    /// Shows what the cores have printed since the last call.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn update(&mut self, soc: &Soc) -> Result<()> {
        for core in CoreId::ALL {
            let Some(uart) = soc.console(core) else {
                continue;
            };
            // Whichever core enabled it first owns a console that both use.
            if core == CoreId::Cpu2 && soc.console(CoreId::Cpu1) == Some(uart) {
                continue;
            }
            let bytes = soc.uart_bytes(uart);
            let new = &bytes[self.shown[core.index()]..];
            self.shown[core.index()] = bytes.len();
            self.show(core, new)?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// Ends an incomplete line, so that something else can be printed.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn end_line(&mut self) -> Result<()> {
        if self.line_of.take().is_some() {
            writeln!(self.out)?;
            self.out.flush()?;
        }
        Ok(())
    }

    fn show(&mut self, core: CoreId, bytes: &[u8]) -> Result<()> {
        let text = self.decode(core, bytes);
        for part in text.split_inclusive('\n') {
            if self.line_of.is_some_and(|owner| owner != core) {
                self.end_line()?;
            }
            if self.line_of.is_none() {
                write!(self.out, "{core} | ")?;
            }
            self.line_of = Some(core);
            match part.strip_suffix('\n') {
                Some(line) => {
                    writeln!(self.out, "{}", line.trim_end_matches('\r'))?;
                    self.line_of = None;
                }
                None => write!(self.out, "{part}")?,
            }
        }
        Ok(())
    }

    /// Complete characters, with replacements for what is not UTF-8.
    fn decode(&mut self, core: CoreId, bytes: &[u8]) -> String {
        let partial = &mut self.partial[core.index()];
        partial.extend_from_slice(bytes);
        let complete = match std::str::from_utf8(partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => partial.len(),
        };
        let rest = partial.split_off(complete);
        let text = String::from_utf8_lossy(partial).into_owned();
        *partial = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[(CoreId, &[u8])]) -> String {
        let mut consoles = Consoles::new(Vec::new());
        for (core, bytes) in parts {
            consoles.show(*core, bytes).unwrap();
        }
        consoles.end_line().unwrap();
        String::from_utf8(consoles.out).unwrap()
    }

    #[test]
    fn lines_of_two_cores_are_kept_apart() {
        let text = shown(&[
            (CoreId::Cpu1, b"hel"),
            (CoreId::Cpu1, b"lo\r\nwor"),
            (CoreId::Cpu2, b"echo\n"),
            (CoreId::Cpu1, b"ld\n"),
        ]);
        assert_eq!(text, "CPU1 | hello\nCPU1 | wor\nCPU2 | echo\nCPU1 | ld\n");
    }

    #[test]
    fn a_character_may_arrive_in_pieces() {
        let text = shown(&[
            (CoreId::Cpu1, &[0xc3]),
            (CoreId::Cpu1, &[0xbc, b'\n', 0xff, b'\n']),
        ]);
        assert_eq!(text, "CPU1 | ü\nCPU1 | \u{fffd}\n");
    }
}
