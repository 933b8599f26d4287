// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Restarting tasks.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::call::{self, NOTHING, Span};
use test_kern_api::{Registers, Step, data, runner};
use test_kern_suite::world::{
    ASSIST, DORMANT, IDOL, MINOR, NULL, Other, RUNNER, SPARE, TWIN_A, TWIN_B,
    assert_journal, get, me, part, put, put_leases, raw, room, sleep, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    Generation, Kipcnum, SchedState, UsageError, extract_new_generation, kipc,
    sys_post, sys_recv_open, sys_refresh_task_id, sys_reply,
};

cases! { reinit:
    a_restart_yields_code_0_and_nothing_else,
    a_restart_advances_the_generation_by_one,
    the_generation_of_an_id_wraps_after_64_restarts,
    a_restart_ends_any_state,
    a_restart_without_start_stops_the_task,
    a_restart_ends_a_fault,
    a_restarted_task_starts_over,
    a_stopped_task_can_be_started,
    a_task_that_was_not_started_at_boot_can_be_started,
    initialised_data_is_initialised_again,
    zeroed_data_is_zeroed_again,
    data_that_is_not_initialised_keeps_its_contents,
    a_restart_clears_posted_notifications,
    a_sender_to_the_task_gets_a_dead_code_with_the_new_generation,
    a_client_of_the_task_gets_a_dead_code_with_the_new_generation,
    a_closed_receive_on_the_task_gets_a_dead_code_with_the_new_generation,
    an_open_receive_is_left_alone,
    users_of_other_tasks_are_left_alone,
    a_faulted_client_is_left_alone,
    a_client_of_an_earlier_incarnation_has_been_told_already,
    all_users_of_the_task_are_told,
    the_restarted_task_is_not_told_of_its_own_end,
    a_task_can_restart_itself,
    a_task_can_stop_itself,
    a_restart_out_of_range_faults_the_caller,
    any_task_may_restart_any_other,
    the_supervisor_can_be_restarted,
    a_restart_is_no_fault,
    a_reply_of_the_new_incarnation_does_not_reach_an_old_client,
    a_reply_to_an_old_incarnation_does_nothing,
    a_lease_ends_with_its_lender,
    a_restarted_client_is_forgotten_by_its_server,
}

/// A request to restart a task.
fn reinit(task: Other, start: bool) -> Registers {
    let message = part(room(3), 0, 5);
    let [a, b, c, d] = (task.index() as u32).to_le_bytes();
    put(message, &[a, b, c, d, start.into()]);
    call::kipc(Kipcnum::ReinitTask).message(message)
}

fn a_restart_yields_code_0_and_nothing_else() {
    let result = raw(reinit(MINOR, true).reply_to(room(4)));
    assert_eq!((result.r4, result.r5), (0, 0));
}

fn a_restart_advances_the_generation_by_one() {
    for start in [true, false] {
        let before = MINOR.id();
        kipc::reinit_task(MINOR.index(), start);
        assert_eq!(MINOR.id(), before.next_generation());
        assert_eq!(MINOR.id().index(), MINOR.index());
    }
}

fn the_generation_of_an_id_wraps_after_64_restarts() {
    let before = MINOR.id();
    let mut zeros = 0;
    for restart in 1..=64 {
        MINOR.stop();
        let generation = MINOR.id().generation();
        let expected = (u8::from(before.generation()) + restart) % 64;
        assert_eq!(u8::from(generation), expected);
        zeros += u32::from(generation == Generation::ZERO);
    }
    assert_eq!(zeros, 1);
    assert_eq!(MINOR.id(), before);
}

fn a_restart_ends_any_state() {
    MINOR.restart();
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    MINOR.renew();
    MINOR.call(call::recv_from(me(), NOTHING, 0));
    MINOR.restart();
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    MINOR.renew();
    MINOR.call(call::send(DORMANT.id(), 0));
    MINOR.restart();
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    MINOR.renew();
    MINOR.call(call::send(me(), 0));
    sys_recv_open(&mut [], 0);
    MINOR.restart();
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
    MINOR.stop();
    MINOR.restart();
    assert_eq!(MINOR.healthy(), SchedState::Runnable);
}

fn a_restart_without_start_stops_the_task() {
    ASSIST.stop();
    assert_eq!(ASSIST.healthy(), SchedState::Stopped);
    sleep(3);
    assert_eq!(ASSIST.healthy(), SchedState::Stopped);
}

fn a_restart_ends_a_fault() {
    ASSIST.call(call::syscall(99));
    ASSIST.fault();
    ASSIST.stop();
    assert_eq!(ASSIST.healthy(), SchedState::Stopped);
    ASSIST.renew();
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn a_restarted_task_starts_over() {
    // It would have gone on to fault.
    MINOR.run(&script![call::recv(NOTHING, SPARE), call::syscall(99),]);
    MINOR.renew();
    sys_post(MINOR.id(), SPARE);
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
    assert_eq!(MINOR.results(), [Registers::default(); 6]);
}

fn a_stopped_task_can_be_started() {
    ASSIST.stop();
    ASSIST.renew();
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn a_task_that_was_not_started_at_boot_can_be_started() {
    assert_eq!(DORMANT.healthy(), SchedState::Stopped);
    DORMANT.renew();
    assert_eq!(DORMANT.healthy(), SchedState::InRecv(None));
}

/// What a helper finds in its data after it has been started, has changed it
/// all, and has been started again: its `.data`, `.bss` and `.uninit`.
fn data_after_restart() -> [u32; 3] {
    MINOR.run(&script![Step::change_data()]);
    MINOR.renew();
    MINOR.run(&script![Step::read_data()]);
    let Registers { r4, r5, r6, .. } = MINOR.result();
    [r4, r5, r6]
}

fn initialised_data_is_initialised_again() {
    assert_eq!(data_after_restart()[0], data::INITIAL);
}

fn zeroed_data_is_zeroed_again() {
    assert_eq!(data_after_restart()[1], 0);
}

fn data_that_is_not_initialised_keeps_its_contents() {
    assert_eq!(data_after_restart()[2], data::CHANGED);
}

fn a_restart_clears_posted_notifications() {
    sys_post(ASSIST.id(), SPARE);
    ASSIST.renew();
    sys_post(ASSIST.id(), 1 << 8);
    ASSIST.call(call::recv(NOTHING, u32::MAX));
    assert_eq!(ASSIST.result().r6, 1 << 8);
}

/// The helper has got a dead code because the other task was restarted.
#[track_caller]
fn assert_told(helper: Other, of: Other) {
    let result = helper.result();
    assert_eq!((result.r4, result.r5), (of.dead_code(), 0));
    let generation = extract_new_generation(result.r4);
    assert_eq!(generation, Some(of.id().generation()));
}

fn a_sender_to_the_task_gets_a_dead_code_with_the_new_generation() {
    for start in [true, false] {
        let old = DORMANT.id();
        ASSIST.call(call::send(old, 0));
        assert_eq!(ASSIST.healthy(), SchedState::InSend(old));
        kipc::reinit_task(DORMANT.index(), start);
        assert_eq!(ASSIST.healthy(), SchedState::Runnable);
        assert_told(ASSIST, DORMANT);
    }
}

fn a_client_of_the_task_gets_a_dead_code_with_the_new_generation() {
    MINOR.call(call::recv(NOTHING, 0));
    ASSIST.call(call::send(MINOR.id(), 0).reply_to(room(0)));
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
    MINOR.restart();
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    assert_told(ASSIST, MINOR);
}

fn a_closed_receive_on_the_task_gets_a_dead_code_with_the_new_generation() {
    ASSIST.call(call::recv_from(MINOR.id(), room(0), SPARE));
    MINOR.restart();
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    assert_told(ASSIST, MINOR);
}

fn an_open_receive_is_left_alone() {
    MINOR.restart();
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn users_of_other_tasks_are_left_alone() {
    ASSIST.call(call::send(DORMANT.id(), 0));
    TWIN_A.call(call::recv_from(DORMANT.id(), NOTHING, 0));
    TWIN_B.call(call::send(me(), 0));
    sys_recv_open(&mut [], 0);
    MINOR.restart();
    let dormant = DORMANT.id();
    assert_eq!(ASSIST.healthy(), SchedState::InSend(dormant));
    assert_eq!(TWIN_A.healthy(), SchedState::InRecv(Some(dormant)));
    assert_eq!(TWIN_B.healthy(), SchedState::InReply(me()));
}

fn a_faulted_client_is_left_alone() {
    MINOR.call(call::recv(NOTHING, 0));
    ASSIST.call(call::send(MINOR.id(), 0));
    let waiting = ASSIST.healthy();
    kipc::fault_task(ASSIST.index());
    let fault = ASSIST.fault();
    MINOR.restart();
    assert_eq!(ASSIST.faulted(), (fault, waiting));
}

fn a_client_of_an_earlier_incarnation_has_been_told_already() {
    ASSIST.call(call::send(DORMANT.id(), 0));
    DORMANT.stop();
    let first = DORMANT.dead_code();
    DORMANT.stop();
    assert_eq!(ASSIST.result().r4, first);
}

fn all_users_of_the_task_are_told() {
    let dormant = DORMANT.id();
    ASSIST.call(call::send(dormant, 0));
    TWIN_A.call(call::recv_from(dormant, NOTHING, 0));
    TWIN_B.call(call::send(dormant, 1).message(NULL));
    DORMANT.stop();
    for helper in [ASSIST, TWIN_A, TWIN_B] {
        assert_told(helper, DORMANT);
    }
}

fn the_restarted_task_is_not_told_of_its_own_end() {
    // It waits for itself; what it gets is a fresh start.
    ASSIST.call(call::send(ASSIST.id(), 0));
    ASSIST.stop();
    assert_eq!(ASSIST.healthy(), SchedState::Stopped);
    ASSIST.renew();
    ASSIST.call(call::recv_from(ASSIST.id(), NOTHING, 0));
    ASSIST.renew();
}

fn a_task_can_restart_itself() {
    let before = ASSIST.id();
    let restart = reinit(ASSIST, true);
    ASSIST.run(&script![Step::mark(b'a'), restart, Step::mark(b'b')]);
    assert_eq!(ASSIST.id(), before.next_generation());
    assert_eq!(ASSIST.results(), [Registers::default(); 6]);
    assert_journal(b"a");
}

fn a_task_can_stop_itself() {
    let before = ASSIST.id();
    let stop = reinit(ASSIST, false);
    ASSIST.run(&script![Step::mark(b'a'), stop, Step::mark(b'b')]);
    assert_eq!(ASSIST.id(), before.next_generation());
    assert_eq!(ASSIST.healthy(), SchedState::Stopped);
    assert_journal(b"a");
}

fn a_restart_out_of_range_faults_the_caller() {
    let message: Span = part(room(3), 0, 5);
    for index in [NUM_TASKS, 0x3FF, 0x400, usize::MAX] {
        let [a, b, c, d] = (index as u32).to_le_bytes();
        put(message, &[a, b, c, d, 1]);
        let call = call::kipc(Kipcnum::ReinitTask).message(message);
        ASSIST.renew();
        ASSIST.call(call);
        assert_eq!(ASSIST.fault(), usage(UsageError::TaskOutOfRange));
    }
}

fn any_task_may_restart_any_other() {
    for target in [TWIN_A, ASSIST, IDOL] {
        let before = target.id();
        MINOR.call(reinit(target, true));
        assert_eq!(target.id(), before.next_generation());
    }
}

fn the_supervisor_can_be_restarted() {
    let before = RUNNER.id();
    RUNNER.renew();
    assert_eq!(RUNNER.id(), before.next_generation());
}

fn a_restart_is_no_fault() {
    let before = runner::faults(RUNNER.id());
    ASSIST.renew();
    MINOR.stop();
    assert_eq!(runner::faults(RUNNER.id()), before);
}

fn a_reply_of_the_new_incarnation_does_not_reach_an_old_client() {
    MINOR.call(call::recv(NOTHING, 0));
    TWIN_A.call(call::send(MINOR.id(), 0));
    kipc::fault_task(TWIN_A.index());
    let fault = TWIN_A.fault();
    MINOR.renew();
    MINOR.call(call::reply(TWIN_A.id(), 0, NOTHING));
    assert_eq!(TWIN_A.fault(), fault);
    assert_eq!(MINOR.healthy(), SchedState::InRecv(None));
}

fn a_reply_to_an_old_incarnation_does_nothing() {
    ASSIST.call(call::send(me(), 0).reply_to(room(0)));
    let old = sys_recv_open(&mut [], 0).sender;
    ASSIST.renew();
    put(room(0), b"....");
    sys_reply(old, 0, b"late");
    assert_eq!(get(room(0)), *b"....");
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
}

fn a_lease_ends_with_its_lender() {
    let leases = put_leases(room(0), &[(3, room(1))]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    let lender = sys_recv_open(&mut [], 0).sender;
    ASSIST.stop();
    let result = raw(call::borrow_read(lender, 0, 0, room(2)));
    assert_eq!((result.r4, result.r5), (ASSIST.dead_code(), 0));
    let again = sys_refresh_task_id(lender);
    let result = raw(call::borrow_read(again, 0, 0, room(2)));
    assert_eq!((result.r4, result.r5), (userlib::DEFECT, 0));
}

fn a_restarted_client_is_forgotten_by_its_server() {
    // Its old message is not received, its new one is.
    ASSIST.call(call::send(me(), 1));
    ASSIST.renew();
    ASSIST.call(call::send(me(), 2));
    assert_eq!(sys_recv_open(&mut [], 0).operation, 2);
    sys_post(me(), SPARE);
    assert_eq!(sys_recv_open(&mut [], SPARE).operation, SPARE);
}
