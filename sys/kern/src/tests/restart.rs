// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Recv, SIZE, STACK, Send, Setup, code, data};
use crate::descs::TaskDesc;
use crate::kernel::Kernel;
use crate::machine::NextTask::{Other, Same};
use crate::region::{RegionAttributes as A_, RegionDesc};
use crate::set::place;
use crate::task::Task;
use crate::tests::world::World;
use abi::{Generation, SchedState, Sysnum, TaskId, UsageError};
use std::boxed::Box;
use std::vec::Vec;

const SUP: usize = 0;
const A: usize = 1;
const B: usize = 2;
const IDLE: usize = 3;

fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 3, 9]).boot()
}

fn reinit(k: &mut Kernel<World>, by: usize, task: usize, start: bool) {
    let mut request: Vec<u8> = (task as u32).to_le_bytes().into();
    request.push(start.into());
    k.kipc(by, 2, &request, 0);
}

#[test]
fn boot_starts_the_tasks_that_want_it() {
    let k = Setup::new(&[0, 2, 9]).stopped(1).boot();
    assert_eq!(k.state(0), SchedState::Runnable);
    assert_eq!(k.state(1), SchedState::Stopped);
    assert_eq!(k.id(1).generation(), Generation::ZERO);
}

#[test]
fn a_task_starts_with_a_painted_stack_and_a_frame_on_top() {
    let mut k = boot();
    let top = data(A) + STACK;
    assert_eq!(k.task(A).save.psp, top - 32);
    let paint = k.read(data(A), STACK - 32);
    assert!(paint.chunks(4).all(|w| w == 0xBADD_CAFEu32.to_le_bytes()));
    assert_eq!(k.read(top - 8, 4), code(A).to_le_bytes());
    // What is above the stack keeps its contents.
    assert!(k.read(top, SIZE - STACK).iter().all(|&b| b == 0xDA));
}

#[test]
fn any_task_may_restart_any_other_and_goes_on() {
    let mut k = boot();
    k.listen(A);
    reinit(&mut k, B, A, true);
    assert_eq!(k.code_and_len(B), (0, 0));
    assert_eq!(k.state(A), SchedState::Runnable);
    assert_eq!(k.id(A), TaskId(0x0401));
}

#[test]
fn a_restart_leaves_the_caller_running() {
    let mut k = boot();
    let mut request: Vec<u8> = (A as u32).to_le_bytes().into();
    request.push(1);
    assert_eq!(k.kipc(B, 2, &request, 0), Same);
}

#[test]
fn a_task_that_is_not_started_is_stopped_whatever_the_boot_flag() {
    let mut k = boot();
    reinit(&mut k, SUP, A, false);
    assert_eq!(k.state(A), SchedState::Stopped);

    let mut k = Setup::new(&[0, 2, 3, 9]).stopped(A).boot();
    reinit(&mut k, SUP, A, true);
    assert_eq!(k.state(A), SchedState::Runnable);
}

#[test]
fn a_restart_cures_a_fault() {
    let mut k = boot();
    k.raw_call(A, 99, &[]);
    k.restart_task(A);
    assert_eq!(k.state(A), SchedState::Runnable);
}

#[test]
fn a_restart_forgets_registers_timer_and_notifications() {
    let mut k = boot();
    k.call(A, Sysnum::SetTimer, &[1, 100, 0, 7]);
    k.do_post(B, k.id(A), 5);
    k.write(data(A), b"overwritten stack");
    k.restart_task(A);
    let task = k.task(A);
    assert_eq!(task.timer.deadline, None);
    assert_eq!(task.timer.to_post.0, 0);
    assert_eq!(task.notifications, 0);
    assert_eq!(k.results(A), [0; 6]);
    assert_eq!(k.task(A).save.psp, data(A) + STACK - 32);
    assert_eq!(k.read(data(A), 4), 0xBADD_CAFEu32.to_le_bytes());
    k.pass(200);
    assert_eq!(k.task(A).notifications, 0);
}

#[test]
fn the_generation_is_the_low_six_bits_of_the_restart_count() {
    let mut k = boot();
    for n in 1..=130u32 {
        k.restart_task(A);
        assert_eq!(k.task(A).generation, n);
        assert_eq!(u8::from(k.id(A).generation()), (n % 64) as u8);
    }
    k.task_mut(A).generation = u32::MAX;
    k.restart_task(A);
    assert_eq!(k.task(A).generation, 0);
    assert_eq!(k.id(A), TaskId(1));
}

#[test]
fn everybody_who_waits_for_the_task_gets_the_new_generation() {
    let mut k = Setup::new(&[0, 1, 2, 3, 4, 9]).boot();
    let id = k.id(1);
    // One in reply, one sending, one receiving.
    k.meet(1, Send::to(id), 2);
    k.do_send(3, Send::to(id));
    k.do_recv(
        4,
        Recv {
            from: Some(id),
            ..Recv::default()
        },
    );
    k.restart_task(1);
    for task in [2, 3, 4] {
        assert_eq!(k.state(task), SchedState::Runnable);
        assert_eq!(k.code_and_len(task), (0xFFFF_FF01, 0));
    }
}

#[test]
fn those_who_wait_for_somebody_else_are_left_alone() {
    let mut k = boot();
    k.do_send(B, Send::to(k.id(IDLE)));
    k.restart_task(A);
    assert_eq!(k.state(B), SchedState::InSend(k.id(IDLE)));
}

#[test]
fn faulted_peers_are_left_alone() {
    let mut k = boot();
    let old = k.id(A);
    k.meet(A, Send::to(old), B);
    k.kipc(SUP, 3, &(B as u32).to_le_bytes(), 0);
    k.restart_task(A);
    assert_eq!(k.fault_and_state(B).1, SchedState::InReply(old));
}

#[test]
fn a_restarted_sender_is_no_longer_received_from() {
    let mut k = boot();
    k.do_send(B, Send::to(k.id(A)));
    k.restart_task(B);
    k.listen(A);
    assert_eq!(k.state(A), SchedState::InRecv(None));
}

#[test]
fn a_restarted_client_is_no_longer_replied_to() {
    let mut k = boot();
    let client = k.id(B);
    k.meet(A, Send::to(k.id(A)), B);
    k.restart_task(B);
    k.do_reply(A, client, 7, (0, 0));
    assert_eq!(k.code_and_len(B), (0, 0));
}

#[test]
fn a_task_can_restart_itself() {
    let mut k = boot();
    let mut request: Vec<u8> = (A as u32).to_le_bytes().into();
    request.push(1);
    assert_eq!(k.kipc(A, 2, &request, 0), Same);
    assert_eq!(k.state(A), SchedState::Runnable);
    assert_eq!(k.id(A), TaskId(0x0401));
    // Not even a result is left of the call.
    assert_eq!(k.results(A), [0; 6]);
    assert_eq!(k.machine.reloaded, [A]);
}

#[test]
fn a_task_can_stop_itself() {
    let mut k = boot();
    let mut request: Vec<u8> = (A as u32).to_le_bytes().into();
    request.push(0);
    assert_eq!(k.kipc(A, 2, &request, 0), Other);
    assert_eq!(k.state(A), SchedState::Stopped);
    assert_eq!(k.results(A), [0; 6]);
    assert_eq!(k.machine.reloaded, [A]);
}

#[test]
fn nobody_cannot_be_restarted() {
    let mut k = boot();
    reinit(&mut k, A, 4, true);
    assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
}

/// Boots with one task whose stack is as given.
fn boot_with_stack(attributes: A_, initial_stack: u32) -> Kernel<World> {
    let leak = |region| &*Box::leak(Box::new(region));
    let mut regions = [leak(RegionDesc::NULL); 8];
    let half = SIZE / 2;
    let rw = A_::READ | A_::WRITE;
    regions[6] = leak(RegionDesc::new(data(0), half, attributes));
    regions[7] = leak(RegionDesc::new(data(0) + half, half, rw));
    let priorities = [0; 1];
    let desc = TaskDesc::new(
        regions,
        data(0),
        initial_stack,
        0,
        TaskDesc::START_AT_BOOT,
        0,
        place(&priorities, 0),
    );
    let mut k = Setup::new(&[0]).boot();
    *k.task_mut(0) = Task::new(Box::leak(Box::new(desc)));
    k.boot();
    k
}

#[test]
fn any_plain_writable_memory_will_do_as_a_stack() {
    boot_with_stack(A_::READ | A_::WRITE, data(0) + 32);
    boot_with_stack(A_::READ | A_::WRITE, data(0) + SIZE);
}

#[test]
fn only_memory_that_can_be_stack_is_painted() {
    let half = SIZE / 2;
    let top = data(0) + half + 0x100;
    let is_painted = |attributes| {
        let mut k = boot_with_stack(attributes, top);
        let paint = 0xBADD_CAFEu32.to_le_bytes();
        assert_eq!(k.read(data(0) + half, 4), paint);
        k.read(data(0) + half - 4, 4) == paint
    };
    assert!(is_painted(A_::READ | A_::WRITE));
    assert!(is_painted(A_::WRITE));
    assert!(!is_painted(A_::READ));
    assert!(!is_painted(A_::READ | A_::WRITE | A_::DMA));
    assert!(!is_painted(A_::READ | A_::WRITE | A_::DEVICE));
}

#[test]
#[should_panic(expected = "task stack is not aligned")]
fn a_stack_must_be_aligned() {
    boot_with_stack(A_::READ | A_::WRITE, data(0) + 0x104);
}

#[test]
#[should_panic(expected = "task stack is not usable")]
fn a_stack_must_be_writable() {
    boot_with_stack(A_::READ | A_::EXECUTE, data(0) + 0x100);
}

#[test]
#[should_panic(expected = "task stack is not usable")]
fn a_stack_must_not_be_dma_memory() {
    boot_with_stack(A_::READ | A_::WRITE | A_::DMA, data(0) + 0x100);
}

#[test]
#[should_panic(expected = "task stack is not usable")]
fn a_stack_must_have_room_for_a_frame() {
    boot_with_stack(A_::READ | A_::WRITE, data(0) + 24);
}

#[test]
#[should_panic(expected = "task stack is not usable")]
fn a_stack_must_be_in_a_region() {
    boot_with_stack(A_::READ | A_::WRITE, data(0) + SIZE + 8);
}
