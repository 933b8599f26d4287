// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Interrupts: IRQ_CONTROL, IRQ_STATUS, software interrupts, delivery.
//!
//! The suite owns `one` (one interrupt), `pair` (two) and `level` (a
//! peripheral), the assistant owns `four` and `five`.

use hubris_num_tasks::NUM_TASKS;
use test_kern_api::{Registers, call};
use test_kern_suite::notifications::assist::{
    FIVE_IRQ_MASK as FIVE, FOUR_IRQ_MASK as FOUR,
};
use test_kern_suite::notifications::{
    LEVEL_IRQ_MASK as LEVEL, ONE_IRQ_MASK as ONE, PAIR_IRQ_MASK as PAIR,
};
use test_kern_suite::vehicle::level;
use test_kern_suite::world::{
    ASSIST, MINOR, NULL, RUNNER, SPARE, SUITE, TWIN_A, me, put, raw, room,
    sleep, trigger, usage,
};
use test_kern_suite::{cases, script};
use userlib::{
    IrqStatus, Kipcnum, SchedState, UsageError, sys_irq_control,
    sys_irq_control_clear_pending, sys_irq_status, sys_post,
    sys_recv_notification, sys_recv_open,
};

cases! { irq:
    all_interrupts_are_disabled_at_first,
    the_owner_can_enable_and_disable,
    control_yields_nothing,
    an_interrupt_posts_its_notification,
    an_interrupt_wakes_its_owner,
    an_interrupt_is_disabled_by_its_delivery,
    an_interrupt_that_is_enabled_again_is_delivered_again,
    an_interrupt_that_is_disabled_becomes_pending_only,
    an_interrupt_that_is_pending_is_delivered_when_it_is_enabled,
    enabling_can_forget_what_is_pending,
    enabling_does_not_forget_what_is_pending_by_itself,
    disabling_can_forget_what_is_pending,
    disabling_does_not_forget_what_is_pending_by_itself,
    a_level_is_pending_again_after_its_delivery,
    a_level_that_is_cleared_is_not_delivered_again,
    a_level_interrupts_at_once_when_enabled,
    the_status_of_a_delivered_notification_is_posted,
    the_status_is_that_of_any_interrupt_of_the_mask,
    control_acts_on_all_interrupts_of_the_mask,
    a_software_interrupt_pends_all_interrupts_of_the_mask,
    delivery_disables_only_the_interrupt_that_happened,
    another_notification_does_not_count_as_posted,
    a_mask_of_two_mapped_bits_faults_the_caller,
    a_mask_that_is_not_mapped_faults_the_caller,
    a_mask_of_another_task_faults_the_caller,
    an_unknown_bit_of_control_faults_the_caller,
    the_status_of_a_mask_that_is_not_mapped_faults_the_caller,
    a_software_interrupt_takes_the_supervisor,
    a_software_interrupt_for_a_pair_that_is_not_mapped_is_a_fault,
    a_software_interrupt_for_two_mapped_bits_is_a_fault,
    a_restart_leaves_an_interrupt_enabled,
    a_restart_leaves_an_interrupt_disabled,
    a_restart_leaves_an_interrupt_pending,
    a_restart_loses_a_posted_interrupt,
    a_fault_leaves_an_interrupt_enabled,
    an_interrupt_for_a_faulted_owner_is_disabled,
    an_interrupt_for_an_owner_that_does_not_receive_is_kept,
}

/// The state of the suite's interrupts.
fn status(mask: u32) -> IrqStatus {
    sys_irq_status(mask)
}

const NONE: IrqStatus = IrqStatus::empty();

fn all_interrupts_are_disabled_at_first() {
    for mask in [ONE, PAIR, LEVEL] {
        assert_eq!(status(mask), NONE);
    }
}

fn the_owner_can_enable_and_disable() {
    for mask in [ONE, PAIR, LEVEL] {
        sys_irq_control(mask, true);
        assert_eq!(status(mask), IrqStatus::ENABLED);
        sys_irq_control(mask, true);
        assert_eq!(status(mask), IrqStatus::ENABLED);
        sys_irq_control(mask, false);
        assert_eq!(status(mask), NONE);
        sys_irq_control(mask, false);
        assert_eq!(status(mask), NONE);
    }
}

fn control_yields_nothing() {
    let call = call::irq_control(ONE, 0);
    let after = test_kern_suite::registers::around(call);
    assert_eq!(after.changed(), 0);
    assert_eq!(after.call(), call);
}

fn an_interrupt_posts_its_notification() {
    sys_irq_control(ONE, true);
    trigger(SUITE, ONE);
    assert_eq!(sys_recv_open(&mut [], u32::MAX).operation, ONE);
}

fn an_interrupt_wakes_its_owner() {
    ASSIST.run(&script![
        call::irq_control(FOUR, 1),
        call::recv(room(0), FOUR),
    ]);
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    trigger(ASSIST, FOUR);
    assert_eq!(ASSIST.results()[1].r6, FOUR);
}

fn an_interrupt_is_disabled_by_its_delivery() {
    sys_irq_control(ONE, true);
    trigger(SUITE, ONE);
    assert_eq!(status(ONE), IrqStatus::POSTED);
    sys_recv_notification(ONE);
    assert_eq!(status(ONE), NONE);
}

fn an_interrupt_that_is_enabled_again_is_delivered_again() {
    for _ in 0..3 {
        sys_irq_control(ONE, true);
        trigger(SUITE, ONE);
        assert_eq!(sys_recv_notification(ONE).get_raw_bits(), ONE);
    }
}

fn an_interrupt_that_is_disabled_becomes_pending_only() {
    trigger(SUITE, ONE);
    assert_eq!(status(ONE), IrqStatus::PENDING);
}

fn an_interrupt_that_is_pending_is_delivered_when_it_is_enabled() {
    trigger(SUITE, ONE);
    sys_irq_control(ONE, true);
    assert_eq!(status(ONE), IrqStatus::POSTED);
    assert_eq!(sys_recv_notification(ONE).get_raw_bits(), ONE);
}

fn enabling_can_forget_what_is_pending() {
    trigger(SUITE, ONE);
    sys_irq_control_clear_pending(ONE, true);
    assert_eq!(status(ONE), IrqStatus::ENABLED);
}

fn enabling_does_not_forget_what_is_pending_by_itself() {
    trigger(SUITE, ONE);
    raw(call::irq_control(ONE, 1));
    assert_eq!(status(ONE), IrqStatus::POSTED);
}

fn disabling_can_forget_what_is_pending() {
    trigger(SUITE, ONE);
    sys_irq_control_clear_pending(ONE, false);
    assert_eq!(status(ONE), NONE);
}

fn disabling_does_not_forget_what_is_pending_by_itself() {
    trigger(SUITE, ONE);
    sys_irq_control(ONE, false);
    assert_eq!(status(ONE), IrqStatus::PENDING);
}

fn a_level_is_pending_again_after_its_delivery() {
    sys_irq_control(LEVEL, true);
    level::raise();
    sys_recv_notification(LEVEL);
    assert_eq!(status(LEVEL), IrqStatus::PENDING);
    // Without having been dealt with, it happens again.
    sys_irq_control(LEVEL, true);
    sys_recv_notification(LEVEL);
    assert_eq!(status(LEVEL), IrqStatus::PENDING);
}

fn a_level_that_is_cleared_is_not_delivered_again() {
    sys_irq_control(LEVEL, true);
    level::raise();
    sys_recv_notification(LEVEL);
    level::clear();
    sys_irq_control_clear_pending(LEVEL, true);
    assert_eq!(status(LEVEL), IrqStatus::ENABLED);
}

fn a_level_interrupts_at_once_when_enabled() {
    level::raise();
    assert_eq!(status(LEVEL), IrqStatus::PENDING);
    sys_irq_control(LEVEL, true);
    let now = status(LEVEL);
    assert_eq!(now, IrqStatus::POSTED | IrqStatus::PENDING);
}

fn the_status_of_a_delivered_notification_is_posted() {
    sys_post(me(), ONE);
    assert_eq!(status(ONE), IrqStatus::POSTED);
    sys_irq_control(ONE, true);
    assert_eq!(status(ONE), IrqStatus::POSTED | IrqStatus::ENABLED);
    sys_recv_notification(ONE);
    assert_eq!(status(ONE), IrqStatus::ENABLED);
}

fn the_status_is_that_of_any_interrupt_of_the_mask() {
    // Both become pending, and as both are enabled both are delivered.
    sys_irq_control(PAIR, true);
    assert_eq!(status(PAIR), IrqStatus::ENABLED);
    trigger(SUITE, PAIR);
    assert_eq!(status(PAIR), IrqStatus::POSTED);
}

fn control_acts_on_all_interrupts_of_the_mask() {
    trigger(SUITE, PAIR);
    assert_eq!(status(PAIR), IrqStatus::PENDING);
    sys_irq_control_clear_pending(PAIR, true);
    assert_eq!(status(PAIR), IrqStatus::ENABLED);
    sys_irq_control(PAIR, false);
    assert_eq!(status(PAIR), NONE);
}

fn a_software_interrupt_pends_all_interrupts_of_the_mask() {
    // Each delivery disables one: if the other had not become pending, it
    // would still be enabled.
    sys_irq_control(PAIR, true);
    trigger(SUITE, PAIR);
    sys_recv_notification(PAIR);
    assert_eq!(status(PAIR), NONE);
}

fn delivery_disables_only_the_interrupt_that_happened() {
    sys_irq_control(ONE, true);
    sys_irq_control(PAIR, true);
    trigger(SUITE, ONE);
    sys_recv_notification(ONE);
    assert_eq!(status(ONE), NONE);
    assert_eq!(status(PAIR), IrqStatus::ENABLED);
}

fn another_notification_does_not_count_as_posted() {
    sys_post(me(), !ONE);
    assert_eq!(status(ONE), NONE);
    assert_eq!(status(PAIR), IrqStatus::POSTED);
}

/// The call is a misuse of interrupts.
#[track_caller]
fn assert_no_irq(call: Registers) {
    ASSIST.renew();
    ASSIST.call(call);
    assert_eq!(ASSIST.fault(), usage(UsageError::NoIrq));
}

fn a_mask_of_two_mapped_bits_faults_the_caller() {
    for mask in [FOUR | FIVE, FOUR | SPARE] {
        assert_no_irq(call::irq_control(mask, 1));
        assert_no_irq(call::irq_status(mask));
    }
}

fn a_mask_that_is_not_mapped_faults_the_caller() {
    for mask in [0, SPARE, 1 << 31, u32::MAX] {
        assert_no_irq(call::irq_control(mask, 1));
    }
}

fn a_mask_of_another_task_faults_the_caller() {
    assert_no_irq(call::irq_control(LEVEL, 1));
    MINOR.call(call::irq_control(ONE, 1));
    assert_eq!(MINOR.fault(), usage(UsageError::NoIrq));
    assert_eq!(status(ONE), NONE);
}

fn an_unknown_bit_of_control_faults_the_caller() {
    for argument in [4, 8, 0x8000_0000, u32::MAX, 4 | 1] {
        assert_no_irq(call::irq_control(FOUR, argument));
    }
}

fn the_status_of_a_mask_that_is_not_mapped_faults_the_caller() {
    for mask in [0, SPARE, LEVEL, u32::MAX] {
        assert_no_irq(call::irq_status(mask));
    }
}

/// A request for a software interrupt.
fn software_irq(task: u32, mask: u32) -> Registers {
    put(room(5), &task.to_le_bytes());
    put((room(5).0 + 4, 4), &mask.to_le_bytes());
    call::kipc(Kipcnum::SoftwareIrq).message((room(5).0, 8))
}

fn a_software_interrupt_takes_the_supervisor() {
    ASSIST.call(software_irq(ASSIST.index() as u32, FOUR));
    assert_eq!(ASSIST.fault(), usage(UsageError::NotSupervisor));
}

/// The request faults the supervisor.
#[track_caller]
fn assert_no_software_irq(task: u32, mask: u32) {
    RUNNER.call(software_irq(task, mask));
    assert_eq!(RUNNER.fault(), usage(UsageError::NoIrq));
    RUNNER.renew();
}

fn a_software_interrupt_for_a_pair_that_is_not_mapped_is_a_fault() {
    let suite = SUITE.index() as u32;
    for (task, mask) in [
        (suite, SPARE),
        (suite, 0),
        (TWIN_A.index() as u32, ONE),
        (NUM_TASKS as u32, ONE),
        (u32::MAX, ONE),
    ] {
        assert_no_software_irq(task, mask);
    }
    assert_eq!(status(ONE), NONE);
}

fn a_software_interrupt_for_two_mapped_bits_is_a_fault() {
    assert_no_software_irq(SUITE.index() as u32, ONE | PAIR);
    assert_eq!(status(ONE), NONE);
    assert_eq!(status(PAIR), NONE);
}

/// What the assistant sees of its interrupt.
fn status_of_four() -> IrqStatus {
    ASSIST.call(call::irq_status(FOUR));
    IrqStatus::from_bits_retain(ASSIST.result().r4)
}

fn a_restart_leaves_an_interrupt_enabled() {
    ASSIST.call(call::irq_control(FOUR, 1));
    ASSIST.renew();
    assert_eq!(status_of_four(), IrqStatus::ENABLED);
}

fn a_restart_leaves_an_interrupt_disabled() {
    ASSIST.renew();
    assert_eq!(status_of_four(), NONE);
}

fn a_restart_leaves_an_interrupt_pending() {
    trigger(ASSIST, FOUR);
    ASSIST.renew();
    assert_eq!(status_of_four(), IrqStatus::PENDING);
}

fn a_restart_loses_a_posted_interrupt() {
    ASSIST.call(call::irq_control(FOUR, 1));
    trigger(ASSIST, FOUR);
    assert_eq!(status_of_four(), IrqStatus::POSTED);
    ASSIST.renew();
    assert_eq!(status_of_four(), NONE);
}

fn a_fault_leaves_an_interrupt_enabled() {
    ASSIST.run(&script![call::irq_control(FOUR, 1), call::recv(NULL, FOUR),]);
    userlib::kipc::fault_task(ASSIST.index());
    ASSIST.renew();
    assert_eq!(status_of_four(), IrqStatus::ENABLED);
}

fn an_interrupt_for_a_faulted_owner_is_disabled() {
    ASSIST.call(call::irq_control(FOUR, 1));
    userlib::kipc::fault_task(ASSIST.index());
    let fault = ASSIST.fault();
    trigger(ASSIST, FOUR);
    sleep(1);
    assert_eq!(ASSIST.fault(), fault);
    ASSIST.renew();
    assert_eq!(status_of_four(), NONE);
}

fn an_interrupt_for_an_owner_that_does_not_receive_is_kept() {
    ASSIST.run(&script![
        call::irq_control(FOUR, 1),
        call::send(me(), 0),
        call::recv(room(0), FOUR),
    ]);
    let rm = sys_recv_open(&mut [], 0);
    trigger(ASSIST, FOUR);
    assert_eq!(ASSIST.healthy(), SchedState::InReply(me()));
    userlib::sys_reply(rm.sender, 0, &[]);
    assert_eq!(ASSIST.results()[2].r6, FOUR);
}
