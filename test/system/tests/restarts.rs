// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tasks crash, on one core or on both. Whoever has to know is told, and the
//! bytes flow again.

use ipcc_channel::Events;
use std::collections::HashSet;
use system_tests::{
    ALICE, BOB, Board, CONSOLE_TASK, CPU1, CPU2, Call, CoreId, DAVE, ERIN,
    FOR_EVER, Failure, IPCC, PlainPeer, Puppet, events, ms,
};

/// Long enough for a restarted driver to find its peer.
const SETTLED: sim::Span = sim::Span::Nanos(5_000_000);

/// Types before and after `crash`, and expects all of it back.
#[track_caller]
fn assert_console_survives(crash: impl FnOnce(&mut Board)) {
    let mut board = Board::demo(0);
    board.type_in(b"before ");
    board.expect_printed(b"before ", ms(50));
    crash(&mut board);
    board.run_for(ms(60));
    board.type_in(b"after");
    board.expect_printed(b"before after", ms(50));
}

#[test]
fn a_crashed_console_comes_back_and_bytes_flow_again() {
    assert_console_survives(|board| board.crash(CPU1, CONSOLE_TASK));
}

#[test]
fn a_crashed_driver_on_cpu1_comes_back_and_bytes_flow_again() {
    assert_console_survives(|board| board.crash(CPU1, IPCC));
}

#[test]
fn a_crashed_driver_on_cpu2_comes_back_and_bytes_flow_again() {
    assert_console_survives(|board| board.crash(CPU2, IPCC));
}

#[test]
fn both_drivers_crash_at_once_and_bytes_flow_again() {
    assert_console_survives(|board| {
        board.crash_all(&[(CPU1, IPCC), (CPU2, IPCC)]);
    });
}

#[test]
fn a_console_survives_ten_crashes_of_the_driver() {
    assert_console_survives(|board| {
        for core in [CPU1, CPU2].into_iter().cycle().take(10) {
            board.crash(core, IPCC);
        }
    });
}

#[test]
fn an_exclusive_channel_of_a_dead_client_is_free_again() {
    let mut board = Board::one_core();
    board.open(ALICE, &[3]);
    assert_eq!(board.call(BOB, Call::open(3)), Err(Failure::Busy));
    board.start(ALICE, Call::panic());
    board.await_restart(ALICE);
    board.open(BOB, &[3]);
    // The next life is a new client.
    assert_eq!(board.read(ALICE, 3), Err(Failure::NotOpen));
    assert_eq!(board.call(ALICE, Call::open(3)), Err(Failure::Busy));
}

#[test]
fn a_client_that_dies_in_a_call_loses_no_byte_for_the_next() {
    let mut board = Board::one_core();
    let peer = PlainPeer;
    board.open(ALICE, &[1]);
    board.open(BOB, &[1]);
    board.start(ALICE, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(1));
    board.start(BOB, Call::read(1, 100, FOR_EVER));
    board.crash(CPU1, ALICE.index);
    board.await_restart(ALICE);
    peer.send(&mut board, 1, b"for whoever lives");
    assert_eq!(board.finish_read(BOB), Ok(b"for whoever lives".to_vec()));
}

/// Which side's driver crashes: with clients of its own, and clients of the
/// other.
const SIDES: [(CoreId, Puppet, Puppet); 2] =
    [(CPU1, ALICE, DAVE), (CPU2, DAVE, ALICE)];

#[test]
fn a_half_sent_message_does_not_leak_into_the_new_session() {
    for (core, near, far) in SIDES {
        let mut board = Board::two_cores();
        board.open(near, &[1]);
        board.open(far, &[1]);
        board.start(near, Call::write(1, &[b'x'; 600], FOR_EVER));
        board.run_for(ms(1));
        assert!(board.is_waiting(near));

        board.crash(core, IPCC);
        assert_eq!(board.finish(near), Err(Failure::ServerRestarted));
        board.run_for(SETTLED);

        assert_eq!(board.read(far, 1), Err(Failure::PeerRestarted));
        assert_eq!(board.read(far, 1), Err(Failure::WouldBlock));
        board.open(near, &[1]);
        assert_eq!(board.write(near, 1, b"new"), Ok(3));
        assert_eq!(board.read(far, 1), Ok(b"new".to_vec()));
    }
}

#[test]
fn a_half_taken_message_does_not_leak_into_the_new_session() {
    for (core, near, far) in SIDES {
        let mut board = Board::two_cores();
        board.open(near, &[1]);
        board.open(far, &[1]);
        board.start(far, Call::write(1, &[b'x'; 600], FOR_EVER));
        board.run_for(ms(1));
        assert_eq!(board.call(near, Call::read(1, 100, 0)), Ok(100));

        board.crash(core, IPCC);
        board.run_for(SETTLED);
        assert_eq!(board.read(near, 1), Err(Failure::ServerRestarted));
        board.open(near, &[1]);
        assert_eq!(board.read(near, 1), Err(Failure::WouldBlock));

        assert_eq!(board.finish(far), Err(Failure::PeerRestarted));
        assert_eq!(board.write(far, 1, b"new"), Ok(3));
        assert_eq!(board.read(near, 1), Ok(b"new".to_vec()));
    }
}

#[test]
fn a_half_taken_message_of_a_plain_peer_is_delivered_again_whole() {
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.open(ALICE, &[1]);
    peer.send(&mut board, 1, b"0123456789");
    assert_eq!(board.call(ALICE, Call::read(1, 4, 0)), Ok(4));

    board.crash(CPU1, IPCC);
    board.run_for(SETTLED);
    assert!(!peer.is_free(&board, 1));
    assert_eq!(board.read(ALICE, 1), Err(Failure::ServerRestarted));
    board.open(ALICE, &[1]);
    assert_eq!(board.read(ALICE, 1), Ok(b"0123456789".to_vec()));
    assert!(peer.is_free(&board, 1));
}

#[test]
fn what_a_plain_peer_has_not_taken_survives_the_crash_of_the_driver() {
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.open(ALICE, &[1]);
    assert_eq!(board.write(ALICE, 1, b"sent before"), Ok(11));
    board.crash(CPU1, IPCC);
    board.run_for(SETTLED);
    assert_eq!(peer.take(&mut board, 1), Some(b"sent before".to_vec()));
    assert_eq!(board.read(ALICE, 1), Err(Failure::ServerRestarted));
    board.open(ALICE, &[1]);
    assert_eq!(board.write(ALICE, 1, b"and after"), Ok(9));
    assert_eq!(peer.take(&mut board, 1), Some(b"and after".to_vec()));
}

#[test]
fn every_client_of_the_peer_is_told_exactly_once_per_channel() {
    for (core, near, far) in SIDES {
        let other = if far == ALICE { BOB } else { ERIN };
        let mut board = Board::two_cores();
        board.open(near, &[1]);
        board.open(far, &[1, 2, 5]);
        board.open(other, &[1, 2]);
        // One waits in a call, one in a poll, and one does not wait.
        board.start(far, Call::read(1, 100, FOR_EVER));
        let call = Call::poll(2, Events::READABLE, events::ONE);
        assert_eq!(board.call(other, call), Ok(0));

        board.crash(core, IPCC);
        board.run_for(SETTLED);
        assert_eq!(board.finish(far), Err(Failure::PeerRestarted));
        let posts = board.posts(other);
        assert_eq!((posts.count, posts.bits), (1, events::ONE));
        let told: [(Puppet, u8); 4] =
            [(far, 2), (far, 5), (other, 1), (other, 2)];
        for (client, channel) in told {
            let result = board.read(client, channel);
            assert_eq!(result, Err(Failure::PeerRestarted));
        }
        for (client, channel) in [told.as_slice(), &[(far, 1)]].concat() {
            let result = board.read(client, channel);
            assert_eq!(result, Err(Failure::WouldBlock));
        }
    }
}

/// Otherwise the next use of a channel would find it not open, for no reason
/// that its client could know.
#[test]
fn a_look_at_the_status_does_not_hide_the_restart_of_the_driver() {
    let mut board = Board::one_core();
    for call in [Call::status(1), Call::peer_status()] {
        board.open(ALICE, &[1]);
        board.crash(CPU1, IPCC);
        board.run_for(SETTLED);
        let result = board.call(ALICE, call);
        assert_eq!(result, Err(Failure::ServerRestarted));
    }
}

/// Writes on every channel until nothing more fits.
fn fill(board: &mut Board, puppet: Puppet, channels: &[u8]) {
    for &channel in channels {
        while board.write(puppet, channel, &[b'x'; 700]).is_ok() {}
    }
}

#[test]
fn full_mailboxes_and_buffers_do_not_keep_the_drivers_from_settling() {
    let channels = [1, 2, 3, 4, 5];
    for cores in [&[CPU1][..], &[CPU2], &[CPU1, CPU2]] {
        let mut board = Board::two_cores();
        for puppet in [ALICE, DAVE] {
            board.open(puppet, &channels);
            fill(&mut board, puppet, &channels);
        }
        let crashes: Vec<_> = cores.iter().map(|c| (*c, IPCC)).collect();
        board.crash_all(&crashes);
        board.run_for(SETTLED);

        for puppet in [ALICE, DAVE] {
            let has_crashed = cores.contains(&puppet.core);
            if has_crashed {
                let result = board.read(puppet, 1);
                assert_eq!(result, Err(Failure::ServerRestarted));
                board.open(puppet, &channels);
            }
            for channel in channels {
                // Both at once is a restart of the peer for neither.
                let result = board.read(puppet, channel);
                let told = Err(Failure::PeerRestarted);
                let quiet = Err(Failure::WouldBlock);
                assert_eq!(result, if has_crashed { quiet } else { told });
            }
        }
        for channel in channels {
            for (from, to) in [(ALICE, DAVE), (DAVE, ALICE)] {
                assert_eq!(board.write(from, channel, b"new"), Ok(3));
                board.run_for(ms(1));
                assert_eq!(board.read(to, channel), Ok(b"new".to_vec()));
            }
        }
    }
}

/// Ends whatever call a puppet is in, and opens the channel as long as that
/// takes.
fn start_over(board: &mut Board, puppet: Puppet, channel: u8) {
    while board.call(puppet, Call::close(channel)).is_ok() {}
    board.open(puppet, &[channel]);
}

/// Wherever in its code the driver is when it crashes, the two sides find
/// together again, and nobody ever reads what was not written.
#[test]
fn a_driver_may_crash_anywhere_in_its_code() {
    let message: Vec<u8> = (0..600).map(|i| (i % 251) as u8).collect();
    let mut places = HashSet::new();
    for seed in 0..90 {
        let (core, ..) = SIDES[seed as usize % 2];
        let channel = [1, 2, 5][seed as usize % 3];
        let mut board = Board::two_cores_with(seed);
        // A task that ran for less than 50 ms would be restarted later.
        board.run_for(ms(60));
        for puppet in [ALICE, DAVE] {
            board.open(puppet, &[channel]);
        }
        board.start(DAVE, Call::read(channel, 2000, FOR_EVER));
        board.start(ALICE, Call::write(channel, &message, FOR_EVER));
        // Somewhere in the course of the two calls.
        if !board.crash_running(core, "ipcc", 1 + seed as u32 / 6) {
            continue;
        }
        let fault = board.soc.faults().last().expect("a fault");
        places.insert((core, fault.pc));
        board.run_for(SETTLED);

        if let Some(Ok(n)) = board.answer(DAVE) {
            let read = board.data(DAVE, n as usize);
            assert!(message.starts_with(&read), "seed {seed}");
        }
        let _ = board.answer(ALICE);
        for puppet in [ALICE, DAVE] {
            start_over(&mut board, puppet, channel);
            // The news of the restart, if there is any left.
            let _ = board.read(puppet, channel);
            start_over(&mut board, puppet, 1);
            assert_eq!(board.call(puppet, Call::close(1)), Ok(0));
        }
        board.converse(format!("seed {seed}").as_bytes());
    }
    assert!(places.len() > 60, "{} places", places.len());
}

/// A driver that crashes a little while after its last crash, at whatever it
/// does then to find its peer again.
#[test]
fn a_driver_may_crash_again_while_it_settles() {
    let mut places = HashSet::new();
    for seed in 0..40 {
        let (core, ..) = SIDES[seed as usize % 2];
        let mut board = Board::two_cores_with(seed);
        for puppet in [ALICE, DAVE] {
            board.open(puppet, &[1, 2]);
            fill(&mut board, puppet, &[1, 2]);
        }
        board.crash(core, IPCC);
        if !board.crash_running(core, "ipcc", 1 + seed as u32 / 3) {
            continue;
        }
        let fault = board.soc.faults().last().expect("a fault");
        places.insert((core, fault.pc));
        board.run_for(ms(60));
        for puppet in [ALICE, DAVE] {
            // The news of the restart.
            let _ = board.read(puppet, 1);
            start_over(&mut board, puppet, 1);
            assert_eq!(board.call(puppet, Call::close(1)), Ok(0));
        }
        board.converse(format!("seed {seed}").as_bytes());
    }
    assert!(places.len() > 15, "{} places", places.len());
}
