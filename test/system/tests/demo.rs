// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The demo: what is typed on CPU1's console goes to CPU2 and comes back.

use sim::{CoreCounters, Soc};
use system_tests::{
    ALICE, BOB, Board, CPU1, CPU2, Call, DAVE, ERIN, FOR_EVER, PlainPeer,
    image, ms,
};

/// Bytes without a pattern, all 256 values among them.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Simulated time for so many bytes at 115200 baud there and back, with room
/// to spare.
fn time_for(bytes: usize) -> sim::Span {
    ms(50 + bytes as u64 / 5)
}

#[track_caller]
fn assert_echoed(board: &mut Board, bytes: &[u8]) {
    board.type_in(bytes);
    board.expect_printed(bytes, time_for(bytes.len()));
    assert_eq!(board.soc.faults(), []);
    assert_eq!(board.soc.unmodelled(), []);
}

#[test]
fn every_byte_value_comes_back() {
    let all: Vec<u8> = (0..=255).collect();
    assert_echoed(&mut Board::demo(0), &all);
}

#[test]
fn nothing_typed_is_nothing_printed() {
    let mut board = Board::demo(0);
    board.run_for(ms(100));
    assert_echoed(&mut board, b"");
}

#[test]
fn lengths_around_that_of_a_message_come_back() {
    let capacity = PlainPeer::CAPACITY;
    for len in [1, 2, 3, capacity - 1, capacity, capacity + 1, 2 * capacity] {
        assert_echoed(&mut Board::demo(len as u64), &noise(len));
    }
}

#[test]
fn bytes_typed_one_at_a_time_come_back() {
    let mut board = Board::demo(0);
    let bytes = b"slow but steady";
    for n in 1..=bytes.len() {
        board.type_in(&bytes[n - 1..n]);
        board.expect_printed(&bytes[..n], ms(20));
    }
}

#[test]
fn sixty_four_kibibytes_come_back() {
    let bytes = noise(65_536);
    assert!((0..=255).all(|value| bytes.contains(&value)));
    assert_echoed(&mut Board::demo(0), &bytes);
}

#[test]
fn a_peer_without_a_kernel_does_as_well() {
    let builder = Soc::builder().cpu1(image("wl55-cpu1"));
    let mut board = Board::power(builder.cpu2(image("wl55-cpu2-bare")));
    assert_echoed(&mut board, &noise(3000));
}

#[test]
fn each_ping_gets_its_answer() {
    for peer in ["wl55-cpu2", "wl55-cpu2-bare"] {
        let builder = Soc::builder().cpu1(image("wl55-cpu1"));
        let mut board = Board::power(builder.cpu2(image(peer)));
        board.run_for(ms(3500));
        // One at the start, then one a second, on channel 2.
        let asked = board.soc.ipcc_counts(CPU1);
        let answered = board.soc.ipcc_counts(CPU2);
        assert_eq!((asked.set[1], asked.cleared[1]), (4, 4));
        assert_eq!((answered.set[1], answered.cleared[1]), (4, 4));
        let message = board.soc.read_memory(PlainPeer::our_slot(2), 8);
        assert_eq!(message.as_deref(), Some(b"\x04\0\0\0ping".as_slice()));
        assert_eq!(board.soc.faults(), []);
    }
}

/// Everything that can be counted about a run with two busy cores.
fn measure(seed: u64) -> (u64, [u64; 2], [CoreCounters; 2]) {
    let mut board = Board::two_cores_with(seed);
    let bytes = noise(2000);
    for puppet in [ALICE, BOB, DAVE, ERIN] {
        board.open(puppet, &[1, 2]);
    }
    for (puppet, call) in [
        (ALICE, Call::write(1, &bytes, FOR_EVER)),
        (DAVE, Call::write(2, &bytes, FOR_EVER)),
    ] {
        board.start(puppet, call);
    }
    for (reader, channel) in [(BOB, 2), (ERIN, 1)] {
        let mut left = bytes.len();
        while left > 0 {
            let read = Call::read(channel, left, FOR_EVER);
            left -= board.call(reader, read).expect("bytes") as usize;
        }
    }
    let soc = &board.soc;
    (
        soc.cycles(),
        [CPU1, CPU2].map(|core| soc.core_cycles(core)),
        [CPU1, CPU2].map(|core| soc.counters(core).clone()),
    )
}

#[test]
fn the_same_seed_gives_the_same_cycles_to_the_digit() {
    assert_eq!(measure(1), measure(1));
}

#[test]
fn another_seed_gives_other_cycles() {
    assert_ne!(measure(1).0, measure(2).0);
}
