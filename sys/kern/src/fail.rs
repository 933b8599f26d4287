// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The end of the kernel.
//!
//! A kernel that has found itself to be wrong stops, and leaves a note for the
//! debugger.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether the kernel has stopped.
#[used]
#[unsafe(no_mangle)]
static KERNEL_HAS_FAILED: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // Do not write a second epitaph if the first one was fatal.
    if !KERNEL_HAS_FAILED.load(Ordering::Relaxed) {
        KERNEL_HAS_FAILED.store(true, Ordering::Relaxed);
        epitaph::write(info);
    }
    loop {
        // Keeps the loop, and the registers, for whoever comes to look.
        core::hint::spin_loop();
    }
}

#[cfg(feature = "nano")]
mod epitaph {
    pub fn write(_: &core::panic::PanicInfo<'_>) {}
}

#[cfg(not(feature = "nano"))]
mod epitaph {
    use core::fmt::{self, Write};
    use core::panic::PanicInfo;

    const LEN: usize = 128;

    /// Why the kernel has stopped; UTF-8, padded with zeros.
    #[used]
    #[unsafe(no_mangle)]
    static mut KERNEL_EPITAPH: [u8; LEN] = [0; LEN];

    /// Keeps what fits.
    struct Stone {
        free: &'static mut [u8],
    }

    impl Write for Stone {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            let free = core::mem::take(&mut self.free);
            // Whole characters only, so that the text stays valid.
            let end = s
                .char_indices()
                .map(|(at, c)| at.wrapping_add(c.len_utf8()))
                .take_while(|&end| end <= free.len())
                .last()
                .unwrap_or(0);
            let (now, later) =
                free.split_at_mut_checked(end).unwrap_or_default();
            for (dest, byte) in now.iter_mut().zip(s.bytes()) {
                *dest = byte;
            }
            self.free = later;
            Ok(())
        }
    }

    pub fn write(info: &PanicInfo<'_>) {
        // SAFETY: the panic handler calls this at most once, so this is the
        // only reference there ever is.
        let free = unsafe { &mut *(&raw mut KERNEL_EPITAPH) };
        let _ = write!(Stone { free }, "{info}");
    }
}
