// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The status register of the FPU, where there is one.

use super::fp::{nudge, words};
use test_kern_api::call::{self, NOTHING};
use test_kern_api::floating::{self, FILL_SEED, Floating, STATUS};
use test_kern_api::mischief::Mischief;
use test_kern_api::{Registers, Step};
use test_kern_suite::notifications::TIMER_MASK as TIMER;
use test_kern_suite::world::{ASSIST, MINOR, next_tick, now};
use test_kern_suite::{cases, script};
use userlib::{FaultInfo, kipc};

cases! { fp_status:
    a_system_call_that_does_not_block_preserves_the_status,
    a_system_call_that_blocks_preserves_the_status,
    an_interrupt_that_switches_tasks_preserves_the_status,
    a_fault_keeps_the_status_for_inspection,
}

/// Makes a system call that must preserve the status.
#[track_caller]
fn floating_call(registers: Registers) {
    // SAFETY: cases name memory that is made for it.
    let changed = unsafe { floating::call(registers) };
    assert_eq!(changed & STATUS, 0);
}

fn a_system_call_that_does_not_block_preserves_the_status() {
    floating_call(call::get_timer());
}

fn a_system_call_that_blocks_preserves_the_status() {
    floating_call(nudge(ASSIST));
    floating_call(nudge(MINOR));
    floating_call(call::set_timer(1, now() + 2, TIMER));
    floating_call(call::recv(NOTHING, TIMER));
}

fn an_interrupt_that_switches_tasks_preserves_the_status() {
    ASSIST.run(&script![
        Step::floating_call(call::set_timer(1, next_tick() + 3, TIMER)),
        Step::floating_call(call::recv(NOTHING, TIMER)),
    ]);
    let start = now();
    let pattern = Floating::pattern(77);
    while now() < start + 6 {
        assert_eq!(floating::hold(&pattern, 5_000) & STATUS, 0);
    }
    let [set, recv, ..] = ASSIST.results();
    assert_eq!((set.r4 | recv.r4) & STATUS, 0);
}

fn a_fault_keeps_the_status_for_inspection() {
    ASSIST.run(&script![Step::mischief(Mischief::FloatingUndefined, 0)]);
    assert_eq!(ASSIST.fault(), FaultInfo::IllegalInstruction);
    let block = kipc::get_task_desc_region(ASSIST.index()).base;
    let [psp] = words(ASSIST, block + 32);
    let [fpscr] = words(ASSIST, psp + 96);
    assert_eq!(fpscr, Floating::pattern(FILL_SEED).fpscr);
}
