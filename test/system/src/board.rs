// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The chip with its images.

use crate::{ALICE, CPU1, CPU2, Call, CoreId, image, ms};
use debug_check::{DumpReport, check_dump};
use dump::Watched;
use sim::{Builder, Soc, Span, UartId};
use std::collections::HashMap;

/// The serial port that is CPU1's console.
pub const CONSOLE: UartId = UartId::Lpuart1;

/// A chip with images, and what a test remembers of it.
pub struct Board {
    /// The chip; it leaves a dump of each core if the test fails.
    pub soc: Watched,
    /// The calls that puppets are in: the life of the puppet, and the count
    /// that the answer will have.
    pub(crate) calls: HashMap<&'static str, (u32, u32)>,
}

impl Board {
    /// Powers a chip and lets it come up.
    ///
    /// # Panics
    ///
    /// If an image does not fit.
    pub fn power(builder: Builder) -> Self {
        let soc = builder.strict(true).build();
        let mut board = Self {
            soc: Watched::new(soc.unwrap_or_else(|e| panic!("{e}"))),
            calls: HashMap::new(),
        };
        board.run_for(ms(3));
        board
    }

    /// The demo: a console on CPU1, an echo on CPU2.
    pub fn demo(seed: u64) -> Self {
        let builder = Soc::builder().cpu1(image("wl55-cpu1"));
        Self::power(builder.cpu2(image("wl55-cpu2")).seed(seed))
    }

    /// The images of the soak, which start both cores.
    pub fn soak(seed: u64) -> Self {
        let builder = Soc::builder().cpu1(image("test-soak-cpu1"));
        Self::power(builder.cpu2(image("test-soak-cpu2")).seed(seed))
    }

    /// Puppets on CPU1, and CPU2 for the test to play.
    pub fn one_core() -> Self {
        Self::power(Soc::builder().cpu1(image("test-puppet-cpu1")))
    }

    /// Puppets on both cores, seed 0.
    pub fn two_cores() -> Self {
        Self::two_cores_with(0)
    }

    /// Puppets on both cores. CPU2 has been started.
    pub fn two_cores_with(seed: u64) -> Self {
        let builder = Soc::builder().cpu1(image("test-puppet-cpu1"));
        let builder = builder.cpu2(image("test-puppet-cpu2")).seed(seed);
        let mut board = Self::power(builder);
        assert_eq!(board.call(ALICE, Call::peer_start()), Ok(0));
        board.run_for(ms(3));
        board
    }

    /// Lets time pass.
    ///
    /// # Panics
    ///
    /// If something else ends the run.
    #[track_caller]
    pub fn run_for(&mut self, span: Span) {
        if let Err(stop) = self.soc.run_for(span) {
            panic!("{stop}; faults: {:#?}", self.soc.faults());
        }
    }

    /// Lets time pass until `done` says so.
    ///
    /// # Panics
    ///
    /// If it does not within the limit.
    #[track_caller]
    pub fn run_until(&mut self, limit: Span, done: impl FnMut(&Soc) -> bool) {
        if let Err(stop) = self.soc.run_until(done, limit) {
            panic!("{stop}; faults: {:#?}", self.soc.faults());
        }
    }

    /// The address of a variable of a task.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn symbol(&self, core: CoreId, task: &str, name: &str) -> u32 {
        match self.soc.image(core).symbol(task, name) {
            Some(symbol) => symbol.addr,
            None => panic!("{task} has no {name}"),
        }
    }

    /// Types on the console of CPU1.
    pub fn type_in(&mut self, bytes: &[u8]) {
        self.soc.uart_type(bytes);
    }

    /// What the debugger would say of a core now.
    ///
    /// # Panics
    ///
    /// If the core does not run, or the debugger could make nothing of it.
    pub fn examine(&self, core: CoreId) -> DumpReport {
        let dump = self.soc.dump(core).expect("a readable archive");
        let report = check_dump(&dump.expect("a core that runs"));
        assert!(report.findings.is_empty(), "{report}");
        report
    }

    /// What the console of CPU1 has printed.
    pub fn printed(&self) -> &[u8] {
        self.soc.uart_bytes(CONSOLE)
    }

    /// Waits until the console has printed as many bytes as `want`, checks
    /// that they are those, and that no more follow.
    ///
    /// # Panics
    ///
    /// If they are not.
    #[track_caller]
    pub fn expect_printed(&mut self, want: &[u8], limit: Span) {
        let len = want.len();
        self.run_until(limit, |soc| soc.uart_bytes(CONSOLE).len() >= len);
        self.run_for(ms(5));
        assert_eq!(self.printed().len(), want.len(), "bytes printed");
        let wrong = self.printed().iter().zip(want).position(|(a, b)| a != b);
        assert_eq!(wrong, None, "position of the first wrong byte");
    }

    /// IPCC interrupts that a core has taken.
    pub fn ipcc_interrupts(&self, core: CoreId) -> u64 {
        let counters = self.soc.counters(core);
        match core {
            CPU1 => counters.interrupts(45) + counters.interrupts(46),
            CPU2 => counters.interrupts(18),
        }
    }
}
