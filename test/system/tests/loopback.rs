// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The driver without a second core and without hardware: its whole interface
//! on a single core.

use ipcc_channel::{Events, Flags};
use sim::Soc;
use system_tests::{
    ALICE, BOB, Board, CPU1, Call, FOR_EVER, Failure, IPCC, NOW, PlainPeer,
    events, image, ms,
};

/// The doorbell channel.
const BELL: u8 = 6;

fn board() -> Board {
    let mut board =
        Board::power(Soc::builder().cpu1(image("test-puppet-loopback")));
    for puppet in [ALICE, BOB] {
        board.open(puppet, &[1, 2, BELL]);
    }
    board
}

#[test]
fn the_console_echoes_what_is_typed() {
    let mut board = Board::power(Soc::builder().cpu1(image("loopback")));
    let typed: Vec<u8> = (0..3000).map(|i| (i * 7) as u8).collect();
    board.type_in(&typed);
    board.expect_printed(&typed, ms(800));
    assert_eq!(board.soc.faults(), []);
}

#[test]
fn the_statistics_are_recorded_for_a_look_after_the_fact() {
    let mut board = Board::power(Soc::builder().cpu1(image("loopback")));
    let ring = board.soc.image(CPU1).symbol("stats", "__RINGBUF");
    let ring = ring.expect("the history of the task");
    let (at, size) = (ring.addr, ring.size as usize);
    board.type_in(&[b'x'; 1234]);
    board.run_for(ms(500));
    let recorded = board.soc.read_memory(at, size).expect("memory");
    let has =
        |count: u32| recorded.windows(4).any(|w| w == count.to_le_bytes());
    assert!(has(1234) && !has(1235));
}

#[test]
fn no_controller_is_touched() {
    let mut board = board();
    board.run_for(ms(100));
    assert_eq!(board.ipcc_interrupts(CPU1), 0);
    assert!(!board.soc.is_running(system_tests::CPU2));
    // RCC_AHB3ENR, where the controller's clock is: off.
    let clocks = board.soc.peek_register(CPU1, 0x5800_0050);
    assert_eq!(clocks.map(|clocks| clocks >> 20 & 1), Some(0));
}

#[test]
fn what_one_client_writes_another_reads() {
    for channel in [1, 2] {
        let mut board = board();
        board.start(BOB, Call::read(channel, 100, FOR_EVER));
        board.run_for(ms(1));
        assert_eq!(board.write(ALICE, channel, b"hello, Bob"), Ok(10));
        assert_eq!(board.finish_read(BOB), Ok(b"hello, Bob".to_vec()));
        assert_eq!(board.write(BOB, channel, b"to myself"), Ok(9));
        assert_eq!(board.read(BOB, channel), Ok(b"to myself".to_vec()));
    }
}

#[test]
fn a_long_write_blocks_until_it_is_read() {
    for channel in [1, 2] {
        let mut board = board();
        let sent: Vec<u8> = (0..2000).map(|i| (i % 251) as u8).collect();
        board.start(ALICE, Call::write(channel, &sent, FOR_EVER));
        board.run_for(ms(5));
        assert!(board.is_waiting(ALICE));
        let mut got = Vec::new();
        while got.len() < sent.len() {
            board.start(BOB, Call::read(channel, 700, 5));
            got.extend(board.finish_read(BOB).expect("bytes"));
        }
        assert_eq!(got, sent);
        assert_eq!(board.finish(ALICE), Ok(2000));
    }
}

#[test]
fn deadlines_are_kept_to_the_tick() {
    let mut board = board();
    assert_eq!(board.read(ALICE, 1), Err(Failure::WouldBlock));
    let result = board.call(ALICE, Call::read(1, 10, 25));
    assert_eq!(result, Err(Failure::TimedOut));
    let answer = board.last_answer(ALICE);
    assert_eq!(answer.answered_at - answer.called_at, 25);
    let message = [1; 300];
    let result = board.call(ALICE, Call::write(1, &message, 10));
    assert_eq!(result, Ok(PlainPeer::CAPACITY as u32));
}

#[test]
fn pollers_are_told() {
    for channel in [1, 2] {
        let mut board = board();
        let poll = |interest, bits| Call::poll(channel, interest, bits);
        let none = board.call(BOB, poll(Events::READABLE, events::ONE));
        assert_eq!(none, Ok(0));
        while board.write(ALICE, channel, &[1; 700]).is_ok() {}
        let none = board.call(ALICE, poll(Events::WRITABLE, events::TWO));
        assert_eq!(none, Ok(0));
        board.run_for(ms(1));
        let posts = board.posts(BOB);
        assert_eq!((posts.count, posts.bits), (1, events::ONE));
        assert_eq!(board.posts(ALICE).count, 0);
        while board.read(BOB, channel).is_ok() {}
        board.run_for(ms(1));
        let posts = board.posts(ALICE);
        assert_eq!((posts.count, posts.bits), (1, events::TWO));
    }
}

#[test]
fn a_ring_ends_a_wait() {
    let mut board = board();
    board.start(BOB, Call::wait(BELL, FOR_EVER));
    board.run_for(ms(1));
    assert_eq!(board.call(ALICE, Call::ring(BELL)), Ok(0));
    assert_eq!(board.finish(BOB), Ok(0));
    let again = board.call(BOB, Call::wait(BELL, NOW));
    assert_eq!(again, Err(Failure::WouldBlock));
}

#[test]
fn an_exclusive_channel_has_one_client_at_a_time() {
    let mut board = board();
    board.open(ALICE, &[3]);
    assert_eq!(board.call(BOB, Call::open(3)), Err(Failure::Busy));
    assert_eq!(board.call(ALICE, Call::close(3)), Ok(0));
    board.open(BOB, &[3]);
}

#[test]
fn a_shutdown_ends_calls_and_forgets_what_was_sent() {
    let mut board = board();
    board.start(ALICE, Call::write(1, &[1; 600], FOR_EVER));
    board.run_for(ms(1));
    assert_eq!(board.call(BOB, Call::shutdown(1)), Ok(0));
    assert_eq!(board.finish(ALICE), Ok(PlainPeer::CAPACITY as u32));
    for puppet in [ALICE, BOB] {
        assert_eq!(board.read(puppet, 1), Err(Failure::Closed));
        assert_eq!(board.call(puppet, Call::close(1)), Ok(0));
    }
    board.open(ALICE, &[1]);
    assert_eq!(board.read(ALICE, 1), Err(Failure::WouldBlock));
}

#[test]
fn the_status_counts_both_ways() {
    let mut board = board();
    assert_eq!(board.write(ALICE, 1, b"counted"), Ok(7));
    let status = board.status(ALICE, 1);
    assert!(
        status
            .flags
            .contains(Flags::RX_OCCUPIED | Flags::TX_OCCUPIED)
    );
    assert_eq!(board.read(BOB, 1), Ok(b"counted".to_vec()));
    let counts = board.status(ALICE, 1).statistics;
    assert_eq!((counts.tx_messages, counts.tx_bytes), (1, 7));
    assert_eq!((counts.rx_messages, counts.rx_bytes), (1, 7));
}

#[test]
fn there_is_no_peer_to_start() {
    let mut board = board();
    let refused = board.call(ALICE, Call::peer_start());
    assert_eq!(refused, Err(Failure::NotSupported));
    assert_eq!(board.peer_status(ALICE), [0, 0, 0, 1]);
}

#[test]
fn clients_of_a_crashed_driver_are_told_and_go_on() {
    let mut board = board();
    board.start(BOB, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(60));
    board.crash(CPU1, IPCC);
    assert_eq!(board.finish(BOB), Err(Failure::ServerRestarted));
    assert_eq!(board.write(ALICE, 1, b"x"), Err(Failure::ServerRestarted));
    for puppet in [ALICE, BOB] {
        board.open(puppet, &[1]);
    }
    assert_eq!(board.write(ALICE, 1, b"again"), Ok(5));
    assert_eq!(board.read(BOB, 1), Ok(b"again".to_vec()));
}

#[test]
fn existing_stream_code_runs_on_it() {
    let mut board = board();
    // Alice takes what Bob sends back.
    let bytes = [b'r'; 100];
    assert_eq!(board.write(ALICE, 1, &bytes), Ok(100));
    assert_eq!(board.call(BOB, Call::relay(1, 100)), Ok(100));
    assert_eq!(board.read(ALICE, 1), Ok(bytes.to_vec()));
}
