// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! POST, REFRESH_TASK_ID, and system calls that do not exist.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::engine::Operation;
use test_kern_api::{Registers, call};
use test_kern_suite::world::{
    ASSIST, DORMANT, MINOR, SPARE, SUITE, me, raw, room, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    Generation, SchedState, TaskId, UsageError, sys_post, sys_recv_open,
    sys_refresh_task_id,
};

cases! { post:
    a_post_yields_code_0,
    a_post_wakes_a_task_that_waits_for_one_of_the_bits,
    a_post_to_oneself_is_received_later,
    posts_accumulate_while_the_task_does_not_receive,
    a_post_to_a_task_that_waits_for_other_bits_is_kept,
    a_post_to_a_task_that_waits_for_a_reply_is_kept,
    a_post_to_a_stopped_task_is_kept_until_its_restart,
    a_post_to_a_faulted_task_is_kept_and_lost_on_its_restart,
    a_post_of_no_bits_does_nothing,
    a_post_to_an_index_out_of_range_faults_the_caller,
    a_post_to_a_stale_id_yields_a_dead_code_and_posts_nothing,
    a_refreshed_id_has_the_current_generation,
    a_refresh_ignores_the_generation,
    a_refresh_of_an_index_out_of_range_faults_the_caller,
    a_system_call_that_does_not_exist_faults_the_caller,
    a_system_call_preserves_the_other_registers,
}

fn a_post_yields_code_0() {
    let result = raw(call::post(ASSIST.id(), SPARE));
    assert_eq!((result.r4, result.r5), (0, 0));
}

fn a_post_wakes_a_task_that_waits_for_one_of_the_bits() {
    MINOR.call(call::recv(room(0), 0b0110));
    assert_eq!(sys_post(MINOR.id(), 0b1100), 0);
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    // What was not asked for stays posted.
    MINOR.results();
    MINOR.run(&script![call::recv(room(0), 0b1000)]);
    assert_eq!(MINOR.result().r6, 0b1000);
}

fn a_post_to_oneself_is_received_later() {
    assert_eq!(sys_post(me(), SPARE), 0);
    assert_eq!(sys_recv_open(&mut [], SPARE).operation, SPARE);
}

fn posts_accumulate_while_the_task_does_not_receive() {
    for bit in [3, 17, 3, 29] {
        sys_post(me(), 1 << bit);
    }
    let expected = 1 << 3 | 1 << 17 | 1 << 29;
    assert_eq!(sys_recv_open(&mut [], u32::MAX).operation, expected);
}

fn a_post_to_a_task_that_waits_for_other_bits_is_kept() {
    MINOR.run(&script![
        call::recv(room(0), 1 << 5),
        call::recv(room(0), 1 << 6),
    ]);
    sys_post(MINOR.id(), 1 << 6);
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
    sys_post(MINOR.id(), 1 << 5);
    let [first, second, ..] = MINOR.results();
    assert_eq!((first.r6, second.r6), (1 << 5, 1 << 6));
}

fn a_post_to_a_task_that_waits_for_a_reply_is_kept() {
    ASSIST.run(&script![call::send(me(), 0), call::recv(room(0), SPARE),]);
    let rm = sys_recv_open(&mut [], 0);
    sys_post(ASSIST.id(), SPARE);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
    userlib::sys_reply(rm.sender, 0, &[]);
    assert_eq!(ASSIST.results()[1].r6, SPARE);
}

fn a_post_to_a_stopped_task_is_kept_until_its_restart() {
    assert_eq!(sys_post(DORMANT.id(), SPARE), 0);
    assert_eq!(DORMANT.healthy(), SchedState::Stopped);
}

/// Whether a renewed helper has the spare notification.
#[track_caller]
fn has_spare(helper: test_kern_suite::world::Other) -> bool {
    sys_post(helper.id(), 1 << 8);
    helper.call(call::recv(room(0), SPARE | 1 << 8));
    helper.result().r6 & SPARE != 0
}

fn a_post_to_a_faulted_task_is_kept_and_lost_on_its_restart() {
    ASSIST.call(call::syscall(99));
    ASSIST.fault();
    assert_eq!(sys_post(ASSIST.id(), SPARE), 0);
    ASSIST.fault();
    ASSIST.renew();
    assert!(!has_spare(ASSIST));
    sys_post(ASSIST.id(), SPARE);
    assert!(has_spare(ASSIST));
}

fn a_post_of_no_bits_does_nothing() {
    MINOR.call(call::recv(room(0), u32::MAX));
    assert_eq!(sys_post(MINOR.id(), 0), 0);
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
}

fn nobody() -> TaskId {
    TaskId::for_index_and_gen(NUM_TASKS, Generation::ZERO)
}

fn a_post_to_an_index_out_of_range_faults_the_caller() {
    for id in [nobody(), TaskId::UNBOUND, TaskId::KERNEL] {
        ASSIST.renew();
        ASSIST.call(call::post(id, 1));
        assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
    }
}

fn a_post_to_a_stale_id_yields_a_dead_code_and_posts_nothing() {
    MINOR.call(call::recv(room(0), SPARE));
    let result = raw(call::post(MINOR.stale_id(), SPARE));
    assert_eq!((result.r4, result.r5), (MINOR.dead_code(), 0));
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
}

fn a_refreshed_id_has_the_current_generation() {
    let before = ASSIST.id();
    ASSIST.restart();
    let after = sys_refresh_task_id(before);
    assert_eq!(after, before.next_generation());
    let result = raw(call::refresh_task_id(before));
    assert_eq!(result.r4, u32::from(after.0));
}

fn a_refresh_ignores_the_generation() {
    for generation in [0, 1, 42, 63] {
        let id = SUITE.id_of(Generation::from(generation));
        assert_eq!(sys_refresh_task_id(id), me());
    }
    // And everything beyond the 16 bits of an id.
    let mut refresh = call::refresh_task_id(me());
    refresh.r4 |= 0xABCD_0000;
    assert_eq!(raw(refresh).r4, u32::from(me().0));
}

fn a_refresh_of_an_index_out_of_range_faults_the_caller() {
    for id in [nobody(), TaskId::UNBOUND, TaskId::KERNEL] {
        ASSIST.renew();
        ASSIST.call(call::refresh_task_id(id));
        assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
    }
}

fn a_system_call_that_does_not_exist_faults_the_caller() {
    for number in [14, 15, 16, 255, 256, 0x1_0000, 0x8000_0000, u32::MAX] {
        ASSIST.renew();
        ASSIST.call(call::syscall(number));
        let fault = usage(UsageError::BadSyscallNumber);
        assert_eq!(ASSIST.faulted(), (fault, SchedState::Runnable));
    }
}

fn a_system_call_preserves_the_other_registers() {
    // One that blocks, so that another task runs meanwhile: an empty script.
    let run = call::send(MINOR.id(), Operation::Run as u16);
    let after = test_kern_suite::registers::around(run);
    assert_eq!(after.changed(), 0);
    assert_eq!((after.call().r4, after.call().r5), (0, 0));
    let inputs = |r: Registers| [r.r6, r.r7, r.r8, r.r9, r.r10, r.r11];
    assert_eq!(inputs(after.call()), inputs(run));
}
