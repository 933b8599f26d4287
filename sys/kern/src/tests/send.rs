// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{DEVICE, DMA, Got, Recv, SHARED, Send, Setup, code, data};
use crate::machine::NextTask::{Other, Same, Specific};
use abi::{
    FaultInfo, FaultSource, SchedState, TaskId, UsageError, dead_response_code,
};

const SUP: usize = 0;
const SERVER: usize = 1;
const CLIENT: usize = 2;
const IDLE: usize = 3;

fn setup() -> Setup {
    Setup::new(&[0, 2, 3, 9])
}

fn inaccessible(base: u32) -> FaultInfo {
    FaultInfo::MemoryAccess {
        address: Some(base),
        source: FaultSource::Kernel,
    }
}

#[test]
fn a_message_arrives_with_what_belongs_to_it() {
    let mut k = setup().boot();
    k.write(data(CLIENT) + 0x400, b"hello");
    k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER) + 0x500, 16),
            ..Recv::default()
        },
    );
    let next = k.do_send(
        CLIENT,
        Send {
            operation: 0xABCD,
            message: (data(CLIENT) + 0x400, 5),
            reply: (data(CLIENT) + 0x600, 7),
            leases: (data(CLIENT) + 0x700, 3),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SERVER));
    assert_eq!(
        k.got(SERVER),
        Got {
            sender: k.id(CLIENT),
            operation: 0xABCD,
            len: 5,
            capacity: 7,
            leases: 3,
        }
    );
    assert_eq!(k.read(data(SERVER) + 0x500, 6), b"hello\xDA");
    assert_eq!(k.state(SERVER), SchedState::Runnable);
    assert_eq!(k.state(CLIENT), SchedState::InReply(k.id(SERVER)));
}

#[test]
fn a_less_important_recipient_runs_at_once_all_the_same() {
    let mut k = setup().boot();
    k.listen(CLIENT);
    let next = k.do_send(SUP, Send::to(k.id(CLIENT)));
    assert_eq!(next, Specific(CLIENT));
}

#[test]
fn a_closed_receive_accepts_only_its_sender() {
    let mut k = setup().boot();
    k.do_recv(
        SERVER,
        Recv {
            from: Some(k.id(CLIENT)),
            ..Recv::default()
        },
    );
    assert_eq!(k.do_send(SUP, Send::to(k.id(SERVER))), Other);
    assert_eq!(k.state(SUP), SchedState::InSend(k.id(SERVER)));
    assert_eq!(k.do_send(CLIENT, Send::to(k.id(SERVER))), Specific(SERVER));
}

#[test]
fn without_a_receiver_the_sender_waits() {
    let mut k = setup().boot();
    assert_eq!(k.do_send(CLIENT, Send::to(k.id(SERVER))), Other);
    assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));
}

#[test]
fn stopped_and_faulted_targets_keep_the_sender_waiting() {
    let mut k = setup().stopped(SERVER).boot();
    k.do_send(CLIENT, Send::to(k.id(SERVER)));
    assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));

    let mut k = setup().boot();
    k.raw_call(SERVER, 99, &[]);
    k.do_send(CLIENT, Send::to(k.id(SERVER)));
    assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));
}

#[test]
fn sending_to_oneself_waits_forever() {
    let mut k = setup().boot();
    assert_eq!(k.do_send(CLIENT, Send::to(k.id(CLIENT))), Other);
    assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(CLIENT)));
}

#[test]
fn a_target_that_does_not_exist_faults_the_caller() {
    for id in [TaskId(4), TaskId::UNBOUND, TaskId(0xFBFF)] {
        let mut k = setup().boot();
        k.do_send(CLIENT, Send::to(id));
        assert_eq!(k.fault(CLIENT), UsageError::TaskOutOfRange.into());
    }
}

#[test]
fn a_stale_target_answers_with_its_current_generation() {
    let mut k = setup().boot();
    let old = k.id(SERVER);
    k.restart_task(SERVER);
    k.restart_task(SERVER);
    let next = k.do_send(CLIENT, Send::to(old));
    assert_eq!(next, Same);
    assert_eq!(k.code_and_len(CLIENT), (dead_response_code(2.into()), 0));
    // The same for a generation that has not come yet.
    k.do_send(CLIENT, Send::to(k.id(SERVER).next_generation()));
    assert_eq!(k.code_and_len(CLIENT), (dead_response_code(2.into()), 0));
}

/// What is wrong with a slice in each of the three places of a SEND.
const MALFORMED: [fn(&mut Send); 4] = [
    |s| s.message = (0xFFFF_FFFF, 1),
    |s| s.reply = (0xFFFF_0000, 0x1_0000),
    |s| s.leases = (2, 0),
    |s| s.leases = (0, 0x1555_5556),
];

#[test]
fn a_malformed_slice_faults_the_sender_on_delivery() {
    for spoil in MALFORMED {
        let mut k = setup().boot();
        k.listen(SERVER);
        let mut message = Send::to(k.id(SERVER));
        spoil(&mut message);
        assert_eq!(k.do_send(CLIENT, message), Other);
        assert_eq!(k.fault(CLIENT), UsageError::InvalidSlice.into());
        assert_eq!(k.state(SERVER), SchedState::InRecv(None));
    }
}

#[test]
fn nothing_is_checked_while_the_sender_waits() {
    for spoil in MALFORMED {
        let mut k = setup().boot();
        let mut message = Send::to(k.id(SERVER));
        spoil(&mut message);
        k.do_send(CLIENT, message);
        assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));

        k.listen(SERVER);
        assert_eq!(k.fault(CLIENT), UsageError::InvalidSlice.into());
    }
}

#[test]
fn the_last_byte_of_the_address_space_can_end_an_empty_slice() {
    let mut k = setup().boot();
    k.listen(SERVER);
    let next = k.do_send(
        CLIENT,
        Send {
            message: (0xFFFF_FFFF, 0),
            reply: (0xFFFF_FFFE, 1),
            leases: (0xFFFF_FFFC, 0),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SERVER));
}

#[test]
fn the_reply_buffer_and_the_leases_need_not_be_accessible() {
    let mut k = setup().boot();
    k.listen(SERVER);
    let next = k.do_send(
        CLIENT,
        Send {
            reply: (0x6000_0000, 100),
            leases: (0x7000_0000, 100),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SERVER));
    assert_eq!(k.got(SERVER).capacity, 100);
    assert_eq!(k.got(SERVER).leases, 100);
}

#[test]
fn an_inaccessible_message_faults_the_sender() {
    for base in [
        0,
        0x6000_0000,
        data(SERVER),
        DEVICE,
        DMA,
        data(IDLE) + 0xFFF,
    ] {
        let mut k = setup().boot();
        k.do_recv(
            SERVER,
            Recv {
                buffer: (data(SERVER) + 0x400, 16),
                ..Recv::default()
            },
        );
        let next = k.do_send(
            CLIENT,
            Send {
                message: (base, 2),
                ..Send::to(k.id(SERVER))
            },
        );
        assert_eq!(next, Other);
        assert_eq!(k.fault(CLIENT), inaccessible(base));
        assert_eq!(k.state(SERVER), SchedState::InRecv(None));
    }
}

#[test]
fn only_the_part_of_the_message_that_is_copied_must_be_accessible() {
    let mut k = setup().boot();
    let end = data(CLIENT) + super::world::SIZE;
    k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER) + 0x400, 4),
            ..Recv::default()
        },
    );
    let next = k.do_send(
        CLIENT,
        Send {
            message: (end - 4, 100),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SERVER));
    // Not 100: a receiver cannot tell that the message was longer.
    assert_eq!(k.got(SERVER).len, 4);
}

#[test]
fn an_empty_message_can_be_anywhere() {
    for base in [0, 0x6000_0000, DEVICE, 0xFFFF_FFFF] {
        let mut k = setup().boot();
        k.listen(SERVER);
        let next = k.do_send(
            CLIENT,
            Send {
                message: (base, 0),
                ..Send::to(k.id(SERVER))
            },
        );
        assert_eq!(next, Specific(SERVER));
    }
}

#[test]
fn constants_can_be_sent() {
    let mut k = setup().boot();
    k.do_recv(
        SERVER,
        Recv {
            buffer: (data(SERVER) + 0x400, 4),
            ..Recv::default()
        },
    );
    k.do_send(
        CLIENT,
        Send {
            message: (code(CLIENT) + 8, 4),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(k.read(data(SERVER) + 0x400, 4), [0xC0; 4]);
}

#[test]
fn a_bad_receive_buffer_faults_the_receiver_and_the_sender_waits() {
    for (buffer, fault) in [
        ((0xFFFF_FFFF, 1), UsageError::InvalidSlice.into()),
        ((code(SERVER), 4), inaccessible(code(SERVER))),
        ((DMA, 4), inaccessible(DMA)),
        ((DEVICE, 4), inaccessible(DEVICE)),
        ((0, 4), inaccessible(0)),
    ] {
        let mut k = setup().boot();
        k.do_recv(
            SERVER,
            Recv {
                buffer,
                ..Recv::default()
            },
        );
        let next = k.do_send(
            CLIENT,
            Send {
                message: (data(CLIENT), 4),
                ..Send::to(k.id(SERVER))
            },
        );
        assert_eq!(next, Other);
        assert_eq!(
            k.fault_and_state(SERVER),
            (fault, SchedState::InRecv(None))
        );
        assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));
    }
}

#[test]
fn a_fault_of_the_receiver_wakes_the_supervisor_straight_away() {
    let mut k = setup().boot();
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    k.do_recv(
        SERVER,
        Recv {
            buffer: (0xFFFF_FFFF, 1),
            ..Recv::default()
        },
    );
    assert_eq!(k.do_send(CLIENT, Send::to(k.id(SERVER))), Specific(SUP));
    assert_eq!(k.got(SUP).operation, 1);
}

#[test]
fn both_parties_can_be_faulted_by_one_message() {
    let mut k = setup().boot();
    k.do_recv(
        SUP,
        Recv {
            mask: 1,
            ..Recv::default()
        },
    );
    k.do_recv(
        SERVER,
        Recv {
            buffer: (0x7000_0000, 4),
            ..Recv::default()
        },
    );
    let next = k.do_send(
        CLIENT,
        Send {
            message: (0x6000_0000, 4),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SUP));
    assert_eq!(k.fault(SERVER), inaccessible(0x7000_0000));
    assert_eq!(k.fault(CLIENT), inaccessible(0x6000_0000));
}

#[test]
fn a_malformed_message_is_found_before_a_malformed_buffer() {
    let mut k = setup().boot();
    k.do_recv(
        SERVER,
        Recv {
            buffer: (0xFFFF_FFFF, 1),
            ..Recv::default()
        },
    );
    k.do_send(
        CLIENT,
        Send {
            leases: (1, 0),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(k.fault(CLIENT), UsageError::InvalidSlice.into());
    assert_eq!(k.state(SERVER), SchedState::InRecv(None));
}

#[test]
fn overlap_in_shared_memory_is_the_receivers_fault() {
    for (message, buffer) in [(0, 0), (0, 7), (7, 0), (0, 3)] {
        let mut k = setup().boot();
        k.do_recv(
            SERVER,
            Recv {
                buffer: (SHARED + buffer, 8),
                ..Recv::default()
            },
        );
        k.do_send(
            CLIENT,
            Send {
                message: (SHARED + message, 8),
                ..Send::to(k.id(SERVER))
            },
        );
        assert_eq!(k.fault(SERVER), inaccessible(SHARED + buffer));
        assert_eq!(k.state(CLIENT), SchedState::InSend(k.id(SERVER)));
    }
}

/// That is how the interface has it: a client that names the buffer of its
/// server takes it along.
#[test]
fn overlap_is_blamed_even_if_the_message_is_inaccessible() {
    let mut k = setup().boot();
    let buffer = data(SERVER) + 0x400;
    k.do_recv(
        SERVER,
        Recv {
            buffer: (buffer, 8),
            ..Recv::default()
        },
    );
    k.do_send(
        CLIENT,
        Send {
            message: (buffer, 8),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(k.fault(CLIENT), inaccessible(buffer));
    assert_eq!(k.fault(SERVER), inaccessible(buffer));
}

#[test]
fn neighbours_in_shared_memory_do_not_overlap() {
    for (message, buffer) in [(0, 8), (8, 0)] {
        let mut k = setup().boot();
        k.do_recv(
            SERVER,
            Recv {
                buffer: (SHARED + buffer, 8),
                ..Recv::default()
            },
        );
        let next = k.do_send(
            CLIENT,
            Send {
                message: (SHARED + message, 8),
                ..Send::to(k.id(SERVER))
            },
        );
        assert_eq!(next, Specific(SERVER));
    }
}

#[test]
fn only_the_bytes_that_are_copied_count_for_overlap() {
    let mut k = setup().boot();
    k.do_recv(
        SERVER,
        Recv {
            buffer: (SHARED + 4, 100),
            ..Recv::default()
        },
    );
    let next = k.do_send(
        CLIENT,
        Send {
            message: (SHARED, 4),
            ..Send::to(k.id(SERVER))
        },
    );
    assert_eq!(next, Specific(SERVER));
}
