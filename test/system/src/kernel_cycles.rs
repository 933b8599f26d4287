// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the kernel's services cost, in cycles of the simulated processor.
//!
//! The images are those of `test/kern-bench`. No number contains a tick of the
//! clock by accident.

use crate::cycles::{function, svc, ticks, undisturbed};
use crate::{CPU1, image, ms};
use sim::{CpuKind, Soc};

/// The interrupt of `lines.one`, which the server handles.
const LINE: u8 = 18;

/// No measurement takes longer than this many milliseconds.
const LIMIT_MS: u64 = 50;

/// A processor, and the image to measure on it.
#[derive(Clone, Copy, Debug)]
pub struct Processor {
    /// What people call it.
    pub name: &'static str,
    image: &'static str,
    kind: CpuKind,
}

/// All processors.
pub const PROCESSORS: [Processor; 3] = [
    Processor {
        name: "Cortex-M4",
        image: "kern-bench-m4",
        kind: CpuKind::CortexM4,
    },
    Processor {
        name: "Cortex-M4F",
        image: "kern-bench-m4f",
        kind: CpuKind::CortexM4F,
    },
    Processor {
        name: "Cortex-M0+",
        image: "kern-bench-m0plus",
        kind: CpuKind::CortexM0Plus,
    },
];

/// What is measured. A system call begins with its `svc` instruction and ends
/// with the arrival at the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// A system call that does next to nothing.
    pub cheapest_call: u64,
    /// SEND of nothing to a waiting task, that task's REPLY and its next RECV.
    pub round_trip: u64,
    /// The same with a message of 64 bytes.
    pub round_trip_64: u64,
    /// The same with a message of 1 KiB.
    pub round_trip_1024: u64,
    /// BORROW_READ of 256 bytes.
    pub borrow_read_256: u64,
    /// From the moment an interrupt becomes pending, while a less important
    /// task runs, to the first instruction of the task that handles it.
    pub interrupt: u64,
    /// What a tick takes away from a task when no timer is due.
    pub tick: u64,
}

impl Costs {
    /// The costs with their names, in the order of a table.
    pub fn rows(&self) -> [(&'static str, u64); 7] {
        [
            ("cheapest system call", self.cheapest_call),
            ("message and reply, empty", self.round_trip),
            ("message and reply, 64 bytes", self.round_trip_64),
            ("message and reply, 1 KiB", self.round_trip_1024),
            ("read 256 bytes of a lease", self.borrow_read_256),
            ("interrupt until its task runs", self.interrupt),
            ("tick with no timer due", self.tick),
        ]
    }
}

impl Processor {
    /// Measures everything.
    ///
    /// # Panics
    ///
    /// If the images do not do what they should.
    pub fn measure(&self) -> Costs {
        let mut bench = Bench::new(self);
        let [empty, short, long] = bench.messages();
        Costs {
            cheapest_call: bench.cheapest_call(),
            round_trip: empty,
            round_trip_64: short,
            round_trip_1024: long,
            borrow_read_256: bench.borrow_read(),
            interrupt: bench.interrupt(),
            tick: bench.tick(),
        }
    }
}

/// An image at work.
struct Bench {
    soc: Soc,
}

impl Bench {
    fn new(processor: &Processor) -> Self {
        let soc = Soc::builder()
            .cpu1(image(processor.image))
            .kind(CPU1, processor.kind)
            .strict(true)
            .build();
        Self {
            soc: soc.unwrap_or_else(|e| panic!("{e}")),
        }
    }

    fn function(&self, task: &str, name: &str) -> u32 {
        function(&self.soc, CPU1, task, name)
    }

    fn svc(&self, task: &str, stub: &str) -> u32 {
        svc(&self.soc, CPU1, task, stub)
    }

    /// Runs to an address. Returns when that is.
    fn run_to(&mut self, pc: u32) -> u64 {
        match self.soc.run_until_pc(CPU1, pc, ms(LIMIT_MS)) {
            Ok(cycle) => cycle,
            Err(stop) => {
                panic!("{stop}; faults: {:#?}", self.soc.faults())
            }
        }
    }

    /// Runs from one address to another. `None` if the clock ticked on the
    /// way.
    fn between(
        &mut self,
        from: u32,
        to: u32,
        then: impl FnOnce(&mut Soc),
    ) -> Option<u64> {
        let start = self.run_to(from);
        let before = ticks(&self.soc, CPU1);
        then(&mut self.soc);
        let cycles = self.run_to(to) - start;
        let has_ticked = ticks(&self.soc, CPU1) != before;
        (!has_ticked).then_some(cycles)
    }

    /// The next system call at `svc`.
    fn call(&mut self, svc: u32) -> Option<u64> {
        self.between(svc, svc + 2, |_| {})
    }

    fn cheapest_call(&mut self) -> u64 {
        let refresh = self.svc("client", "sys_refresh_task_id_stub");
        undisturbed(|| self.call(refresh))
    }

    /// Round trips with nothing, 64 bytes, and 1 KiB.
    fn messages(&mut self) -> [u64; 3] {
        let refresh = self.svc("client", "sys_refresh_task_id_stub");
        let send = self.svc("client", "sys_send_stub");
        [0, 1, 2].map(|position| {
            undisturbed(|| {
                // The beginning of the client's loop.
                self.run_to(refresh);
                for _ in 0..position {
                    self.call(send);
                }
                self.call(send)
            })
        })
    }

    fn borrow_read(&mut self) -> u64 {
        let borrow = self.svc("server", "sys_borrow_read_stub");
        undisturbed(|| self.call(borrow))
    }

    fn interrupt(&mut self) -> u64 {
        let beat = self.function("client", "beat");
        let attend = self.function("server", "attend");
        undisturbed(|| {
            self.between(beat, attend, |soc| soc.pend_irq(CPU1, LINE))
        })
    }

    fn tick(&mut self) -> u64 {
        let refresh = self.svc("client", "sys_refresh_task_id_stub");
        let beat = self.function("client", "beat");
        // The first of a long series, during which there are several ticks.
        self.run_to(refresh);
        self.run_to(beat);
        self.soc.stamp_at(CPU1, beat);
        if let Err(stop) = self.soc.run_for(ms(4)) {
            panic!("{stop}");
        }
        let stamps = self.soc.take_stamps(CPU1);
        let pauses = stamps.windows(2).map(|two| two[1].cycle - two[0].cycle);
        let usual = pauses.clone().min().unwrap_or_default();
        pauses.max().unwrap_or_default() - usual
    }
}
