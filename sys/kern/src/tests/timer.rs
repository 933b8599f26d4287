// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Recv, Setup};
use crate::kernel::Kernel;
use crate::machine::NextTask::{Other, Same, Specific};
use crate::tests::world::World;
use abi::{SchedState, Sysnum, TaskId, UsageError, dead_response_code};

const SUP: usize = 0;
const A: usize = 1;
const B: usize = 2;

fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 3, 9]).boot()
}

fn set_timer(k: &mut Kernel<World>, task: usize, at: u64, bits: u32) {
    let args = [1, at as u32, (at >> 32) as u32, bits];
    assert_eq!(k.call(task, Sysnum::SetTimer, &args), Same);
}

/// The clock, whether the timer is set, its deadline and its notifications.
fn get_timer(k: &mut Kernel<World>, task: usize) -> (u64, u32, u64, u32) {
    assert_eq!(k.call(task, Sysnum::GetTimer, &[]), Same);
    let [lo, hi, set, at_lo, at_hi, bits] = k.results(task);
    let join = |lo: u32, hi: u32| u64::from(hi) << 32 | u64::from(lo);
    (join(lo, hi), set, join(at_lo, at_hi), bits)
}

fn wait(k: &mut Kernel<World>, task: usize, mask: u32) {
    k.do_recv(
        task,
        Recv {
            mask,
            from: Some(TaskId::KERNEL),
            ..Recv::default()
        },
    );
}

#[test]
fn at_boot_there_is_no_timer_and_time_is_zero() {
    let mut k = boot();
    assert_eq!(get_timer(&mut k, A), (0, 0, 0, 0));
}

#[test]
fn the_clock_counts_ticks_in_64_bits() {
    let mut k = boot();
    k.set_now(0xFFFF_FFFF);
    k.pass(2);
    assert_eq!(k.now(), 0x1_0000_0001);
    assert_eq!(get_timer(&mut k, A).0, 0x1_0000_0001);
}

#[test]
#[should_panic(expected = "clock overflow")]
fn the_end_of_time_is_the_end_of_the_kernel() {
    let mut k = boot();
    k.set_now(u64::MAX);
    k.pass(1);
}

#[test]
fn a_timer_posts_its_notifications_at_its_deadline_once() {
    let mut k = boot();
    set_timer(&mut k, A, 3, 0b110);
    assert_eq!(get_timer(&mut k, A), (0, 1, 3, 0b110));
    wait(&mut k, A, 0b100);
    assert!(!k.pass(2));
    assert!(k.pass(1));
    assert_eq!(k.got(A).operation, 0b100);
    assert_eq!(k.task(A).notifications, 0b010);
    // The set stays on record.
    assert_eq!(get_timer(&mut k, A), (3, 0, 0, 0b110));
    k.pass(10);
    assert_eq!(k.task(A).notifications, 0b010);
}

#[test]
fn deadlines_use_all_64_bits() {
    let mut k = boot();
    k.set_now(0x5_0000_0000);
    set_timer(&mut k, A, 0x5_0000_0001, 1);
    assert_eq!(get_timer(&mut k, A).2, 0x5_0000_0001);
    set_timer(&mut k, B, 0x6_0000_0000, 1);
    k.pass(1);
    assert_eq!(k.task(A).notifications, 1);
    assert_eq!(k.task(B).notifications, 0);
}

#[test]
fn a_deadline_that_has_come_fires_at_once_without_a_switch() {
    for at in [0, 4, 5] {
        let mut k = boot();
        k.pass(5);
        set_timer(&mut k, A, at, 0b11);
        assert_eq!(k.task(A).notifications, 0b11);
        assert_eq!(get_timer(&mut k, A), (5, 0, 0, 0b11));
    }
}

#[test]
fn a_new_timer_replaces_the_old_one() {
    let mut k = boot();
    set_timer(&mut k, A, 2, 1);
    set_timer(&mut k, A, 4, 2);
    k.pass(3);
    assert_eq!(k.task(A).notifications, 0);
    k.pass(1);
    assert_eq!(k.task(A).notifications, 2);
}

#[test]
fn disabling_records_the_notifications_nevertheless() {
    let mut k = boot();
    set_timer(&mut k, A, 2, 1);
    k.call(A, Sysnum::SetTimer, &[0, 77, 88, 99]);
    assert_eq!(get_timer(&mut k, A), (0, 0, 0, 99));
    k.pass(5);
    assert_eq!(k.task(A).notifications, 0);
}

#[test]
fn any_nonzero_flag_enables() {
    let mut k = boot();
    k.call(A, Sysnum::SetTimer, &[0x8000_0000, 2, 0, 1]);
    assert_eq!(get_timer(&mut k, A), (0, 1, 2, 1));
}

#[test]
fn a_timer_without_notifications_just_ends() {
    let mut k = boot();
    set_timer(&mut k, A, 1, 0);
    wait(&mut k, A, u32::MAX);
    assert!(!k.pass(1));
    assert_eq!(k.state(A), SchedState::InRecv(Some(TaskId::KERNEL)));
    assert_eq!(k.task(A).timer.deadline, None);
}

#[test]
fn timers_of_several_tasks_fire_each_at_its_time() {
    let mut k = boot();
    set_timer(&mut k, A, 5, 1);
    set_timer(&mut k, B, 3, 1);
    set_timer(&mut k, SUP, 5, 2);
    k.pass(3);
    assert_eq!(k.task(B).notifications, 1);
    assert_eq!(k.task(A).notifications, 0);
    k.pass(2);
    assert_eq!(k.task(A).notifications, 1);
    assert_eq!(k.task(SUP).notifications, 2);
}

#[test]
fn a_faulted_tasks_timer_goes_on() {
    let mut k = boot();
    set_timer(&mut k, A, 1, 1);
    k.raw_call(A, 99, &[]);
    assert!(!k.pass(1));
    assert_eq!(k.task(A).timer.deadline, None);
    assert_eq!(k.task(A).notifications, 1);
}

#[test]
fn a_post_to_somebody_busy_accumulates() {
    let mut k = boot();
    assert_eq!(k.do_post(A, k.id(B), 0b001), Same);
    assert_eq!(k.do_post(A, k.id(B), 0b101), Same);
    assert_eq!(k.code_and_len(A), (0, 0));
    assert_eq!(k.task(B).notifications, 0b101);
}

#[test]
fn a_post_of_bits_that_nobody_waits_for_wakes_nobody() {
    let mut k = boot();
    wait(&mut k, A, 0b10);
    assert_eq!(k.do_post(B, k.id(A), 0b01), Same);
    assert_eq!(k.state(A), SchedState::InRecv(Some(TaskId::KERNEL)));
}

#[test]
fn a_post_switches_only_to_a_strictly_more_important_task_that_woke() {
    let mut k = Setup::new(&[0, 2, 3, 3, 9]).boot();
    wait(&mut k, A, 1);
    assert_eq!(k.do_post(B, k.id(A), 1), Specific(A));
    assert_eq!(k.do_post(B, k.id(A), 1), Same);
    wait(&mut k, B, 1);
    assert_eq!(k.do_post(A, k.id(B), 1), Same);
    assert!(k.is_runnable(B));
    wait(&mut k, B, 1);
    assert_eq!(k.do_post(3, k.id(B), 1), Same);
    assert!(k.is_runnable(B));
}

#[test]
fn a_task_may_post_to_itself() {
    let mut k = boot();
    assert_eq!(k.do_post(A, k.id(A), 6), Same);
    assert_eq!(k.task(A).notifications, 6);
    assert_eq!(k.code_and_len(A), (0, 0));
}

#[test]
fn a_post_to_a_stale_id_posts_nothing() {
    let mut k = boot();
    let old = k.id(B);
    k.restart_task(B);
    assert_eq!(k.do_post(A, old, 1), Same);
    assert_eq!(k.code_and_len(A), (dead_response_code(1.into()), 0));
    assert_eq!(k.task(B).notifications, 0);
}

#[test]
fn a_post_to_a_task_that_does_not_exist_faults_the_caller() {
    for id in [TaskId(4), TaskId::KERNEL, TaskId::UNBOUND] {
        let mut k = boot();
        assert_eq!(k.do_post(A, id, 1), Other);
        assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
    }
}

#[test]
fn the_current_id_of_a_task_can_be_asked_for() {
    let mut k = boot();
    k.restart_task(B);
    let ask = |k: &mut Kernel<World>, id: u32| {
        k.call(A, Sysnum::RefreshTaskId, &[id]);
        k.task(A).save.r4
    };
    // Whatever the generation, and the upper half, of the question.
    for id in [2, 0x0402, 0xFC02, 0x1234_0002] {
        assert_eq!(ask(&mut k, id), 0x0402);
    }
}

#[test]
fn the_current_id_of_nobody_cannot_be_asked_for() {
    for id in [4, 0x3FE, 0xFFFF] {
        let mut k = boot();
        k.call(A, Sysnum::RefreshTaskId, &[id]);
        assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
    }
}
