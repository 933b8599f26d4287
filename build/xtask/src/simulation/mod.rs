// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Running images on the simulated chip, with the terminal as its console.

mod consoles;
mod dumps;
mod input;
mod interactive;
mod piped;
mod start;
mod summary;
mod watch;

pub use dumps::{DumpArgs, Dumps};
pub use interactive::{AtEndOfInput, interact};
pub use piped::pipe;
pub use summary::Summary;

use crate::diagnostic::Diagnostic;
use anyhow::Result;
use clap::Args;
use sim::{Boot, CoreId, Faults, Image, Soc, Span, Stop, UartId, ms};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to run.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// Selects how the two cores interleave
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// End, with success, when a console has printed this
    #[arg(long, value_name = "TEXT")]
    until: Option<String>,
    /// End after this many cycles of the core clock
    #[arg(long, value_name = "N")]
    max_cycles: Option<u64>,
    /// Treat the use of a register that is not modelled as an error
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    pub dumps: DumpArgs,
}

/// Why a session is over.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The input is over and everything has come back.
    Complete,
    /// The text of `--until` has appeared.
    Found,
    /// `--max-cycles` have passed.
    OutOfCycles,
    /// Ctrl-C, or Ctrl-D on a terminal.
    Interrupted,
    /// Both cores sleep, and neither input nor time is going to wake them.
    Asleep,
    /// Something is wrong; the text says what.
    Failed(String),
}

/// What a session has come to.
#[derive(Debug)]
pub struct Outcome {
    pub end: End,
    /// Bytes typed into CPU1's console.
    pub sent: usize,
    /// Bytes that it has printed.
    pub received: usize,
}

impl RunArgs {
    /// The seed in use.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Powers a chip with these images, with boot pins and option bytes that
    /// suit them.
    ///
    /// # Errors
    ///
    /// If an image does not fit the chip.
    pub fn boot(
        &self,
        cpu1: Image,
        cpu2: Option<Image>,
        faults: Faults,
    ) -> Result<Soc> {
        let boot = start::cpu1(&cpu1)?;
        if boot == Boot::Sram {
            eprintln!("CPU1 boots from SRAM, where its program is");
        }
        let mut builder = Soc::builder()
            .boot(boot)
            .cpu1(cpu1)
            .seed(self.seed)
            .strict(self.strict)
            .faults(faults);
        if let Some(cpu2) = cpu2 {
            if let Some(srrvr) = start::cpu2(&cpu2) {
                eprintln!(
                    "CPU2 starts where its program is, as if the option \
                     register FLASH_SRRVR were {srrvr:#010x}"
                );
                builder = builder.srrvr(srrvr);
            }
            builder = builder.cpu2(cpu2);
        }
        Ok(builder.build()?)
    }

    /// What is left of the time the session may take.
    fn remaining(&self, soc: &Soc) -> Span {
        let limit = self.max_cycles.unwrap_or(u64::MAX);
        Span::Cycles(limit.saturating_sub(soc.cycles()))
    }

    /// The end that reaching the limit is.
    fn out_of_cycles(&self) -> End {
        match &self.until {
            Some(text) => End::Failed(format!(
                "--max-cycles have passed without \"{text}\" on a console"
            )),
            None => End::OutOfCycles,
        }
    }

    /// The end that a stop of the simulation is.
    fn stopped(&self, stop: &Stop) -> End {
        match stop {
            Stop::LimitReached => self.out_of_cycles(),
            Stop::Idle if self.until.is_none() => End::Asleep,
            Stop::Faulted(_) => End::Failed("a core has faulted".into()),
            other => End::Failed(other.to_string()),
        }
    }
}

/// Runs until CPU1 has a console.
///
/// # Errors
///
/// If it does not get one within a simulated second.
pub fn await_console(soc: &mut Soc) -> Result<UartId> {
    let stop = soc.run(ms(1000), |s| s.console(CoreId::Cpu1).is_some(), true);
    soc.console(CoreId::Cpu1).ok_or_else(|| {
        let faults: Vec<_> =
            soc.faults().iter().map(|f| f.to_string()).collect();
        Diagnostic::new(format!(
            "CPU1 has not enabled a UART within a second of simulated time: \
             {stop}\n{}",
            faults.join("\n")
        ))
        .help("`cargo xtask sim` runs images that do not use the console")
        .into()
    })
}

/// Set once Ctrl-C has been pressed.
///
/// # Errors
///
/// If the signal cannot be handled.
pub fn interrupt_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        // Somebody who insists is obeyed.
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(flag)
}
