// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What a debugger can ask for, by writing to variables of this task.
//!
//! It waits until `JEFE_EXTERNAL_READY` is 1, writes the request and the task's
//! index, writes 1 to `JEFE_EXTERNAL_KICK`, and then watches which of
//! `JEFE_EXTERNAL_REQUESTS` and `JEFE_EXTERNAL_ERRORS` counts up. It finds the
//! variables by their names. Nothing in the image writes some of them, so each
//! is marked as used to keep the compiler from taking its value for granted.

use core::sync::atomic::{AtomicU32, Ordering};

use ringbuf::ringbuf_entry_root;
use task_jefe_policy::Record;
use userlib::{FromPrimitive, kipc};

use crate::{Trace, restart};

/// 1 while a request can be made.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_READY: AtomicU32 = AtomicU32::new(0);

/// Not 0 when the debugger has made a request.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_KICK: AtomicU32 = AtomicU32::new(0);

/// The [`Request`], as a number.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_REQUEST: AtomicU32 = AtomicU32::new(0);

/// Index of the task that the request is about.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_TASKINDEX: AtomicU32 = AtomicU32::new(0);

/// How many requests have been carried out.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_REQUESTS: AtomicU32 = AtomicU32::new(0);

/// How many requests made no sense.
#[used]
#[unsafe(no_mangle)]
static JEFE_EXTERNAL_ERRORS: AtomicU32 = AtomicU32::new(0);

#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum Request {
    None = 0,
    /// Start the task over.
    Start = 1,
    /// Do not restart the task when it faults.
    Hold = 2,
    /// Restart the task when it faults; start it if it is being held.
    Release = 3,
    /// Make the task fault.
    Fault = 4,
}

/// Tells the debugger that it may make a request.
pub fn ready() {
    JEFE_EXTERNAL_READY.store(1, Ordering::Release);
}

/// Carries out the debugger's request, if there is one.
pub fn serve(records: &mut [Record], now: u64) {
    if JEFE_EXTERNAL_KICK.load(Ordering::Acquire) == 0 {
        return;
    }
    JEFE_EXTERNAL_READY.store(0, Ordering::Relaxed);
    JEFE_EXTERNAL_KICK.store(0, Ordering::Relaxed);

    let request = JEFE_EXTERNAL_REQUEST.load(Ordering::Relaxed);
    let index = JEFE_EXTERNAL_TASKINDEX.load(Ordering::Relaxed);
    let outcome = match carry_out(request, index, records, now) {
        Ok(()) => &JEFE_EXTERNAL_REQUESTS,
        Err(Nonsense) => {
            ringbuf_entry_root!(Trace::ExternalError(request, index));
            &JEFE_EXTERNAL_ERRORS
        }
    };
    // No other task or handler writes it, so this need not be atomic; ARMv6-M
    // has no atomic addition.
    let count = outcome.load(Ordering::Relaxed).wrapping_add(1);
    outcome.store(count, Ordering::Release);

    ready();
}

/// The request is unknown, or there is no such task, or it is the supervisor.
struct Nonsense;

fn carry_out(
    request: u32,
    index: u32,
    records: &mut [Record],
    now: u64,
) -> Result<(), Nonsense> {
    let request = Request::from_u32(request).ok_or(Nonsense)?;
    let index = index as usize;
    if index == 0 {
        return Err(Nonsense);
    }
    let record = records.get_mut(index).ok_or(Nonsense)?;
    ringbuf_entry_root!(Trace::External(request, index));
    match request {
        Request::None => {}
        Request::Start => restart(index, record, now),
        Request::Hold => record.hold(),
        Request::Release => {
            if record.release() {
                restart(index, record, now);
            }
        }
        // The kernel tells us of the fault like of any other.
        Request::Fault => kipc::fault_task(index),
    }
    Ok(())
}
