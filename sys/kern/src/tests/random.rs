// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Random system calls: whatever tasks do, the kernel's books stay in order.

use super::world::{DEVICE, DMA, SHARED, Setup, WRITE_ONLY, code, data};
use abi::TaskId;
use proptest::prelude::{Just, Strategy, any};
use proptest::{prop_assert, prop_oneof, proptest};
use std::vec::Vec;

const TASKS: usize = 6;
/// Never makes a system call.
const IDLE: usize = TASKS - 1;

/// Values that mean something as one argument or another.
fn argument() -> impl Strategy<Value = u32> {
    let task = 0..TASKS;
    prop_oneof![
        4 => 0u32..8,
        // A task id, for a SEND in the upper half.
        4 => (0u16..TASKS as u16, 0u16..3, 0u32..12, any::<bool>()).prop_map(
            |(index, generation, op, upper)| {
                let id = u32::from(index | generation << 10);
                if upper { id << 16 | op } else { id }
            }
        ),
        1 => (0u32..12).prop_map(|op| u32::from(TaskId::KERNEL.0) << 16 | op),
        1 => (0u16..TASKS as u16).prop_map(|i| 1 << 31 | u32::from(i)),
        1 => Just(1 << 31 | u32::from(TaskId::KERNEL.0)),
        6 => (task.clone(), 0u32..0x1000).prop_map(|(t, o)| data(t) + o),
        1 => task.prop_map(code),
        1 => proptest::sample::select(
            &[DEVICE, DMA, SHARED, WRITE_ONLY, SHARED + 2, u32::MAX, 0x1_0000][..]
        ),
        1 => any::<u32>(),
    ]
}

#[derive(Clone, Debug)]
enum Event {
    /// Whoever runs makes a system call.
    Call(u32, Vec<u32>),
    /// Time passes.
    Ticks(u32),
    /// An interrupt happens.
    Irq(u32),
    /// The supervisor restarts everybody who is faulted.
    Repair,
}

fn event() -> impl Strategy<Value = Event> {
    let args = proptest::collection::vec(argument(), 7);
    let call = (0u32..15, args).prop_map(|(n, args)| Event::Call(n, args));
    // Plain IPC, often enough to get somewhere.
    let ipc = (0u32..3, 0u16..5, 0u32..64, 0u32..64).prop_map(
        |(number, peer, a, b)| {
            let peer = u32::from(peer);
            let buffer = data(peer as usize) + 0x800;
            Event::Call(
                number,
                match number {
                    0 => [peer << 16, 0, 0, SHARED, a, SHARED + 0x100, b % 4]
                        .into(),
                    1 => [buffer, a, b, 0].into(),
                    _ => [peer, a, buffer, b].into(),
                },
            )
        },
    );
    prop_oneof![
        6 => call,
        6 => ipc,
        1 => (1u32..5).prop_map(Event::Ticks),
        1 => (1u32..4).prop_map(Event::Irq),
        1 => Just(Event::Repair),
    ]
}

proptest! {
    #[test]
    fn the_books_stay_in_order(
        events in proptest::collection::vec(event(), 1..200),
        priorities in proptest::collection::vec(0u8..4, TASKS - 1),
    ) {
        let mut priorities = priorities;
        priorities.push(9);
        let mut k = Setup::new(&priorities)
            .irq(1, 1, 1)
            .irq(2, 1, 2)
            .irq(3, 2, 1)
            .boot();
        let mut current = 0;
        for event in events {
            match event {
                Event::Call(number, args) => {
                    // A reset would be the end of it.
                    let resets = args[0] >> 16 == 0xFFFF && args[0] & 0xFFFF == 5;
                    if current == IDLE || (number == 0 && resets) {
                        continue;
                    }
                    let next = k.raw_call(current, number, &args);
                    current = next.chosen();
                }
                Event::Ticks(n) => {
                    if k.pass(n) {
                        current = k.select(current);
                    }
                }
                Event::Irq(n) => {
                    if k.interrupt(n) {
                        current = k.select(current);
                    }
                    k.check_invariants();
                }
                Event::Repair => {
                    for i in 0..IDLE {
                        let faulted = !k.is_healthy(i);
                        if faulted {
                            k.restart_by_hand(i);
                        }
                    }
                }
            }
            prop_assert!(k.is_runnable(current));
        }
    }
}
