// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The simulated chip.

use crate::{Case, Outcome, Transcript};
use anyhow::Result;
use dump::Watched;
use sim::{CoreId, CpuKind, Image, Soc, ms};
use std::path::Path;

const CPU1: CoreId = CoreId::Cpu1;

/// No case takes as long as this.
const LIMIT_MS: u64 = 5_000;

/// A kernel that fails has written its epitaph after this time.
const EPITAPH_MS: u64 = 20;

/// Runs each case on a chip of its own.
pub struct Simulator {
    image: Image,
    kind: CpuKind,
}

impl Simulator {
    /// Prepares chips with the image in a directory.
    ///
    /// # Errors
    ///
    /// If that is no image.
    pub fn new(directory: &Path, kind: CpuKind) -> Result<Self> {
        Ok(Self {
            image: Image::open(directory)?,
            kind,
        })
    }

    /// Boots a chip and runs a case. One that fails leaves a dump.
    ///
    /// # Errors
    ///
    /// If that is not possible at all.
    pub fn run(&self, case: &Case) -> Result<Outcome> {
        let soc = Soc::builder()
            .cpu1(self.image.clone())
            .kind(CPU1, self.kind)
            .strict(true)
            .build()?;
        let mut soc = Watched::new(soc);
        soc.uart_type(case.order());
        let mut progress = Progress::default();
        let stop = soc.run_until(
            |soc| {
                progress.read(soc);
                progress.outcome.is_some() || has_failed(soc)
            },
            ms(LIMIT_MS),
        );
        let outcome = match (stop, progress.outcome) {
            (Ok(_), Some(outcome)) => outcome,
            (Ok(_), None) => {
                // The kernel sets the flag first.
                soc.run_for(ms(EPITAPH_MS))?;
                let epitaph = soc.read_symbol(CPU1, "KERNEL_EPITAPH");
                Outcome::KernelFailed(text(&epitaph.unwrap_or_default()))
            }
            (stop, _) => {
                let stop = stop.err().map(|stop| stop.to_string());
                let stop = stop.unwrap_or_default();
                let said = soc.uart_output();
                Outcome::Failed(format!("{stop}; the runner said:\n{said}"))
            }
        };
        if let Outcome::Failed(_) = outcome {
            for path in soc.write()? {
                eprintln!("dump: {}", path.display());
            }
        }
        Ok(outcome)
    }
}

/// What is known of a case that runs.
#[derive(Default)]
struct Progress {
    /// How much of the output has been read.
    read: usize,
    has_booted: bool,
    transcript: Transcript,
    outcome: Option<Outcome>,
}

impl Progress {
    fn read(&mut self, soc: &Soc) {
        let output = soc.uart_output();
        while let Some(new) = output.get(self.read..)
            && let Some((line, _)) = new.split_once('\n')
        {
            self.read += line.len() + 1;
            // The first line says that the system has booted.
            if self.has_booted {
                self.outcome = self.transcript.line(line);
                if self.outcome.is_some() {
                    return;
                }
            }
            self.has_booted = true;
        }
    }
}

/// Whether the kernel has failed.
fn has_failed(soc: &Soc) -> bool {
    let flag = soc.read_symbol(CPU1, "KERNEL_HAS_FAILED");
    flag.is_some_and(|flag| flag != [0])
}

/// Text that is padded with zeros.
pub(crate) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0').to_owned()
}
