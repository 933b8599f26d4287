// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Lets a debugger call the servers of a running system.
//!
//! The debugger writes a program and its input into variables of this task,
//! which it finds by their names, and kicks it by writing to another. The task
//! looks for that now and then, carries the program out, and leaves the results
//! in another variable. The language of the programs is that of
//! `task-hiffy-core`; [`functions`] are what they can call.
//!
//! Every server may be called, so this task is for development. It must be
//! named `hiffy` and be less important than all that it is to talk to.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};

use static_cell::StaticCell;
use task_hiffy_core::{
    Failure, VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH, run,
};
use userlib::hl;

mod functions;
#[cfg(feature = "testsuite")]
mod testsuite;

use functions::{FUNCTIONS, Functions};

// The variables that the debugger looks for. It reads and writes them behind
// the compiler's back; `#[used]` keeps them all, and tells the compiler that
// there are such accesses.

/// 1 while a program can be written.
#[used]
static HIFFY_READY: AtomicU32 = AtomicU32::new(0);

/// Not 0 when a program has been written.
#[used]
static HIFFY_KICK: AtomicU32 = AtomicU32::new(0);

/// The program.
#[used]
static mut HIFFY_TEXT: [u8; 2048] = [0; 2048];

/// Its input.
#[used]
static mut HIFFY_DATA: [u8; 2048] = [0; 2048];

/// Its results.
#[used]
static mut HIFFY_RSTACK: [u8; 2048] = [0; 2048];

/// Where functions put what they return. The debugger only wants its size.
#[used]
static HIFFY_SCRATCH: StaticCell<[u8; 512]> = StaticCell::new([0; 512]);

/// Counts successful programs, when their results are complete.
#[used]
static HIFFY_REQUESTS: AtomicU32 = AtomicU32::new(0);

/// Counts failed programs.
#[used]
static HIFFY_ERRORS: AtomicU32 = AtomicU32::new(0);

/// Why the last of these failed.
#[used]
static mut HIFFY_FAILURE: Option<Failure> = None;

#[used]
static HIFFY_VERSION_MAJOR: AtomicU32 = AtomicU32::new(VERSION_MAJOR);
#[used]
static HIFFY_VERSION_MINOR: AtomicU32 = AtomicU32::new(VERSION_MINOR);
#[used]
static HIFFY_VERSION_PATCH: AtomicU32 = AtomicU32::new(VERSION_PATCH);

/// Has no value: its type tells the debugger what the functions are.
#[used]
static HIFFY_FUNCTIONS: Option<&Functions> = None;

/// The interval in which we look for a kick, in ticks: short after a program,
/// because another often follows, then longer and longer.
const MIN_INTERVAL: u64 = 1;
const MAX_INTERVAL: u64 = 250;

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut interval = MIN_INTERVAL;
    loop {
        HIFFY_READY.store(1, Ordering::Release);
        hl::sleep_for(interval);
        HIFFY_READY.store(0, Ordering::Relaxed);

        if HIFFY_KICK.load(Ordering::Acquire) == 0 {
            interval = (interval * 2).min(MAX_INTERVAL);
            continue;
        }
        HIFFY_KICK.store(0, Ordering::Relaxed);
        interval = MIN_INTERVAL;

        let count = match serve() {
            Ok(()) => &HIFFY_REQUESTS,
            Err(failure) => {
                // SAFETY: only this task's one thread writes here, and the
                // debugger reads after the counter below has changed.
                unsafe {
                    (&raw mut HIFFY_FAILURE).write_volatile(Some(failure))
                }
                &HIFFY_ERRORS
            }
        };
        // Nobody else writes the counters, so this need not be atomic; ARMv6-M
        // has no atomic addition.
        let next = count.load(Ordering::Relaxed).wrapping_add(1);
        count.store(next, Ordering::Release);
    }
}

/// Carries out the program that the debugger has written.
fn serve() -> Result<(), Failure> {
    let text = &raw const HIFFY_TEXT;
    let data = &raw const HIFFY_DATA;
    let results = &raw mut HIFFY_RSTACK;
    // SAFETY: between the kick and the change of a counter the debugger leaves
    // these buffers alone, and nothing else in this task refers to them, so
    // that these are the only references. They end with this function.
    let (text, data, results) = unsafe { (&*text, &*data, &mut *results) };
    let mut scratch = HIFFY_SCRATCH.borrow_mut();
    run(text, FUNCTIONS, data, &mut *scratch, results)
}
