// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Generated clients and servers, run against each other on the host.
//!
//! Each module holds an interface: the types it mentions, the generated client
//! and, in `idl`, the generated server, as in any API crate and server crate.
//! `userlib` is one of its own here, which plays the kernel's part in-process;
//! `idol_runtime` is the same source that firmware is built from.

#![cfg(test)]

mod empty;
mod failing;
mod gauge;
mod lending;
mod raw;
mod runtime;
mod serial;
mod uniform;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Starts a server that `dispatch` is called for with a buffer of `N` bytes.
macro_rules! start_server {
    ($idl:ident, $server:expr) => {{
        let mut server = $server;
        let mut buffer = [0; $idl::INCOMING_SIZE];
        userlib::kernel::start_server(move || {
            idol_runtime::dispatch(&mut buffer, &mut server)
        })
    }};
}
use start_server;

/// Implements the handling of no notifications.
macro_rules! no_notifications {
    ($Server:ty) => {
        impl idol_runtime::NotificationHandler for $Server {
            fn current_notification_mask(&self) -> u32 {
                0
            }

            fn handle_notification(&mut self, _: userlib::NotificationBits) {
                unreachable!()
            }
        }
    };
}
use no_notifications;

/// Runs `f`, which panics with a value of type `P`, and returns the value.
fn panic_of<P: 'static>(f: impl FnOnce()) -> P {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    match payload.downcast() {
        Ok(value) => *value,
        Err(other) => std::panic::resume_unwind(other),
    }
}

/// Runs `f`, which panics of its own accord.
fn assert_panics(f: impl FnOnce()) {
    let _: &str = panic_of(f);
}
