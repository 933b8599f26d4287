// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Starting tasks from the beginning.

use crate::descs::TaskDesc;
use crate::kernel::Kernel;
use crate::machine::{Machine, NextTask, Ref};
use crate::region::RegionAttributes;
use crate::slice::{Slice, Writable};
use crate::task::{Task, TimerState};
use abi::{Generation, SchedState, TaskId, TaskState, dead_response_code};

impl<M: Machine> Kernel<M> {
    /// Brings all tasks to their state at boot.
    ///
    /// # Panics
    ///
    /// If a task's stack is not usable.
    pub fn boot(&mut self) {
        for i in 0..self.machine.task_count() {
            let Some(task) = self.machine.find(i) else {
                continue;
            };
            self.reset_context(task);
            let flags = self.task(task).descriptor.flags;
            if flags & TaskDesc::START_AT_BOOT != 0 {
                self.make_runnable(task);
            }
        }
    }

    /// Resets a task, lets it run if `start` is true, and tells those who
    /// wait for its previous incarnation.
    pub(crate) fn restart(
        &mut self,
        caller: Ref<M>,
        target: Ref<M>,
        start: bool,
    ) -> NextTask<Ref<M>> {
        self.forget(target);
        let task = self.task_mut(target);
        let old_id = task.id;
        task.generation = task.generation.wrapping_add(1);
        // The id takes the low six bits.
        let generation = Generation::from(task.generation as u8);
        task.id = TaskId::for_index_and_gen(old_id.index(), generation);
        task.timer = TimerState::default();
        task.notifications = 0;
        task.state = SchedState::Stopped.into();
        self.reset_context(target);
        if target == caller {
            self.machine.reload_context(target);
        }
        if start {
            self.make_runnable(target);
        }

        let code = dead_response_code(self.task(target).id.generation());
        for i in 0..self.machine.task_count() {
            match self.machine.find(i) {
                Some(peer) if self.task(peer).is_waiting_on(old_id) => {
                    self.task_mut(peer).save.return_code_and_len(code, 0);
                    self.forget(peer);
                    self.make_runnable(peer);
                }
                _ => {}
            }
        }

        if caller != target {
            self.task_mut(caller).save.return_code_and_len(0, 0);
            NextTask::Same
        } else if start {
            NextTask::Same
        } else {
            NextTask::Other
        }
    }

    fn reset_context(&mut self, task: Ref<M>) {
        let desc = self.task(task).descriptor;
        let stack = desc.stack(M::FRAME_SIZE);
        let context = self.machine.new_context(desc.entry_point, stack);
        self.task_mut(task).save = context;
    }
}

impl Task {
    /// Whether only that task can end what this one is waiting for.
    fn is_waiting_on(&self, peer: TaskId) -> bool {
        match self.state {
            TaskState::Healthy(
                SchedState::InSend(id)
                | SchedState::InReply(id)
                | SchedState::InRecv(Some(id)),
            ) => id == peer,
            _ => false,
        }
    }
}

impl TaskDesc {
    /// All memory below the initial stack pointer that belongs to the stack
    /// or can be mistaken for it.
    ///
    /// # Panics
    ///
    /// If it cannot be used as a stack with a frame of `min` bytes on it.
    fn stack(&self, min: u32) -> Writable {
        let top = self.initial_stack;
        assert!(top.is_multiple_of(8), "task stack is not aligned");
        let mut bottom = top;
        for region in self.regions.iter().rev() {
            let below = bottom.wrapping_sub(1);
            let holds = below.wrapping_sub(region.base) < region.size;
            let usable = region.attributes.contains(RegionAttributes::WRITE)
                && !region
                    .attributes
                    .intersects(RegionAttributes::DEVICE_OR_DMA);
            if holds && usable {
                bottom = region.base;
            }
        }
        let stack = Slice::bytes(bottom, top.wrapping_sub(bottom))
            .and_then(|slice| self.writable(slice));
        match stack {
            Ok(stack) if stack.slice().len() >= min => stack,
            _ => panic!("task stack is not usable"),
        }
    }
}
