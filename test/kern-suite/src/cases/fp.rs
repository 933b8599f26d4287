// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Floating point registers, where there is an FPU. The status register is for
//! `fp_status`.

use test_kern_api::call::{self, NOTHING};
use test_kern_api::engine::Operation;
use test_kern_api::floating::{self, FILL_SEED, Floating, STATUS};
use test_kern_api::mischief::Mischief;
use test_kern_api::{Registers, Step, memory};
use test_kern_suite::notifications::TIMER_MASK as TIMER;
use test_kern_suite::world::{
    ASSIST, MINOR, Other, RUNNER, SPARE, TWIN_A, TWIN_B, get, me, next_tick,
    now, part, put, room,
};
use test_kern_suite::{cases, script};
use userlib::{FaultInfo, Kipcnum, kipc};

cases! { fp:
    a_system_call_that_does_not_block_preserves_all_registers,
    a_system_call_that_blocks_preserves_all_registers,
    a_client_and_its_server_do_not_see_each_others_registers,
    an_interrupt_that_switches_tasks_preserves_all_registers,
    ticks_preserve_all_registers,
    tasks_that_share_the_processor_keep_their_registers_apart,
    a_restarted_task_has_no_registers_of_its_former_life,
    a_fault_keeps_the_registers_for_inspection,
    a_fault_does_not_change_the_registers_of_other_tasks,
    a_bad_stack_with_registers_in_use_is_an_overflow,
    a_bad_stack_does_not_change_the_registers_of_other_tasks,
    a_bad_stack_is_not_written_to_later,
    a_restart_of_the_running_task_drops_its_registers,
    a_kernel_call_to_restart_another_task_preserves_all_registers,
}

/// Makes a system call, with all floating point registers in use. They must be
/// the same afterwards.
#[track_caller]
fn floating_call(registers: Registers) {
    // SAFETY: cases name memory that is made for it.
    assert_unchanged(unsafe { floating::call(registers) });
}

/// Nothing but the status register may have changed.
#[track_caller]
fn assert_unchanged(changed: u32) {
    assert_eq!(changed & !STATUS, 0);
}

/// Asks a helper to execute an empty script.
pub(super) fn nudge(helper: Other) -> Registers {
    call::send(helper.id(), Operation::Run as u16)
}

fn a_system_call_that_does_not_block_preserves_all_registers() {
    floating_call(call::get_timer());
    floating_call(call::refresh_task_id(me()));
    floating_call(call::post(me(), SPARE));
    floating_call(call::recv(NOTHING, SPARE));
}

fn a_system_call_that_blocks_preserves_all_registers() {
    floating_call(nudge(ASSIST));
    floating_call(nudge(MINOR));
    floating_call(call::set_timer(1, now() + 2, TIMER));
    floating_call(call::recv(NOTHING, TIMER));
}

fn a_client_and_its_server_do_not_see_each_others_registers() {
    for server in [ASSIST, TWIN_A, MINOR] {
        server.run(&script![
            Step::floating_call(call::recv(NOTHING, 0)),
            Step::floating_call(call::reply(me(), 0, NOTHING)),
            Step::floating_call(call::recv(NOTHING, SPARE)),
        ]);
        floating_call(call::send(server.id(), 0));
        floating_call(call::post(server.id(), SPARE));
        let [recv, reply, again, ..] = server.results();
        assert_unchanged(recv.r4 | reply.r4 | again.r4);
    }
}

fn an_interrupt_that_switches_tasks_preserves_all_registers() {
    ASSIST.run(&script![
        Step::floating_call(call::set_timer(1, next_tick() + 3, TIMER)),
        Step::floating_call(call::recv(NOTHING, TIMER)),
    ]);
    let start = now();
    let pattern = Floating::pattern(77);
    while now() < start + 6 {
        assert_unchanged(floating::hold(&pattern, 5_000));
    }
    let [set, recv, ..] = ASSIST.results();
    assert_unchanged(set.r4 | recv.r4);
}

fn ticks_preserve_all_registers() {
    let start = now();
    let pattern = Floating::pattern(78);
    while now() < start + 4 {
        assert_unchanged(floating::hold(&pattern, 5_000));
    }
}

fn tasks_that_share_the_processor_keep_their_registers_apart() {
    // Each tick wakes one of them, so they interrupt each other.
    let start = next_tick();
    for (n, helper) in [(1, TWIN_B), (2, MINOR), (3, ASSIST)] {
        helper.run(&script![
            call::set_timer(1, start + 4 + n, TIMER),
            Step::floating_call(call::recv(NOTHING, TIMER)),
            Step::hold_floating(3),
            Step::floating_call(call::get_timer()),
        ]);
    }
    let pattern = Floating::pattern(79);
    while now() < start + 16 {
        assert_unchanged(floating::hold(&pattern, 5_000));
    }
    for helper in [TWIN_B, MINOR, ASSIST] {
        let [_, recv, held, timer, ..] = helper.results();
        assert_unchanged(recv.r4 | held.r4 | timer.r4);
    }
}

fn a_restarted_task_has_no_registers_of_its_former_life() {
    ASSIST.run(&script![Step::floating_call(call::recv(NOTHING, SPARE))]);
    ASSIST.renew();
    ASSIST.run(&script![Step::count_floating()]);
    assert_eq!(ASSIST.result().r4, 0);
}

/// Words of a faulted task's memory.
pub(super) fn words<const N: usize>(task: Other, base: u32) -> [u32; N] {
    let (buffer, length) = (room(0), 4 * N as u32);
    let request = part(room(6), 0, 12);
    for (n, word) in [task.index() as u32, base, length].iter().enumerate() {
        put(part(request, 4 * n as u32, 4), &word.to_le_bytes());
    }
    let dump = call::kipc(Kipcnum::ReadTaskDumpRegion).message(request);
    RUNNER.call(dump.reply_to((buffer.0, length)));
    assert_eq!(RUNNER.result().r5, length);
    core::array::from_fn(|n| {
        u32::from_le_bytes(get(part(buffer, 4 * n as u32, 4)))
    })
}

fn a_fault_keeps_the_registers_for_inspection() {
    ASSIST.run(&script![Step::mischief(Mischief::FloatingUndefined, 0)]);
    assert_eq!(ASSIST.fault(), FaultInfo::IllegalInstruction);
    let pattern = Floating::pattern(FILL_SEED);
    // The upper half is in the control block, behind r4 to r11, psp and
    // EXC_RETURN; the lower half is on the stack, behind eight others.
    let block = kipc::get_task_desc_region(ASSIST.index()).base;
    let [psp] = words(ASSIST, block + 32);
    assert_eq!(words::<16>(ASSIST, block + 40), pattern.s[16..]);
    assert_eq!(words::<16>(ASSIST, psp + 32), pattern.s[..16]);
}

/// Asks the assistant for a mischief.
fn ask_for(what: Mischief, argument: u32) -> Registers {
    let script = script![Step::mischief(what, argument)];
    let bytes = zerocopy::IntoBytes::as_bytes(&script[..]);
    put(room(4), bytes);
    call::send(ASSIST.id(), Operation::Run as u16).message(part(
        room(4),
        0,
        bytes.len() as u32,
    ))
}

fn a_fault_does_not_change_the_registers_of_other_tasks() {
    floating_call(ask_for(Mischief::FloatingUndefined, 0));
    assert_eq!(ASSIST.fault(), FaultInfo::IllegalInstruction);
}

/// A stack pointer below which there is nothing of the assistant's.
fn bad_stack() -> u32 {
    memory::low().0
}

fn a_bad_stack_with_registers_in_use_is_an_overflow() {
    for room in [0, 8, 32, 64, 96] {
        ASSIST.renew();
        let sp = bad_stack() + room;
        let what = Mischief::FloatingCallOnStack;
        ASSIST.run(&script![Step::mischief(what, sp)]);
        let address = sp - 104;
        assert_eq!(ASSIST.fault(), FaultInfo::StackOverflow { address });
    }
}

fn a_bad_stack_does_not_change_the_registers_of_other_tasks() {
    for room in [0, 8, 32, 64, 96] {
        ASSIST.renew();
        let sp = bad_stack() + room;
        floating_call(ask_for(Mischief::FloatingCallOnStack, sp));
        let address = sp - 104;
        assert_eq!(ASSIST.fault(), FaultInfo::StackOverflow { address });
        floating_call(nudge(MINOR));
    }
}

fn a_bad_stack_is_not_written_to_later() {
    // The frame would lie in memory that the suite has and the assistant has
    // not: its own stack.
    let mut canary = [0xCAu8; 160];
    let base = canary.as_mut_ptr().expose_provenance() as u32;
    let sp = (base + 160) & !7;
    ASSIST.run(&script![Step::mischief(Mischief::FloatingCallOnStack, sp)]);
    let address = sp - 104;
    assert_eq!(ASSIST.fault(), FaultInfo::StackOverflow { address });
    floating_call(nudge(MINOR));
    assert_eq!(core::hint::black_box(canary), [0xCA; 160]);
}

fn a_restart_of_the_running_task_drops_its_registers() {
    // It restarts itself while they are in use.
    let request = part(room(5), 0, 5);
    put(request, &[ASSIST.index() as u8, 0, 0, 0, 1]);
    let restart = call::kipc(Kipcnum::ReinitTask).message(request);
    let before = ASSIST.id();
    ASSIST.run(&script![Step::floating_call(restart)]);
    assert_eq!(ASSIST.id(), before.next_generation());
    ASSIST.run(&script![Step::count_floating()]);
    assert_eq!(ASSIST.result().r4, 0);
}

fn a_kernel_call_to_restart_another_task_preserves_all_registers() {
    let request = part(room(5), 0, 5);
    for helper in [ASSIST, MINOR] {
        put(request, &[helper.index() as u8, 0, 0, 0, 1]);
        let restart = call::kipc(Kipcnum::ReinitTask).message(request);
        floating_call(restart);
        floating_call(nudge(helper));
    }
}
