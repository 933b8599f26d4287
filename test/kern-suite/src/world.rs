// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The tasks around the suite, and words in which cases talk about them.

use crate::notifications;
use hubris_num_tasks::Task;
use test_kern_api::call::{self, Span};
use test_kern_api::engine::{self, MAX_STEPS};
use test_kern_api::{Registers, Step, journal, memory, svc};
use userlib::{
    FaultInfo, FaultSource, Generation, IrqControlArg, SchedState, TaskId,
    TaskState, UsageError, dead_response_code, kipc,
    sys_irq_control_clear_pending, sys_refresh_task_id,
};

/// A task, whatever its generation.
#[derive(Copy, Clone)]
pub struct Other(usize);

/// The supervisor, which is a helper, too.
pub const RUNNER: Other = Other(Task::runner as usize);
/// A helper as important as the suite, with a smaller index.
pub const TWIN_A: Other = Other(Task::twin_a as usize);
/// The suite itself.
pub const SUITE: Other = Other(Task::suite as usize);
/// A helper as important as the suite, with a larger index.
pub const TWIN_B: Other = Other(Task::twin_b as usize);
/// A helper more important than the suite.
pub const ASSIST: Other = Other(Task::assist as usize);
/// A helper less important than the suite.
pub const MINOR: Other = Other(Task::minor as usize);
/// A server with an Idol interface, more important than the suite.
pub const IDOL: Other = Other(Task::idol as usize);
/// A helper that nobody has started.
pub const DORMANT: Other = Other(Task::dormant as usize);
/// The idle task.
pub const IDLE: Other = Other(Task::idle as usize);

/// The helpers that run.
pub const HELPERS: [Other; 4] = [TWIN_A, TWIN_B, ASSIST, MINOR];

/// The notification that nothing else uses, of each task.
pub const SPARE: u32 = notifications::SPARE_MASK;

/// A script of anything that is a [`Step`] or can be one.
#[macro_export]
macro_rules! script {
    ($($step:expr),* $(,)?) => {
        [$(test_kern_api::Step::from($step)),*]
    };
}

impl Other {
    /// Position among the tasks.
    pub fn index(self) -> usize {
        self.0
    }

    /// The id that the task has now.
    pub fn id(self) -> TaskId {
        sys_refresh_task_id(self.id_of(Generation::ZERO))
    }

    /// The id that the task has in that generation.
    pub fn id_of(self, generation: Generation) -> TaskId {
        TaskId::for_index_and_gen(self.0, generation)
    }

    /// An id that the task does not have now, but had or will have.
    pub fn stale_id(self) -> TaskId {
        let generation = u8::from(self.id().generation());
        self.id_of(Generation::from(generation ^ 0x15))
    }

    /// The response code for users of a stale id.
    pub fn dead_code(self) -> u32 {
        dead_response_code(self.id().generation())
    }

    /// Has a helper execute a script. Returns when the helper waits for
    /// something, has faulted, or is done.
    #[track_caller]
    pub fn run(self, script: &[Step]) {
        assert_eq!(engine::run(self.id(), script), 0);
    }

    /// Has a helper make one system call.
    #[track_caller]
    pub fn call(self, registers: Registers) {
        self.run(&script![registers]);
    }

    /// What has come of the steps of a helper's last script.
    #[track_caller]
    pub fn results(self) -> [Registers; MAX_STEPS] {
        match engine::results(self.id()) {
            Ok(results) => results,
            Err(code) => panic!("no results, but {code:#x}"),
        }
    }

    /// What has come of the first step of a helper's last script.
    #[track_caller]
    pub fn result(self) -> Registers {
        self.results()[0]
    }

    /// The state of the task.
    pub fn state(self) -> TaskState {
        kipc::read_task_status(self.0)
    }

    /// The state of the task, which is healthy.
    #[track_caller]
    pub fn healthy(self) -> SchedState {
        match self.state() {
            TaskState::Healthy(state) => state,
            TaskState::Faulted { fault, .. } => {
                panic!("task {} has faulted: {fault:?}", self.0)
            }
        }
    }

    /// The fault of the task, and what it was doing.
    #[track_caller]
    pub fn faulted(self) -> (FaultInfo, SchedState) {
        match self.state() {
            TaskState::Faulted {
                fault,
                original_state,
            } => (fault, original_state),
            TaskState::Healthy(state) => {
                panic!("task {} has not faulted: {state:?}", self.0)
            }
        }
    }

    /// The fault of the task.
    #[track_caller]
    pub fn fault(self) -> FaultInfo {
        self.faulted().0
    }

    /// Restarts the task.
    pub fn restart(self) {
        kipc::reinit_task(self.0, true);
    }

    /// Restarts the task without letting it run.
    pub fn stop(self) {
        kipc::reinit_task(self.0, false);
    }

    /// Restarts a helper and lets it come to the point where it waits for
    /// scripts.
    pub fn renew(self) {
        self.restart();
        self.results();
    }
}

/// The suite's id.
pub fn me() -> TaskId {
    SUITE.id()
}

/// Makes a system call with these registers.
pub fn raw(registers: Registers) -> Registers {
    // SAFETY: cases name memory that is made for it (see
    // `test_kern_api::memory`), or nothing that the suite could harm.
    unsafe { svc::svc(registers) }
}

/// Misuse of a system call.
pub fn usage(error: UsageError) -> FaultInfo {
    FaultInfo::SyscallUsage(error)
}

/// A slice that the task may not access.
pub fn inaccessible((base, _): Span) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(base),
        source: FaultSource::Kernel,
    }
}

/// Slices that are not well formed: they end behind the last address.
pub const WRAPPING: [Span; 3] = [
    (0xFFFF_FFF0, 0x10),
    (0x8000_0000, 0x8000_0000),
    (u32::MAX, u32::MAX),
];

/// Memory that belongs to no task but the suite.
pub fn own(bytes: &[u8]) -> Span {
    (
        bytes.as_ptr().expose_provenance() as u32,
        bytes.len() as u32,
    )
}

/// Memory that nobody may access: the vector table, or what is in its place.
pub const NULL: Span = (0, 4);

/// Memory at a distance from the start of a slice, `length` bytes long.
pub fn part((base, _): Span, offset: u32, length: u32) -> Span {
    (base.wrapping_add(offset), length)
}

/// Memory of which half is in front of a slice.
pub fn astride((base, _): Span, length: u32) -> Span {
    (base - length / 2, length)
}

/// Room in the shared memory for one of several purposes: 64 bytes each.
pub fn room(n: u32) -> Span {
    let room = part(memory::scratch(), n * 64, 64);
    assert!(n < 7);
    room
}

/// Reads the beginning of shared memory.
pub fn get<const N: usize>((base, _): Span) -> [u8; N] {
    // SAFETY: cases use memory that the suite may read.
    unsafe { memory::get(base) }
}

/// Writes to the beginning of shared memory.
pub fn put((base, _): Span, bytes: &[u8]) {
    // SAFETY: cases use memory that the suite may write and that holds no
    // variable of Rust.
    unsafe { memory::put(base, bytes) }
}

/// Writes a lease table to shared memory. An entry is attributes and a slice.
pub fn put_leases(table: Span, leases: &[(u32, Span)]) -> Span {
    for (n, &(attributes, (base, length))) in leases.iter().enumerate() {
        for (word, value) in [attributes, base, length].iter().enumerate() {
            let at = part(table, (n * 12 + word * 4) as u32, 4);
            put(at, &value.to_le_bytes());
        }
    }
    (table.0, leases.len() as u32)
}

/// Lets a certain number of ticks begin, without waiting in the kernel.
pub fn spin(ticks: u64) {
    let end = now() + ticks;
    while now() < end {}
}

/// The clock.
pub fn now() -> u64 {
    userlib::sys_get_timer().now
}

/// Waits for the beginning of a tick.
pub fn next_tick() -> u64 {
    spin(1);
    now()
}

/// Checks the journal.
#[track_caller]
pub fn assert_journal(expected: &[u8]) {
    let (marks, length) = journal::marks();
    let marks = core::str::from_utf8(&marks[..length]);
    assert_eq!(marks, core::str::from_utf8(expected));
}

/// Has the supervisor make an interrupt pending.
pub fn trigger(owner: Other, mask: u32) {
    let message = room(6);
    put(message, &(owner.index() as u32).to_le_bytes());
    put(part(message, 4, 4), &mask.to_le_bytes());
    RUNNER.call(
        call::kipc(userlib::Kipcnum::SoftwareIrq).message((message.0, 8)),
    );
}

/// All of the suite's masks for interrupts.
const INTERRUPTS: [u32; 3] = [
    notifications::ONE_IRQ_MASK,
    notifications::PAIR_IRQ_MASK,
    notifications::LEVEL_IRQ_MASK,
];

/// Undoes what the case before has left of interrupts: restarts do not.
pub fn quiet_interrupts() {
    crate::vehicle::level::clear();
    for mask in INTERRUPTS {
        sys_irq_control_clear_pending(mask, false);
    }
    let forget = IrqControlArg::CLEAR_PENDING.bits();
    ASSIST.run(&script![
        call::irq_control(notifications::assist::FOUR_IRQ_MASK, forget),
        call::irq_control(notifications::assist::FIVE_IRQ_MASK, forget),
    ]);
}

/// Waits in the kernel for a certain number of ticks, so that other tasks can
/// run.
pub fn sleep(ticks: u64) {
    userlib::hl::sleep_for(ticks);
}
