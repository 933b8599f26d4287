// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a session amounted to.

use super::Outcome;
use sim::{CoreId, Soc};
use std::fmt;

/// Exception number of the first interrupt.
const FIRST_INTERRUPT: usize = 16;

/// Numbers of a session, the same for the same images, input and seed.
pub struct Summary {
    sent: usize,
    received: usize,
    millis: u64,
    seed: u64,
    hz: u32,
    cores: [CoreSummary; 2],
}

struct CoreSummary {
    core: CoreId,
    messages: u64,
    interrupts: u64,
    cycles: u64,
    busy: u64,
}

impl Summary {
    /// Takes the numbers from a chip.
    pub fn new(soc: &Soc, outcome: &Outcome, seed: u64) -> Self {
        let cores = CoreId::ALL.map(|core| {
            let counters = soc.counters(core);
            CoreSummary {
                core,
                messages: soc.ipcc_counts(core).set.iter().sum(),
                interrupts: counters.exceptions[FIRST_INTERRUPT..].iter().sum(),
                cycles: soc.core_cycles(core),
                busy: counters.busy_cycles,
            }
        });
        Self {
            sent: outcome.sent,
            received: outcome.received,
            millis: soc.nanos() / 1_000_000,
            seed,
            hz: soc.core_hz(),
            cores,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bytes       {} in, {} out", self.sent, self.received)?;
        let each = |value: fn(&CoreSummary) -> u64| {
            let cores = self
                .cores
                .iter()
                .map(|c| format!("{} {}", c.core, value(c)));
            cores.collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "messages    from {}", each(|c| c.messages))?;
        writeln!(f, "interrupts  {}", each(|c| c.interrupts))?;
        writeln!(
            f,
            "time        {}.{:03} s at {} MHz, seed {}",
            self.millis / 1000,
            self.millis % 1000,
            self.hz / 1_000_000,
            self.seed
        )?;
        writeln!(f, "cycles      {}", each(|c| c.cycles))?;
        write!(f, "  busy      {}", each(|c| c.busy))
    }
}
