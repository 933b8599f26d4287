// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The consoles on a terminal, in real time.

use super::consoles::Consoles;
use super::input::{Input, Stdin};
use super::watch::Until;
use super::{Dumps, End, Outcome, RunArgs};
use anyhow::Result;
use sim::{CoreId, Soc, Stop};
use std::io::stdout;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Milliseconds, simulated and real, between two looks at the terminal.
const SLICE_MS: u64 = 10;

/// What the end of the input means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEndOfInput {
    /// Somebody has pressed Ctrl-D.
    Stop,
    /// There never was any; the program is to be watched.
    GoOn,
}

/// Joins the terminal to the consoles: what is typed goes to CPU1, and what
/// either core prints is shown in lines that name the core.
///
/// # Errors
///
/// If the terminal cannot be written.
pub fn interact(
    args: &RunArgs,
    soc: &mut Soc,
    at_end: AtEndOfInput,
    dumps: &mut Dumps,
    interrupted: &AtomicBool,
) -> Result<Outcome> {
    let stdin = Stdin::open();
    let mut input_is_over = false;
    let mut until = Until::new(args.until.as_deref());
    let mut consoles = Consoles::new(stdout().lock());
    let mut known_faults = 0;
    let mut sent = 0;

    // A file's first bytes should be there from the start.
    let mut patience = match at_end {
        AtEndOfInput::Stop => Duration::ZERO,
        AtEndOfInput::GoOn => Duration::from_millis(250),
    };
    let end = loop {
        let slice_start = Instant::now();
        match stdin.next(mem::take(&mut patience)) {
            _ if input_is_over => {}
            Input::Bytes(bytes) => {
                sent += bytes.len();
                soc.uart_type(&bytes);
            }
            Input::Nothing => {}
            Input::End if at_end == AtEndOfInput::Stop => {
                break End::Interrupted;
            }
            Input::End => input_is_over = true,
        }

        let start = soc.nanos();
        let mut end = None;
        let stop = soc.run(
            args.remaining(soc),
            |soc| {
                dumps.look(soc);
                end = if interrupted.load(Ordering::Relaxed) {
                    Some(End::Interrupted)
                } else {
                    until.is_found(soc).then_some(End::Found)
                };
                end.is_some() || soc.nanos() - start > SLICE_MS * 1_000_000
            },
            input_is_over && args.max_cycles.is_none(),
        );
        consoles.update(soc)?;
        for fault in &soc.faults()[known_faults..] {
            consoles.end_line()?;
            eprintln!("{fault}");
        }
        known_faults = soc.faults().len();
        for news in dumps.take_news() {
            consoles.end_line()?;
            eprintln!("{news}");
        }
        match (stop, end) {
            (_, Some(end)) => break end,
            (Stop::Satisfied, None) => {}
            (stop, None) => break args.stopped(&stop),
        }
        // With a limit somebody waits for the result; without, somebody
        // watches.
        if args.max_cycles.is_none() && args.until.is_none() {
            let slice = Duration::from_millis(SLICE_MS);
            thread::sleep(slice.saturating_sub(slice_start.elapsed()));
        }
    };
    consoles.end_line()?;
    let received = soc
        .console(CoreId::Cpu1)
        .map_or(0, |uart| soc.uart_bytes(uart).len());
    Ok(Outcome {
        end,
        sent,
        received,
    })
}
