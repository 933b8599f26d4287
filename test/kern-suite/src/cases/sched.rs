// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Who runs next.
//!
//! Each task leaves its mark in the journal when it runs: `!` the supervisor
//! (told of a fault), `A` the assistant (more important than the suite), `a`
//! and `b` the twins (as important, before and behind it), `m` the minor helper
//! (less important), and other letters the suite.

use test_kern_api::call::{self, NOTHING};
use test_kern_api::journal::{self, mark};
use test_kern_api::mischief::Mischief;
use test_kern_api::{Registers, Step};
use test_kern_suite::notifications::{self, TIMER_MASK as TIMER};
use test_kern_suite::vehicle::level;
use test_kern_suite::world::{
    ASSIST, DORMANT, MINOR, NULL, Other, RUNNER, SPARE, SUITE, TWIN_A, TWIN_B,
    assert_journal, me, next_tick, now, put, put_leases, room, sleep, spin,
    trigger,
};
use test_kern_suite::{cases, script};
use userlib::{
    Kipcnum, ReplyFaultReason, SchedState, TaskId, kipc, sys_borrow_read,
    sys_irq_control, sys_post, sys_recv_notification, sys_recv_open, sys_reply,
    sys_reply_fault, sys_send, sys_set_timer,
};

cases! { sched:
    the_most_important_task_runs_first,
    equally_important_tasks_run_in_turn_after_the_one_that_blocks,
    a_task_that_blocks_goes_to_the_end_of_its_turn,
    a_send_switches_to_a_waiting_recipient_whatever_its_priority,
    a_send_that_blocks_consults_the_scheduler,
    a_send_that_faults_its_recipient_switches_to_the_supervisor,
    a_send_that_faults_its_recipient_consults_the_scheduler_otherwise,
    a_receive_that_gets_a_notification_keeps_running,
    a_receive_that_gets_a_message_keeps_running,
    a_receive_that_blocks_consults_the_scheduler,
    a_receive_that_faults_a_sender_switches_to_the_supervisor,
    a_receive_that_faults_a_sender_consults_the_scheduler_otherwise,
    a_reply_keeps_running_even_if_the_client_is_more_important,
    a_reply_that_does_nothing_keeps_running,
    a_reply_that_faults_its_client_switches_to_the_supervisor,
    a_reply_that_faults_its_client_consults_the_scheduler_otherwise,
    a_reply_fault_keeps_running_even_though_the_supervisor_is_told,
    a_post_switches_to_a_more_important_task_that_it_wakes,
    a_post_does_not_switch_to_an_equally_important_task,
    a_post_does_not_switch_to_a_less_important_task,
    a_post_that_wakes_nobody_keeps_running,
    a_timer_set_to_the_past_keeps_running,
    a_refresh_keeps_running,
    a_borrow_keeps_running,
    a_borrow_that_faults_its_lender_switches_to_the_supervisor,
    a_borrow_that_faults_its_lender_consults_the_scheduler_otherwise,
    a_caller_that_faults_gives_way_to_the_supervisor,
    a_caller_that_faults_consults_the_scheduler_otherwise,
    a_hardware_fault_gives_way_to_the_supervisor,
    a_hardware_fault_consults_the_scheduler_otherwise,
    an_injected_fault_keeps_running_even_though_the_supervisor_is_told,
    a_restart_keeps_running_even_if_the_task_is_more_important,
    a_restart_that_wakes_clients_keeps_running,
    a_task_that_restarts_itself_keeps_running,
    a_task_that_stops_itself_consults_the_scheduler,
    a_kernel_call_keeps_running,
    a_tick_that_wakes_nobody_switches_to_nobody,
    a_tick_that_wakes_a_more_important_task_switches_to_it,
    a_tick_that_wakes_a_less_important_task_does_not_switch_to_it,
    a_tick_that_wakes_someone_rotates_among_equals,
    an_interrupt_that_wakes_a_more_important_task_switches_to_it,
    an_interrupt_that_wakes_nobody_switches_to_nobody,
    a_task_woken_by_a_tick_shares_the_processor_with_its_equals,
    a_stopped_task_does_not_run,
    tasks_as_important_as_a_busy_one_wait,
}

/// The notification that [`prepare`]d helpers wait for.
const GO: u32 = SPARE;

/// Has a helper wait for [`GO`], and leave its mark when it runs again.
#[track_caller]
fn prepare(helper: Other, letter: u8) {
    helper.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(letter),
    ]);
}

/// Makes a helper runnable that is not more important than the suite. It leaves
/// its mark when it runs.
///
/// From then on, it runs when another helper blocks and comes before the suite.
/// So twin a is the last one to be made ready.
#[track_caller]
fn ready(helper: Other, letter: u8) {
    prepare(helper, letter);
    sys_post(helper.id(), GO);
    assert_eq!(helper.healthy(), SchedState::Runnable);
}

/// Keeps the supervisor from noticing faults in the meantime: has it wait for
/// something else.
fn while_the_supervisor_is_deaf(act: impl FnOnce()) {
    RUNNER.call(call::recv_from(TaskId::KERNEL, NOTHING, 1 << 9));
    act();
    sys_post(RUNNER.id(), 1 << 9);
}

/// The suite leaves its mark, and lets the others run.
fn mark_and_let_run(letter: u8) {
    mark(letter);
    sleep(2);
}

fn the_most_important_task_runs_first() {
    ready(MINOR, b'm');
    ready(TWIN_B, b'b');
    // The assistant waits for the same tick as the suite.
    ASSIST.run(&script![
        call::set_timer(1, next_tick() + 3, TIMER),
        call::recv_from(TaskId::KERNEL, NOTHING, TIMER),
        Step::mark(b'A'),
    ]);
    spin(1);
    assert_journal(b"");
    spin(3);
    assert_journal(b"A");
    mark_and_let_run(b's');
    assert_journal(b"Asbm");
}

fn equally_important_tasks_run_in_turn_after_the_one_that_blocks() {
    assert!(TWIN_A.index() < SUITE.index());
    assert!(SUITE.index() < TWIN_B.index());
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    mark_and_let_run(b's');
    assert_journal(b"sba");
}

fn a_task_that_blocks_goes_to_the_end_of_its_turn() {
    // Each of the twins has more to do after being woken by the other.
    TWIN_B.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(b'b'),
        call::post(TWIN_A.id(), GO),
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(b'B'),
    ]);
    TWIN_A.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(b'a'),
        call::post(TWIN_B.id(), GO),
    ]);
    sys_post(TWIN_B.id(), GO);
    mark_and_let_run(b's');
    assert_journal(b"sbaB");
}

fn a_send_switches_to_a_waiting_recipient_whatever_its_priority() {
    MINOR.run(&script![
        call::recv(NOTHING, 0),
        Step::mark(b'm'),
        call::reply(me(), 0, NOTHING),
        Step::mark(b'n'),
    ]);
    ready(TWIN_A, b'a');
    mark(b's');
    sys_send(MINOR.id(), 0, &[], &mut [], &[]);
    mark(b't');
    assert_journal(b"smnat");
}

fn a_send_that_blocks_consults_the_scheduler() {
    ASSIST.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        call::recv(NOTHING, 0),
        Step::mark(b'A'),
        call::reply(me(), 0, NOTHING),
    ]);
    MINOR.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(b'm'),
        call::post(ASSIST.id(), GO),
        Step::mark(b'n'),
    ]);
    sys_post(MINOR.id(), GO);
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    mark(b's');
    sys_send(ASSIST.id(), 0, &[], &mut [], &[]);
    mark(b't');
    assert_journal(b"sbamAt");
}

/// Has the assistant send to the minor helper, whose buffer is bad.
fn fault_a_recipient() {
    MINOR.call(call::recv(NULL, 0));
    ready(TWIN_A, b'a');
    ASSIST.run(&script![
        Step::mark(b'A'),
        call::send(MINOR.id(), 0).message(room(0)),
    ]);
    mark(b's');
    MINOR.fault();
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn a_send_that_faults_its_recipient_switches_to_the_supervisor() {
    fault_a_recipient();
    assert_journal(b"A!as");
}

fn a_send_that_faults_its_recipient_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        fault_a_recipient();
        assert_journal(b"Aas");
    });
}

fn a_receive_that_gets_a_notification_keeps_running() {
    ready(TWIN_B, b'b');
    sys_post(me(), SPARE);
    sys_recv_notification(SPARE);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_receive_that_gets_a_message_keeps_running() {
    ASSIST.call(call::send(me(), 0));
    ready(TWIN_B, b'b');
    sys_recv_open(&mut [], 0);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_receive_that_blocks_consults_the_scheduler() {
    ready(MINOR, b'm');
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    sys_set_timer(Some(now() + 4), TIMER);
    mark(b's');
    sys_recv_notification(TIMER);
    mark(b't');
    assert_journal(b"sbamt");
}

/// The suite receives a bad message and a good one.
fn receive_from_a_bad_sender() {
    ASSIST.call(call::send(me(), 1).message(NULL));
    MINOR.call(call::send(me(), 2));
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    assert_eq!(sys_recv_open(&mut [0; 4], 0).operation, 2);
    mark_and_let_run(b's');
}

fn a_receive_that_faults_a_sender_switches_to_the_supervisor() {
    receive_from_a_bad_sender();
    // The first one after the supervisor is twin a, then comes the suite.
    assert_journal(b"!asb");
}

fn a_receive_that_faults_a_sender_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        receive_from_a_bad_sender();
        // Both twins have their turn before the suite has it again.
        assert_journal(b"bas");
    });
}

fn a_reply_keeps_running_even_if_the_client_is_more_important() {
    ASSIST.run(&script![call::send(me(), 0), Step::mark(b'A')]);
    let client = sys_recv_open(&mut [], 0).sender;
    sys_reply(client, 0, &[]);
    mark(b's');
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    mark_and_let_run(b't');
    assert_journal(b"stA");
}

fn a_reply_that_does_nothing_keeps_running() {
    ready(TWIN_B, b'b');
    sys_reply(ASSIST.id(), 0, &[]);
    sys_reply(ASSIST.stale_id(), 0, &[]);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

/// The suite replies to a client whose buffer is bad.
fn reply_to_a_bad_client() {
    ASSIST.call(call::send(me(), 0).reply_to(NULL));
    let client = sys_recv_open(&mut [], 0).sender;
    ready(TWIN_B, b'b');
    sys_reply(client, 0, b"oops");
    mark_and_let_run(b's');
    ASSIST.fault();
}

fn a_reply_that_faults_its_client_switches_to_the_supervisor() {
    reply_to_a_bad_client();
    assert_journal(b"!sb");
}

fn a_reply_that_faults_its_client_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        reply_to_a_bad_client();
        assert_journal(b"bs");
    });
}

fn a_reply_fault_keeps_running_even_though_the_supervisor_is_told() {
    ASSIST.call(call::send(me(), 0));
    let client = sys_recv_open(&mut [], 0).sender;
    sys_reply_fault(client, ReplyFaultReason::BadLeases);
    mark(b's');
    assert_eq!(RUNNER.healthy(), SchedState::Runnable);
    mark_and_let_run(b't');
    assert_journal(b"st!");
}

fn a_post_switches_to_a_more_important_task_that_it_wakes() {
    prepare(ASSIST, b'A');
    ready(TWIN_B, b'b');
    sys_post(ASSIST.id(), GO);
    // When the assistant blocks, the scheduler begins behind it: that is before
    // twin b, with twin a or the suite.
    mark_and_let_run(b's');
    assert_journal(b"Asb");
}

fn a_post_does_not_switch_to_an_equally_important_task() {
    for twin in [TWIN_A, TWIN_B] {
        prepare(twin, b'a');
        journal::clear();
        sys_post(twin.id(), GO);
        mark_and_let_run(b's');
        assert_journal(b"sa");
    }
}

fn a_post_does_not_switch_to_a_less_important_task() {
    ready(MINOR, b'm');
    mark_and_let_run(b's');
    assert_journal(b"sm");
}

fn a_post_that_wakes_nobody_keeps_running() {
    prepare(ASSIST, b'A');
    ready(TWIN_B, b'b');
    sys_post(ASSIST.id(), !GO);
    sys_post(DORMANT.id(), GO);
    sys_post(ASSIST.stale_id(), GO);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_timer_set_to_the_past_keeps_running() {
    ready(TWIN_B, b'b');
    sys_set_timer(Some(0), TIMER);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_refresh_keeps_running() {
    ready(TWIN_B, b'b');
    ASSIST.id();
    now();
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_borrow_keeps_running() {
    let leases = put_leases(room(0), &[(1, room(1))]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    let lender = sys_recv_open(&mut [], 0).sender;
    ready(TWIN_B, b'b');
    assert_eq!(sys_borrow_read(lender, 0, 0, &mut [0; 4]).0, 0);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

/// The suite borrows what its lender has not got.
fn borrow_from_a_bad_lender() {
    let leases = put_leases(room(0), &[(1, NULL)]);
    ASSIST.call(call::send(me(), 0).leases(leases));
    let lender = sys_recv_open(&mut [], 0).sender;
    ready(TWIN_B, b'b');
    let (code, _) = sys_borrow_read(lender, 0, 0, &mut [0; 4]);
    assert_eq!(code, userlib::DEFECT);
    mark_and_let_run(b's');
    ASSIST.fault();
}

fn a_borrow_that_faults_its_lender_switches_to_the_supervisor() {
    borrow_from_a_bad_lender();
    assert_journal(b"!sb");
}

fn a_borrow_that_faults_its_lender_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        borrow_from_a_bad_lender();
        assert_journal(b"bs");
    });
}

/// The assistant faults.
fn fault_in(step: Step) {
    ready(TWIN_A, b'a');
    ASSIST.run(&[Step::mark(b'A'), step]);
    mark(b's');
    ASSIST.fault();
}

fn a_caller_that_faults_gives_way_to_the_supervisor() {
    fault_in(call::syscall(99).into());
    assert_journal(b"A!as");
}

fn a_caller_that_faults_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        fault_in(call::syscall(99).into());
        assert_journal(b"Aas");
    });
}

fn a_hardware_fault_gives_way_to_the_supervisor() {
    fault_in(Step::mischief(Mischief::Undefined, 0));
    assert_journal(b"A!as");
}

fn a_hardware_fault_consults_the_scheduler_otherwise() {
    while_the_supervisor_is_deaf(|| {
        fault_in(Step::mischief(Mischief::Undefined, 0));
        assert_journal(b"Aas");
    });
}

fn an_injected_fault_keeps_running_even_though_the_supervisor_is_told() {
    ready(TWIN_B, b'b');
    kipc::fault_task(ASSIST.index());
    mark(b's');
    assert_eq!(RUNNER.healthy(), SchedState::Runnable);
    mark_and_let_run(b't');
    // The scheduler begins behind the suite when it blocks, and behind the
    // supervisor after that.
    assert_journal(b"st!b");
}

fn a_restart_keeps_running_even_if_the_task_is_more_important() {
    ASSIST.restart();
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    ready(TWIN_B, b'b');
    kipc::reinit_task(ASSIST.index(), true);
    assert_eq!(ASSIST.healthy(), SchedState::Runnable);
    mark_and_let_run(b's');
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    assert_journal(b"sb");
}

fn a_restart_that_wakes_clients_keeps_running() {
    ASSIST.run(&script![call::send(DORMANT.id(), 0), Step::mark(b'A'),]);
    DORMANT.stop();
    mark_and_let_run(b's');
    assert_journal(b"sA");
}

/// A request to restart a twin, which it makes itself.
fn reinit(task: Other, start: bool) -> Registers {
    let request = (room(3).0, 5);
    put(request, &[task.index() as u8, 0, 0, 0, start.into()]);
    call::kipc(Kipcnum::ReinitTask).message(request)
}

fn a_task_that_restarts_itself_keeps_running() {
    // If the scheduler were consulted, it would choose the suite.
    TWIN_A.call(reinit(TWIN_A, true));
    assert_eq!(TWIN_A.healthy(), SchedState::InRecv(None));
}

fn a_task_that_stops_itself_consults_the_scheduler() {
    ready(TWIN_B, b'b');
    TWIN_A.run(&script![Step::mark(b'a'), reinit(TWIN_A, false)]);
    mark_and_let_run(b's');
    assert_journal(b"asb");
    assert_eq!(TWIN_A.healthy(), SchedState::Stopped);
}

fn a_kernel_call_keeps_running() {
    ready(TWIN_B, b'b');
    kipc::read_image_id();
    kipc::find_faulted_task(1);
    kipc::read_task_status(0);
    mark_and_let_run(b's');
    assert_journal(b"sb");
}

fn a_tick_that_wakes_nobody_switches_to_nobody() {
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    spin(5);
    mark_and_let_run(b's');
    assert_journal(b"sba");
}

/// Has a helper wait for a tick soon, and leave its mark then.
fn prepare_for_tick(helper: Other, letter: u8) {
    helper.run(&script![
        call::set_timer(1, next_tick() + 5, TIMER),
        call::recv_from(TaskId::KERNEL, NOTHING, TIMER),
        Step::mark(letter),
    ]);
}

fn a_tick_that_wakes_a_more_important_task_switches_to_it() {
    prepare_for_tick(ASSIST, b'A');
    mark(b's');
    spin(6);
    mark(b't');
    assert_journal(b"sAt");
}

fn a_tick_that_wakes_a_less_important_task_does_not_switch_to_it() {
    prepare_for_tick(MINOR, b'm');
    spin(6);
    mark_and_let_run(b's');
    assert_journal(b"sm");
}

fn a_tick_that_wakes_someone_rotates_among_equals() {
    prepare_for_tick(MINOR, b'm');
    ready(TWIN_B, b'b');
    ready(TWIN_A, b'a');
    mark(b's');
    spin(6);
    mark_and_let_run(b't');
    assert_journal(b"sbatm");
}

fn an_interrupt_that_wakes_a_more_important_task_switches_to_it() {
    const FOUR: u32 = notifications::assist::FOUR_IRQ_MASK;
    ASSIST.run(&script![
        call::irq_control(FOUR, 1),
        call::recv_from(TaskId::KERNEL, NOTHING, FOUR),
        Step::mark(b'A'),
    ]);
    ready(TWIN_B, b'b');
    // While the supervisor runs, which then blocks: so much for priorities.
    trigger(ASSIST, FOUR);
    mark_and_let_run(b's');
    assert_journal(b"Asb");
}

fn an_interrupt_that_wakes_nobody_switches_to_nobody() {
    ready(TWIN_B, b'b');
    level::raise();
    sys_irq_control(notifications::LEVEL_IRQ_MASK, true);
    mark_and_let_run(b's');
    assert_journal(b"sb");
    level::clear();
}

fn a_task_woken_by_a_tick_shares_the_processor_with_its_equals() {
    // It has slept, and twin b has been busy since. The tick that wakes it also
    // makes the scheduler begin behind twin b.
    TWIN_B.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, GO),
        Step::mark(b'b'),
        Step::wait(4),
        Step::mark(b'B'),
    ]);
    sys_post(TWIN_B.id(), GO);
    sys_set_timer(Some(next_tick() + 2), TIMER);
    mark(b's');
    sys_recv_notification(TIMER);
    mark_and_let_run(b't');
    sleep(4);
    assert_journal(b"sbtB");
}

fn a_stopped_task_does_not_run() {
    prepare(ASSIST, b'A');
    ASSIST.stop();
    sys_post(ASSIST.id(), GO);
    prepare(TWIN_B, b'b');
    TWIN_B.stop();
    mark_and_let_run(b's');
    sleep(3);
    assert_journal(b"s");
}

fn tasks_as_important_as_a_busy_one_wait() {
    TWIN_B.run(&script![Step::mark(b'b'), Step::wait(4), Step::mark(b'B')]);
    mark(b's');
    assert_journal(b"bBs");
}
