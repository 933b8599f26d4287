// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Many timers in a task, which has one.
//!
//! The timers are the variants of an enum:
//!
//! ```
//! use enum_map::Enum;
//! use multitimer::{Multitimer, Repeat};
//!
//! #[derive(Copy, Clone, Enum)]
//! enum Timers {
//!     Blink,
//!     TimeOut,
//! }
//!
//! # const TIMER_BIT: u8 = 0;
//! # let (now, bits) = (0, 1 << TIMER_BIT);
//! let mut timers = Multitimer::<Timers>::new(TIMER_BIT);
//! timers.set_timer(Timers::Blink, now, Some(Repeat::AfterDeadline(500)));
//!
//! // When a notification arrives:
//! timers.handle_notification(bits);
//! for timer in timers.iter_fired() {
//!     match timer {
//!         Timers::Blink => (),
//!         Timers::TimeOut => (),
//!     }
//! }
//! ```
//!
//! Deadlines are absolute, in ticks. The task's timer must not be used for
//! anything else; `hl::sleep_for` is fine, it restores the deadline.
//!
//! Compiled for a host, the crate works with the time in [`fake`].

#![cfg_attr(target_os = "none", no_std)]
#![forbid(unsafe_code)]

use enum_map::{EnumArray, EnumMap};

#[cfg(not(target_os = "none"))]
pub mod fake;

#[cfg(not(target_os = "none"))]
use fake::{sys_get_timer, sys_set_timer};
#[cfg(target_os = "none")]
use userlib::{sys_get_timer, sys_set_timer};

/// A set of timers, one for each variant of `E`.
pub struct Multitimer<E: EnumArray<Timer>> {
    timers: EnumMap<E, Timer>,
    notification_mask: u32,
}

/// What a timer does when it has fired.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It fires again this many ticks after its firing was noticed.
    AfterWake(u64),
    /// It fires again this many ticks after its deadline. It catches up if it
    /// is late, firing once for each period.
    AfterDeadline(u64),
}

/// One timer of a [`Multitimer`].
#[derive(Copy, Clone, Default)]
pub struct Timer {
    setting: Option<(u64, Option<Repeat>)>,
    fired_unobserved: bool,
}

impl<E: EnumArray<Timer> + Copy> Multitimer<E> {
    /// Makes a set of timers, none of which is set.
    ///
    /// `notification_bit` is the number of the notification to use; it belongs
    /// to the timers alone.
    pub fn new(notification_bit: u8) -> Self {
        Self {
            timers: EnumMap::default(),
            notification_mask: 1 << notification_bit,
        }
    }

    /// Has `which` fire at `deadline`, whatever it was set to.
    ///
    /// If it has fired before and [`Self::iter_fired`] has not said so, that is
    /// not forgotten.
    pub fn set_timer(
        &mut self,
        which: E,
        deadline: u64,
        repeat: Option<Repeat>,
    ) {
        self.timers[which].setting = Some((deadline, repeat));
        self.arm();
    }

    /// The deadline of `which`, and what happens then, if it is set.
    pub fn get_timer(&self, which: E) -> Option<(u64, Option<Repeat>)> {
        self.timers[which].setting
    }

    /// Has `which` not fire any more. Returns whether it was set.
    ///
    /// If it has fired before and [`Self::iter_fired`] has not said so, that is
    /// not forgotten.
    pub fn clear_timer(&mut self, which: E) -> bool {
        let was_set = self.timers[which].setting.take().is_some();
        if was_set {
            self.arm();
        }
        was_set
    }

    /// Fires the timers that are due, if `notification`, the bits received,
    /// includes the one of the timers.
    pub fn handle_notification(&mut self, notification: u32) {
        if notification & self.notification_mask != 0 {
            self.poll_now();
        }
    }

    /// Fires the timers that are due.
    pub fn poll_now(&mut self) {
        let now = sys_get_timer().now;
        for timer in self.timers.values_mut() {
            if let Some((deadline, repeat)) = timer.setting
                && deadline <= now
            {
                timer.fired_unobserved = true;
                timer.setting = repeat.map(|repeat| {
                    let next = match repeat {
                        Repeat::AfterWake(period) => now.saturating_add(period),
                        Repeat::AfterDeadline(period) => {
                            deadline.saturating_add(period)
                        }
                    };
                    (next, Some(repeat))
                });
            }
        }
        self.arm();
    }

    /// The timers that have fired since this last returned them, in the order
    /// of declaration.
    pub fn iter_fired(&mut self) -> impl Iterator<Item = E> + '_ {
        self.timers.iter_mut().filter_map(|(which, timer)| {
            core::mem::take(&mut timer.fired_unobserved).then_some(which)
        })
    }

    /// Sets the task's timer to the earliest deadline. Should that have passed,
    /// the kernel posts the notification at once.
    fn arm(&self) {
        let earliest = self
            .timers
            .values()
            .filter_map(|timer| timer.setting.map(|(deadline, _)| deadline))
            .min();
        sys_set_timer(earliest, self.notification_mask);
    }
}

#[cfg(test)]
mod tests;
