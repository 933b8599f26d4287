// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The variables that the test and the puppet share.
//!
//! The test stops the chip before it looks at them or changes them, and
//! changes the command and the data only while no command is carried out.

use core::slice;
use core::sync::atomic::{
    AtomicU8, AtomicU32,
    Ordering::{Relaxed, Release},
};
use test_puppet_api::{Answer, COMMAND_WORDS, Command, DATA_LEN, Posts};
use userlib::sys_get_timer;
use zerocopy::{FromZeros, Immutable, IntoBytes};

const WORD: usize = size_of::<u32>();

#[used]
#[unsafe(no_mangle)]
static PUPPET_COMMAND: [AtomicU32; COMMAND_WORDS] =
    [const { AtomicU32::new(0) }; COMMAND_WORDS];

#[used]
#[unsafe(no_mangle)]
static PUPPET_ANSWER: [AtomicU32; size_of::<Answer>() / WORD] =
    [const { AtomicU32::new(0) }; size_of::<Answer>() / WORD];

#[used]
#[unsafe(no_mangle)]
static PUPPET_POSTS: [AtomicU32; size_of::<Posts>() / WORD] =
    [const { AtomicU32::new(0) }; size_of::<Posts>() / WORD];

#[used]
#[unsafe(no_mangle)]
static PUPPET_DATA: [AtomicU8; DATA_LEN] =
    [const { AtomicU8::new(0) }; DATA_LEN];

/// Shows that the puppet has started.
pub fn ready() {
    let answer = Answer {
        count: 1,
        started_at: tick(),
        ..Answer::new_zeroed()
    };
    show(&answer, &PUPPET_ANSWER);
}

/// Carries out the command that the test has announced, with the data it
/// names, and shows the code and the value that come of it.
pub fn follow(obey: impl FnOnce(Command, &mut [u8]) -> (u32, u32)) {
    let mut command = Command::new_zeroed();
    let bytes = command.as_mut_bytes().chunks_exact_mut(WORD);
    for (bytes, word) in bytes.zip(&PUPPET_COMMAND) {
        bytes.copy_from_slice(&word.load(Relaxed).to_ne_bytes());
    }
    let called_at = tick();
    let (code, value) = obey(command, lent(&command));
    let [count, started_at, ..] = &PUPPET_ANSWER;
    let answer = Answer {
        count: count.load(Relaxed).wrapping_add(1),
        started_at: started_at.load(Relaxed),
        code,
        value,
        called_at,
        answered_at: tick(),
    };
    show(&answer, &PUPPET_ANSWER);
}

/// Shows that notifications have come.
pub fn note_posts(bits: u32) {
    let [count, ..] = &PUPPET_POSTS;
    let posts = Posts {
        count: count.load(Relaxed).wrapping_add(1),
        bits,
        noticed_at: tick(),
    };
    show(&posts, &PUPPET_POSTS);
}

/// The count, which comes first in both, is stored last: the test may look at
/// any time.
fn show(value: &(impl IntoBytes + Immutable), words: &[AtomicU32]) {
    let bytes = value.as_bytes().chunks_exact(WORD);
    for (bytes, word) in bytes.zip(words).rev() {
        let mut value = [0; WORD];
        value.copy_from_slice(bytes);
        word.store(u32::from_ne_bytes(value), Release);
    }
}

/// The part of the data that a command lends.
fn lent(command: &Command) -> &'static mut [u8] {
    let start = command.offset as usize;
    let bytes = PUPPET_DATA.get(start..).unwrap_or_default();
    let bytes = bytes.get(..command.len as usize).unwrap_or_default();
    let len = bytes.len();
    // SAFETY: the bytes are ours, and the only reference to them is the one
    // made here: the last command is over, and its reference with it.
    unsafe { slice::from_raw_parts_mut(bytes.as_ptr().cast_mut().cast(), len) }
}

/// The low half of the clock is enough for a test.
fn tick() -> u32 {
    sys_get_timer().now as u32
}
