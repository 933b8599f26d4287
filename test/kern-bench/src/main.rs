// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Makes the system calls that the kernel's benchmarks measure, in an order
//! that `test/system/src/kernel_cycles.rs` knows.

#![no_std]
#![no_main]

use core::hint::black_box;
use userlib::{Lease, sys_send, task_slot};

task_slot!(SERVER, server);

/// The server does not look at the operation.
const ANY: u16 = 0;

/// Enough to keep the processor busy for several ticks.
const BEATS: u32 = 3_000;

/// By how much each series of beats is longer than the last, for a while: so
/// the clock does not tick at the same place in every loop.
const SHIFT: u32 = 300;

/// A message, aligned as most are.
#[repr(align(4))]
struct Message([u8; 1024]);

#[unsafe(export_name = "main")]
fn main() -> ! {
    let message = black_box(Message([0xA5; 1024]));
    let message = &message.0;
    let mut more = 0;
    loop {
        // The cheapest of all: it only refreshes an id.
        let server = SERVER.get_task_id();
        sys_send(server, ANY, &[], &mut [], &[]);
        sys_send(server, ANY, &message[..64], &mut [], &[]);
        sys_send(server, ANY, message, &mut [], &[]);
        // The server borrows what it is lent.
        let lease = Lease::read_only(&message[..256]);
        sys_send(server, ANY, &[], &mut [], &[lease]);
        for _ in 0..BEATS + more {
            beat();
        }
        more = (more + SHIFT) % BEATS;
    }
}

/// Between two of these nothing happens but interrupts.
#[inline(never)]
#[unsafe(no_mangle)]
extern "Rust" fn beat() {
    black_box(());
}
