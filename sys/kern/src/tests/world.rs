// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A machine without a processor, and a way to write down what tasks do.

use crate::config::{Config, IrqGroup, IrqTable};
use crate::descs::TaskDesc;

use crate::kernel::Kernel;
use crate::machine::{Machine, NextTask};
use crate::region::{RegionAttributes as A, RegionDesc};
use crate::set::{Order, TaskSet, place};
#[cfg(feature = "dump")]
use crate::slice::Slice;
use crate::slice::{Readable, Writable};
use crate::task::{SavedState, Shared, Task};
use abi::{
    FaultInfo, Generation, InterruptOwner, LeaseAttributes, SchedState, Sysnum,
    TaskId, TaskState, ULease,
};
use std::boxed::Box;
use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

/// Most tasks that a world can have.
pub const MAX_TASKS: usize = 40;

/// Bytes of each kind of memory.
pub const SIZE: u32 = 0x1000;

/// Registers that all tasks may use.
pub const DEVICE: u32 = 0x4000_0000;
/// DMA memory that all tasks may use.
pub const DMA: u32 = 0x3000_0000;
/// Plain memory that all tasks may use.
pub const SHARED: u32 = 0x2800_0000;

/// First address of a task's code, which it may read.
pub const fn code(task: usize) -> u32 {
    0x0800_0000 + task as u32 * SIZE
}

/// First address of a task's data, which consists of two abutting regions.
pub const fn data(task: usize) -> u32 {
    0x2000_0000 + task as u32 * 2 * SIZE
}

/// Bytes of stack that each task has, at the beginning of its data.
pub const STACK: u32 = 0x100;

/// What the build tool would have made up.
pub struct Setup {
    /// By index.
    pub priorities: Vec<u8>,
    /// Tasks that are not started at boot.
    pub stopped: Vec<usize>,
    /// Interrupt, task, notification.
    pub irqs: Vec<(u32, usize, u32)>,
}

/// The machine.
pub struct World {
    config: &'static Config<usize>,
    tasks: Vec<Task>,
    shared: Shared,
    ticks: u64,
    memory: Vec<(u32, Vec<u8>)>,
    pub enabled: BTreeSet<u32>,
    pub pending: BTreeSet<u32>,
    /// Contexts that have been loaded again.
    pub reloaded: Vec<usize>,
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

impl World {
    fn at(&mut self, address: u32) -> &mut u8 {
        let found = self.memory.iter_mut().find_map(|(base, bytes)| {
            bytes.get_mut(address.wrapping_sub(*base) as usize)
        });
        found.unwrap_or_else(|| panic!("no memory at {address:#x}"))
    }
}

impl Machine for World {
    type TaskRef = usize;
    type Exit = NextTask<usize>;
    const FRAME_SIZE: u32 = 32;

    fn leave(&mut self, _: usize, next: NextTask<usize>) -> NextTask<usize> {
        next
    }

    fn config(&self) -> &'static Config<usize> {
        self.config
    }

    fn task_count(&self) -> usize {
        self.tasks.len()
    }

    fn find(&self, index: usize) -> Option<usize> {
        (index < self.tasks.len()).then_some(index)
    }

    fn task(&self, task: usize) -> &Task {
        &self.tasks[task]
    }

    fn task_mut(&mut self, task: usize) -> &mut Task {
        &mut self.tasks[task]
    }

    fn shared_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }

    fn ticks(&mut self) -> &mut u64 {
        &mut self.ticks
    }

    fn copy(&mut self, from: Readable, to: Writable) {
        let (from, to) = (from.slice(), to.slice());
        assert_eq!(from.len(), to.len());
        for i in 0..from.len() {
            *self.at(to.base() + i) = *self.at(from.base() + i);
        }
    }

    fn read(&mut self, from: Readable, to: &mut [u8]) {
        for (i, dest) in (0..from.slice().len()).zip(to) {
            *dest = *self.at(from.slice().base() + i);
        }
    }

    fn write(&mut self, from: &[u8], to: Writable) {
        for (i, byte) in (0..to.slice().len()).zip(from) {
            *self.at(to.slice().base() + i) = *byte;
        }
    }

    fn read_lease(&mut self, from: Readable) -> ULease {
        assert_eq!(from.slice().len(), 12);
        let mut word = |i: u32| {
            let base = from.slice().base() + 4 * i;
            u32::from_le_bytes([0, 1, 2, 3].map(|k| *self.at(base + k)))
        };
        ULease {
            attributes: LeaseAttributes::from_bits_retain(word(0)),
            base_address: word(1),
            length: word(2),
        }
    }

    fn new_context(&mut self, entry_point: u32, stack: Writable) -> SavedState {
        let bottom = stack.slice().base();
        let top = bottom + stack.slice().len();
        let psp = top - Self::FRAME_SIZE;
        for i in bottom..psp {
            let paint = crate::machine::STACK_PAINT.to_le_bytes();
            *self.at(i) = paint[i as usize % 4];
        }
        for i in psp..top {
            *self.at(i) = 0;
        }
        for (i, byte) in (psp + 24..).zip(entry_point.to_le_bytes()) {
            *self.at(i) = byte;
        }
        SavedState {
            psp,
            ..SavedState::default()
        }
    }

    fn reload_context(&mut self, running: usize) {
        self.reloaded.push(running);
    }

    fn enable_irq(&mut self, irq: u32) {
        self.enabled.insert(irq);
    }

    fn disable_irq(&mut self, irq: u32) {
        self.enabled.remove(&irq);
    }

    fn pend_irq(&mut self, irq: u32) {
        self.pending.insert(irq);
    }

    fn unpend_irq(&mut self, irq: u32) {
        self.pending.remove(&irq);
    }

    fn is_irq_enabled(&self, irq: u32) -> bool {
        self.enabled.contains(&irq)
    }

    fn is_irq_pending(&self, irq: u32) -> bool {
        self.pending.contains(&irq)
    }

    #[cfg(feature = "dump")]
    fn control_block(&self, task: usize) -> Slice {
        Slice::bytes(control_block(task), CONTROL_BLOCK_SIZE).unwrap()
    }

    #[cfg(feature = "dump")]
    fn dump_control_block(&mut self, task: usize, part: Slice, to: Writable) {
        assert_eq!(part.len(), to.slice().len());
        for i in 0..part.len() {
            let offset = part.base() + i - control_block(task);
            *self.at(to.slice().base() + i) = offset as u8;
        }
    }

    fn image_id(&self) -> u64 {
        0x0123_4567_89AB_CDEF
    }

    fn reset(&mut self) -> ! {
        panic!("system reset");
    }
}

/// Bytes of a control block as far as dumps are concerned; each byte is the
/// low part of its own offset.
#[cfg(feature = "dump")]
pub const CONTROL_BLOCK_SIZE: u32 = 128;

/// Where control blocks are as far as dumps are concerned.
#[cfg(feature = "dump")]
pub fn control_block(task: usize) -> u32 {
    0x1000_0000 + task as u32 * CONTROL_BLOCK_SIZE
}

impl Setup {
    /// Tasks of these priorities, all started at boot.
    pub fn new(priorities: &[u8]) -> Self {
        Self {
            priorities: priorities.to_vec(),
            stopped: vec![],
            irqs: vec![],
        }
    }

    /// Does not start a task at boot.
    pub fn stopped(mut self, task: usize) -> Self {
        self.stopped.push(task);
        self
    }

    /// Routes an interrupt.
    pub fn irq(mut self, irq: u32, task: usize, notification: u32) -> Self {
        self.irqs.push((irq, task, notification));
        self
    }

    /// Boots.
    pub fn boot(self) -> Kernel<World> {
        let n = self.priorities.len();
        assert!((1..=MAX_TASKS).contains(&n));
        // Tasks that do not exist are ranked as well, but never runnable.
        let mut priorities = [u8::MAX; MAX_TASKS];
        priorities[..n].copy_from_slice(&self.priorities);

        let mut memory = vec![
            (DEVICE, vec![0; SIZE as usize]),
            (DMA, vec![0; SIZE as usize]),
            (SHARED, vec![0; SIZE as usize]),
        ];
        let mut tasks = vec![];
        for i in 0..n {
            memory.push((code(i), vec![0xC0; SIZE as usize]));
            memory.push((data(i), vec![0xDA; SIZE as usize]));
            let region = |base, size, attributes| {
                leak(RegionDesc::new(base, size, attributes))
            };
            let half = SIZE / 2;
            let rw = A::READ | A::WRITE;
            let desc = TaskDesc::new(
                [
                    &RegionDesc::NULL,
                    region(code(i), SIZE, A::READ | A::EXECUTE),
                    region(data(i), half, rw),
                    region(data(i) + half, half, rw),
                    region(SHARED, SIZE, rw),
                    region(DMA, SIZE, rw | A::DMA),
                    region(DEVICE, SIZE, rw | A::DEVICE),
                    region(WRITE_ONLY, SIZE, A::WRITE),
                ],
                code(i),
                data(i) + STACK,
                priorities[i],
                if self.stopped.contains(&i) {
                    0
                } else {
                    TaskDesc::START_AT_BOOT
                },
                i as u16,
                place(&priorities, i),
            );
            tasks.push(Task::new(leak(desc)));
        }
        memory.push((WRITE_ONLY, vec![0; SIZE as usize]));

        let mut kernel = Kernel {
            machine: World {
                config: leak(Config {
                    order: Order::new(&priorities, &std::array::from_fn(|i| i)),
                    irqs: self.irq_table(),
                }),
                tasks,
                shared: Shared::INITIAL,
                ticks: 0,
                memory,
                enabled: BTreeSet::new(),
                pending: BTreeSet::new(),
                reloaded: vec![],
            },
        };
        kernel.boot();
        kernel.check_invariants();
        kernel
    }

    fn irq_table(&self) -> IrqTable {
        let mut owners: Vec<InterruptOwner> = vec![];
        for &(_, task, notification) in &self.irqs {
            let owner = InterruptOwner {
                task: task as u32,
                notification,
            };
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        let last = self.irqs.iter().map(|i| i.0 as usize).max();
        let mut group_of = vec![0; last.map_or(0, |n| n + 1)];
        let mut groups = vec![];
        for (position, &owner) in owners.iter().enumerate() {
            let mut irqs = vec![];
            for &(irq, task, notification) in &self.irqs {
                if (task as u32, notification)
                    == (owner.task, owner.notification)
                {
                    irqs.push(irq);
                    group_of[irq as usize] = position as u8 + 1;
                }
            }
            groups.push(IrqGroup {
                owner,
                irqs: irqs.leak(),
            });
        }
        IrqTable {
            groups: groups.leak(),
            group_of: group_of.leak(),
        }
    }
}

/// Memory that all tasks may write, but not read.
pub const WRITE_ONLY: u32 = 0x5000_0000;

/// Arguments of a SEND.
#[derive(Clone, Copy, Debug)]
pub struct Send {
    pub to: TaskId,
    pub operation: u16,
    /// Base and length; likewise below.
    pub message: (u32, u32),
    pub reply: (u32, u32),
    pub leases: (u32, u32),
}

impl Send {
    /// An empty message.
    pub fn to(to: TaskId) -> Self {
        Self {
            to,
            operation: 0,
            message: (0, 0),
            reply: (0, 0),
            leases: (0, 0),
        }
    }
}

/// Arguments of a RECV.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recv {
    pub buffer: (u32, u32),
    pub mask: u32,
    pub from: Option<TaskId>,
}

/// What a task finds in its result registers after a RECV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Got {
    pub sender: TaskId,
    pub operation: u32,
    pub len: u32,
    pub capacity: u32,
    pub leases: u32,
}

/// Who runs after a system call.
#[derive(Clone, Copy, Debug)]
pub struct Next {
    caller: usize,
    /// Who does.
    chosen: usize,
    /// Who would, if the scheduler were asked.
    scheduled: Option<usize>,
}

impl PartialEq<NextTask<usize>> for Next {
    fn eq(&self, expected: &NextTask<usize>) -> bool {
        match *expected {
            NextTask::Same => self.chosen == self.caller,
            NextTask::Specific(task) => self.chosen == task,
            NextTask::Other => Some(self.chosen) == self.scheduled,
        }
    }
}

impl Next {
    /// Who runs.
    pub fn chosen(self) -> usize {
        self.chosen
    }
}

impl Kernel<World> {
    /// The choice of the scheduler, as the interface specification states it.
    pub fn scan(&self, previous: usize) -> Option<usize> {
        let n = self.machine.tasks.len();
        let mut best: Option<usize> = None;
        for i in (1..=n).map(|d| (previous + d) % n) {
            let better =
                |b: usize| self.task(i).priority.0 < self.task(b).priority.0;
            if self.is_runnable(i) && best.is_none_or(better) {
                best = Some(i);
            }
        }
        best
    }

    /// Lets a task make a system call, and returns who shall run next.
    pub fn call(
        &mut self,
        caller: usize,
        number: Sysnum,
        args: &[u32],
    ) -> Next {
        let number = number as u32;
        self.raw_call(caller, number, args)
    }

    /// As [`Self::call`], with any number.
    pub fn raw_call(
        &mut self,
        caller: usize,
        number: u32,
        args: &[u32],
    ) -> Next {
        assert!(self.is_runnable(caller), "task {caller} cannot call");
        let mut r = [0xBAD_0BAD; 7];
        r[..args.len()].copy_from_slice(args);
        let save = &mut self.machine.tasks[caller].save;
        [
            save.r4, save.r5, save.r6, save.r7, save.r8, save.r9, save.r10,
        ] = r;
        save.r11 = number;
        let outcome = match number {
            0 => self.send(caller),
            1 => self.recv(caller),
            2 => self.reply(caller),
            3 => self.set_timer(caller),
            4 => self.borrow_read(caller),
            5 => self.borrow_write(caller),
            6 => self.borrow_info(caller),
            7 => self.irq_control(caller),
            8 => Err(FaultInfo::Panic),
            9 => self.get_timer(caller),
            10 => self.refresh_task_id(caller),
            11 => self.post_from(caller),
            12 => self.reply_fault(caller),
            13 => self.irq_status(caller),
            _ => Err(abi::UsageError::BadSyscallNumber.into()),
        };
        let next = match outcome {
            Ok(next) => next,
            Err(fault) => self.force_fault(caller, fault),
        };
        self.check_invariants();
        let chosen = match next {
            NextTask::Same => caller,
            NextTask::Specific(task) => task,
            NextTask::Other => self.select(caller),
        };
        assert!(self.is_runnable(chosen));
        Next {
            caller,
            chosen,
            scheduled: self.scan(caller),
        }
    }

    pub fn do_send(&mut self, caller: usize, s: Send) -> Next {
        self.call(
            caller,
            Sysnum::Send,
            &[
                u32::from(s.to.0) << 16 | u32::from(s.operation),
                s.message.0,
                s.message.1,
                s.reply.0,
                s.reply.1,
                s.leases.0,
                s.leases.1,
            ],
        )
    }

    pub fn do_recv(&mut self, caller: usize, r: Recv) -> Next {
        let specific = match r.from {
            Some(id) => 1 << 31 | u32::from(id.0),
            // Without bit 31 the rest does not matter.
            None => 0x7FFF_1234,
        };
        self.call(
            caller,
            Sysnum::Recv,
            &[r.buffer.0, r.buffer.1, r.mask, specific],
        )
    }

    /// An open RECV without buffer and notifications.
    pub fn listen(&mut self, task: usize) {
        let next = self.do_recv(task, Recv::default());
        assert_eq!(next, NextTask::Other);
    }

    pub fn do_reply(
        &mut self,
        caller: usize,
        to: TaskId,
        code: u32,
        message: (u32, u32),
    ) -> Next {
        self.call(
            caller,
            Sysnum::Reply,
            &[to.0.into(), code, message.0, message.1],
        )
    }

    pub fn do_post(&mut self, caller: usize, to: TaskId, bits: u32) -> Next {
        self.call(caller, Sysnum::Post, &[to.0.into(), bits])
    }

    /// Sends a request to the kernel; the response goes to [`RESPONSE`].
    pub fn kipc(
        &mut self,
        caller: usize,
        operation: u16,
        request: &[u8],
        response_len: u32,
    ) -> Next {
        let message = data(caller) + 0x200;
        self.write(message, request);
        self.do_send(
            caller,
            Send {
                operation,
                message: (message, request.len() as u32),
                reply: (response(caller), response_len),
                ..Send::to(TaskId::KERNEL)
            },
        )
    }

    /// Tasks `client` and `server` meet: the server listens, the client sends,
    /// and waits for the reply.
    pub fn meet(&mut self, server: usize, client: Send, from: usize) {
        self.listen(server);
        let next = self.do_send(from, client);
        assert_eq!(next, NextTask::Specific(server));
    }

    /// The id a task has now.
    pub fn id(&self, task: usize) -> TaskId {
        self.task(task).id
    }

    pub fn is_runnable(&self, task: usize) -> bool {
        matches!(
            self.task(task).state,
            TaskState::Healthy(SchedState::Runnable)
        )
    }

    /// The state of a task that must be healthy.
    pub fn state(&self, task: usize) -> SchedState {
        match self.task(task).state {
            TaskState::Healthy(s) => s,
            TaskState::Faulted { fault, .. } => {
                panic!("task {task} is faulted: {fault:?}")
            }
        }
    }

    /// The fault of a task that must be faulted.
    pub fn fault(&self, task: usize) -> FaultInfo {
        self.fault_and_state(task).0
    }

    pub fn fault_and_state(&self, task: usize) -> (FaultInfo, SchedState) {
        match self.task(task).state {
            TaskState::Faulted {
                fault,
                original_state,
            } => (fault, original_state),
            TaskState::Healthy(s) => panic!("task {task} is healthy: {s:?}"),
        }
    }

    /// Result registers.
    pub fn results(&self, task: usize) -> [u32; 6] {
        let s = &self.task(task).save;
        [s.r4, s.r5, s.r6, s.r7, s.r8, s.r9]
    }

    /// The first two result registers.
    pub fn code_and_len(&self, task: usize) -> (u32, u32) {
        let [code, len, ..] = self.results(task);
        (code, len)
    }

    /// What a RECV that succeeded has got.
    pub fn got(&self, task: usize) -> Got {
        let [code, sender, operation, len, capacity, leases] =
            self.results(task);
        assert_eq!(code, 0);
        Got {
            sender: TaskId(u16::try_from(sender).unwrap()),
            operation,
            len,
            capacity,
            leases,
        }
    }

    pub fn write(&mut self, address: u32, bytes: &[u8]) {
        for (i, byte) in (address..).zip(bytes) {
            *self.machine.at(i) = *byte;
        }
    }

    pub fn read(&mut self, address: u32, len: u32) -> Vec<u8> {
        (address..address + len)
            .map(|i| *self.machine.at(i))
            .collect()
    }

    /// Writes a lease table.
    pub fn write_leases(&mut self, address: u32, leases: &[(u32, u32, u32)]) {
        for (i, &(attributes, base, len)) in leases.iter().enumerate() {
            let at = address + 12 * i as u32;
            for (k, word) in [attributes, base, len].into_iter().enumerate() {
                self.write(at + 4 * k as u32, &word.to_le_bytes());
            }
        }
    }

    pub fn now(&mut self) -> u64 {
        *self.machine.ticks()
    }

    pub fn set_now(&mut self, now: u64) {
        *self.machine.ticks() = now;
    }

    /// Lets time pass. Returns whether a task woke up.
    pub fn pass(&mut self, ticks: u32) -> bool {
        let mut woke = false;
        for _ in 0..ticks {
            woke |= self.tick();
            self.check_invariants();
        }
        woke
    }

    /// Restarts a task, on behalf of task 0.
    pub fn restart_task(&mut self, task: usize) {
        let mut request = (task as u32).to_le_bytes().to_vec();
        request.push(1);
        assert_eq!(self.kipc(0, 2, &request, 0), NextTask::Same);
        assert_eq!(self.code_and_len(0), (0, 0));
    }

    /// Restarts a task although nobody has asked for it.
    pub fn restart_by_hand(&mut self, task: usize) {
        // The result would go to the idle task, which does not look.
        let idle = self.machine.tasks.len() - 1;
        let next = self.restart(idle, task, true);
        assert_eq!(next, NextTask::Same);
        self.check_invariants();
    }

    pub fn is_healthy(&self, task: usize) -> bool {
        matches!(self.task(task).state, TaskState::Healthy(_))
    }

    /// Checks what must be true whenever the kernel is not at work.
    pub fn check_invariants(&mut self) {
        let n = self.machine.tasks.len();
        let mut runnable = TaskSet::EMPTY;
        let mut senders = vec![TaskSet::EMPTY; n];
        for t in &self.machine.tasks {
            match t.state {
                TaskState::Healthy(SchedState::Runnable) => {
                    runnable.insert(t.place.seat);
                }
                TaskState::Healthy(SchedState::InSend(to)) => {
                    assert_eq!(to, self.id(to.index()), "sends to a ghost");
                    senders[to.index()].insert(t.place.seat);
                }
                _ => {}
            }
            let generation = Generation::from(t.generation as u8);
            let index = usize::from(t.descriptor.index);
            assert_eq!(t.id, TaskId::for_index_and_gen(index, generation));
        }
        assert_eq!(self.machine.shared.runnable, runnable);
        for (t, senders) in self.machine.tasks.iter().zip(senders) {
            assert_eq!(t.senders, senders);
            if let Some(deadline) = t.timer.deadline {
                assert!(deadline.0 >= self.machine.shared.next_deadline);
            }
        }
    }
}

/// Where a task wants responses of the kernel.
pub const fn response(task: usize) -> u32 {
    data(task) + 0x300
}
