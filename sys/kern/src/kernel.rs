// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel's state, and how it may change.
//!
//! System calls and interrupts are methods of [`Kernel`]. Everything that
//! decides who runs goes through the few methods here, which keep three things
//! in step: the state of a task, the set of runnable tasks, and, for each task,
//! the set of tasks that are sending to it.

use crate::machine::{Machine, NextTask, Ref};
use crate::task::{Receipt, Task};
use abi::{
    FaultInfo, SchedState, TaskId, TaskState, UsageError, dead_response_code,
};
use core::hint::cold_path;

/// The notification that tells the supervisor about a fault.
const FAULT_NOTIFICATION: u32 = 1 << 0;

/// The index of the task that is told about faults.
pub(crate) const SUPERVISOR: usize = 0;

/// How a system call ends, unless its caller did something wrong.
pub type Outcome<M> = Result<<M as Machine>::Exit, FaultInfo>;

/// The kernel, while it is at work.
pub struct Kernel<M> {
    pub machine: M,
}

impl<M: Machine> Kernel<M> {
    /// A task.
    #[inline(always)]
    pub fn task(&self, task: Ref<M>) -> &Task {
        self.machine.task(task)
    }

    /// A task.
    #[inline(always)]
    pub fn task_mut(&mut self, task: Ref<M>) -> &mut Task {
        self.machine.task_mut(task)
    }

    /// Ends a system call by returning to its caller.
    #[inline(always)]
    pub(crate) fn resume(&mut self, caller: Ref<M>) -> Outcome<M> {
        self.leave(caller, NextTask::Same)
    }

    /// Ends a system call.
    #[inline(always)]
    pub(crate) fn leave(
        &mut self,
        caller: Ref<M>,
        next: NextTask<Ref<M>>,
    ) -> Outcome<M> {
        Ok(self.machine.leave(caller, next))
    }

    /// The task that runs after the previous one, by the scheduler's rule.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[inline(always)]
    pub fn select(&mut self, previous: Ref<M>) -> Ref<M> {
        let order = &self.machine.config().order;
        let place = self.task(previous).place;
        match order.choose(&self.machine.shared_mut().runnable, &place) {
            Some(task) => task,
            None => {
                cold_path();
                panic!("no runnable task")
            }
        }
    }

    /// Makes a healthy task runnable.
    #[inline(always)]
    pub(crate) fn make_runnable(&mut self, task: Ref<M>) {
        let t = self.task_mut(task);
        t.state = TaskState::Healthy(SchedState::Runnable);
        let seat = t.place.seat;
        self.machine.shared_mut().runnable.insert(seat);
    }

    /// Makes a runnable task wait.
    #[inline(always)]
    pub(crate) fn block(&mut self, task: Ref<M>, state: SchedState) {
        let t = self.task_mut(task);
        t.state = TaskState::Healthy(state);
        let seat = t.place.seat;
        self.machine.shared_mut().runnable.remove(seat);
    }

    /// Makes a runnable task wait for its message to be received.
    #[inline(always)]
    pub(crate) fn block_sending(&mut self, task: Ref<M>, target: Ref<M>) {
        let state = SchedState::InSend(self.task(target).id);
        self.block(task, state);
        let seat = self.task(task).place.seat;
        self.task_mut(target).senders.insert(seat);
    }

    /// Forgets that a task is runnable or sending, if it is.
    pub(crate) fn forget(&mut self, task: Ref<M>) {
        let t = self.task(task);
        let (seat, state) = (t.place.seat, t.state);
        self.machine.shared_mut().runnable.remove(seat);
        if let TaskState::Healthy(SchedState::InSend(target)) = state
            && let Some(target) = self.machine.find(target.index())
        {
            self.task_mut(target).senders.remove(seat);
        }
    }

    /// Finds the task that an id names.
    ///
    /// The inner error is the dead code with which to tell the caller that the
    /// task has been restarted.
    #[inline(always)]
    pub(crate) fn resolve(
        &self,
        id: TaskId,
    ) -> Result<Result<Ref<M>, u32>, UsageError> {
        let Some(task) = self.machine.find(id.index()) else {
            return Err(UsageError::TaskOutOfRange);
        };
        let current = self.task(task).id;
        Ok(if current == id {
            Ok(task)
        } else {
            Err(dead_response_code(current.generation()))
        })
    }

    /// Posts notifications to a task. Returns whether that woke it.
    #[inline(always)]
    pub(crate) fn post(&mut self, task: Ref<M>, bits: u32) -> bool {
        let t = self.task_mut(task);
        t.notifications |= bits;
        let woke = t.state.can_accept_notification() && t.take_notifications();
        if woke {
            self.make_runnable(task);
        }
        woke
    }

    /// Takes a task out of service and tells the supervisor.
    ///
    /// Suggests to run the supervisor if it was waiting for that, and somebody
    /// else otherwise. If the task that runs is not at fault and shall go on,
    /// ignore the suggestion.
    #[inline(never)]
    #[cold]
    pub fn force_fault(
        &mut self,
        task: Ref<M>,
        fault: FaultInfo,
    ) -> NextTask<Ref<M>> {
        self.forget(task);
        let t = self.task_mut(task);
        let original_state = match t.state {
            TaskState::Healthy(s) => s,
            // The first state and the last fault are what counts.
            TaskState::Faulted { original_state, .. } => original_state,
        };
        t.state = TaskState::Faulted {
            fault,
            original_state,
        };
        match self.machine.find(SUPERVISOR) {
            Some(s) if self.post(s, FAULT_NOTIFICATION) => {
                NextTask::Specific(s)
            }
            _ => NextTask::Other,
        }
    }
}

impl Task {
    /// Ends a RECV with the posted notifications it is waiting for, if any.
    #[inline(always)]
    pub(crate) fn take_notifications(&mut self) -> bool {
        let fired = self.notifications & self.save.notification_mask();
        if fired == 0 {
            return false;
        }
        self.notifications &= !fired;
        self.save.return_received(Receipt {
            sender: TaskId::KERNEL,
            operation: fired,
            len: 0,
            reply_capacity: 0,
            lease_count: 0,
        });
        true
    }
}
