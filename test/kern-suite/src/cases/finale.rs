// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Cases after which there is no system left. They do not return; how the
//! system ends is for the host to see.

use test_kern_api::call::{self, NOTHING};
use test_kern_suite::cases;
use test_kern_suite::world::{ASSIST, IDLE, raw, spin};
use userlib::{Kipcnum, kipc, sys_recv_notification};

cases! { finale:
    a_request_for_a_reset_resets_the_system,
    a_reset_needs_no_request,
    any_task_may_reset_the_system,
    a_system_whose_idle_task_is_stopped_fails_when_nobody_runs,
    a_system_whose_idle_task_has_faulted_fails_when_nobody_runs,
    a_system_whose_idle_task_is_stopped_goes_on_while_someone_runs,
}

fn a_request_for_a_reset_resets_the_system() {
    kipc::system_restart()
}

fn a_reset_needs_no_request() {
    raw(call::kipc(Kipcnum::Reset).message((0, 100)));
}

fn any_task_may_reset_the_system() {
    ASSIST.call(call::kipc(Kipcnum::Reset).message(NOTHING));
}

/// Waits for ever.
fn wait() -> ! {
    loop {
        sys_recv_notification(0);
    }
}

fn a_system_whose_idle_task_is_stopped_fails_when_nobody_runs() {
    kipc::reinit_task(IDLE.index(), false);
    wait();
}

fn a_system_whose_idle_task_has_faulted_fails_when_nobody_runs() {
    kipc::fault_task(IDLE.index());
    wait();
}

fn a_system_whose_idle_task_is_stopped_goes_on_while_someone_runs() {
    kipc::reinit_task(IDLE.index(), false);
    // Somebody always does, until the end.
    for _ in 0..3 {
        ASSIST.results();
        spin(2);
    }
    kipc::system_restart()
}
