// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Without traffic the driver does nothing at all, and the chip sleeps.

use ipcc_channel::Events;
use system_tests::{
    ALICE, BOB, Board, CAROL, CPU1, CPU2, Call, CoreId, DAVE, ERIN, FOR_EVER,
    IPCC, Span, events, ms,
};

const TEN_SECONDS: Span = Span::Nanos(10_000_000_000);

/// In a task's control block, the process stack pointer; and on that stack,
/// the address at which the task goes on.
const PSP: u32 = 32;
const RETURN_ADDRESS: u32 = 24;

/// Where a task that is not running goes on when it is scheduled.
fn resumption(board: &Board, core: CoreId, task: u32) -> u32 {
    let image = board.soc.image(core);
    let table = image
        .symbol("kernel", "HUBRIS_TASK_TABLE_SPACE")
        .expect("a kernel");
    let tasks = image.modules().count() as u32 - 1;
    let block = table.addr + task * (table.size / tasks);
    let word = |at| board.soc.read_u32(at).expect("memory");
    word(word(block + PSP) + RETURN_ADDRESS)
}

/// Everybody waits for something that does not come.
fn waiting_board() -> Board {
    let mut board = Board::two_cores();
    for puppet in [ALICE, BOB, CAROL, DAVE, ERIN] {
        board.open(puppet, &[1, 2, 5, 6]);
    }
    let poll = Call::poll(2, Events::READABLE, events::ONE);
    assert_eq!(board.call(CAROL, poll), Ok(0));
    let poll = Call::poll(5, Events::READABLE, events::ONE);
    assert_eq!(board.call(ERIN, poll), Ok(0));
    board.start(ALICE, Call::read(1, 100, FOR_EVER));
    board.start(BOB, Call::wait(6, FOR_EVER));
    board.start(DAVE, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(100));
    board
}

#[test]
fn without_traffic_the_driver_is_never_scheduled() {
    let mut board = waiting_board();
    for core in [CPU1, CPU2] {
        let pc = resumption(&board, core, IPCC);
        let at = board.soc.locate(core, pc).expect("code");
        assert_eq!(at.module, "ipcc");
        // Ends the run below, should the driver ever go on.
        board.soc.add_breakpoint(core, pc);
    }
    let interrupts =
        |board: &Board| [CPU1, CPU2].map(|core| board.ipcc_interrupts(core));
    let before = interrupts(&board);
    board.run_for(TEN_SECONDS);
    assert_eq!(interrupts(&board), before);

    // The breakpoint is where the driver wakes up.
    let call = Call::status(1);
    board.start(CAROL, call);
    let stop = board.soc.run_for(ms(1)).expect_err("a breakpoint");
    assert!(matches!(stop, sim::Stop::Breakpoint { core: CPU1, .. }));
}

#[test]
fn without_traffic_both_cores_sleep() {
    let mut board = waiting_board();
    let asleep = |board: &Board| {
        [CPU1, CPU2].map(|core| board.soc.counters(core).sleep_cycles)
    };
    let (start, before) = (board.soc.cycles(), asleep(&board));
    board.run_for(TEN_SECONDS);
    let cycles = board.soc.cycles() - start;
    for (after, before) in asleep(&board).into_iter().zip(before) {
        let asleep = after - before;
        assert!(asleep * 100 > cycles * 97, "{asleep} of {cycles} cycles");
    }
}

#[test]
fn whoever_sleeps_wakes_for_a_message() {
    let mut board = waiting_board();
    board.run_for(ms(3000));
    // Dave waits for a message himself, so Erin sends.
    assert_eq!(board.write(ERIN, 1, b"wake up"), Ok(7));
    assert_eq!(board.finish_read(ALICE), Ok(b"wake up".to_vec()));
    assert_eq!(board.write(ERIN, 2, b"and you"), Ok(7));
    board.run_for(ms(1));
    assert_eq!(board.posts(CAROL).count, 1);
    assert_eq!(board.call(ERIN, Call::ring(6)), Ok(0));
    assert_eq!(board.finish(BOB), Ok(0));
}

/// EXTI_C1IMR2 and EXTI_C2IMR2; line 36 wakes CPU1, line 37 CPU2.
#[test]
fn a_message_may_wake_the_core_from_stop_if_the_image_says_so() {
    let board = Board::two_cores();
    let mask = |core, register| {
        board.soc.peek_register(core, register).expect("a register")
    };
    assert_eq!(mask(CPU1, 0x5800_0890) >> 4 & 1, 1);
    // The feature is on in CPU1's image only.
    assert_eq!(mask(CPU2, 0x5800_08D0) >> 5 & 1, 0);
}
