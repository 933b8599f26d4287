// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Looks at what the build tool has made of the application file, and leaves
//! what it finds in `FOUND` for `test/system`.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use drv_caboose_pos::CABOOSE_POS;
use userlib::{sys_recv_notification, task_slot};

task_slot!(PEER, peer);

include!(concat!(env!("OUT_DIR"), "/facts.rs"));

/// What is true; one bit each, in the order of `main`.
#[used]
static FOUND: AtomicU32 = AtomicU32::new(0);

/// The task's index in the image, as its slot to itself says.
#[used]
static SELF_INDEX: AtomicU32 = AtomicU32::new(u32::MAX);

static INITIALISED: AtomicU32 = AtomicU32::new(0x600d_da7a);
static ZEROED: [AtomicU32; 300] = [const { AtomicU32::new(0) }; 300];

/// Placed by `sections` in a memory that is shared with a DMA engine.
#[unsafe(link_section = ".buffers")]
static BUFFER: [AtomicU32; 64] = [const { AtomicU32::new(0) }; 64];

unsafe extern "C" {
    static __REGION_WINDOW_BASE: [u32; 0];
    static __REGION_WINDOW_END: [u32; 0];
    static __IMAGE_A_BASE: [u32; 0];
    static __IMAGE_B_BASE: [u32; 0];
    static __this_image: [u32; 0];
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let window = [
        (&raw const __REGION_WINDOW_BASE).addr(),
        (&raw const __REGION_WINDOW_END).addr(),
    ];
    let images = [
        (&raw const __IMAGE_A_BASE).addr(),
        (&raw const __IMAGE_B_BASE).addr(),
    ];
    let this_image = (&raw const __this_image).addr();
    let here = main as *const () as usize;

    // The write itself shows that the section's memory belongs to the task.
    BUFFER[63].store(1, Relaxed);
    let facts = [
        INITIALISED.load(Relaxed) == 0x600d_da7a,
        ZEROED.iter().all(|word| word.load(Relaxed) == 0),
        (0x2000_9000..0x2000_a000).contains(&BUFFER.as_ptr().addr()),
        window == [WINDOW[0] as usize, (WINDOW[0] + WINDOW[1]) as usize],
        images == [0x0800_0000, 0x0801_0000],
        images.contains(&this_image) && here - this_image < 0x1_0000,
        BINDEP_MAGIC == *b"\x7fELF",
        // Only the first of the two may read the caboose.
        NAME != "one"
            || CABOOSE_POS.as_slice().is_some_and(|caboose| {
                caboose.len() == 256
                    && caboose.starts_with(&[0x5e, 0x00, 0xb0, 0xca])
            }),
    ];
    let found = facts
        .iter()
        .enumerate()
        .map(|(bit, fact)| u32::from(*fact) << bit)
        .sum();
    FOUND.store(found, Relaxed);
    SELF_INDEX.store(PEER.get_task_index().into(), Relaxed);
    loop {
        sys_recv_notification(0);
    }
}
