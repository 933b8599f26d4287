// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The end of the kernel.
//!
//! A kernel that has found itself to be wrong stops, and leaves an epitaph for
//! the debugger. Epitaphs do without `core::fmt`, which is larger than all the
//! rest of what it takes to send a message.

/// Stops the kernel. The number says more about the reason.
#[cfg(not(target_os = "none"))]
#[track_caller]
pub fn die(reason: &'static str, number: u32) -> ! {
    panic!("{reason} {number:#x}");
}

#[cfg(target_os = "none")]
pub use firmware::die;

#[cfg(target_os = "none")]
mod firmware {
    use core::panic::{Location, PanicInfo};
    use core::sync::atomic::{AtomicBool, Ordering};

    /// Whether the kernel has stopped.
    #[used]
    #[unsafe(no_mangle)]
    static KERNEL_HAS_FAILED: AtomicBool = AtomicBool::new(false);

    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn die(reason: &'static str, number: u32) -> ! {
        stop(reason, Some(number), Some(Location::caller()))
    }

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        let reason = info.message().as_str().unwrap_or_default();
        stop(reason, None, info.location())
    }

    fn stop(
        reason: &'static str,
        number: Option<u32>,
        location: Option<&Location<'_>>,
    ) -> ! {
        #[cfg(not(feature = "nano"))]
        super::epitaph::write(reason, number, location);
        #[cfg(feature = "nano")]
        let _ = (reason, number, location);
        // Last, so that whoever sees it finds the epitaph whole.
        KERNEL_HAS_FAILED.store(true, Ordering::Release);
        loop {
            // Keeps the loop, and the registers, for whoever comes to look.
            core::hint::spin_loop();
        }
    }
}

#[cfg(any(test, all(target_os = "none", not(feature = "nano"))))]
mod epitaph {
    use core::panic::Location;
    #[cfg(target_os = "none")]
    use core::sync::atomic::{AtomicBool, Ordering};

    const LEN: usize = 128;

    /// Why the kernel has stopped; UTF-8, padded with zeros.
    #[cfg(target_os = "none")]
    #[used]
    #[unsafe(no_mangle)]
    static mut KERNEL_EPITAPH: [u8; LEN] = [0; LEN];

    /// Writes the epitaph, unless it was fatal to try.
    #[cfg(target_os = "none")]
    pub fn write(
        reason: &str,
        number: Option<u32>,
        location: Option<&Location<'_>>,
    ) {
        static IS_BEGUN: AtomicBool = AtomicBool::new(false);
        if IS_BEGUN.load(Ordering::Relaxed) {
            return;
        }
        IS_BEGUN.store(true, Ordering::Relaxed);
        let stone = &raw mut KERNEL_EPITAPH;
        // SAFETY: only the first call comes here, so this is the only
        // reference there ever is.
        let stone = unsafe { &mut *stone };
        inscribe(stone, reason, number, location);
    }

    /// Fills `stone`, as far as there is room.
    pub(super) fn inscribe(
        stone: &mut [u8; LEN],
        reason: &str,
        number: Option<u32>,
        location: Option<&Location<'_>>,
    ) {
        let mut free = stone.iter_mut();
        let mut text = |s: &str| {
            // If something has been left out, nothing may follow.
            let end = s.floor_char_boundary(free.len());
            for byte in s.bytes().take(end) {
                if let Some(place) = free.next() {
                    *place = byte;
                }
            }
            if end < s.len() {
                free = [].iter_mut();
            }
        };
        text("panicked at ");
        if let Some(at) = location {
            text(at.file());
            text(":");
            digits(at.line(), 10, &mut text);
            text(": ");
        }
        text(reason);
        if let Some(number) = number {
            text(" 0x");
            digits(number, 16, &mut text);
        }
    }

    /// Writes a number.
    fn digits(number: u32, base: u32, text: &mut dyn FnMut(&str)) {
        if number >= base {
            digits(number / base, base, text);
        }
        let at = (number % base) as usize;
        text("0123456789abcdef".get(at..=at).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::epitaph::inscribe;
    use core::panic::Location;
    use std::format;
    use std::string::String;

    fn epitaph(reason: &str, number: Option<u32>) -> String {
        let mut stone = [0; 128];
        inscribe(&mut stone, reason, number, None);
        let text = stone.split(|&b| b == 0).next().unwrap();
        String::from_utf8(text.into()).unwrap()
    }

    #[test]
    fn an_epitaph_names_the_reason_and_the_number() {
        assert_eq!(
            epitaph("unhandled interrupt", Some(0x2A0)),
            "panicked at unhandled interrupt 0x2a0"
        );
        assert_eq!(epitaph("", Some(0)), "panicked at  0x0");
    }

    #[test]
    fn an_epitaph_names_the_place() {
        let here = Location::caller();
        let mut stone = [0; 128];
        inscribe(&mut stone, "why", None, Some(here));
        let expected =
            format!("panicked at {}:{}: why", here.file(), here.line());
        assert_eq!(&stone[..expected.len()], expected.as_bytes());
        assert_eq!(stone[expected.len()], 0);
    }

    #[test]
    fn a_long_epitaph_is_cut_between_characters() {
        // 12 bytes come first, so that 116 are left.
        let long = "ä".repeat(100);
        assert_eq!(
            epitaph(&long, None),
            format!("panicked at {}", &long[..116])
        );
        let odd = format!("x{long}");
        assert_eq!(epitaph(&odd, None), format!("panicked at {}", &odd[..115]));
    }
}
