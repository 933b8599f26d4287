// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the application hands over.

use core::sync::atomic::{AtomicU32, Ordering};

/// Processor cycles per tick, which makes it the clock in kilohertz when a
/// tick is a millisecond. Debuggers scale traces with it.
#[used]
#[unsafe(no_mangle)]
static CLOCK_FREQ_KHZ: AtomicU32 = AtomicU32::new(0);

/// Starts the tasks.
///
/// `tick_divisor` is the number of processor cycles per tick. By convention a
/// tick is one millisecond.
///
/// # Panics
///
/// If no task starts at boot, or a task's stack cannot be used.
///
/// # Safety
///
/// Must be called once only: privileged, on the main stack, with `.data` and
/// `.bss` initialised and interrupts as they are after reset.
pub unsafe fn start_kernel(tick_divisor: u32) -> ! {
    CLOCK_FREQ_KHZ.store(tick_divisor, Ordering::Relaxed);
    // SAFETY: our caller promises what is needed.
    unsafe { crate::arch::start(tick_divisor) }
}
