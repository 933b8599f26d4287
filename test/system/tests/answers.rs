// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What callers get: answers, errors, notifications, in time; and faults, if
//! they have no business to call.

use abi::{FaultInfo, FaultSource, ReplyFaultReason, TaskId, TaskState};
use ipcc_channel::Events;
use system_tests::{
    ALICE, BOB, Board, CAROL, CPU1, Call, DAVE, FOR_EVER, Failure, IPCC,
    MALLORY, NOW, PlainPeer, RawLease, events, ms, us,
};

/// Operations of the driver, by their numbers on the wire.
const OPEN: u32 = 1;
const READ: u32 = 3;
const WRITE: u32 = 4;

#[test]
fn a_read_times_out_at_its_deadline_to_the_tick() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1]);
    for deadline in [1, 2, 3, 10, 49, 50] {
        board.run_for(us(333));
        let result = board.call(ALICE, Call::read(1, 10, deadline));
        assert_eq!(result, Err(Failure::TimedOut));
        let answer = board.last_answer(ALICE);
        assert_eq!(answer.answered_at - answer.called_at, deadline);
    }
}

#[test]
fn a_write_returns_what_was_moved_at_its_deadline_to_the_tick() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1]);
    let message = [7; 600];
    let result = board.call(ALICE, Call::write(1, &message, 20));
    assert_eq!(result, Ok(PlainPeer::CAPACITY as u32));
    let answer = board.last_answer(ALICE);
    assert_eq!(answer.answered_at - answer.called_at, 20);
    // Now nothing at all fits.
    let result = board.call(ALICE, Call::write(1, &message, 5));
    assert_eq!(result, Err(Failure::TimedOut));
}

#[test]
fn several_deadlines_are_all_kept() {
    let mut board = Board::one_core();
    let waits = [(ALICE, 30), (BOB, 10), (CAROL, 20)];
    for (puppet, deadline) in waits {
        board.open(puppet, &[1]);
        board.start(puppet, Call::read(1, 10, deadline));
    }
    for (puppet, deadline) in waits {
        assert_eq!(board.finish(puppet), Err(Failure::TimedOut));
        let answer = board.last_answer(puppet);
        assert_eq!(answer.answered_at - answer.called_at, deadline);
    }
}

#[test]
fn an_answer_before_the_deadline_is_an_answer() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1]);
    board.start(ALICE, Call::read(1, 100, 50));
    board.run_for(ms(20));
    PlainPeer.send(&mut board, 1, b"in time");
    assert_eq!(board.finish_read(ALICE), Ok(b"in time".to_vec()));
    let answer = board.last_answer(ALICE);
    assert!((20..22).contains(&(answer.answered_at - answer.called_at)));
}

#[test]
fn a_call_that_does_not_wait_is_answered_at_once() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1, 6]);
    let would_block = Err(Failure::WouldBlock);
    assert_eq!(board.call(ALICE, Call::read(1, 9, NOW)), would_block);
    assert_eq!(board.call(ALICE, Call::wait(6, NOW)), would_block);
    assert_eq!(board.write(ALICE, 1, &[1; 300]), Ok(252));
    assert_eq!(board.write(ALICE, 1, &[1; 300]), would_block);
    assert_eq!(board.call(ALICE, Call::read(1, 0, FOR_EVER)), Ok(0));
    assert_eq!(board.call(ALICE, Call::write(1, b"", FOR_EVER)), Ok(0));
}

#[test]
fn a_poll_posts_the_callers_bit_once() {
    for channel in [1, 2, 5] {
        let mut board = Board::one_core();
        board.open(ALICE, &[channel]);
        let poll = || Call::poll(channel, Events::READABLE, events::TWO);
        assert_eq!(board.call(ALICE, poll()), Ok(0));
        board.run_for(ms(50));
        assert_eq!(board.posts(ALICE).count, 0);

        PlainPeer.send(&mut board, channel, b"first after idle");
        board.run_for(ms(1));
        let posts = board.posts(ALICE);
        assert_eq!((posts.count, posts.bits), (1, events::TWO));
        board.run_for(ms(50));
        assert_eq!(board.posts(ALICE).count, 1);
        let ready = Events::READABLE.bits();
        assert_eq!(board.call(ALICE, poll()), Ok(ready));
        assert!(board.read(ALICE, channel).is_ok());
    }
}

#[test]
fn a_poll_tells_of_room_to_write() {
    for channel in [1, 2] {
        let mut board = Board::one_core();
        board.open(ALICE, &[channel]);
        while board.write(ALICE, channel, &[1; 600]).is_ok() {}
        let poll = Call::poll(channel, Events::WRITABLE, events::ONE);
        assert_eq!(board.call(ALICE, poll), Ok(0));
        board.run_for(ms(5));
        assert_eq!(board.posts(ALICE).count, 0);
        PlainPeer.receive(&mut board, channel);
        board.run_for(ms(1));
        assert_eq!(board.posts(ALICE).count, 1);
        assert!(board.write(ALICE, channel, b"there is").is_ok());
    }
}

#[test]
fn a_poller_is_not_woken_for_what_a_blocked_reader_takes() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1]);
    board.open(BOB, &[1]);
    let poll = Call::poll(1, Events::READABLE, events::ONE);
    assert_eq!(board.call(ALICE, poll), Ok(0));
    board.start(BOB, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(1));
    PlainPeer.send(&mut board, 1, b"for Bob");
    assert_eq!(board.finish_read(BOB), Ok(b"for Bob".to_vec()));
    board.run_for(ms(5));
    assert_eq!(board.posts(ALICE).count, 0);
    PlainPeer.send(&mut board, 1, b"for Alice");
    board.run_for(ms(1));
    assert_eq!(board.posts(ALICE).count, 1);
}

#[test]
fn a_cancelled_poll_posts_nothing() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1]);
    let poll = Call::poll(1, Events::READABLE, events::ONE);
    assert_eq!(board.call(ALICE, poll), Ok(0));
    assert_eq!(board.call(ALICE, Call::poll_cancel(1)), Ok(0));
    PlainPeer.send(&mut board, 1, b"quietly");
    board.run_for(ms(5));
    assert_eq!(board.posts(ALICE).count, 0);
    assert_eq!(board.ipcc_interrupts(CPU1), 0);
}

#[test]
fn one_more_waiter_than_configured_is_refused() {
    let mut board = Board::one_core();
    let poll = || Call::poll(1, Events::READABLE, events::ONE);
    for puppet in [ALICE, BOB, CAROL] {
        board.open(puppet, &[1]);
    }
    for puppet in [ALICE, BOB, ALICE] {
        assert_eq!(board.call(puppet, poll()), Ok(0));
    }
    let refused = Err(Failure::TooManyWaiters);
    assert_eq!(board.call(CAROL, poll()), refused);
    assert_eq!(board.status(CAROL, 1).pollers, 2);

    // A waiter that dies makes room.
    board.start(BOB, Call::panic());
    board.await_restart(BOB);
    assert_eq!(board.call(CAROL, poll()), Ok(0));
    PlainPeer.send(&mut board, 1, b"x");
    board.run_for(ms(1));
    assert_eq!(board.posts(ALICE).count, 1);
    assert_eq!(board.posts(CAROL).count, 1);
    assert_eq!(board.posts(BOB).count, 0);
}

#[test]
fn wrong_calls_of_a_client_are_answered_with_what_is_wrong() {
    let mut board = Board::one_core();
    for channel in [0, 7, 255] {
        let result = board.call(ALICE, Call::open(channel));
        assert_eq!(result, Err(Failure::NoSuchChannel));
    }
    assert_eq!(board.call(BOB, Call::open(4)), Err(Failure::AccessDenied));
    assert_eq!(board.call(CAROL, Call::open(3)), Err(Failure::AccessDenied));
    let not_open = Err(Failure::NotOpen);
    for call in [
        Call::read(1, 1, NOW),
        Call::write(1, b"x", NOW),
        Call::poll(1, Events::READABLE, events::ONE),
        Call::poll_cancel(1),
        Call::ring(6),
        Call::wait(6, NOW),
        Call::shutdown(1),
        Call::close(1),
    ] {
        assert_eq!(board.call(ALICE, call), not_open);
    }
    board.open(ALICE, &[1]);
    let unknown = Events::from_bits_retain(1 << 7);
    let result = board.call(ALICE, Call::poll(1, unknown, events::ONE));
    assert_eq!(result, Err(Failure::BadArgument));
    assert_eq!(board.soc.faults(), []);
}

/// Expects the driver to have a caller faulted.
fn blamed(reason: ReplyFaultReason) -> FaultInfo {
    let driver = TaskId::for_index_and_gen(IPCC as usize, 0.into());
    FaultInfo::FromServer(driver, reason)
}

#[test]
fn a_task_that_is_no_client_is_faulted_for_calling() {
    for (operation, message) in [
        (OPEN, b"\x01".as_slice()),
        (2, b"\x01"),
        (5, b"\x01\x01\0\0\0\x02\0\0\0"),
        (6, b"\x01"),
        (7, b"\x06"),
        (8, b"\x06\0\0\0\0"),
        (9, b"\x01"),
    ] {
        let mut board = Board::one_core();
        let none = RawLease::default();
        let call = Call::send(IPCC, operation, message, none);
        let fault = board.provoke(MALLORY, call, ALICE);
        let want = blamed(ReplyFaultReason::AccessViolation);
        assert_eq!(fault, want, "operation {operation}");
        board.await_restart(MALLORY);
        board.open(ALICE, &[1]);
    }
}

#[test]
fn anybody_may_ask_for_the_status() {
    let mut board = Board::one_core();
    let none = RawLease::default();
    let call = Call::send(IPCC, 10, b"\x01", none);
    let (code, reply) = board.send(MALLORY, call);
    assert_eq!((code, &reply[..4]), (0, [1, 0, 0, 0].as_slice()));
    let (code, reply) = board.send(MALLORY, Call::send(IPCC, 11, b"", none));
    assert_eq!((code, &reply[..4]), (0, [1, 0, 0, 0].as_slice()));
}

#[test]
fn a_message_that_is_none_of_the_interface_faults_its_sender() {
    use ReplyFaultReason::{BadLeases, BadMessageContents, UndefinedOperation};
    let lease = |attributes| RawLease {
        attributes,
        address: 0x2000_0000,
        len: 4,
    };
    let none = RawLease::default();
    for (operation, message, lease, reason) in [
        (99, b"".as_slice(), none, UndefinedOperation),
        (OPEN, b"", none, BadMessageContents),
        (OPEN, b"\x01\x02", none, BadMessageContents),
        (OPEN, &[1; 64], none, BadMessageContents),
        (OPEN, b"\x01", lease(1), BadLeases),
        (READ, b"\x01\0\0\0\0", none, BadLeases),
        // A read writes to its lease, and a write reads from it.
        (READ, b"\x01\0\0\0\0", lease(1), BadLeases),
        (WRITE, b"\x01\0\0\0\0", lease(2), BadLeases),
    ] {
        let mut board = Board::one_core();
        let call = Call::send(IPCC, operation, message, lease);
        let fault = board.provoke(MALLORY, call, ALICE);
        assert_eq!(fault, blamed(reason), "operation {operation}");
        board.open(ALICE, &[1]);
    }
}

/// A lease that is not the client's to give faults the client when the driver
/// touches it, and costs the driver and the next client nothing.
#[test]
fn a_bad_lease_faults_the_client_and_not_the_driver() {
    // A timer's registers, which are Alice's; the kernel; another task.
    let kernel = Board::one_core().symbol(CPU1, "kernel", "TICKS");
    let bobs = Board::one_core().data_address(BOB);
    for address in [0x4001_4400, kernel, bobs, 0x0, 0xF000_0000] {
        for (operation, attributes) in [(READ, 2), (WRITE, 1)] {
            let mut board = Board::one_core();
            board.open(ALICE, &[1]);
            board.open(BOB, &[1]);
            let message = b"\x01\xFF\xFF\xFF\xFF";
            let lease = RawLease {
                attributes,
                address,
                len: 16,
            };
            PlainPeer.send(&mut board, 1, b"not for a bad lease");
            let call = Call::send(IPCC, operation, message, lease);
            let fault = board.provoke(ALICE, call, MALLORY);
            let want = FaultInfo::MemoryAccess {
                address: Some(address),
                source: FaultSource::Kernel,
            };
            assert_eq!(fault, want);

            let status = board.status(BOB, 1);
            assert_eq!(
                (status.opens, status.readers, status.writers),
                (1, 0, 0)
            );
            let read = board.read(BOB, 1);
            assert_eq!(read, Ok(b"not for a bad lease".to_vec()));
            assert_eq!(board.write(BOB, 1, b"fine"), Ok(4));
            let sent = PlainPeer.take(&mut board, 1);
            assert_eq!(sent, Some(b"fine".to_vec()));
            let driver = board.task_state(MALLORY, IPCC);
            assert!(matches!(driver, TaskState::Healthy(_)), "{driver:?}");
        }
    }
}

/// As above, but the bad lease is touched only when a message comes.
#[test]
fn a_bad_lease_of_a_waiting_client_faults_it_when_its_turn_comes() {
    let mut board = Board::two_cores();
    for puppet in [ALICE, BOB, DAVE] {
        board.open(puppet, &[1]);
    }
    let lease = RawLease {
        attributes: 2,
        address: 0x4001_4400,
        len: 16,
    };
    let message = b"\x01\xFF\xFF\xFF\xFF";
    board.start(ALICE, Call::send(IPCC, READ, message, lease));
    board.run_for(ms(60));
    assert!(board.is_waiting(ALICE));
    board.start(BOB, Call::read(1, 100, FOR_EVER));
    board.run_for(ms(1));
    assert_eq!(board.write(DAVE, 1, b"whom for?"), Ok(9));
    assert_eq!(board.finish_read(BOB), Ok(b"whom for?".to_vec()));
    board.await_restart(ALICE);
}

/// D8: the original could be called before its locks were initialised. Here
/// the kernel keeps a caller waiting until the driver receives. A driver that
/// receives and answers before it is ready fails this: its clients get an
/// answer that is none.
#[test]
fn d8_a_call_that_comes_before_the_driver_is_ready_waits_for_it() {
    // Alice calls while the driver is down and on its way up again.
    let mut board = Board::two_cores();
    board.open(ALICE, &[1]);
    board.crash(CPU1, IPCC);
    // It has run for less than 50 ms, so it is down for a while.
    assert!(board.crash_running(CPU1, "ipcc", 1));
    let told = board.call(ALICE, Call::status(1));
    assert_eq!(told, Err(Failure::ServerRestarted));
    board.start(ALICE, Call::open(1));
    board.run_for(ms(1));
    assert!(board.is_waiting(ALICE));
    // She is told of the second restart, too, and comes early again.
    assert_eq!(board.finish(ALICE), Err(Failure::ServerRestarted));
    assert_eq!(board.call(ALICE, Call::open(1)), Ok(0));
}
