// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Answers messages and an interrupt, as briefly as a task can.

#![no_std]
#![no_main]

use userlib::{
    TaskId, sys_borrow_read, sys_irq_control, sys_recv_open, sys_reply,
};

const LINE_IRQ: u32 = notifications::LINE_IRQ_MASK;

/// A buffer, aligned as most are.
#[repr(align(4))]
struct Buffer([u8; 1024]);

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut buffer = Buffer([0; 1024]);
    sys_irq_control(LINE_IRQ, true);
    loop {
        let rm = sys_recv_open(&mut buffer.0, LINE_IRQ);
        if rm.sender == TaskId::KERNEL {
            attend();
            continue;
        }
        if rm.lease_count != 0 {
            sys_borrow_read(rm.sender, 0, 0, &mut buffer.0);
        }
        sys_reply(rm.sender, 0, &[]);
    }
}

/// Deals with the interrupt.
#[inline(never)]
#[unsafe(no_mangle)]
extern "Rust" fn attend() {
    sys_irq_control(LINE_IRQ, true);
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
