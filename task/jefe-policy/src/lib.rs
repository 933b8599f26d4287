// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! When the supervisor restarts a task that has faulted.
//!
//! A task that ran for a while is restarted at once. One that faulted soon
//! after its last start has to wait, so that a task that cannot start does not
//! keep the processor busy. A debugger, or the image's configuration, can have
//! a task held instead, so that somebody can look at the corpse.
//!
//! This crate only decides; it knows neither the kernel nor the clock.

#![no_std]
#![forbid(unsafe_code)]

/// A task that faults when it has run for less than this is restarted later,
/// so that it starts at most once per this time. In ticks.
pub const MIN_RUN_TIME: u64 = 50;

/// What is to happen when a task faults.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Disposition {
    Restart,
    Hold,
}

/// What the supervisor must do now that a task has faulted.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Reaction {
    /// Restart the task and call [`Record::started`].
    Restart,
    /// Nothing; [`Record::restart_time`] says when to restart it.
    Wait,
    /// Nothing, until somebody asks for the task.
    Hold,
}

/// What the supervisor believes about a task.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum State {
    Running {
        since: u64,
    },
    /// It faulted and is to be restarted.
    Waiting {
        until: u64,
    },
    /// It faulted and stays as it is.
    Held,
}

/// The supervisor's record of one task.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Record {
    disposition: Disposition,
    state: State,
}

impl Record {
    /// A task as it is when the system starts.
    pub const fn new(disposition: Disposition) -> Self {
        Self {
            disposition,
            state: State::Running { since: 0 },
        }
    }

    /// Notes that the task has been found faulted at `now`, and decides what to
    /// do about it.
    ///
    /// Returns `None` if this fault is not news. If the answer is to restart
    /// the task, it waits at least `min_delay` ticks.
    pub fn fault(&mut self, now: u64, min_delay: u64) -> Option<Reaction> {
        let State::Running { since } = self.state else {
            return None;
        };
        if self.disposition == Disposition::Hold {
            self.state = State::Held;
            return Some(Reaction::Hold);
        }
        // The tick that is under way counts as run.
        let ran = now.saturating_sub(since).saturating_add(1);
        let delay = MIN_RUN_TIME.saturating_sub(ran).max(min_delay);
        if delay == 0 {
            return Some(Reaction::Restart);
        }
        self.state = State::Waiting {
            until: now.saturating_add(delay),
        };
        Some(Reaction::Wait)
    }

    /// Notes that the task has been started at `now`, whatever the reason.
    pub fn started(&mut self, now: u64) {
        self.state = State::Running { since: now };
    }

    /// When to restart the task, if it is waiting for that.
    pub fn restart_time(&self) -> Option<u64> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Running { .. } | State::Held => None,
        }
    }

    /// Makes the task stay down the next time it faults, or now if it is
    /// already waiting for a restart.
    pub fn hold(&mut self) {
        self.disposition = Disposition::Hold;
        if let State::Waiting { .. } = self.state {
            self.state = State::Held;
        }
    }

    /// Makes the task be restarted when it faults. Returns whether it is to be
    /// restarted right now, because it was being held.
    pub fn release(&mut self) -> bool {
        self.disposition = Disposition::Restart;
        self.state == State::Held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Record {
        Record::new(Disposition::Restart)
    }

    #[test]
    fn a_task_that_ran_long_enough_is_restarted_at_once() {
        assert_eq!(task().fault(50, 0), Some(Reaction::Restart));
        assert_eq!(task().fault(u64::MAX, 0), Some(Reaction::Restart));
    }

    #[test]
    fn a_task_that_ran_briefly_waits_for_the_rest_of_fifty_ticks() {
        for ran in 0..49 {
            let mut task = task();
            task.started(1000);

            let reaction = task.fault(1000 + ran, 0);

            assert_eq!(reaction, Some(Reaction::Wait), "after {ran} ticks");
            // 50 - (ran + 1) ticks after now.
            assert_eq!(task.restart_time(), Some(1049), "after {ran} ticks");
        }
    }

    #[test]
    fn a_task_that_ran_49_ticks_has_nothing_left_to_wait_for() {
        assert_eq!(task().fault(49, 0), Some(Reaction::Restart));
    }

    #[test]
    fn the_restart_waits_at_least_the_minimum_delay() {
        let mut old = task();
        assert_eq!(old.fault(1000, 5), Some(Reaction::Wait));
        assert_eq!(old.restart_time(), Some(1005));

        let mut young = task();
        assert_eq!(young.fault(10, 5), Some(Reaction::Wait));
        assert_eq!(young.restart_time(), Some(49));
    }

    #[test]
    fn a_fault_is_news_only_once() {
        let mut task = task();
        task.fault(10, 0);
        assert_eq!(task.fault(11, 0), None);
        assert_eq!(task.restart_time(), Some(49));
    }

    #[test]
    fn a_restarted_task_can_fault_again() {
        let mut task = task();
        task.fault(10, 0);
        task.started(49);
        assert_eq!(task.restart_time(), None);
        assert_eq!(task.fault(200, 0), Some(Reaction::Restart));
    }

    #[test]
    fn a_task_to_hold_is_left_alone_when_it_faults() {
        let mut task = Record::new(Disposition::Hold);
        assert_eq!(task.fault(1000, 0), Some(Reaction::Hold));
        assert_eq!(task.restart_time(), None);
        assert_eq!(task.fault(1001, 0), None);
    }

    #[test]
    fn hold_cancels_a_restart_that_is_due() {
        let mut task = task();
        task.fault(10, 0);
        task.hold();
        assert_eq!(task.restart_time(), None);
    }

    #[test]
    fn release_asks_for_a_restart_only_of_a_task_that_is_being_held() {
        let mut task = task();
        assert!(!task.release(), "it is running");

        task.hold();
        assert!(!task.release(), "it has not faulted");

        task.hold();
        task.fault(1000, 0);
        assert!(task.release());
        task.started(1001);
        assert_eq!(task.fault(2000, 0), Some(Reaction::Restart));
    }

    #[test]
    fn starting_a_held_task_does_not_release_it() {
        let mut task = task();
        task.hold();
        task.fault(1000, 0);
        task.started(1001);
        assert_eq!(task.fault(2000, 0), Some(Reaction::Hold));
    }
}
