// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Making tasks crash.

use crate::{Board, CoreId, ms};

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
        let symbol = |board: &Self, core, name: &str| {
            board.symbol(core, "jefe", &format!("JEFE_EXTERNAL_{name}"))
        };
        let mut counts = Vec::new();
        for &(core, task) in tasks {
            let count = symbol(self, core, "REQUESTS");
            counts.push((count, self.soc.read_u32(count)));
            for (name, value) in
                [("REQUEST", FAULT), ("TASKINDEX", task), ("KICK", 1)]
            {
                let address = symbol(self, core, name);
                assert!(self.soc.write_u32(address, value));
            }
        }
        self.run_until(ms(110), |soc| {
            counts
                .iter()
                .all(|&(at, before)| soc.read_u32(at) != before)
        });
    }

    /// Waits until a core executes the code of a task.
    #[track_caller]
    pub fn await_execution(&mut self, core: CoreId, task: &str) {
        self.run_until(ms(200), |soc| {
            let at = soc.locate(core, soc.registers(core).r[15]);
            at.is_some_and(|at| at.module == task)
        });
    }

    /// Waits until a core executes the code of a task, and makes the next
    /// instruction there one that does not exist, until the task has tripped
    /// over it.
    #[track_caller]
    pub fn crash_running(&mut self, core: CoreId, task: &str) {
        self.await_execution(core, task);
        let pc = self.soc.registers(core).r[15];
        let code = self.soc.read_memory(pc, 2).expect("code");
        let faults = self.soc.faults().len();
        assert!(self.soc.write_memory(pc, &UNDEFINED));
        self.run_until(ms(200), |soc| soc.faults().len() > faults);
        assert!(self.soc.write_memory(pc, &code));
    }
}
