// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Static data of each kind, to see what becomes of it in a restart.

use crate::Registers;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What is in `.data` at the start.
pub const INITIAL: u32 = 0x1217_1A11;
/// What [`change`] leaves in all three.
pub const CHANGED: u32 = 0xC4A2_6ED0;

static DATA: AtomicU32 = AtomicU32::new(INITIAL);
static BSS: AtomicU32 = AtomicU32::new(0);
#[unsafe(link_section = ".uninit.data")]
static UNINIT: AtomicU32 = AtomicU32::new(0);

/// Changes the data.
pub fn change() {
    for data in [&DATA, &BSS, &UNINIT] {
        data.store(CHANGED, Relaxed);
    }
}

/// The data now, in r4, r5 and r6.
pub fn read() -> Registers {
    Registers {
        r4: DATA.load(Relaxed),
        r5: BSS.load(Relaxed),
        r6: UNINIT.load(Relaxed),
        ..Registers::default()
    }
}
