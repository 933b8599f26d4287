// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The system calls the server makes.

use crate::notifications;
use drv_ipcc_server_core::{Error, Event, Kernel};
use idol_runtime::RequestError;
use ipcc_channel::{Gone, SharedBytes};
use ringbuf::ringbuf_entry_root;
use userlib::{
    TaskId, sys_borrow_read, sys_borrow_write, sys_get_timer, sys_post,
    sys_refresh_task_id, sys_reply, sys_reply_fault, sys_set_timer,
};

/// Every operation that takes a lease takes one.
const LEASE: usize = 0;

/// The kernel.
pub struct System;

/// A copy counts only if it was made in full.
fn all((code, copied): (u32, usize), wanted: usize) -> Result<(), Gone> {
    if code == 0 && copied == wanted {
        Ok(())
    } else {
        Err(Gone)
    }
}

impl Kernel for System {
    fn copy_out(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), Gone> {
        all(sys_borrow_write(client, LEASE, offset, bytes), bytes.len())
    }

    fn copy_out_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        bytes: SharedBytes,
    ) -> Result<(), Gone> {
        // SAFETY: the span is inside the mapped window, and no Rust object
        // lives there. The reference exists for one system call, which only
        // takes its address and length: nobody in this task looks through
        // it, so it does not matter if the other core writes meanwhile.
        let bytes =
            unsafe { core::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) };
        self.copy_out(client, offset, bytes)
    }

    fn copy_in(
        &mut self,
        client: TaskId,
        offset: usize,
        space: &mut [u8],
    ) -> Result<(), Gone> {
        let wanted = space.len();
        all(sys_borrow_read(client, LEASE, offset, space), wanted)
    }

    fn copy_in_shared(
        &mut self,
        client: TaskId,
        offset: usize,
        space: SharedBytes,
    ) -> Result<(), Gone> {
        // SAFETY: as in `copy_out_shared`, and the window is writable. The
        // slot is ours to write until we ring.
        let space = unsafe {
            core::slice::from_raw_parts_mut(space.as_ptr(), space.len())
        };
        self.copy_in(client, offset, space)
    }

    fn reply(&mut self, client: TaskId, answer: Result<Option<u32>, Error>) {
        match answer.map_err(crate::refused) {
            Ok(Some(n)) => sys_reply(client, 0, &n.to_le_bytes()),
            Ok(None) => sys_reply(client, 0, &[]),
            Err(RequestError::Runtime(error)) => {
                sys_reply(client, u32::from(error), &[]);
            }
            Err(RequestError::Fail(fail)) => {
                if let Some(reason) = fail.into_fault() {
                    sys_reply_fault(client, reason);
                }
            }
        }
    }

    fn post(&mut self, client: TaskId, bits: u32) -> bool {
        sys_post(client, bits) == 0
    }

    fn current_id(&mut self, client: TaskId) -> TaskId {
        sys_refresh_task_id(client)
    }

    fn now(&mut self) -> u64 {
        sys_get_timer().now
    }

    fn set_alarm(&mut self, deadline: Option<u64>) {
        sys_set_timer(deadline, notifications::TIMER_MASK);
    }

    fn record(&mut self, event: Event) {
        ringbuf_entry_root!(event);
    }
}
