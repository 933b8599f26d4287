// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A task that reaches for what is not its own takes a fault and is
//! restarted, and nobody else notices.

use abi::{FaultInfo, FaultSource};
use system_tests::{
    ALICE, BOB, Board, CPU1, CPU2, Call, CoreId, DAVE, ERIN, GRAFFITI, MALLORY,
    Puppet,
};

/// C1MR, the driver's mask register.
const IPCC_C1MR: u32 = 0x5800_0C04;

/// The start of the memory that both cores share.
const WINDOW: u32 = 0x2000_8000;

/// The kernel's table of tasks.
fn task_table(board: &Board, core: CoreId) -> u32 {
    board.symbol(core, "kernel", "HUBRIS_TASK_TABLE_SPACE")
}

/// Has `culprit` do what it must not, checks that it faults for that reason
/// and is restarted, and that all the while the others talk.
#[track_caller]
fn assert_stopped(
    board: &mut Board,
    (culprit, witness): (Puppet, Puppet),
    call: Call<'_>,
    want: FaultInfo,
) {
    let address = call.target();
    board.converse(b"before");
    assert_eq!(board.provoke(culprit, call, witness), want);
    let register = || board.soc.peek_register(culprit.core, address);
    let found = board.soc.read_u32(address).or_else(register);
    assert_ne!(found, Some(GRAFFITI), "the store was made");
    board.converse(b"while it is down");
    board.await_restart(culprit);
    board.converse(b"after");
    let innocent = |fault: &sim::Fault| {
        fault.core != culprit.core
            || fault.at.as_ref().is_none_or(|at| at.module != culprit.name)
    };
    let others: Vec<_> =
        board.soc.faults().iter().filter(|f| innocent(f)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

fn memory_access(address: u32) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(address),
        source: FaultSource::User,
    }
}

/// Loads from and stores to an address that is not the task's.
#[track_caller]
fn assert_out_of_bounds(address: impl Fn(&Board) -> u32) {
    for operation in [Call::load, Call::store] {
        for culprit in [MALLORY, BOB] {
            let mut board = Board::two_cores();
            let address = address(&board);
            let witness = ALICE;
            assert_stopped(
                &mut board,
                (culprit, witness),
                operation(address),
                memory_access(address),
            );
        }
    }
}

#[test]
fn a_task_that_touches_the_ipcc_registers_takes_a_memory_fault() {
    assert_out_of_bounds(|_| IPCC_C1MR);
}

#[test]
fn a_task_that_touches_the_shared_window_takes_a_memory_fault() {
    assert_out_of_bounds(|_| WINDOW);
}

#[test]
fn a_task_that_touches_another_tasks_memory_takes_a_memory_fault() {
    assert_out_of_bounds(|board| board.data_address(ALICE));
}

#[test]
fn a_task_that_touches_the_drivers_memory_takes_a_memory_fault() {
    assert_out_of_bounds(|board| {
        board.symbol(CPU1, "ipcc", "drv_ipcc_server::config::STATE")
    });
}

#[test]
fn a_task_that_touches_the_kernels_memory_takes_a_memory_fault() {
    assert_out_of_bounds(|board| task_table(board, CPU1));
}

#[test]
fn a_task_that_writes_to_its_code_takes_a_memory_fault() {
    let mut board = Board::two_cores();
    let code = board.symbol(CPU1, "mallory", "main");
    let call = Call::store(code & !3);
    let want = memory_access(code & !3);
    assert_stopped(&mut board, (MALLORY, ALICE), call, want);
}

#[test]
fn a_task_that_executes_its_data_faults() {
    let mut board = Board::two_cores();
    let data = board.data_address(MALLORY);
    // `bx lr`: executed, it would return as if nothing had happened.
    assert!(board.soc.write_memory(data, &[0x70, 0x47, 0x70, 0x47]));
    let want = FaultInfo::IllegalText;
    assert_stopped(&mut board, (MALLORY, ALICE), Call::jump(data), want);
}

/// ARMv6-M does not tell why.
#[test]
fn on_cpu2_the_same_faults_without_a_reason() {
    let foreign: [fn(&Board) -> u32; 4] = [
        |_| IPCC_C1MR + 0x10,
        |_| WINDOW,
        |board| board.data_address(DAVE),
        |board| task_table(board, CPU2),
    ];
    for address in foreign {
        for operation in [Call::load, Call::store] {
            let mut board = Board::two_cores();
            let call = operation(address(&board));
            let want = FaultInfo::InvalidOperation(0);
            assert_stopped(&mut board, (ERIN, DAVE), call, want);
        }
    }
}

#[test]
fn a_task_that_panics_is_restarted() {
    let mut board = Board::two_cores();
    board.converse(b"before");
    let fault = board.provoke(MALLORY, Call::panic(), ALICE);
    assert_eq!(fault, FaultInfo::Panic);
    board.await_restart(MALLORY);
    board.converse(b"after");
}
