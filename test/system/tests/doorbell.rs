// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A channel without messages: the two sides only ring each other.

use ipcc_channel::{Events, Flags};
use system_tests::{
    ALICE, BOB, Board, CPU1, CPU2, Call, DAVE, ERIN, FOR_EVER, Failure, NOW,
    events, ms,
};

/// The doorbell channel, and its bit.
const BELL: u8 = 6;
const BIT: u32 = 1 << (BELL - 1);

fn board() -> Board {
    let mut board = Board::two_cores();
    for puppet in [ALICE, BOB, DAVE, ERIN] {
        board.open(puppet, &[BELL]);
    }
    board
}

#[test]
fn a_ring_ends_a_wait_on_the_other_side() {
    for (rings, waits) in [(ALICE, DAVE), (DAVE, ALICE)] {
        let mut board = board();
        for _ in 0..3 {
            board.start(waits, Call::wait(BELL, FOR_EVER));
            board.run_for(ms(3));
            assert!(board.is_waiting(waits));
            assert_eq!(board.call(rings, Call::ring(BELL)), Ok(0));
            assert_eq!(board.finish(waits), Ok(0));
        }
        assert_eq!(board.soc.ipcc_flags(rings.core), 0);
        assert_eq!(board.soc.ipcc_counts(rings.core).set[5], 3);
    }
}

#[test]
fn a_ring_that_comes_first_is_there_for_the_wait() {
    let mut board = board();
    assert_eq!(board.call(ALICE, Call::ring(BELL)), Ok(0));
    board.run_for(ms(5));
    assert_eq!(board.soc.ipcc_flags(CPU1), BIT);
    assert_eq!(board.call(DAVE, Call::wait(BELL, NOW)), Ok(0));
    assert_eq!(board.soc.ipcc_flags(CPU1), 0);
    let again = board.call(DAVE, Call::wait(BELL, NOW));
    assert_eq!(again, Err(Failure::WouldBlock));
}

#[test]
fn rings_that_nobody_has_seen_become_one_more() {
    let mut board = board();
    for _ in 0..5 {
        assert_eq!(board.call(ALICE, Call::ring(BELL)), Ok(0));
    }
    let flags = board.status(ALICE, BELL).flags;
    assert!(flags.contains(Flags::RING_OWED | Flags::TX_OCCUPIED));
    // One that was under way, and one for all that came since.
    for _ in 0..2 {
        assert_eq!(board.call(DAVE, Call::wait(BELL, 10)), Ok(0));
    }
    let again = board.call(DAVE, Call::wait(BELL, 10));
    assert_eq!(again, Err(Failure::TimedOut));
    assert!(!board.status(ALICE, BELL).flags.contains(Flags::RING_OWED));
}

#[test]
fn a_wait_ends_at_its_deadline_to_the_tick() {
    let mut board = board();
    for deadline in [1, 2, 17] {
        let result = board.call(ALICE, Call::wait(BELL, deadline));
        assert_eq!(result, Err(Failure::TimedOut));
        let answer = board.last_answer(ALICE);
        assert_eq!(answer.answered_at - answer.called_at, deadline);
    }
}

#[test]
fn a_poll_tells_of_a_ring_once() {
    let mut board = board();
    let poll = || Call::poll(BELL, Events::READABLE, events::TWO);
    assert_eq!(board.call(DAVE, poll()), Ok(0));
    assert_eq!(board.call(ALICE, Call::ring(BELL)), Ok(0));
    board.run_for(ms(1));
    let posts = board.posts(DAVE);
    assert_eq!((posts.count, posts.bits), (1, events::TWO));
    let ready = Events::READABLE.bits();
    assert_eq!(board.call(DAVE, poll()), Ok(ready));
    assert_eq!(board.call(DAVE, Call::wait(BELL, NOW)), Ok(0));
    assert_eq!(board.call(DAVE, poll()), Ok(0));
    board.run_for(ms(5));
    assert_eq!(board.posts(DAVE).count, 1);
}

#[test]
fn a_poll_tells_when_the_peer_has_seen_our_ring() {
    let mut board = board();
    assert_eq!(board.call(ALICE, Call::ring(BELL)), Ok(0));
    let poll = Call::poll(BELL, Events::WRITABLE, events::ONE);
    assert_eq!(board.call(ALICE, poll), Ok(0));
    assert_eq!(board.call(DAVE, Call::wait(BELL, NOW)), Ok(0));
    board.run_for(ms(1));
    assert_eq!(board.posts(ALICE).count, 1);
}

#[test]
fn two_that_wait_are_served_in_turn() {
    let mut board = board();
    board.start(BOB, Call::wait(BELL, FOR_EVER));
    board.run_for(ms(1));
    board.start(ALICE, Call::wait(BELL, FOR_EVER));
    board.run_for(ms(1));
    for (served, waiting) in [(BOB, Some(ALICE)), (ALICE, None)] {
        assert_eq!(board.call(DAVE, Call::ring(BELL)), Ok(0));
        assert_eq!(board.finish(served), Ok(0));
        if let Some(waiting) = waiting {
            board.run_for(ms(1));
            assert!(board.is_waiting(waiting));
        }
    }
}

#[test]
fn streams_do_not_ring_and_doorbells_carry_no_bytes() {
    let mut board = board();
    board.open(ALICE, &[1]);
    let wrong = Err(Failure::WrongKind);
    assert_eq!(board.call(ALICE, Call::ring(1)), wrong);
    assert_eq!(board.call(ALICE, Call::wait(1, NOW)), wrong);
    assert_eq!(board.write(ALICE, BELL, b"x"), wrong);
    assert_eq!(board.read(ALICE, BELL), Err(Failure::WrongKind));
}

#[test]
fn the_peer_is_started_on_request_and_not_before() {
    let builder =
        sim::Soc::builder().cpu1(system_tests::image("test-puppet-cpu1"));
    let cpu2 = system_tests::image("test-puppet-cpu2");
    let mut board = Board::power(builder.cpu2(cpu2));
    board.run_for(ms(100));
    assert!(!board.soc.is_running(CPU2));
    // Ours to start, not up, no session, and nothing to settle.
    assert_eq!(board.peer_status(ALICE), [1, 0, 0, 1]);

    assert_eq!(board.call(ALICE, Call::peer_start()), Ok(0));
    board.run_for(ms(5));
    assert!(board.soc.is_running(CPU2));
    assert_eq!(board.peer_status(ALICE)[..2], [1, 1]);
    assert_eq!(board.call(BOB, Call::peer_start()), Ok(0), "again");
    board.converse(b"hello");
    assert_eq!(board.peer_status(ALICE), [1, 1, 1, 1]);
    // CPU1 is not CPU2's to start, and it cannot tell whether it runs.
    assert_eq!(board.peer_status(DAVE), [0, 0, 1, 1]);
    let refused = board.call(DAVE, Call::peer_start());
    assert_eq!(refused, Err(Failure::NotSupported));
}
