// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults that the processor finds, and what becomes of the task.

use test_kern_api::call::{self, NOTHING};
use test_kern_api::mischief::Mischief;
use test_kern_api::{Step, journal, memory, runner};
use test_kern_suite::vehicle;
use test_kern_suite::world::{
    ASSIST, IDLE, MINOR, Other, RUNNER, SPARE, TWIN_A, assert_journal, get,
    now, own, put, room, sleep, spin, usage,
};
use test_kern_suite::{cases, script};
#[cfg(not(armv6m))]
use userlib::FaultSource;
use userlib::{FaultInfo, SchedState, TaskId, UsageError, kipc, sys_post};

cases! { fault:
    a_read_of_address_0,
    a_write_to_address_0,
    a_write_to_code,
    a_read_of_another_tasks_memory,
    a_write_to_another_tasks_memory,
    a_write_to_the_kernels_memory,
    a_write_to_memory_that_is_only_readable,
    a_read_of_registers_that_the_task_does_not_use,
    a_read_of_the_system_control_space,
    a_write_to_the_system_control_space,
    an_access_that_no_bus_answers,
    a_jump_to_data,
    a_jump_to_address_0,
    a_jump_to_another_tasks_code,
    an_undefined_instruction,
    an_instruction_of_another_instruction_set,
    an_unaligned_access_to_two_words,
    #[cfg(not(armv6m))]
    a_division_by_zero,
    #[cfg(not(target_abi = "eabihf"))]
    a_floating_point_instruction_without_fpu,
    a_stack_that_has_overflowed_on_a_system_call,
    a_stack_pointer_to_no_memory_on_a_system_call,
    a_stack_that_overflows_by_a_push,
    a_return_from_the_entry_point,
    a_fault_on_a_bad_stack_is_not_taken_for_a_system_call,
    the_status_of_a_fault_is_not_left_to_the_next_one,
    a_task_cannot_mask_interrupts,
    a_task_cannot_become_privileged,
    the_original_state_of_a_task_that_ran_is_runnable,
    a_faulted_task_does_not_run,
    a_fault_tells_the_supervisor_once,
    several_faults_can_be_told_by_one_notification,
    a_fault_does_not_unblock_the_clients_of_the_task,
    a_fault_does_not_unblock_the_senders_to_the_task,
    a_fault_does_not_unblock_a_receive_on_the_task,
    a_faulted_task_can_be_restarted,
    a_fault_leaves_the_memory_of_other_tasks_alone,
    a_faulted_supervisor_does_not_end_the_system,
    a_faulted_supervisor_has_its_notification_kept_until_its_restart,
}

/// A helper commits a mischief and goes no further.
#[track_caller]
fn commit(helper: Other, what: Mischief, argument: u32) -> FaultInfo {
    helper.renew();
    helper.run(&script![Step::mischief(what, argument), Step::mark(b'x')]);
    assert_journal(b"!");
    journal::clear();
    let (fault, state) = helper.faulted();
    assert_eq!(state, SchedState::Runnable);
    fault
}

/// What a fault is: on ARMv6-M, all of them look alike.
fn expected(fault: FaultInfo) -> FaultInfo {
    if cfg!(armv6m) {
        FaultInfo::InvalidOperation(0)
    } else {
        fault
    }
}

/// The task's own access to memory.
fn access(address: u32) -> FaultInfo {
    #[cfg(not(armv6m))]
    let fault = FaultInfo::MemoryAccess {
        address: Some(address),
        source: FaultSource::User,
    };
    #[cfg(armv6m)]
    let fault = {
        let _ = address;
        FaultInfo::InvalidOperation(0)
    };
    fault
}

/// The task's access to something that does not answer.
fn bus(address: u32) -> FaultInfo {
    #[cfg(not(armv6m))]
    let fault = FaultInfo::BusError {
        address: Some(address),
        source: FaultSource::User,
    };
    #[cfg(armv6m)]
    let fault = access(address);
    fault
}

fn a_read_of_address_0() {
    assert_eq!(commit(ASSIST, Mischief::Read, 0), access(0));
}

fn a_write_to_address_0() {
    assert_eq!(commit(ASSIST, Mischief::Write, 0), access(0));
}

fn a_write_to_code() {
    // The suite's own is as good as any.
    let code = own(b"code").0 & !3;
    assert_eq!(commit(ASSIST, Mischief::Write, code), access(code));
}

fn a_read_of_another_tasks_memory() {
    let secret = 0x5EC2_E700u32;
    let address = (&raw const secret).expose_provenance() as u32;
    let fault = commit(ASSIST, Mischief::Read, address);
    assert_eq!(fault, access(address));
}

fn a_write_to_another_tasks_memory() {
    let secret = core::cell::Cell::new(0x5EC2_E700u32);
    let address = secret.as_ptr().expose_provenance() as u32;
    let fault = commit(ASSIST, Mischief::Write, address);
    assert_eq!(fault, access(address));
    assert_eq!(secret.get(), 0x5EC2_E700);
}

fn a_write_to_the_kernels_memory() {
    // It comes first.
    let address = 0x2000_0800;
    let fault = commit(ASSIST, Mischief::Write, address);
    assert_eq!(fault, access(address));
}

fn a_write_to_memory_that_is_only_readable() {
    let (address, _) = memory::readonly();
    let fault = commit(ASSIST, Mischief::Write, address);
    assert_eq!(fault, access(address));
    let pattern = memory::READONLY_PATTERN.to_le_bytes();
    assert_eq!(get(memory::readonly()), pattern);
}

fn a_read_of_registers_that_the_task_does_not_use() {
    let address = vehicle::level::ADDRESS;
    let fault = commit(ASSIST, Mischief::Read, address);
    assert_eq!(fault, access(address));
}

/// Interrupt set-enable and the CPU's identification.
const SYSTEM_CONTROL: [u32; 2] = [0xE000_E100, 0xE000_ED00];

fn a_read_of_the_system_control_space() {
    for address in SYSTEM_CONTROL {
        let fault = commit(ASSIST, Mischief::Read, address);
        assert_eq!(fault, bus(address));
    }
}

fn a_write_to_the_system_control_space() {
    for address in SYSTEM_CONTROL {
        let fault = commit(ASSIST, Mischief::Write, address);
        assert_eq!(fault, bus(address));
    }
}

fn an_access_that_no_bus_answers() {
    // The minor helper has it in its `uses`.
    let address = 0x5000_0010;
    let fault = commit(MINOR, Mischief::Read, address);
    assert_eq!(fault, bus(address));
}

fn a_jump_to_data() {
    /// BX LR: if it were executed, the helper would go on.
    const RETURN: u16 = 0x4770;
    for data in [room(0), memory::high(), memory::dma()] {
        put(data, &RETURN.to_le_bytes());
        let fault = commit(ASSIST, Mischief::Execute, data.0);
        assert_eq!(fault, expected(FaultInfo::IllegalText));
    }
}

fn a_jump_to_address_0() {
    let fault = commit(ASSIST, Mischief::Execute, 0);
    assert_eq!(fault, expected(FaultInfo::IllegalText));
}

fn a_jump_to_another_tasks_code() {
    let code = a_jump_to_another_tasks_code as fn() as usize as u32 & !1;
    let fault = commit(ASSIST, Mischief::Execute, code);
    assert_eq!(fault, expected(FaultInfo::IllegalText));
}

fn an_undefined_instruction() {
    let fault = commit(ASSIST, Mischief::Undefined, 0);
    assert_eq!(fault, expected(FaultInfo::IllegalInstruction));
}

fn an_instruction_of_another_instruction_set() {
    /// UsageFault status: INVSTATE.
    const INVSTATE: u32 = 1 << 17;
    let fault = commit(ASSIST, Mischief::LeaveThumb, 0);
    assert_eq!(fault, expected(FaultInfo::InvalidOperation(INVSTATE)));
}

fn an_unaligned_access_to_two_words() {
    /// UsageFault status: UNALIGNED.
    const UNALIGNED: u32 = 1 << 24;
    let fault = commit(ASSIST, Mischief::Unaligned, room(0).0 + 1);
    assert_eq!(fault, expected(FaultInfo::InvalidOperation(UNALIGNED)));
}

#[cfg(not(armv6m))]
fn a_division_by_zero() {
    let fault = commit(ASSIST, Mischief::Divide, 0);
    assert_eq!(fault, FaultInfo::DivideByZero);
}

#[cfg(not(target_abi = "eabihf"))]
fn a_floating_point_instruction_without_fpu() {
    /// UsageFault status: NOCP.
    const NOCP: u32 = 1 << 19;
    let fault = commit(ASSIST, Mischief::UseFpu, 0);
    assert_eq!(fault, expected(FaultInfo::InvalidOperation(NOCP)));
}

/// Bytes of an exception frame.
const FRAME: u32 = if cfg!(target_abi = "eabihf") { 104 } else { 32 };

fn a_stack_that_has_overflowed_on_a_system_call() {
    // What is below the shared memory does not belong to the helper.
    let (base, _) = memory::low();
    for sp in [base, base + 8, base + FRAME - 8] {
        let fault = commit(ASSIST, Mischief::CallOnStack, sp);
        let address = sp - FRAME;
        assert_eq!(fault, expected(FaultInfo::StackOverflow { address }));
    }
}

fn a_stack_pointer_to_no_memory_on_a_system_call() {
    for sp in [0x1000_0000, 0x6000_0000] {
        let fault = commit(ASSIST, Mischief::CallOnStack, sp);
        let address = sp - FRAME;
        assert_eq!(fault, expected(FaultInfo::StackOverflow { address }));
    }
}

fn a_stack_that_overflows_by_a_push() {
    // The store faults, and then there is no room for the exception frame.
    let (base, _) = memory::low();
    let fault = commit(ASSIST, Mischief::PushOnStack, base);
    let address = base - FRAME;
    assert_eq!(fault, expected(FaultInfo::StackOverflow { address }));
}

fn a_return_from_the_entry_point() {
    // No task has anything at the end of memory.
    let fault = commit(ASSIST, Mischief::ReturnFromMain, 0);
    assert_eq!(fault, expected(FaultInfo::IllegalText));
}

fn a_fault_on_a_bad_stack_is_not_taken_for_a_system_call() {
    // If it were, the next task to run would be taken for the caller.
    let (base, _) = memory::low();
    for _ in 0..10 {
        let before = test_kern_suite::registers::around(call::get_timer());
        commit(ASSIST, Mischief::CallOnStack, base);
        let after = test_kern_suite::registers::around(call::get_timer());
        assert_eq!((before.changed(), after.changed()), (0, 0));
    }
}

fn the_status_of_a_fault_is_not_left_to_the_next_one() {
    let unaligned = commit(ASSIST, Mischief::Unaligned, room(0).0 + 1);
    let read = commit(ASSIST, Mischief::Read, 0);
    assert_eq!(read, access(0));
    let state = commit(ASSIST, Mischief::LeaveThumb, 0);
    assert_eq!(
        commit(ASSIST, Mischief::Unaligned, room(0).0 + 1),
        unaligned
    );
    assert_eq!(commit(ASSIST, Mischief::LeaveThumb, 0), state);
    assert_eq!(commit(MINOR, Mischief::Read, 0), access(0));
}

fn a_task_cannot_mask_interrupts() {
    MINOR.run(&script![Step::mischief(Mischief::MaskInterrupts, 0)]);
    assert_eq!(MINOR.result().r4 & 1, 0);
    spin(2);
    ASSIST.run(&script![Step::mischief(Mischief::MaskInterrupts, 0)]);
    sleep(2);
}

fn a_task_cannot_become_privileged() {
    ASSIST.run(&script![
        Step::mischief(Mischief::BecomePrivileged, 0),
        Step::mischief(Mischief::Write, 0x2000_0800),
    ]);
    assert_eq!(ASSIST.fault(), access(0x2000_0800));
}

fn the_original_state_of_a_task_that_ran_is_runnable() {
    for helper in [ASSIST, MINOR, TWIN_A] {
        helper.run(&script![Step::mischief(Mischief::Undefined, 0)]);
        assert_eq!(helper.faulted().1, SchedState::Runnable);
    }
}

fn a_faulted_task_does_not_run() {
    ASSIST.run(&script![
        Step::mark(b'1'),
        call::syscall(99),
        Step::mark(b'2'),
    ]);
    sys_post(ASSIST.id(), u32::MAX);
    sleep(3);
    assert_journal(b"1!");
}

fn a_fault_tells_the_supervisor_once() {
    let before = runner::faults(RUNNER.id());
    ASSIST.call(call::syscall(99));
    assert_eq!(runner::faults(RUNNER.id()), before + 1);
    MINOR.run(&script![Step::mischief(Mischief::Undefined, 0)]);
    assert_eq!(runner::faults(RUNNER.id()), before + 2);
    kipc::fault_task(TWIN_A.index());
    assert_eq!(runner::faults(RUNNER.id()), before + 3);
}

fn several_faults_can_be_told_by_one_notification() {
    // While the supervisor is busy.
    let before = runner::faults(RUNNER.id());
    RUNNER.call(call::recv_from(TaskId::KERNEL, NOTHING, 1 << 9));
    for helper in [ASSIST, MINOR, TWIN_A] {
        helper.call(call::syscall(99));
        helper.fault();
    }
    assert_journal(b"");
    sys_post(RUNNER.id(), 1 << 9);
    assert_journal(b"!");
    assert_eq!(runner::faults(RUNNER.id()), before + 1);
}

fn a_fault_does_not_unblock_the_clients_of_the_task() {
    MINOR.run(&script![
        call::recv(NOTHING, 0),
        Step::mischief(Mischief::Undefined, 0),
    ]);
    ASSIST.call(call::send(MINOR.id(), 0));
    sleep(2);
    MINOR.fault();
    assert_eq!(ASSIST.healthy(), SchedState::InReply(MINOR.id()));
}

fn a_fault_does_not_unblock_the_senders_to_the_task() {
    MINOR.run(&script![
        call::recv_from(TaskId::KERNEL, NOTHING, SPARE),
        Step::mischief(Mischief::Undefined, 0),
    ]);
    ASSIST.call(call::send(MINOR.id(), 0));
    sys_post(MINOR.id(), SPARE);
    sleep(2);
    MINOR.fault();
    assert_eq!(ASSIST.healthy(), SchedState::InSend(MINOR.id()));
}

fn a_fault_does_not_unblock_a_receive_on_the_task() {
    ASSIST.call(call::recv_from(MINOR.id(), NOTHING, 0));
    MINOR.run(&script![Step::mischief(Mischief::Undefined, 0)]);
    sleep(2);
    let waiting = SchedState::InRecv(Some(MINOR.id()));
    assert_eq!(ASSIST.healthy(), waiting);
}

fn a_faulted_task_can_be_restarted() {
    for what in [Mischief::Undefined, Mischief::Read, Mischief::Execute] {
        commit(ASSIST, what, 0);
        ASSIST.renew();
        assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    }
}

fn a_fault_leaves_the_memory_of_other_tasks_alone() {
    let mut canary = [0xCA; 64];
    let before = canary;
    let base = canary.as_mut_ptr().expose_provenance() as u32;
    for sp in [base, base + 32, base + 64] {
        commit(ASSIST, Mischief::CallOnStack, sp & !7);
    }
    assert_eq!(core::hint::black_box(canary), before);
}

fn a_faulted_supervisor_does_not_end_the_system() {
    let start = now();
    RUNNER.run(&script![Step::mischief(Mischief::Undefined, 0)]);
    let fault = expected(FaultInfo::IllegalInstruction);
    assert_eq!(RUNNER.fault(), fault);
    // Everything else goes on.
    sleep(3);
    assert!(now() >= start + 3);
    assert_eq!(ASSIST.healthy(), SchedState::InRecv(None));
    assert_eq!(IDLE.healthy(), SchedState::Runnable);
    RUNNER.renew();
}

fn a_faulted_supervisor_has_its_notification_kept_until_its_restart() {
    RUNNER.call(call::syscall(99));
    ASSIST.call(call::syscall(99));
    assert_eq!(RUNNER.fault(), usage(UsageError::BadSyscallNumber));
    assert_eq!(ASSIST.fault(), usage(UsageError::BadSyscallNumber));
    // A restart takes it back, so nobody is told of either fault.
    RUNNER.renew();
    assert_eq!(runner::faults(RUNNER.id()), 0);
    assert_journal(b"");
}
