// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The state in which a system boots. The host runs these cases first.

use test_kern_api::runner;
use test_kern_suite::cases;
use test_kern_suite::world::{
    ASSIST, DORMANT, IDLE, IDOL, MINOR, Other, RUNNER, SUITE, TWIN_A, TWIN_B,
};
use userlib::{Generation, SchedState, TaskState, kipc, sys_get_timer};

cases! { boot:
    all_tasks_are_in_generation_0,
    tasks_to_be_started_run_and_others_are_stopped,
    nothing_has_faulted,
    no_timer_is_set,
    the_clock_has_just_begun,
}

const ALL: [Other; 9] = [
    RUNNER, TWIN_A, SUITE, TWIN_B, ASSIST, MINOR, IDOL, DORMANT, IDLE,
];

fn all_tasks_are_in_generation_0() {
    for task in ALL {
        assert_eq!(task.id(), task.id_of(Generation::ZERO));
    }
}

fn tasks_to_be_started_run_and_others_are_stopped() {
    for task in [TWIN_A, TWIN_B, ASSIST, MINOR, IDOL, RUNNER] {
        assert_eq!(task.healthy(), SchedState::InRecv(None));
    }
    assert_eq!(IDLE.healthy(), SchedState::Runnable);
    assert_eq!(DORMANT.healthy(), SchedState::Stopped);
}

fn nothing_has_faulted() {
    for task in ALL {
        assert!(matches!(task.state(), TaskState::Healthy(_)));
    }
    assert_eq!(kipc::find_faulted_task(1), None);
    assert_eq!(runner::faults(RUNNER.id()), 0);
}

fn no_timer_is_set() {
    let timer = sys_get_timer();
    assert_eq!((timer.deadline, timer.on_dl), (None, 0));
}

fn the_clock_has_just_begun() {
    // The runner has waited for the host in the meantime.
    assert!(sys_get_timer().now < 1_000_000);
}
