// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What happens when a task panics.

/// Bytes of a panic message that are kept.
pub const PANIC_MESSAGE_MAX_LEN: usize = 128;

#[cfg(not(any(feature = "panic-messages", feature = "no-panic")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    crate::sys_panic(b"PANIC")
}

#[cfg(feature = "no-panic")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Defined nowhere: a program that can panic does not link.
        fn you_have_introduced_a_panic_which_is_not_permitted() -> !;
    }

    // SAFETY: a program with this call cannot be linked, let alone run.
    unsafe { you_have_introduced_a_panic_which_is_not_permitted() }
}

#[cfg(feature = "panic-messages")]
mod messages {
    use super::PANIC_MESSAGE_MAX_LEN;
    use core::fmt::{self, Write};

    /// The message. Static because the stack may be what ran out, and because
    /// the kernel hands it to whoever asks, long after.
    static mut BUFFER: [u8; PANIC_MESSAGE_MAX_LEN] = [0; PANIC_MESSAGE_MAX_LEN];

    /// Keeps the first bytes that are written to it and drops the others.
    struct Prefix {
        buffer: &'static mut [u8; PANIC_MESSAGE_MAX_LEN],
        len: usize,
    }

    impl Prefix {
        fn written(&self) -> &[u8] {
            self.buffer.get(..self.len).unwrap_or(&[])
        }
    }

    impl Write for Prefix {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            let free = self.buffer.get_mut(self.len..).unwrap_or(&mut []);
            let mut n = 0;
            for (dest, byte) in free.iter_mut().zip(s.bytes()) {
                *dest = byte;
                n += 1;
            }
            self.len = self.len.wrapping_add(n);
            Ok(())
        }
    }

    #[panic_handler]
    fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
        let buffer = &raw mut BUFFER;
        // SAFETY: this is the only reference ever made to BUFFER. The handler
        // does not return and cannot itself panic, so it runs at most once
        // per life of the task.
        let buffer = unsafe { &mut *buffer };
        let mut prefix = Prefix { buffer, len: 0 };
        // Prefix accepts everything, and what an implementation of Display
        // reports in error is of no use here.
        let _ = write!(prefix, "{info}");
        crate::sys_panic(prefix.written())
    }
}
