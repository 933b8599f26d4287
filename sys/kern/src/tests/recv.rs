// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Got, Recv, Send, Setup, data};
use crate::machine::NextTask::{Other, Same, Specific};
use abi::{
    FaultInfo, FaultSource, SchedState, TaskId, UsageError, dead_response_code,
};

const SUP: usize = 0;
const SERVER: usize = 1;
const A: usize = 2;
const B: usize = 3;
const C: usize = 4;

/// The server is between its clients in importance; B and C are equals.
fn setup() -> Setup {
    Setup::new(&[0, 3, 2, 4, 4, 9])
}

fn notified(bits: u32) -> Got {
    Got {
        sender: TaskId::KERNEL,
        operation: bits,
        len: 0,
        capacity: 0,
        leases: 0,
    }
}

fn masked(mask: u32) -> Recv {
    Recv {
        mask,
        ..Recv::default()
    }
}

#[test]
fn a_waiting_message_is_received_without_a_switch() {
    let mut k = setup().boot();
    k.write(data(A), b"message");
    k.do_send(
        A,
        Send {
            operation: 5,
            message: (data(A), 7),
            reply: (data(A), 9),
            ..Send::to(k.id(SERVER))
        },
    );
    let next = k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER) + 0x400, 7),
            ..Recv::default()
        },
    );
    assert_eq!(next, Same);
    assert_eq!(
        k.got(SERVER),
        Got {
            sender: k.id(A),
            operation: 5,
            len: 7,
            capacity: 9,
            leases: 0
        }
    );
    assert_eq!(k.read(data(SERVER) + 0x400, 7), b"message");
    assert_eq!(k.state(A), SchedState::InReply(k.id(SERVER)));
}

#[test]
fn the_length_is_that_of_what_was_copied() {
    let mut k = setup().boot();
    k.do_send(
        A,
        Send {
            message: (data(A), 100),
            ..Send::to(k.id(SERVER))
        },
    );
    k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER), 3),
            ..Recv::default()
        },
    );
    assert_eq!(k.got(SERVER).len, 3);
}

#[test]
fn the_most_important_sender_is_served_first_and_equals_in_turn() {
    let mut k = setup().boot();
    for client in [C, B, A] {
        k.do_send(client, Send::to(k.id(SERVER)));
    }
    for expected in [A, B, C] {
        k.do_recv(SERVER, Recv::default());
        assert_eq!(k.got(SERVER).sender, k.id(expected));
    }
}

#[test]
fn among_equal_senders_the_turn_starts_after_the_receiver() {
    // Tasks 1, 3 and 4 are equals, the receiver is task 3.
    let mut k = Setup::new(&[0, 5, 9, 5, 5]).boot();
    for client in [1, 4] {
        k.do_send(client, Send::to(k.id(3)));
    }
    k.do_recv(3, Recv::default());
    assert_eq!(k.got(3).sender, k.id(4));
    k.do_recv(3, Recv::default());
    assert_eq!(k.got(3).sender, k.id(1));
}

#[test]
fn a_posted_notification_is_received_at_once_and_only_its_masked_bits() {
    let mut k = setup().boot();
    k.do_post(A, k.id(SERVER), 0b1011);
    assert_eq!(k.do_recv(SERVER, masked(0b0110)), Same);
    assert_eq!(k.got(SERVER), notified(0b0010));
    assert_eq!(k.task(SERVER).notifications, 0b1001);
    assert_eq!(k.do_recv(SERVER, masked(0b0110)), Other);
}

#[test]
fn a_notification_beats_a_waiting_message() {
    let mut k = setup().boot();
    k.do_post(A, k.id(SERVER), 4);
    k.do_send(A, Send::to(k.id(SERVER)));
    k.do_recv(SERVER, masked(4));
    assert_eq!(k.got(SERVER), notified(4));
    k.do_recv(SERVER, masked(4));
    assert_eq!(k.got(SERVER).sender, k.id(A));
}

#[test]
fn a_notification_beats_the_death_of_the_sender() {
    let mut k = setup().boot();
    let old = k.id(A);
    k.restart_task(A);
    k.do_post(A, k.id(SERVER), 4);
    let closed = Recv {
        from: Some(old),
        ..masked(4)
    };
    k.do_recv(SERVER, closed);
    assert_eq!(k.got(SERVER), notified(4));
    assert_eq!(k.do_recv(SERVER, closed), Same);
    assert_eq!(k.code_and_len(SERVER), (dead_response_code(1.into()), 0));
}

#[test]
fn a_notification_beats_a_sender_that_does_not_exist() {
    let mut k = setup().boot();
    k.do_post(A, k.id(SERVER), 4);
    let closed = Recv {
        from: Some(TaskId(0x3FE)),
        ..masked(4)
    };
    k.do_recv(SERVER, closed);
    assert_eq!(k.got(SERVER), notified(4));
    k.do_recv(SERVER, closed);
    assert_eq!(k.fault(SERVER), UsageError::TaskOutOfRange.into());
}

#[test]
fn an_error_leaves_the_other_results_alone() {
    let mut k = setup().boot();
    let old = k.id(A);
    k.restart_task(A);
    k.do_recv(
        SERVER,
        Recv {
            buffer: (1, 2),
            mask: 8,
            from: Some(old),
        },
    );
    let closed = 1 << 31 | u32::from(old.0);
    assert_eq!(
        k.results(SERVER)[..4],
        [dead_response_code(1.into()), 0, 8, closed]
    );
}

#[test]
fn the_unused_bits_of_the_sender_are_ignored() {
    let mut k = setup().boot();
    let next = k.call(
        SERVER,
        abi::Sysnum::Recv,
        &[0, 0, 0, 0xFFFF_0000 | u32::from(k.id(A).0)],
    );
    assert_eq!(next, Other);
    assert_eq!(k.state(SERVER), SchedState::InRecv(Some(k.id(A))));
}

#[test]
fn a_receive_from_the_kernel_takes_no_messages() {
    let mut k = setup().boot();
    k.do_send(A, Send::to(k.id(SERVER)));
    let from_kernel = Recv {
        from: Some(TaskId::KERNEL),
        ..masked(2)
    };
    assert_eq!(k.do_recv(SERVER, from_kernel), Other);
    k.do_send(B, Send::to(k.id(SERVER)));
    assert_eq!(k.state(B), SchedState::InSend(k.id(SERVER)));
    k.do_post(C, k.id(SERVER), 2);
    assert_eq!(k.got(SERVER), notified(2));
}

#[test]
fn a_closed_receive_skips_more_important_senders() {
    let mut k = setup().boot();
    k.do_send(A, Send::to(k.id(SERVER)));
    k.do_send(B, Send::to(k.id(SERVER)));
    let from_b = Recv {
        from: Some(k.id(B)),
        ..Recv::default()
    };
    assert_eq!(k.do_recv(SERVER, from_b), Same);
    assert_eq!(k.got(SERVER).sender, k.id(B));
    assert_eq!(k.state(A), SchedState::InSend(k.id(SERVER)));
    assert_eq!(k.do_recv(SERVER, from_b), Other);
    assert_eq!(k.state(SERVER), SchedState::InRecv(Some(k.id(B))));
}

#[test]
fn the_buffer_is_not_looked_at_until_a_message_comes() {
    let mut k = setup().boot();
    let nonsense = Recv {
        buffer: (0xFFFF_FFFF, 0xFFFF_FFFF),
        ..masked(1)
    };
    assert_eq!(k.do_recv(SERVER, nonsense), Other);
    k.do_post(A, k.id(SERVER), 1);
    assert_eq!(k.got(SERVER), notified(1));
    k.do_send(A, Send::to(k.id(SERVER)));
    k.do_recv(SERVER, nonsense);
    assert_eq!(k.fault(SERVER), UsageError::InvalidSlice.into());
    assert_eq!(k.state(A), SchedState::InSend(k.id(SERVER)));
}

#[test]
fn bad_senders_are_faulted_and_skipped() {
    let mut k = setup().boot();
    for bad in [A, B] {
        k.do_send(
            bad,
            Send {
                message: (0x6000_0000, 4),
                ..Send::to(k.id(SERVER))
            },
        );
    }
    k.do_send(C, Send::to(k.id(SERVER)));
    let next = k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER), 8),
            ..Recv::default()
        },
    );
    // Faults have happened, so the scheduler has the last word.
    assert_eq!(next, Other);
    assert_eq!(k.got(SERVER).sender, k.id(C));
    for bad in [A, B] {
        assert_eq!(
            k.fault_and_state(bad),
            (
                FaultInfo::MemoryAccess {
                    address: Some(0x6000_0000),
                    source: FaultSource::Kernel
                },
                SchedState::InSend(k.id(SERVER))
            )
        );
    }
}

#[test]
fn after_a_bad_sender_the_turn_starts_after_that_one() {
    // The bad sender, task 4, is more important than tasks 2 and 5.
    let mut k = Setup::new(&[0, 9, 6, 9, 5, 6, 10]).boot();
    k.do_send(
        4,
        Send {
            leases: (1, 1),
            ..Send::to(k.id(1))
        },
    );
    for sender in [2, 5] {
        k.do_send(sender, Send::to(k.id(1)));
    }
    k.do_recv(1, Recv::default());
    assert_eq!(k.got(1).sender, k.id(5));
}

#[test]
fn after_a_bad_sender_the_supervisor_runs_if_it_was_waiting() {
    for good_follows in [false, true] {
        let mut k = setup().boot();
        k.do_recv(SUP, masked(1));
        k.do_send(
            A,
            Send {
                leases: (1, 1),
                ..Send::to(k.id(SERVER))
            },
        );
        if good_follows {
            k.do_send(B, Send::to(k.id(SERVER)));
        }
        assert_eq!(k.do_recv(SERVER, Recv::default()), Specific(SUP));
        assert_eq!(k.is_runnable(SERVER), good_follows);
    }
}

#[test]
fn a_closed_receive_goes_on_waiting_for_a_bad_sender() {
    let mut k = setup().boot();
    k.do_send(
        A,
        Send {
            leases: (1, 1),
            ..Send::to(k.id(SERVER))
        },
    );
    let from_a = Recv {
        from: Some(k.id(A)),
        ..Recv::default()
    };
    assert_eq!(k.do_recv(SERVER, from_a), Other);
    assert_eq!(k.fault(A), UsageError::InvalidSlice.into());
    assert_eq!(k.state(SERVER), SchedState::InRecv(Some(k.id(A))));

    k.restart_task(A);
    assert_eq!(k.state(SERVER), SchedState::Runnable);
    assert_eq!(k.code_and_len(SERVER), (dead_response_code(1.into()), 0));
}

#[test]
fn a_supervisor_that_receives_only_bad_messages_sleeps_over_the_faults() {
    for from in [None, Some(())] {
        let mut k = setup().boot();
        k.do_send(
            A,
            Send {
                leases: (1, 1),
                ..Send::to(k.id(SUP))
            },
        );
        let from = from.map(|()| k.id(A));
        // A receive looks for notifications once, before the messages.
        assert_eq!(k.do_recv(SUP, Recv { from, ..masked(1) }), Other);
        assert_eq!(k.state(SUP), SchedState::InRecv(from));

        // The next post lets the kernel look again.
        k.do_post(B, k.id(SUP), 2);
        assert_eq!(k.state(SUP), SchedState::Runnable);
        assert_eq!(k.got(SUP), notified(1));
    }
}

#[test]
fn both_parties_can_be_faulted_by_one_receive() {
    let mut k = setup().boot();
    k.do_recv(SUP, masked(1));
    k.do_send(
        A,
        Send {
            message: (0x6000_0000, 1),
            ..Send::to(k.id(SERVER))
        },
    );
    let next = k.do_recv(
        SERVER,
        Recv {
            buffer: (0x7000_0000, 1),
            ..Recv::default()
        },
    );
    assert_eq!(next, Specific(SUP));
    for (task, base) in [(A, 0x6000_0000), (SERVER, 0x7000_0000)] {
        assert_eq!(
            k.fault(task),
            FaultInfo::MemoryAccess {
                address: Some(base),
                source: FaultSource::Kernel
            }
        );
    }
}
