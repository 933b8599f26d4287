// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A helper of the suite: executes the scripts that it is sent, and has no
//! will of its own. There are several in each image, with other priorities and
//! other memory.

#![no_std]
#![no_main]

use test_kern_api::engine::{Engine, MESSAGE_SIZE};
use userlib::{ReplyFaultReason, sys_recv_open, sys_reply_fault};

/// Scripts are made of words.
#[repr(align(4))]
struct Buffer([u8; MESSAGE_SIZE]);

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut engine = Engine::default();
    let mut buffer = Buffer([0; MESSAGE_SIZE]);
    loop {
        let rm = sys_recv_open(&mut buffer.0, 0);
        if !engine.serve(&rm, &buffer.0) {
            sys_reply_fault(rm.sender, ReplyFaultReason::UndefinedOperation);
        }
    }
}
