// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use enum_map::Enum;

use super::*;
use crate::fake::{set_now, timer};

#[derive(Copy, Clone, Debug, PartialEq, Enum)]
enum Which {
    A,
    B,
    C,
}

const BIT: u8 = 3;
const MASK: u32 = 1 << BIT;

fn timers() -> Multitimer<Which> {
    Multitimer::new(BIT)
}

/// The timers that have fired at `now`.
fn fired_at(now: u64, timers: &mut Multitimer<Which>) -> Vec<Which> {
    set_now(now);
    timers.handle_notification(MASK);
    timers.iter_fired().collect()
}

#[test]
fn the_task_timer_is_set_to_the_earliest_deadline() {
    let mut timers = timers();
    timers.set_timer(Which::B, 20, None);
    assert_eq!(timer(), (Some(20), MASK));
    timers.set_timer(Which::A, 30, None);
    assert_eq!(timer(), (Some(20), MASK));
    timers.set_timer(Which::C, 10, None);
    assert_eq!(timer(), (Some(10), MASK));

    assert_eq!(fired_at(10, &mut timers), [Which::C]);
    assert_eq!(timer(), (Some(20), MASK));
    assert_eq!(fired_at(40, &mut timers), [Which::A, Which::B]);
    assert_eq!(timer(), (None, MASK));
}

#[test]
fn a_timer_fires_once_and_not_before_its_deadline() {
    let mut timers = timers();
    timers.set_timer(Which::A, 10, None);
    assert_eq!(timers.get_timer(Which::A), Some((10, None)));
    assert_eq!(fired_at(9, &mut timers), []);
    assert_eq!(fired_at(10, &mut timers), [Which::A]);
    assert_eq!(timers.get_timer(Which::A), None);
    assert_eq!(fired_at(11, &mut timers), []);
}

#[test]
fn other_notifications_are_none_of_its_business() {
    let mut timers = timers();
    timers.set_timer(Which::A, 10, None);
    set_now(10);
    timers.handle_notification(!MASK);
    assert_eq!(timers.iter_fired().count(), 0);
    timers.handle_notification(!0);
    assert_eq!(timers.iter_fired().count(), 1);
}

#[test]
fn polling_needs_no_notification() {
    let mut timers = timers();
    timers.set_timer(Which::A, 10, None);
    set_now(10);
    timers.poll_now();
    assert!(timers.iter_fired().eq([Which::A]));
}

#[test]
fn a_timer_can_repeat_from_when_it_was_noticed() {
    let mut timers = timers();
    let repeat = Some(Repeat::AfterWake(10));
    timers.set_timer(Which::A, 10, repeat);
    assert_eq!(fired_at(15, &mut timers), [Which::A]);
    assert_eq!(timers.get_timer(Which::A), Some((25, repeat)));
    assert_eq!(fired_at(25, &mut timers), [Which::A]);
}

#[test]
fn a_timer_can_repeat_from_its_deadline_and_catches_up() {
    let mut timers = timers();
    let repeat = Some(Repeat::AfterDeadline(10));
    timers.set_timer(Which::A, 10, repeat);
    assert_eq!(fired_at(35, &mut timers), [Which::A]);
    assert_eq!(timers.get_timer(Which::A), Some((20, repeat)));
    // The deadline has passed: the kernel notifies at once.
    assert_eq!(timer(), (Some(20), MASK));
    assert_eq!(fired_at(35, &mut timers), [Which::A]);
    assert_eq!(fired_at(35, &mut timers), [Which::A]);
    assert_eq!(fired_at(35, &mut timers), []);
    assert_eq!(timers.get_timer(Which::A), Some((40, repeat)));
}

#[test]
fn the_end_of_time_is_not_exceeded() {
    let mut timers = timers();
    let wake = Some(Repeat::AfterWake(10));
    let deadline = Some(Repeat::AfterDeadline(10));
    timers.set_timer(Which::A, u64::MAX - 1, wake);
    timers.set_timer(Which::B, u64::MAX - 1, deadline);
    assert_eq!(fired_at(u64::MAX - 1, &mut timers), [Which::A, Which::B]);
    assert_eq!(timers.get_timer(Which::A), Some((u64::MAX, wake)));
    assert_eq!(timers.get_timer(Which::B), Some((u64::MAX, deadline)));
}

#[test]
fn that_a_timer_has_fired_is_not_forgotten_until_it_is_observed() {
    let mut timers = timers();
    timers.set_timer(Which::A, 10, None);
    timers.set_timer(Which::B, 10, None);
    set_now(10);
    timers.poll_now();
    timers.set_timer(Which::A, 20, None);
    assert!(!timers.clear_timer(Which::B));
    // One at a time: what the iterator has not reached stays.
    assert_eq!(timers.iter_fired().next(), Some(Which::A));
    assert_eq!(timers.iter_fired().next(), Some(Which::B));
    assert_eq!(timers.iter_fired().next(), None);
    assert_eq!(timers.get_timer(Which::A), Some((20, None)));
}

#[test]
fn a_cleared_timer_does_not_fire() {
    let mut timers = timers();
    timers.set_timer(Which::A, 10, Some(Repeat::AfterWake(1)));
    timers.set_timer(Which::B, 20, None);
    assert!(timers.clear_timer(Which::A));
    assert!(!timers.clear_timer(Which::A));
    assert_eq!(timer(), (Some(20), MASK));
    assert_eq!(fired_at(20, &mut timers), [Which::B]);
}
