// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The clock and the tasks' timers.

use crate::kernel::{Kernel, Outcome};
use crate::machine::{Machine, Ref};
use crate::task::{NotificationSet, TimerState, Timestamp};

/// Joins the two registers that hold a 64-bit number.
fn join(lo: u32, hi: u32) -> u64 {
    u64::from(hi) << 32 | u64::from(lo)
}

impl<M: Machine> Kernel<M> {
    /// Advances the clock. Returns whether a task woke up.
    ///
    /// # Panics
    ///
    /// If the clock overflows.
    pub fn tick(&mut self) -> bool {
        let Some(now) = self.machine.ticks().checked_add(1) else {
            panic!("clock overflow");
        };
        *self.machine.ticks() = now;
        if now < self.machine.shared_mut().next_deadline {
            return false;
        }
        self.fire_timers(now)
    }

    /// Fires all timers that are due, and finds out when the next one is.
    #[inline(never)]
    fn fire_timers(&mut self, now: u64) -> bool {
        let mut woke = false;
        let mut next = u64::MAX;
        for i in 0..self.machine.task_count() {
            let Some(task) = self.machine.find(i) else {
                continue;
            };
            let timer = &mut self.task_mut(task).timer;
            match timer.deadline {
                Some(Timestamp(t)) if t <= now => {
                    timer.deadline = None;
                    let bits = timer.to_post;
                    woke |= self.post(task, bits.0);
                }
                Some(Timestamp(t)) => next = next.min(t),
                None => {}
            }
        }
        self.machine.shared_mut().next_deadline = next;
        woke
    }

    /// SET_TIMER.
    #[inline(always)]
    pub fn set_timer(&mut self, caller: Ref<M>) -> Outcome<M> {
        let now = *self.machine.ticks();
        let task = self.task_mut(caller);
        let save = &task.save;
        let enable = save.r4 != 0;
        let deadline = join(save.r5, save.r6);
        let to_post = NotificationSet(save.r7);

        let is_past = deadline <= now;
        task.timer = TimerState {
            deadline: (enable && !is_past).then_some(Timestamp(deadline)),
            to_post,
        };
        if enable {
            if is_past {
                // The caller is running, so it cannot be woken by this.
                task.notifications |= to_post.0;
            } else {
                let next = &mut self.machine.shared_mut().next_deadline;
                *next = deadline.min(*next);
            }
        }
        self.resume(caller)
    }

    /// GET_TIMER.
    #[inline(always)]
    pub fn get_timer(&mut self, caller: Ref<M>) -> Outcome<M> {
        let now = *self.machine.ticks();
        let task = self.task_mut(caller);
        let save = &mut task.save;
        save.r4 = now as u32;
        save.r5 = (now >> 32) as u32;
        let (is_set, deadline) = match task.timer.deadline {
            Some(Timestamp(t)) => (1, t),
            None => (0, 0),
        };
        save.r6 = is_set;
        save.r7 = deadline as u32;
        save.r8 = (deadline >> 32) as u32;
        save.r9 = task.timer.to_post.0;
        self.resume(caller)
    }
}
