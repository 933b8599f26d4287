// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The console as a filter: standard input goes in, and what comes out goes to
//! standard output, byte for byte.
//!
//! The session ends by itself when the input has ended and as many bytes have
//! come back. For input that is always there, such as a file, the simulation
//! waits whenever it would run dry, so the cycle counts depend on the bytes
//! alone and not on how they arrive.

use super::input::{Input, Stdin};
use super::watch::{Until, Watch};
use super::{Dumps, End, Outcome, RunArgs};
use anyhow::{Context, Result};
use sim::{Soc, Stop, UartId, ms};
use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the simulation stands still for input that is late.
const PATIENCE: Duration = Duration::from_millis(250);

/// Simulated milliseconds between two looks at an input that is late.
const SLICE_MS: u64 = 20;

/// Joins standard input and output to a console until everything that was sent
/// has come back.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn pipe(
    args: &RunArgs,
    soc: &mut Soc,
    uart: UartId,
    dumps: &mut Dumps,
    interrupted: &AtomicBool,
) -> Result<Outcome> {
    let stdin = Stdin::open();
    let mut until = Until::new(args.until.as_deref());
    let (mut sent, mut received) = (0, 0);
    let mut input_is_over = false;

    soc.stop_when_starved(Some(uart));
    let end = loop {
        let mut watch = Watch::new(soc, uart);
        let mut end = None;
        let stop = soc.run(
            args.remaining(soc),
            |soc| {
                dumps.look(soc);
                // Who waits for a text is not satisfied by an echo.
                let came_back =
                    args.until.is_none() && soc.uart_bytes(uart).len() >= sent;
                end = if interrupted.load(Ordering::Relaxed) {
                    Some(End::Interrupted)
                } else if until.is_found(soc) {
                    Some(End::Found)
                } else if input_is_over && came_back || watch.is_stalled(soc) {
                    Some(End::Complete)
                } else {
                    None
                };
                end.is_some()
            },
            false,
        );
        received += pass_on(soc, uart, received)?;
        dumps
            .take_news()
            .iter()
            .for_each(|news| eprintln!("{news}"));
        match (stop, end) {
            (_, Some(end)) => break end,
            (Stop::InputNeeded, _) => match stdin.next(PATIENCE) {
                Input::Bytes(bytes) => {
                    sent += bytes.len();
                    soc.uart_send(uart, &bytes);
                }
                Input::Nothing => {
                    // Somebody types, or waits for an answer before more.
                    soc.stop_when_starved(None);
                    if let Err(stop) = soc.run_for(ms(SLICE_MS)) {
                        break args.stopped(&stop);
                    }
                    soc.stop_when_starved(Some(uart));
                    received += pass_on(soc, uart, received)?;
                }
                Input::End => {
                    input_is_over = true;
                    soc.stop_when_starved(None);
                }
            },
            (stop, None) => break args.stopped(&stop),
        }
    };

    if end != End::Complete {
        return Ok(Outcome {
            end,
            sent,
            received,
        });
    }
    // More than was sent is as wrong as less.
    soc.stop_when_starved(None);
    let end = match soc.run_for(ms(SLICE_MS)) {
        Ok(()) => End::Complete,
        Err(stop) => args.stopped(&stop),
    };
    received += pass_on(soc, uart, received)?;
    let end = match (end, &args.until) {
        (End::Complete, Some(text)) => End::Failed(format!(
            "\"{text}\" has not been printed, and nothing has moved for 2 s \
             of simulated time"
        )),
        (end, _) => end,
    };
    let end = match end {
        End::Complete if !input_is_over => End::Failed(format!(
            "the console stopped taking input after {} bytes",
            sent - soc.uart_pending_input(uart)
        )),
        End::Complete if received < sent => End::Failed(format!(
            "{} of {sent} bytes are missing: nothing has moved for 2 s of \
             simulated time",
            sent - received
        )),
        End::Complete if received > sent => End::Failed(format!(
            "{} bytes more than the {sent} that were sent have come back",
            received - sent
        )),
        end => end,
    };
    Ok(Outcome {
        end,
        sent,
        received,
    })
}

/// Writes what a console has printed since `from`; returns how much that is.
fn pass_on(soc: &Soc, uart: UartId, from: usize) -> Result<usize> {
    let bytes = &soc.uart_bytes(uart)[from..];
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("writing standard output")?;
    Ok(bytes.len())
}
