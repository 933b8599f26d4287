// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The driver crashes at one instruction after the other of what it does to
//! carry a message.
//!
//! Up to the crash all runs of a sweep are the same, cycle by cycle, so it
//! meets every instruction if the stride is 1. That takes hours; the stride
//! here is coprime to whatever loops there are.

use system_tests::{
    ALICE, Board, CPU1, CPU2, Call, CoreId, DAVE, FOR_EVER, Failure, IPCC, NOW,
    PlainPeer, Puppet, Span, is_running, ms,
};

/// Instructions of the driver from one crash to the next.
const STRIDE: usize = 61;

/// Long enough for a restarted driver to find its peer.
const SETTLED: Span = Span::Nanos(5_000_000);

/// Cycles after which everything has happened.
const END: u64 = 60_000;

/// Where a crash is to happen.
struct Crash {
    core: CoreId,
    /// Instructions of the driver before it.
    after: usize,
}

impl Crash {
    /// Lets time pass until the crash has happened. Returns `false` if the
    /// driver does not execute that many instructions, or not the one in
    /// question.
    fn happens(&self, board: &mut Board) -> bool {
        let mut seen = 0;
        let mut last = 0;
        let end = board.soc.cycles() + END;
        while board.soc.cycles() < end {
            board.run_for(Span::Cycles(1));
            let pc = board.soc.registers(self.core).r[15];
            if pc != last && is_running(&board.soc, self.core, "ipcc") {
                last = pc;
                seen += 1;
                if seen > self.after {
                    return board.trip(self.core);
                }
            }
        }
        false
    }
}

/// Calls `run` with the crashes of a sweep until it returns `false`. Returns
/// how many there were.
fn sweep(
    core: CoreId,
    first: usize,
    mut run: impl FnMut(Crash) -> bool,
) -> u32 {
    let mut crashes = 0;
    let mut misses = 0;
    for after in (first..).step_by(STRIDE) {
        if run(Crash { core, after }) {
            crashes += 1;
            misses = 0;
        } else {
            misses += 1;
        }
        // One miss may be a conditional instruction.
        if misses == 2 {
            break;
        }
    }
    crashes
}

/// Checks that a client is told of a restart at most once more, and exactly
/// once if it has not been told by `answer`.
#[track_caller]
fn assert_told_once(
    board: &mut Board,
    client: Puppet,
    channel: u8,
    answer: Option<Result<u32, Failure>>,
    news: Failure,
) {
    let is_told = answer == Some(Err(news));
    let result = board.call(client, Call::read(channel, 1, NOW));
    let quiet = if news == Failure::ServerRestarted {
        Err(Failure::NotOpen)
    } else {
        Err(Failure::WouldBlock)
    };
    assert_eq!(result, if is_told { quiet } else { Err(news) });
    let result = board.call(client, Call::read(channel, 1, NOW));
    assert_eq!(result, quiet);
}

/// A message from `from` to `to`, during which the driver of `crash.core`
/// dies. Returns whether it did.
fn crash_in_a_message(
    crash: &Crash,
    channel: u8,
    from: Puppet,
    to: Puppet,
) -> bool {
    let message: Vec<u8> = (0..600).map(|i| (i % 251) as u8).collect();
    let mut board = Board::two_cores();
    // A task that ran for less than 50 ms would be restarted later.
    board.run_for(ms(60));
    for puppet in [from, to] {
        board.open(puppet, &[channel]);
    }
    board.start(to, Call::read(channel, 2000, FOR_EVER));
    board.start(from, Call::write(channel, &message, FOR_EVER));
    if !crash.happens(&mut board) {
        return false;
    }
    board.run_for(SETTLED);

    let read = board.answer(to);
    if let Some(Ok(n)) = read {
        let bytes = board.data(to, n as usize);
        assert!(message.starts_with(&bytes), "after {}", crash.after);
    }
    let written = board.answer(from);
    for (client, answer) in [(from, written), (to, read)] {
        let news = if client.core == crash.core {
            Failure::ServerRestarted
        } else {
            Failure::PeerRestarted
        };
        // Nobody goes on waiting.
        assert!(!board.is_waiting(client), "after {}", crash.after);
        assert_told_once(&mut board, client, channel, answer, news);
        if client.core == crash.core {
            board.open(client, &[channel]);
        }
    }
    // Nothing is left of the old session, in either direction.
    for (from, to) in [(from, to), (to, from)] {
        assert_eq!(board.read(to, channel), Err(Failure::WouldBlock));
        assert_eq!(board.write(from, channel, b"new"), Ok(3));
        board.run_for(ms(1));
        assert_eq!(board.read(to, channel), Ok(b"new".to_vec()));
    }
    assert_eq!(board.soc.faults().len(), 1);
    true
}

#[track_caller]
fn sweep_messages(core: CoreId, channel: u8, from: Puppet, to: Puppet) {
    let first = 7 * usize::from(channel);
    let crashes = sweep(core, first, |crash| {
        crash_in_a_message(&crash, channel, from, to)
    });
    assert!(crashes > 20, "{crashes} crashes");
}

#[test]
fn a_sender_may_crash_at_any_instruction() {
    sweep_messages(CPU1, 1, ALICE, DAVE);
    sweep_messages(CPU2, 2, DAVE, ALICE);
}

#[test]
fn a_receiver_may_crash_at_any_instruction() {
    sweep_messages(CPU1, 2, DAVE, ALICE);
    sweep_messages(CPU2, 1, ALICE, DAVE);
}

/// A message of a plain peer, during which the driver dies. Returns whether it
/// did.
fn crash_before_a_plain_peer(crash: &Crash) -> bool {
    let message = b"0123456789".as_slice();
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.run_for(ms(60));
    board.open(ALICE, &[1]);
    board.start(ALICE, Call::read(1, 4, FOR_EVER));
    peer.send(&mut board, 1, message);
    let has_crashed = crash.happens(&mut board);
    board.run_for(SETTLED);
    assert!(!peer.is_free(&board, 1), "the rest has not been taken");
    let start = board.answer(ALICE).expect("an answer");
    if start.is_ok() {
        assert_eq!(start, Ok(4));
        assert_eq!(board.data(ALICE, 4), b"0123");
    }
    if !has_crashed {
        return false;
    }
    // Taken in part or not, it is delivered whole.
    if start != Err(Failure::ServerRestarted) {
        assert_eq!(board.read(ALICE, 1), Err(Failure::ServerRestarted));
    }
    board.open(ALICE, &[1]);
    assert_eq!(board.read(ALICE, 1), Ok(message.to_vec()));
    assert!(peer.is_free(&board, 1));
    true
}

/// As above, but the driver dies while it delivers the end of the message.
fn crash_at_the_end_of_a_message(crash: &Crash) -> bool {
    let message = b"0123456789".as_slice();
    let mut board = Board::one_core();
    let peer = PlainPeer::boot(&mut board);
    board.run_for(ms(60));
    board.open(ALICE, &[1]);
    board.start(ALICE, Call::read(1, 100, FOR_EVER));
    peer.send(&mut board, 1, message);
    let has_crashed = crash.happens(&mut board);
    board.run_for(SETTLED);
    let answer = board.answer(ALICE).expect("an answer");
    if let Ok(n) = answer {
        assert_eq!(board.data(ALICE, n as usize), message);
        assert!(peer.is_free(&board, 1), "after {}", crash.after);
    }
    if !has_crashed {
        return false;
    }
    if answer != Err(Failure::ServerRestarted) {
        assert_eq!(board.read(ALICE, 1), Err(Failure::ServerRestarted));
    }
    board.open(ALICE, &[1]);
    let again = if answer.is_ok() || peer.is_free(&board, 1) {
        // It was delivered, or its loss was told.
        Err(Failure::WouldBlock)
    } else {
        Ok(message.to_vec())
    };
    assert_eq!(board.read(ALICE, 1), again, "after {}", crash.after);
    peer.send(&mut board, 1, b"next");
    assert_eq!(board.read(ALICE, 1), Ok(b"next".to_vec()));
    true
}

#[test]
fn a_message_of_a_plain_peer_is_delivered_or_its_loss_is_told() {
    let halves = sweep(CPU1, 3, |crash| crash_before_a_plain_peer(&crash));
    let ends = sweep(CPU1, 5, |crash| crash_at_the_end_of_a_message(&crash));
    assert!(halves > 10 && ends > 10, "{halves} and {ends} crashes");
}

/// A crash at any instruction with which a restarted driver finds its peer.
#[test]
fn a_driver_may_crash_at_any_instruction_of_its_restart() {
    for (core, near, far) in [(CPU1, ALICE, DAVE), (CPU2, DAVE, ALICE)] {
        let crashes = sweep(core, 11, |crash| {
            let mut board = Board::two_cores();
            for puppet in [near, far] {
                board.open(puppet, &[1, 2]);
                assert_eq!(board.write(puppet, 1, b"old"), Ok(3));
            }
            board.crash(core, IPCC);
            if !crash.happens(&mut board) {
                return false;
            }
            // This time it is restarted later.
            board.run_for(ms(60));
            for channel in [1, 2] {
                let news = Failure::PeerRestarted;
                assert_eq!(board.read(far, channel), Err(news));
            }
            let news = Failure::ServerRestarted;
            assert_eq!(board.read(near, 1), Err(news));
            board.open(near, &[1]);
            for (from, to) in [(near, far), (far, near)] {
                assert_eq!(board.read(to, 1), Err(Failure::WouldBlock));
                assert_eq!(board.write(from, 1, b"new"), Ok(3));
                board.run_for(ms(1));
                assert_eq!(board.read(to, 1), Ok(b"new".to_vec()));
            }
            true
        });
        assert!(crashes > 10, "{crashes} crashes");
    }
}
