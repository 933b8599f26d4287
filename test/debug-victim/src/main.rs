// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Gets itself into every state that a debugger has words for.
//!
//! The tests in `test/debugger` write an order to [`VICTIM_ORDER`] and what
//! belongs to it to [`VICTIM_ARGUMENTS`]; this task looks for orders every
//! millisecond. Most of them are the last thing it does in this life.

#![no_std]
#![no_main]

mod ruin;
mod trace;

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};
use trace::{Detail, Trace};
use userlib::hl;

/// What to do; 0 is nothing.
#[used]
static VICTIM_ORDER: AtomicU32 = AtomicU32::new(0);

/// What to do it with.
#[used]
static VICTIM_ARGUMENTS: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];

/// Memory for what system calls refer to: messages and leases.
#[used]
static VICTIM_MEMORY: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];

#[unsafe(export_name = "main")]
fn main() -> ! {
    trace::record(Trace::Started);
    loop {
        hl::sleep_for(1);
        let order = VICTIM_ORDER.load(Ordering::Relaxed);
        VICTIM_ORDER.store(0, Ordering::Relaxed);
        let arguments = VICTIM_ARGUMENTS
            .each_ref()
            .map(|a| a.load(Ordering::Relaxed));
        if order != 0 {
            trace::record(Trace::Order {
                number: order,
                first: arguments.first().copied(),
            });
            obey(order, &arguments);
        }
    }
}

fn obey(order: u32, arguments: &[u32; 8]) {
    let [first, second, ..] = *arguments;
    match order {
        1 => panic!("as ordered, {first}"),
        2 => ruin::system_call(arguments),
        3 => {
            black_box(ruin::read(first));
        }
        4 => ruin::write(first, second),
        5 => ruin::divide_by_zero(),
        6 => ruin::jump(first),
        7 => ruin::undefined_instruction(),
        8 => {
            black_box(ruin::use_up_the_stack(first));
        }
        9 => ruin::unaligned(),
        10 => loop {
            core::hint::spin_loop();
        },
        11 => trace::record(Trace::Detailed(Detail {
            flag: first != 0,
            bytes: first.to_le_bytes(),
            signed: -2,
            text: "text",
        })),
        _ => trace::record(Trace::Ignored(order as u16)),
    }
}
