// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! SET_TIMER, GET_TIMER, and the clock.

use test_kern_api::call;
use test_kern_suite::notifications::TIMER_MASK as TIMER;
use test_kern_suite::world::{
    ASSIST, MINOR, me, next_tick, now, raw, room, spin,
};
use test_kern_suite::{cases, script};
use userlib::{
    SchedState, TaskId, set_timer_relative, sys_get_timer, sys_post, sys_recv,
    sys_recv_notification, sys_set_timer,
};

cases! { timer:
    the_clock_advances,
    a_task_has_no_timer_at_first,
    a_deadline_and_its_notifications_can_be_read_back,
    all_64_bits_of_a_deadline_count,
    a_timer_fires_at_its_deadline_and_not_before,
    a_timer_that_has_fired_keeps_its_notifications_but_no_deadline,
    a_timer_fires_once,
    a_past_deadline_posts_at_once,
    a_deadline_of_now_posts_at_once,
    a_timer_set_again_forgets_the_first_deadline,
    a_timer_that_is_turned_off_does_not_fire,
    a_timer_that_is_turned_off_records_the_notifications,
    any_nonzero_number_turns_a_timer_on,
    a_timer_without_notifications_clears_its_deadline_silently,
    a_timer_can_post_any_bits,
    a_timer_fires_while_its_task_does_not_receive,
    a_timer_of_a_task_that_waits_for_a_reply_fires,
    timers_of_several_tasks_fire_in_the_same_tick,
    timers_fire_in_the_order_of_their_deadlines,
    a_restart_turns_the_timer_off,
    a_timer_of_a_faulted_task_still_fires,
    a_relative_deadline_is_counted_from_now,
    setting_a_timer_changes_no_registers,
}

/// Takes the timer's notification if it is posted.
fn take_fired() -> u32 {
    sys_post(me(), 1 << 30);
    sys_recv_notification(TIMER | 1 << 30).get_raw_bits() & TIMER
}

fn the_clock_advances() {
    let start = now();
    let mut last = start;
    while last < start + 3 {
        let next = now();
        assert!(next >= last);
        last = next;
    }
}

fn a_task_has_no_timer_at_first() {
    ASSIST.renew();
    ASSIST.call(call::get_timer());
    let timer = ASSIST.result();
    assert_eq!((timer.r6, timer.r7, timer.r8, timer.r9), (0, 0, 0, 0));
}

fn a_deadline_and_its_notifications_can_be_read_back() {
    let deadline = now() + 1000;
    sys_set_timer(Some(deadline), TIMER);
    let timer = sys_get_timer();
    assert_eq!(timer.deadline, Some(deadline));
    assert_eq!(timer.on_dl, TIMER);
    let timer = raw(call::get_timer());
    assert_eq!(timer.r6, 1);
    assert_eq!((timer.r7, timer.r8), (deadline as u32, 0));
    assert_eq!(timer.r9, TIMER);
}

fn all_64_bits_of_a_deadline_count() {
    let deadline = 0x1234_5678_0000_0000;
    sys_set_timer(Some(deadline), TIMER);
    spin(2);
    assert_eq!(take_fired(), 0);
    assert_eq!(sys_get_timer().deadline, Some(deadline));
    let timer = raw(call::get_timer());
    assert_eq!((timer.r7, timer.r8), (0, 0x1234_5678));
    sys_set_timer(Some(u64::MAX), TIMER);
    assert_eq!(sys_get_timer().deadline, Some(u64::MAX));
}

fn a_timer_fires_at_its_deadline_and_not_before() {
    for ticks in 1..5 {
        let deadline = next_tick() + ticks;
        sys_set_timer(Some(deadline), TIMER);
        sys_recv_notification(TIMER);
        assert_eq!(now(), deadline);
    }
}

fn a_timer_that_has_fired_keeps_its_notifications_but_no_deadline() {
    sys_set_timer(Some(now() + 1), TIMER);
    sys_recv_notification(TIMER);
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (None, TIMER));
    let timer = raw(call::get_timer());
    assert_eq!((timer.r6, timer.r7, timer.r8), (0, 0, 0));
}

fn a_timer_fires_once() {
    sys_set_timer(Some(now() + 1), TIMER);
    sys_recv_notification(TIMER);
    spin(4);
    assert_eq!(take_fired(), 0);
}

fn a_past_deadline_posts_at_once() {
    spin(2);
    for deadline in [0, 1, now() - 1] {
        sys_set_timer(Some(deadline), TIMER);
        let timer = sys_get_timer();
        assert_eq!((timer.deadline, timer.on_dl), (None, TIMER));
        assert_eq!(take_fired(), TIMER);
    }
}

fn a_deadline_of_now_posts_at_once() {
    let deadline = next_tick();
    sys_set_timer(Some(deadline), TIMER);
    assert_eq!(take_fired(), TIMER);
    assert_eq!(now(), deadline);
}

fn a_timer_set_again_forgets_the_first_deadline() {
    let start = next_tick();
    sys_set_timer(Some(start + 2), TIMER);
    sys_set_timer(Some(start + 5), TIMER);
    sys_recv_notification(TIMER);
    assert_eq!(now(), start + 5);
    spin(2);
    assert_eq!(take_fired(), 0);
}

fn a_timer_that_is_turned_off_does_not_fire() {
    sys_set_timer(Some(next_tick() + 2), TIMER);
    sys_set_timer(None, TIMER);
    assert_eq!(sys_get_timer().deadline, None);
    spin(4);
    assert_eq!(take_fired(), 0);
}

fn a_timer_that_is_turned_off_records_the_notifications() {
    sys_set_timer(Some(now() + 100), TIMER);
    raw(call::set_timer(0, now() + 200, 0x1357_9BDF));
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (None, 0x1357_9BDF));
}

fn any_nonzero_number_turns_a_timer_on() {
    for enable in [1, 2, 0x100, 0x8000_0000, u32::MAX] {
        let deadline = now() + 1000;
        raw(call::set_timer(enable, deadline, TIMER));
        assert_eq!(sys_get_timer().deadline, Some(deadline));
    }
}

fn a_timer_without_notifications_clears_its_deadline_silently() {
    sys_set_timer(Some(next_tick() + 1), 0);
    spin(3);
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (None, 0));
    sys_post(me(), 1 << 30);
    assert_eq!(sys_recv_notification(u32::MAX).get_raw_bits(), 1 << 30);
}

fn a_timer_can_post_any_bits() {
    sys_set_timer(Some(now() + 1), 0xF00F_F00F);
    let bits = sys_recv_notification(1 << 31);
    assert_eq!(bits.get_raw_bits(), 1 << 31);
    assert_eq!(sys_recv_notification(u32::MAX).get_raw_bits(), 0x700F_F00F);
}

fn a_timer_fires_while_its_task_does_not_receive() {
    sys_set_timer(Some(next_tick() + 2), TIMER);
    spin(1);
    assert!(sys_get_timer().deadline.is_some());
    spin(2);
    assert!(sys_get_timer().deadline.is_none());
    assert_eq!(take_fired(), TIMER);
}

fn a_timer_of_a_task_that_waits_for_a_reply_fires() {
    ASSIST.run(&script![
        call::set_timer(1, now() + 1, TIMER),
        call::send(me(), 0),
        call::recv(room(0), TIMER),
    ]);
    let rm = sys_recv(&mut [], 0, Some(ASSIST.id())).ok().unwrap();
    spin(3);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
    userlib::sys_reply(rm.sender, 0, &[]);
    assert_eq!(ASSIST.results()[2].r6, TIMER);
}

fn timers_of_several_tasks_fire_in_the_same_tick() {
    let deadline = next_tick() + 6;
    for helper in [ASSIST, MINOR] {
        helper.run(&script![
            call::set_timer(1, deadline, TIMER),
            call::recv_from(TaskId::KERNEL, room(0), TIMER),
            call::get_timer(),
        ]);
    }
    sys_set_timer(Some(deadline), TIMER);
    sys_recv_notification(TIMER);
    assert_eq!(now(), deadline);
    // The one has run already, the other will run later.
    assert_eq!(u64::from(ASSIST.results()[2].r4), deadline);
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    for helper in [ASSIST, MINOR] {
        assert_eq!(helper.results()[1].r6, TIMER);
    }
}

fn timers_fire_in_the_order_of_their_deadlines() {
    let start = next_tick();
    for (helper, ticks) in [(ASSIST, 6), (MINOR, 3)] {
        helper.run(&script![
            call::set_timer(1, start + ticks, TIMER),
            call::recv_from(TaskId::KERNEL, room(0), TIMER),
            call::get_timer(),
        ]);
    }
    sys_set_timer(Some(start + 8), TIMER);
    sys_recv_notification(TIMER);
    assert_eq!(u64::from(MINOR.results()[2].r4), start + 3);
    assert_eq!(u64::from(ASSIST.results()[2].r4), start + 6);
}

fn a_restart_turns_the_timer_off() {
    ASSIST.call(call::set_timer(1, now() + 2, TIMER));
    ASSIST.renew();
    spin(4);
    sys_post(ASSIST.id(), 1 << 9);
    ASSIST.run(&script![call::get_timer(), call::recv(room(0), u32::MAX),]);
    let [timer, received, ..] = ASSIST.results();
    assert_eq!((timer.r6, timer.r9), (0, 0));
    assert_eq!(received.r6, 1 << 9);
}

fn a_timer_of_a_faulted_task_still_fires() {
    // Nobody is the worse for it, and the fault stays.
    ASSIST.run(&script![
        call::set_timer(1, now() + 2, TIMER),
        call::syscall(99),
    ]);
    let fault = ASSIST.fault();
    spin(4);
    assert_eq!(ASSIST.fault(), fault);
}

fn a_relative_deadline_is_counted_from_now() {
    let start = next_tick();
    let deadline = set_timer_relative(7, TIMER);
    assert_eq!(deadline, start + 7);
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (Some(deadline), TIMER));
    sys_recv_notification(TIMER);
    assert_eq!(now(), deadline);
}

fn setting_a_timer_changes_no_registers() {
    let call = call::set_timer(1, now() + 1000, TIMER);
    let after = test_kern_suite::registers::around(call);
    assert_eq!(after.changed(), 0);
    assert_eq!(after.call(), call);
}
