// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A CPU2 that does everything wrong. The driver survives, counts, and goes
//! on as soon as CPU2 behaves.

use ipcc_channel::{Events, Flags};
use system_tests::{
    ALICE, BOB, Board, CAROL, CPU1, CPU2, Call, FOR_EVER, Failure, NOW,
    PlainPeer, events, ms, us,
};

/// Lengths that no peer may announce.
const IMPOSSIBLE: [u32; 5] = [0, 253, 256, 0x8000_0000, 0xFFFF_FFFF];

/// Unbuffered, buffered, and with a buffer smaller than a message.
const STREAMS: [u8; 3] = [1, 2, 5];

/// A board, the test as CPU2, and Alice with all channels open.
fn board() -> (Board, PlainPeer) {
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.open(ALICE, &[1, 2, 3, 4, 5, 6]);
    (board, peer)
}

/// Neither the driver nor anybody else has crashed, and the channel works.
#[track_caller]
fn assert_usable(board: &mut Board, peer: &PlainPeer, channel: u8) {
    board.run_for(ms(100));
    peer.send(board, channel, b"well again");
    board.run_for(ms(1));
    assert_eq!(board.read(ALICE, channel), Ok(b"well again".to_vec()));
    assert!(peer.is_free(board, channel));
    assert_eq!(board.write(ALICE, channel, b"so am I"), Ok(7));
    assert_eq!(peer.take(board, channel), Some(b"so am I".to_vec()));
    assert_eq!(board.soc.faults(), []);
}

#[test]
fn impossible_lengths_are_reported_to_a_reader_and_counted() {
    for channel in STREAMS {
        let (mut board, peer) = board();
        for (n, len) in IMPOSSIBLE.into_iter().enumerate() {
            board.start(ALICE, Call::read(channel, 2000, FOR_EVER));
            board.run_for(ms(20));
            peer.announce(&mut board, channel, len);
            assert_eq!(board.finish(ALICE), Err(Failure::PeerProtocol));
            assert!(peer.is_free(&board, channel));
            let status = board.status(ALICE, channel);
            assert_eq!(status.statistics.protocol_errors, n as u32 + 1);
            assert_eq!(status.statistics.rx_bytes, 0);
        }
        assert_usable(&mut board, &peer, channel);
    }
}

#[test]
fn impossible_lengths_are_counted_when_nobody_reads() {
    for channel in [2, 5] {
        let (mut board, peer) = board();
        for (n, len) in IMPOSSIBLE.into_iter().enumerate() {
            board.run_for(ms(20));
            peer.announce(&mut board, channel, len);
            board.run_for(ms(1));
            assert!(peer.is_free(&board, channel));
            let status = board.status(ALICE, channel);
            assert_eq!(status.statistics.protocol_errors, n as u32 + 1);
        }
        assert_eq!(board.read(ALICE, channel), Err(Failure::WouldBlock));
        assert_usable(&mut board, &peer, channel);
    }
}

#[test]
fn a_message_as_long_as_the_slot_is_none_too_long() {
    let message: Vec<u8> = (0..PlainPeer::CAPACITY as u8).collect();
    for channel in STREAMS {
        let (mut board, peer) = board();
        peer.send(&mut board, channel, &message);
        board.run_for(ms(1));
        let mut all = board.read(ALICE, channel).expect("the message");
        // Beyond a small buffer, the rest comes with the next read.
        if all.len() < message.len() {
            all.extend(board.read(ALICE, channel).expect("the rest"));
        }
        assert_eq!(all, message);
        assert_usable(&mut board, &peer, channel);
    }
}

#[test]
fn a_flag_without_a_message_is_an_impossible_length() {
    let (mut board, peer) = board();
    board.start(ALICE, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(1));
    peer.raise(&mut board, 1);
    assert_eq!(board.finish(ALICE), Err(Failure::PeerProtocol));
    assert_usable(&mut board, &peer, 1);
}

#[test]
fn a_length_that_changes_while_we_read_is_not_believed() {
    let (mut board, peer) = board();
    peer.send(&mut board, 1, b"0123456789");
    assert_eq!(board.call(ALICE, Call::read(1, 4, NOW)), Ok(4));
    assert!(board.soc.write_u32(PlainPeer::our_slot(1), 0xFFFF_FFFF));
    assert_eq!(board.read(ALICE, 1), Ok(b"456789".to_vec()));
    assert_eq!(board.read(ALICE, 1), Err(Failure::WouldBlock));
    assert_usable(&mut board, &peer, 1);
}

/// Raises a flag over an empty message again as soon as it is clear, for a
/// second of simulated time. Returns how many interrupts that caused.
fn storm(board: &mut Board, peer: &PlainPeer, channel: u8) -> u64 {
    let before = board.ipcc_interrupts(CPU1);
    let end = board.soc.nanos() + 1_000_000_000;
    while board.soc.nanos() < end {
        peer.announce(board, channel, 0);
        let bit = 1 << (channel - 1);
        let is_clear = |soc: &sim::Soc| {
            soc.ipcc_flags(CPU2) & bit == 0 || soc.nanos() >= end
        };
        board.run_until(ms(1001), is_clear);
    }
    peer.announce(board, channel, 0);
    board.ipcc_interrupts(CPU1) - before
}

#[test]
fn a_storm_of_flags_costs_a_bounded_number_of_interrupts() {
    for channel in STREAMS {
        let (mut board, peer) = board();
        let interrupts = storm(&mut board, &peer, channel);
        let statistics = board.status(ALICE, channel).statistics;
        let handled = statistics.protocol_errors;
        if channel == 1 {
            // Nobody reads and nothing buffers, so nobody listens.
            assert_eq!((interrupts, handled), (0, 0));
        } else {
            // 8 within 10 ms are tolerated, then the channel is deaf for 20.
            assert!((100..=8 * 1000 / 20 + 8).contains(&handled), "{handled}");
            assert!(interrupts <= u64::from(handled), "{interrupts}");
        }
        while peer.is_occupied(&board, channel)
            || !peer.is_free(&board, channel)
        {
            let result = board.read(ALICE, channel);
            assert!(result.is_err(), "{result:?}");
            board.run_for(ms(10));
        }
        assert_usable(&mut board, &peer, channel);
    }
}

#[test]
fn a_muted_channel_says_so_and_does_not_hold_up_the_others() {
    let (mut board, peer) = board();
    for _ in 0..8 {
        peer.announce(&mut board, 2, 0);
        board.run_for(us(100));
    }
    let flags = board.status(ALICE, 2).flags;
    assert!(flags.contains(Flags::MUTED));
    assert!(!flags.contains(Flags::RX_UNMASKED));
    peer.send(&mut board, 2, b"unheard");
    peer.send(&mut board, 5, b"heard");
    board.run_for(ms(1));
    assert_eq!(board.read(ALICE, 5), Ok(b"heard".to_vec()));
    assert!(!peer.is_free(&board, 2));

    board.run_for(ms(30));
    assert!(!board.status(ALICE, 2).flags.contains(Flags::MUTED));
    assert_eq!(board.read(ALICE, 2), Ok(b"unheard".to_vec()));
}

#[test]
fn rings_that_nobody_waits_for_cost_nothing() {
    let (mut board, peer) = board();
    let before = board.ipcc_interrupts(CPU1);
    for _ in 0..1000 {
        peer.raise(&mut board, 6);
        board.run_for(us(20));
    }
    assert_eq!(board.ipcc_interrupts(CPU1), before);

    // They have become one, and a poller is told of it once.
    let poll = || Call::poll(6, Events::READABLE, events::ONE);
    assert_eq!(board.call(ALICE, poll()), Ok(Events::READABLE.bits()));
    assert_eq!(board.call(ALICE, Call::wait(6, NOW)), Ok(0));
    assert_eq!(board.call(ALICE, poll()), Ok(0));
    for _ in 0..1000 {
        peer.raise(&mut board, 6);
        board.run_for(us(20));
    }
    assert_eq!(board.ipcc_interrupts(CPU1), before + 1);
    assert_eq!(board.posts(ALICE).count, 1);
}

#[test]
fn a_flag_that_is_never_cleared_stops_nothing_but_the_writer() {
    let (mut board, peer) = board();
    assert_eq!(board.write(ALICE, 1, b"stuck"), Ok(5));
    let before = board.ipcc_interrupts(CPU1);
    board.start(ALICE, Call::write(1, b"waits", 50));
    assert_eq!(board.finish(ALICE), Err(Failure::TimedOut));
    assert_eq!(board.ipcc_interrupts(CPU1), before);

    peer.send(&mut board, 1, b"the other way");
    assert_eq!(board.read(ALICE, 1), Ok(b"the other way".to_vec()));
    assert_eq!(board.write(ALICE, 3, b"elsewhere"), Ok(9));
    assert_eq!(peer.take(&mut board, 3), Some(b"elsewhere".to_vec()));
    assert_eq!(peer.take(&mut board, 1), Some(b"stuck".to_vec()));
    assert_usable(&mut board, &peer, 1);
}

#[test]
fn scribbling_in_our_slot_harms_nobody_but_the_scribbler() {
    let (mut board, peer) = board();
    for channel in STREAMS {
        assert_eq!(board.write(ALICE, channel, b"hello"), Ok(5));
        let slot = PlainPeer::their_slot(channel);
        assert!(board.soc.write_memory(slot, &[0xFF; 256]));
        // A writer that waits is served as usual when the flag is clear.
        board.start(ALICE, Call::write(channel, &[7; 800], FOR_EVER));
        board.run_for(ms(1));
        peer.acknowledge(&mut board, channel);
        let mut got = Vec::new();
        while got.len() < 800 {
            got.extend(peer.receive(&mut board, channel));
        }
        assert_eq!(got, [7; 800]);
        assert_eq!(board.finish(ALICE), Ok(800));
        assert_usable(&mut board, &peer, channel);
    }
}

/// Where the control block is: CPU1's half, then CPU2's.
const CONTROL: u32 = 0x2000_8FE0;

/// Where the window begins, and its size.
const WINDOW: (u32, u32) = (0x2000_8000, 0x1000);

/// A peer with sessions as it should be: magic, geometry, session, accepted.
fn introduce(board: &mut Board, session: u32) {
    let own = |word: u32| board.soc.read_u32(CONTROL + 4 * word);
    let (geometry, session_of_cpu1) = (own(1), own(2));
    let magic = u32::from_le_bytes(*b"IPC\x01");
    let words = [
        magic,
        geometry.expect("a geometry"),
        session,
        session_of_cpu1.expect("a session"),
    ];
    for (at, word) in (CONTROL + 16..).step_by(4).zip(words) {
        assert!(board.soc.write_u32(at, word));
    }
}

/// CPU2 fills the shared memory with noise and plays with the flags, while
/// three clients call. When it comes to its senses, so does everything else.
#[test]
fn noise_in_all_shared_memory_is_survived() {
    for seed in 1..=12_u32 {
        let (mut board, peer) = board();
        board.open(BOB, &[1, 2, 5, 6]);
        board.open(CAROL, &[1, 2, 5, 6]);
        let session = board.status(ALICE, 1).session;
        let mut state = seed;
        let mut random = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        for _ in 0..400 {
            let (base, size) = WINDOW;
            // Half of it goes to the words that matter.
            let at = match random(4) {
                0 => CONTROL + 16 + 4 * random(4),
                1 => base + 256 * random(12),
                _ => base + 4 * random(size / 4),
            };
            // CPU1's half of the control block stays: without it a peer
            // cannot introduce itself in the end.
            if !(CONTROL..CONTROL + 16).contains(&at) {
                let noise = [random(300), random(4), u32::MAX - random(9)];
                let word = noise[random(3) as usize];
                assert!(board.soc.write_u32(at, word));
            }
            if random(8) == 0 {
                introduce(&mut board, 1 + random(3));
            }
            board.soc.ipcc_set_flags(CPU2, random(64));
            board.soc.ipcc_clear_flags(CPU1, random(64));
            for client in [ALICE, BOB, CAROL] {
                let channel = [1, 2, 5][random(3) as usize];
                let call = match random(6) {
                    0 => Call::read(channel, 1 + random(300) as usize, 3),
                    1 => Call::write(channel, &[3; 400], 3),
                    2 => Call::poll(channel, Events::all(), events::ONE),
                    3 => Call::wait(6, 2),
                    4 => Call::ring(6),
                    _ => Call::read(channel, 2000, NOW),
                };
                if !board.is_waiting(client) {
                    let _ = board.answer(client);
                    board.start(client, call);
                }
            }
            board.run_for(us(random(500).into()));
        }
        board.run_for(ms(10));
        for client in [ALICE, BOB, CAROL] {
            assert!(!board.is_waiting(client), "all deadlines have passed");
            let _ = board.answer(client);
        }
        assert_eq!(board.soc.faults(), []);
        assert_eq!(board.status(ALICE, 1).session, session, "no restart");

        // CPU2 restarts, takes what is there, and behaves.
        introduce(&mut board, 77);
        for _ in 0..50 {
            board.soc.ipcc_clear_flags(CPU1, 0x3F);
            board.run_for(ms(1));
            // A call makes the driver look.
            let _ = board.status(ALICE, 1);
            let _ = board.read(ALICE, 1);
        }
        board.soc.ipcc_clear_flags(CPU1, 0x3F);
        for channel in STREAMS {
            while board.read(ALICE, channel) != Err(Failure::WouldBlock) {}
            board.soc.ipcc_clear_flags(CPU2, 0x3F);
            assert_usable(&mut board, &peer, channel);
        }
    }
}

#[test]
fn another_geometry_is_named_and_healed() {
    let (mut board, peer) = board();
    introduce(&mut board, 1);
    let geometry = board.soc.read_u32(CONTROL + 20).expect("a geometry");
    board.start(ALICE, Call::read(1, 10, FOR_EVER));
    board.run_for(ms(1));

    // CPU2 comes back from a build with other mailboxes.
    introduce(&mut board, 2);
    assert!(board.soc.write_u32(CONTROL + 20, geometry ^ 1));
    peer.raise(&mut board, 1);
    assert_eq!(board.finish(ALICE), Err(Failure::GeometryMismatch));
    assert_eq!(board.write(ALICE, 2, b"x"), Err(Failure::GeometryMismatch));
    let flags = board.status(ALICE, 1).flags;
    assert!(flags.contains(Flags::GEOMETRY_MISMATCH | Flags::UNSETTLED));

    // And again from the right one. It takes note of our knock.
    introduce(&mut board, 3);
    assert_eq!(board.read(ALICE, 1), Err(Failure::PeerRestarted));
    board.run_for(ms(1));
    board.soc.ipcc_clear_flags(CPU1, 0x3F);
    assert_usable(&mut board, &peer, 1);
}
