// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the driver and the services leave behind tells what happened: ring
//! buffers the last events, counters all of them.

use debug_check::DumpReport;
use ipcc_channel::Events;
use system_tests::{
    ALICE, BOB, Board, CAROL, CPU1, CPU2, Call, CoreId, DAVE, Failure, IPCC,
    MALLORY, NOW, PlainPeer, ms,
};

/// What the driver of a core has recorded, oldest first.
fn events(board: &Board, core: CoreId) -> Vec<String> {
    recorded(&board.examine(core), "drv_ipcc_server::__RINGBUF")
}

fn recorded(report: &DumpReport, path: &str) -> Vec<String> {
    let ring = report.ring(path).expect("a ring buffer of that path");
    let entries = ring.entries.iter();
    entries.map(|entry| entry.payload.to_string()).collect()
}

/// The counter of an event in the set of a program whose path ends in this.
#[track_caller]
fn count(report: &DumpReport, program: &str, set: &str, event: &str) -> u32 {
    let mut sets = report.counters.iter();
    let found = sets.find(|it| it.program == program && it.path.ends_with(set));
    let found = found.unwrap_or_else(|| panic!("{program} has no {set}"));
    let mut counters = found.counters.iter();
    let counter = counters.find(|counter| counter.event == event);
    let counter = counter.unwrap_or_else(|| panic!("{set} has no {event}"));
    counter.value
}

#[test]
fn the_ring_buffer_tells_what_became_of_each_message() {
    let mut board = Board::one_core();
    let peer = PlainPeer;
    board.open(ALICE, &[1]);
    peer.send(&mut board, 1, b"abc");
    assert_eq!(board.read(ALICE, 1), Ok(b"abc".into()));
    assert_eq!(board.write(ALICE, 1, b"hello"), Ok(5));
    assert_eq!(peer.receive(&mut board, 1), b"hello");
    let call = Call::read(1, 8, 5);
    assert_eq!(board.call(ALICE, call), Err(Failure::TimedOut));

    let poll = Call::poll(1, Events::READABLE, 2);
    assert_eq!(board.call(ALICE, poll), Ok(0));
    peer.send(&mut board, 1, b"de");
    board.run_for(ms(1));
    peer.acknowledge(&mut board, 1);
    assert_eq!(board.read(ALICE, 1), Ok(b"de".into()));
    assert_eq!(board.call(ALICE, Call::shutdown(1)), Ok(0));
    assert_eq!(board.call(ALICE, Call::close(1)), Ok(0));

    let alice = format!("TaskId({:#x})", ALICE.index);
    let expected = [
        format!("Open(0x1, {alice})"),
        "Received(0x1, 0x3)".into(),
        "Sent(0x1, 0x5)".into(),
        "Failed(0x1, TimedOut)".into(),
        format!("Posted(0x1, {alice})"),
        "Received(0x1, 0x2)".into(),
        "Shutdown(0x1)".into(),
        format!("Close(0x1, {alice})"),
    ];
    assert_eq!(events(&board, CPU1)[1..], expected);
}

#[test]
fn the_ring_buffer_tells_when_the_peer_is_held_off() {
    let mut board = Board::one_core();
    let peer = PlainPeer;
    board.open(ALICE, &[5]);
    peer.send(&mut board, 5, &[7; 40]);
    board.run_for(ms(1));
    // 16 bytes fit into the buffer; the others stay where they are.
    let all = events(&board, CPU1);
    assert_eq!(all[2..], ["OverflowStart(0x5)", "Received(0x5, 0x10)"]);

    let mut taken = 0;
    while taken < 40 {
        taken += board.read(ALICE, 5).unwrap().len();
    }
    let all = events(&board, CPU1);
    assert_eq!(all.last().unwrap(), "OverflowEnd(0x5)");
    let report = board.examine(CPU1);
    let counted = |event| count(&report, "ipcc", "__RINGBUF", event);
    assert_eq!(counted("OverflowStart"), 1);
    assert_eq!(counted("OverflowEnd"), 1);
}

#[test]
fn the_ring_buffer_tells_of_rings_and_of_nonsense() {
    let mut board = Board::one_core();
    let peer = PlainPeer;
    board.open(ALICE, &[1, 6]);
    assert_eq!(board.call(ALICE, Call::ring(6)), Ok(0));
    peer.raise(&mut board, 6);
    assert_eq!(board.call(ALICE, Call::wait(6, NOW)), Ok(0));
    peer.announce(&mut board, 1, 1 << 20);
    let call = Call::read(1, 8, 5);
    assert_eq!(board.call(ALICE, call), Err(Failure::PeerProtocol));

    let all = events(&board, CPU1);
    let has = |event: &str| all.iter().any(|it| it == event);
    for event in [
        "Ring(0x6)",
        "Rang(0x6)",
        "PeerProtocol(0x1)",
        "Failed(0x1, PeerProtocol)",
    ] {
        assert!(has(event), "{event} is not in {all:?}");
    }
}

#[test]
fn the_ring_buffer_tells_of_sessions() {
    let mut board = Board::two_cores();
    board.open(ALICE, &[1]);
    board.open(DAVE, &[1]);
    let all = events(&board, CPU1);
    assert!(all[0].starts_with("Started(0x"), "{all:?}");

    board.crash(CPU2, IPCC);
    board.run_for(ms(60));
    let call = Call::read(1, 8, NOW);
    assert_eq!(board.call(ALICE, call), Err(Failure::PeerRestarted));
    let all = events(&board, CPU1);
    let restarted = all.iter().position(|it| it.starts_with("PeerRestarted("));
    let restarted = restarted.expect("the end of a session");
    assert!(all[restarted..].contains(&"Settled".into()), "{all:?}");

    // The driver's own second life starts with a new page.
    let all = events(&board, CPU2);
    assert!(all[0].starts_with("Started(0x"), "{all:?}");
    assert_eq!(board.examine(CPU2).task("ipcc").unwrap().generation, 1);
}

#[test]
fn each_way_that_a_call_ends_is_counted() {
    let mut board = Board::one_core();
    board.open(ALICE, &[1, 3]);
    for (puppet, call, failure) in [
        (BOB, Call::open(3), Failure::Busy),
        (CAROL, Call::open(3), Failure::AccessDenied),
        (BOB, Call::open(9), Failure::NoSuchChannel),
        (BOB, Call::read(1, 4, NOW), Failure::NotOpen),
        (ALICE, Call::ring(1), Failure::WrongKind),
        (ALICE, Call::read(1, 4, NOW), Failure::WouldBlock),
    ] {
        assert_eq!(board.call(puppet, call), Err(failure));
    }
    let report = board.examine(CPU1);
    let by_server =
        |event: &str| count(&report, "ipcc", "__IPCC_SERVER_COUNTERS", event);
    for event in [
        "open(Err(Runtime(Busy)))",
        "open(Err(Runtime(AccessDenied)))",
        "open(Err(Runtime(NoSuchChannel)))",
        "read(Err(Runtime(NotOpen)))",
        "ring(Err(Runtime(WrongKind)))",
        "read(Err(Runtime(WouldBlock)))",
    ] {
        assert_eq!(by_server(event), 1, "{event}");
    }
    assert_eq!(by_server("open(Ok)"), 2);
    let by_bob =
        |event: &str| count(&report, "bob", "__IPCC_CLIENT_COUNTERS", event);
    assert_eq!(by_bob("open(Err(Busy))"), 1);
    assert_eq!(by_bob("read(Err(NotOpen))"), 1);
}

#[test]
fn there_is_a_counter_for_every_operation_and_error() {
    const OPERATIONS: [&str; 9] = [
        "open",
        "close",
        "read",
        "write",
        "poll",
        "poll_cancel",
        "ring",
        "wait",
        "shutdown",
    ];
    const ERRORS: [&str; 13] = [
        "NoSuchChannel",
        "AccessDenied",
        "NotOpen",
        "Busy",
        "WrongKind",
        "BadArgument",
        "WouldBlock",
        "TimedOut",
        "TooManyWaiters",
        "Closed",
        "PeerProtocol",
        "PeerRestarted",
        "GeometryMismatch",
    ];
    let board = Board::one_core();
    let report = board.examine(CPU1);
    for operation in OPERATIONS {
        let by = |program, set, event: &str| {
            let event = format!("{operation}({event})");
            assert_eq!(count(&report, program, set, &event), 0);
        };
        by("carol", "__IPCC_CLIENT_COUNTERS", "Ok");
        by("ipcc", "__IPCC_SERVER_COUNTERS", "Ok");
        for error in ERRORS {
            let by_server = format!("Err(Runtime({error}))");
            by("ipcc", "__IPCC_SERVER_COUNTERS", &by_server);
            let by_client = format!("Err({error})");
            by("carol", "__IPCC_CLIENT_COUNTERS", &by_client);
        }
    }
}

#[test]
fn the_supervisor_and_the_sys_task_tell_what_they_did() {
    let mut board = Board::one_core();
    board.start(MALLORY, Call::panic());
    board.await_restart(MALLORY);
    let report = board.examine(CPU1);
    let index = MALLORY.index;
    let all = recorded(&report, "task_jefe::__RINGBUF");
    let fault = format!("Fault({index:#x}, Panic)");
    let at = all.iter().position(|it| *it == fault).expect("the fault");
    let restarts = &all[at + 1..];
    let restart = format!("Restarting({index:#x})");
    assert!(restarts.contains(&restart), "{all:?}");
    let starts = recorded(&report, "drv_stm32xx_sys::__RINGBUF");
    assert!(starts[0].starts_with("ResetFlags(0x"), "{starts:?}");
    let reset = count(
        &report,
        "jefe",
        "__JEFE_SERVER_COUNTERS",
        "set_reset_reason",
    );
    assert_eq!(reset, 1);
    let clocks = count(
        &report,
        "sys",
        "__SYS_SERVER_COUNTERS",
        "enable_clock_raw(Ok)",
    );
    assert!(clocks > 0);
}

#[test]
fn a_core_without_atomic_additions_counts_as_well() {
    let board = Board::two_cores();
    let report = board.examine(CPU2);
    let clocks = count(
        &report,
        "sys",
        "__SYS_SERVER_COUNTERS",
        "enable_clock_raw(Ok)",
    );
    assert!(clocks > 0);
}
