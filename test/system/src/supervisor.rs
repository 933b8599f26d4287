// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Making tasks crash.

use crate::{Board, CoreId, ms, us};
use sim::Soc;

/// Indices of the tasks that all images have.
pub const JEFE: u32 = 0;
/// The sys task.
pub const SYS: u32 = 1;
/// The driver.
pub const IPCC: u32 = 2;
/// The console of the demo.
pub const CONSOLE_TASK: u32 = 3;

/// The supervisor's request to fault a task.
const FAULT: u32 = 4;

/// `udf #0`
const UNDEFINED: [u8; 2] = [0x00, 0xDE];

/// Whether a core executes the code of a task. Setting up the task's memory,
/// which takes long, does not count.
pub fn is_running(soc: &Soc, core: CoreId, task: &str) -> bool {
    let at = soc.locate(core, soc.registers(core).r[15]);
    at.is_some_and(|at| {
        at.module == task && at.symbol.as_deref() != Some("_start")
    })
}

impl Board {
    /// Asks a core's supervisor, as a debugger does, to fault a task, and
    /// waits until it has. The supervisor may take 100 ms to notice.
    #[track_caller]
    pub fn crash(&mut self, core: CoreId, task: u32) {
        self.crash_all(&[(core, task)]);
    }

    /// As [`Board::crash`], at most one task per core, on both at about the
    /// same time.
    #[track_caller]
    pub fn crash_all(&mut self, tasks: &[(CoreId, u32)]) {
        let mut counts = Vec::new();
        for &(core, task) in tasks {
            let count = self.symbol(core, "jefe", "JEFE_EXTERNAL_REQUESTS");
            counts.push((count, self.soc.read_u32(count)));
            self.condemn(core, task);
        }
        self.run_until(ms(110), |soc| {
            counts
                .iter()
                .all(|&(at, before)| soc.read_u32(at) != before)
        });
    }

    /// As [`Board::crash`], but does not wait.
    #[track_caller]
    pub fn condemn(&mut self, core: CoreId, task: u32) {
        for (name, value) in
            [("REQUEST", FAULT), ("TASKINDEX", task), ("KICK", 1)]
        {
            let name = format!("JEFE_EXTERNAL_{name}");
            let address = self.symbol(core, "jefe", &name);
            assert!(self.soc.write_u32(address, value));
        }
    }

    /// Waits until a core has been seen `times` times executing the code of a
    /// task, and makes it [`trip`](Board::trip). The cores are looked at every
    /// hundred cycles or so.
    ///
    /// Returns `false`, and has done no harm, if the task does not run that
    /// often, or does not trip.
    #[track_caller]
    pub fn crash_running(
        &mut self,
        core: CoreId,
        task: &str,
        times: u32,
    ) -> bool {
        let mut seen = 0;
        let is_seen = |soc: &Soc| {
            seen += u32::from(is_running(soc, core, task));
            seen >= times
        };
        if self.soc.run_until(is_seen, ms(100)).is_err() {
            return false;
        }
        self.trip(core)
    }

    /// Makes the next instruction of a core one that does not exist, for the
    /// task that runs there to trip over.
    ///
    /// Returns `false`, and has done no harm, if the task passes over the
    /// instruction because it is conditional.
    #[track_caller]
    pub fn trip(&mut self, core: CoreId) -> bool {
        let pc = self.soc.registers(core).r[15];
        let code = self.soc.read_memory(pc, 2).expect("code");
        let faults = self.soc.faults().len();
        assert!(self.soc.write_memory(pc, &UNDEFINED));
        let has_tripped = |soc: &Soc| soc.faults().len() > faults;
        let result = self.soc.run_until(has_tripped, us(100));
        assert!(self.soc.write_memory(pc, &code));
        result.is_ok()
    }
}
