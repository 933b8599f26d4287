// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Whoever does not read holds the writer off, through all buffers on the
//! way, and nothing is lost.

use ipcc_channel::Flags;
use system_tests::{
    ALICE, Board, CONSOLE, CPU1, CPU2, Call, CoreId, DAVE, ERIN, FOR_EVER,
    Failure, NOW, Puppet, ms,
};

/// Bytes that show where they belong.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

#[test]
fn a_stopped_cpu2_holds_the_typist_off_and_loses_nothing() {
    let mut board = Board::demo(0);
    board.type_in(b"warm up");
    board.expect_printed(b"warm up", ms(50));

    board.soc.stop_core(CPU2);
    let typed = pattern(4000);
    board.type_in(&typed);
    board.run_for(ms(500));
    let waiting = board.soc.uart_pending_input(CONSOLE);
    assert!(waiting > 2000, "{waiting} bytes wait");
    board.run_for(ms(500));
    assert_eq!(board.soc.uart_pending_input(CONSOLE), waiting);
    assert_eq!(board.soc.uart_overruns(CONSOLE), 0);

    board.soc.resume_core(CPU2);
    let want = [b"warm up", typed.as_slice()].concat();
    board.expect_printed(&want, ms(1000));
}

/// The writer, its channel, and the reader on the other core.
const WAYS: [(Puppet, u8, Puppet); 6] = [
    (ALICE, 1, DAVE),
    (ALICE, 2, DAVE),
    (ALICE, 5, DAVE),
    (DAVE, 1, ALICE),
    (DAVE, 2, ALICE),
    (DAVE, 5, ALICE),
];

/// Reads `len` bytes in pieces of at most `piece`.
#[track_caller]
fn read_in_pieces(
    board: &mut Board,
    (reader, channel): (Puppet, u8),
    len: usize,
    piece: usize,
) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < len {
        board.start(reader, Call::read(channel, piece, 20));
        all.extend(board.finish_read(reader).expect("more bytes"));
    }
    all
}

#[test]
fn a_stopped_core_blocks_the_writer_on_the_other() {
    for (writer, channel, reader) in WAYS {
        let mut board = Board::two_cores();
        board.open(writer, &[channel]);
        board.open(reader, &[channel]);
        board.soc.stop_core(reader.core);
        let bytes = pattern(2000);
        board.start(writer, Call::write(channel, &bytes, FOR_EVER));
        board.run_for(ms(100));
        assert!(board.is_waiting(writer));

        board.soc.resume_core(reader.core);
        let all = read_in_pieces(&mut board, (reader, channel), 2000, 2000);
        assert_eq!(all, bytes);
        assert_eq!(board.finish(writer), Ok(2000));
    }
}

#[test]
fn a_slow_reader_gets_every_byte_once_and_in_order() {
    for (writer, channel, reader) in WAYS {
        let mut board = Board::two_cores();
        board.open(writer, &[channel]);
        board.open(reader, &[channel]);
        let bytes = pattern(2000);
        board.start(writer, Call::write(channel, &bytes, FOR_EVER));
        let mut all = Vec::new();
        for piece in (1..90).cycle() {
            board.run_for(sim::us(piece));
            let read = Call::read(channel, piece as usize, NOW);
            board.start(reader, read);
            match board.finish_read(reader) {
                Ok(bytes) => all.extend(bytes),
                Err(error) => assert_eq!(error, Failure::WouldBlock),
            }
            if all.len() >= bytes.len() {
                break;
            }
        }
        assert_eq!(all, bytes);
        assert_eq!(board.finish(writer), Ok(2000));
        assert_eq!(board.read(reader, channel), Err(Failure::WouldBlock));
    }
}

#[test]
fn overflow_shows_in_the_status_and_causes_no_interrupts() {
    let mut board = Board::two_cores();
    board.open(ALICE, &[5]);
    board.open(DAVE, &[5]);
    let bytes = pattern(600);
    board.start(DAVE, Call::write(5, &bytes, FOR_EVER));
    board.run_for(ms(5));

    let status = board.status(ALICE, 5);
    assert_eq!(status.statistics.overflows, 1);
    assert_eq!(status.rx_buffered, 16);
    assert_eq!(status.statistics.rx_high_water, 16);
    let occupied = Flags::OVERFLOW | Flags::RX_OCCUPIED;
    assert_eq!(status.flags, occupied | Flags::PEER_HAS_SESSIONS);
    let writing = board.status(ERIN, 5);
    assert_eq!((writing.writers, writing.tx_buffered), (1, 16));
    assert!(writing.flags.contains(Flags::TX_OCCUPIED));

    let interrupts =
        |board: &Board| [CPU1, CPU2].map(|core| board.ipcc_interrupts(core));
    let before = interrupts(&board);
    board.run_for(ms(500));
    assert_eq!(interrupts(&board), before);

    assert_eq!(read_in_pieces(&mut board, (ALICE, 5), 600, 100), bytes);
    assert_eq!(board.finish(DAVE), Ok(600));
    let status = board.status(ALICE, 5);
    assert!(!status.flags.contains(Flags::OVERFLOW));
    assert_eq!(status.statistics.rx_bytes, 600);
    assert_eq!(status.statistics.rx_discarded, 0);
}

#[test]
fn a_shutdown_throws_away_what_holds_the_peer_off() {
    let mut board = Board::two_cores();
    board.open(ALICE, &[5]);
    board.open(DAVE, &[5]);
    // The slot takes 252 bytes, Dave's buffer 16, and 16 have to wait.
    board.start(DAVE, Call::write(5, &[b'x'; 284], FOR_EVER));
    board.run_for(ms(5));
    assert!(board.is_waiting(DAVE));

    assert_eq!(board.call(ALICE, Call::shutdown(5)), Ok(0));
    assert_eq!(board.read(ALICE, 5), Err(Failure::Closed));
    assert_eq!(board.call(ALICE, Call::open(5)), Err(Failure::Closed));
    board.run_for(ms(5));
    assert!(board.is_waiting(DAVE), "the channel is not closed yet");
    assert_eq!(board.call(ALICE, Call::close(5)), Ok(0));
    assert_eq!(board.finish(DAVE), Ok(284));
    let discarded = board.status(ALICE, 5).statistics.rx_discarded;
    assert_eq!(discarded, 252);

    // It can be opened again, and what came after is there.
    board.open(ALICE, &[5]);
    let rest = read_in_pieces(&mut board, (ALICE, 5), 32, 100);
    assert_eq!(rest, [b'x'; 32]);
}

#[test]
fn a_shutdown_for_good_stays_one() {
    let mut board = Board::two_cores();
    board.open(ALICE, &[4]);
    assert_eq!(board.call(ALICE, Call::shutdown(4)), Ok(0));
    assert_eq!(board.call(ALICE, Call::close(4)), Ok(0));
    assert_eq!(board.call(ALICE, Call::open(4)), Err(Failure::Closed));
    let status = board.status(ALICE, 4);
    assert!(status.flags.contains(Flags::CLOSED));
}

/// A core that stops in the middle of everything, again and again.
#[test]
fn random_stops_of_both_cores_lose_nothing() {
    let mut board = Board::two_cores_with(7);
    for puppet in [ALICE, DAVE] {
        board.open(puppet, &[2]);
    }
    let bytes = pattern(2000);
    let mut state = 12345_u32;
    let mut random = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % limit
    };
    for round in 0..20 {
        let (writer, reader) = [(ALICE, DAVE), (DAVE, ALICE)][round % 2];
        board.start(writer, Call::write(2, &bytes, FOR_EVER));
        let mut all = Vec::new();
        while all.len() < bytes.len() {
            board.start(reader, Call::read(2, 2000, FOR_EVER));
            let core: CoreId = [CPU1, CPU2][random(2) as usize];
            board.run_for(sim::us(random(40).into()));
            board.soc.stop_core(core);
            board.run_for(sim::us(random(200).into()));
            board.soc.resume_core(core);
            all.extend(board.finish_read(reader).expect("bytes"));
        }
        assert_eq!(all, bytes);
        assert_eq!(board.finish(writer), Ok(2000));
    }
}
