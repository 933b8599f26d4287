// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The pipe: hands bytes from one client to another.
//!
//! A sample of a server that replies later, for which it has a receive loop of
//! its own: who takes waits until somebody puts. A restart forgets who waits;
//! the kernel tells them.

#![no_std]
#![no_main]

use drv_pipe_api::{PipeError, PipeOperation};
use idol_runtime::{Leased, W};
use ringbuf::{ringbuf, ringbuf_entry};
use static_cell::ClaimOnceCell;
use userlib::{TaskId, hl};

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    Waits(TaskId),
    Handed(usize),
    WentAway(TaskId),
}
ringbuf!(Trace, 4, Trace::None, no_dedup);

static BUFFER: ClaimOnceCell<[u8; 16]> = ClaimOnceCell::new([0; 16]);

/// Who waits for bytes.
type Waiting = Option<(hl::Caller<u32>, Leased<W, [u8]>)>;

fn take(
    waiting: &mut Waiting,
    message: hl::Message<'_>,
) -> Result<(), PipeError> {
    let ((), caller) =
        message.fixed_with_leases(1).ok_or(PipeError::BadRequest)?;
    let id = caller.task_id();
    let dest =
        Leased::write_only_slice(id, 0, None).ok_or(PipeError::BadRequest)?;
    if let Some((other, _)) = waiting
        && other.borrow(0).info().is_some()
    {
        return Err(PipeError::Busy);
    }
    ringbuf_entry!(Trace::Waits(id));
    *waiting = Some((caller, dest));
    Ok(())
}

fn put(
    waiting: &mut Waiting,
    buffer: &mut [u8],
    message: hl::Message<'_>,
) -> Result<(), PipeError> {
    let (limit, caller): (&[u8; 4], hl::Caller<u32>) =
        message.fixed_with_leases(1).ok_or(PipeError::BadRequest)?;
    let limit = u32::from_le_bytes(*limit) as usize;
    let src = caller.borrow(0);
    let available = src.info().ok_or(PipeError::BadRequest)?.len;
    let (taker, dest) = waiting.take().ok_or(PipeError::NobodyThere)?;

    let n = available.min(limit).min(dest.len()).min(buffer.len());
    let bytes = buffer.get_mut(..n).unwrap_or_default();
    src.read_fully_at(0, bytes).ok_or(PipeError::BadRequest)?;
    if dest.write_range(0..n, bytes).is_err() {
        ringbuf_entry!(Trace::WentAway(taker.task_id()));
        return Err(PipeError::NobodyThere);
    }
    ringbuf_entry!(Trace::Handed(n));
    taker.reply(n as u32);
    caller.reply(n as u32);
    Ok(())
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut waiting = None;
    let buffer = BUFFER.claim();
    let mut message = [0; 4];
    loop {
        hl::recv_without_notification(&mut message, |op, message| match op {
            PipeOperation::take => take(&mut waiting, message),
            PipeOperation::put => put(&mut waiting, buffer, message),
        });
    }
}
