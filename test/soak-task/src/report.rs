// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The variables by which this task and the host talk.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::Release};
use drv_ipcc_api::{ChannelStatus, Ipcc};
use test_soak_api::{CHANNELS, STREAMS};
use userlib::hl;
use volatile_const::VolatileConst;
use zerocopy::IntoBytes;

const WORD: usize = size_of::<u32>();
const STATUS_WORDS: usize = size_of::<ChannelStatus>() / WORD;

#[used]
#[unsafe(no_mangle)]
static SOAK_SEED: VolatileConst<u32> = VolatileConst::new(0);

#[used]
#[unsafe(no_mangle)]
static SOAK_PHASE: AtomicU32 = AtomicU32::new(0);

#[used]
#[unsafe(no_mangle)]
static SOAK_WRITTEN: [AtomicU32; STREAMS] =
    [const { AtomicU32::new(0) }; STREAMS];

#[used]
#[unsafe(no_mangle)]
static SOAK_READ: [AtomicU32; STREAMS] = [const { AtomicU32::new(0) }; STREAMS];

#[used]
#[unsafe(no_mangle)]
static SOAK_FAILURE: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

#[used]
#[unsafe(no_mangle)]
static SOAK_STATES: [[AtomicU32; STATUS_WORDS]; CHANNELS] =
    [const { [const { AtomicU32::new(0) }; STATUS_WORDS] }; CHANNELS];

#[used]
#[unsafe(no_mangle)]
static SOAK_IS_REPORTED: AtomicU32 = AtomicU32::new(0);

/// The seed that the host has put into our code.
pub fn seed() -> u32 {
    SOAK_SEED.get()
}

/// How far the soak is.
pub fn phase() -> u32 {
    SOAK_PHASE.load(Relaxed)
}

/// Tells how far we are in a stream.
pub fn progress(is_reader: bool, stream: usize, position: u32) {
    let positions = if is_reader { &SOAK_READ } else { &SOAK_WRITTEN };
    if let Some(slot) = positions.get(stream) {
        slot.store(position, Relaxed);
    }
}

/// Tells what went wrong, and does nothing more.
pub fn fail(words: [u32; 4]) -> ! {
    // The first word comes last: the host may look at any time.
    for (slot, word) in SOAK_FAILURE.iter().zip(words).rev() {
        slot.store(word, Release);
    }
    loop {
        hl::sleep_for(1000);
    }
}

/// Tells the state of all channels, once.
pub fn states(ipcc: &Ipcc) {
    if SOAK_IS_REPORTED.load(Relaxed) != 0 {
        return;
    }
    for (number, words) in (1..).zip(&SOAK_STATES) {
        let status = super::expect(number, ipcc.status(number));
        let bytes = status.as_bytes().chunks_exact(WORD);
        for (slot, bytes) in words.iter().zip(bytes) {
            let mut word = [0; WORD];
            word.copy_from_slice(bytes);
            slot.store(u32::from_ne_bytes(word), Relaxed);
        }
    }
    SOAK_IS_REPORTED.store(1, Release);
}
