// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

/// Declares a ring buffer.
///
/// `ringbuf!(NAME, Type, N, init)` makes a private static `NAME` with `N`
/// entries of payload type `Type`, which must be `Copy` and `PartialEq`; the
/// unused ones hold `init`. Without `NAME`, the static is called `__RINGBUF`,
/// of which there can be one per module. A final `no_dedup` gives every entry
/// recorded a slot of its own.
///
/// Debuggers find ring buffers by name: one given here should end in
/// `RINGBUF`.
#[cfg(not(feature = "disabled"))]
#[macro_export]
macro_rules! ringbuf {
    ($name:ident, $Type:ty, $n:expr, $init:expr, no_dedup $(,)?) => {
        static $name: $crate::StaticCell<$crate::Ringbuf<$Type, (), { $n }>> =
            $crate::StaticCell::new($crate::Ringbuf::new($init, ()));
    };
    // Or else the next arm would take a constant `$n` for the type.
    ($Type:ident, $n:ident, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init, no_dedup);
    };
    ($name:ident, $Type:ty, $n:expr, $init:expr $(,)?) => {
        static $name: $crate::StaticCell<$crate::Ringbuf<$Type, u16, { $n }>> =
            $crate::StaticCell::new($crate::Ringbuf::new($init, 0));
    };
    ($Type:ty, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init, no_dedup);
    };
    ($Type:ty, $n:expr, $init:expr $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init);
    };
}

/// Declares what remains of a ring buffer when all are compiled out.
#[cfg(feature = "disabled")]
#[macro_export]
macro_rules! ringbuf {
    ($name:ident, $Type:ty, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!($name, $Type, $n, $init);
    };
    // Or else the next arm would take a constant `$n` for the type.
    ($Type:ident, $n:ident, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init);
    };
    ($name:ident, $Type:ty, $n:expr, $init:expr $(,)?) => {
        static $name: () = {
            const _: [$Type; { $n }] = [$init; { $n }];
        };
    };
    ($Type:ty, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init);
    };
    ($Type:ty, $n:expr, $init:expr $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init);
    };
}

/// Declares a counted ring buffer.
///
/// Takes what `ringbuf!` takes; `Type` must be the plain name of an enum that
/// implements `Count`.
#[cfg(all(feature = "counters", not(feature = "counters-disabled")))]
#[macro_export]
macro_rules! counted_ringbuf {
    ($name:ident, $Type:ident, $n:expr, $init:expr, no_dedup $(,)?) => {
        static $name: $crate::CountedRingbuf<$Type, (), { $n }> =
            $crate::CountedRingbuf::new($init, ());
    };
    // Or else the next arm would take a constant `$n` for the type.
    ($Type:ident, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::counted_ringbuf!(__RINGBUF, $Type, $n, $init, no_dedup);
    };
    ($name:ident, $Type:ident, $n:expr, $init:expr $(,)?) => {
        static $name: $crate::CountedRingbuf<$Type, u16, { $n }> =
            $crate::CountedRingbuf::new($init, 0);
    };
    ($Type:ident, $n:expr, $init:expr $(,)?) => {
        $crate::counted_ringbuf!(__RINGBUF, $Type, $n, $init);
    };
}

/// Declares a ring buffer where counted ones are compiled without counters.
#[cfg(any(not(feature = "counters"), feature = "counters-disabled"))]
#[macro_export]
macro_rules! counted_ringbuf {
    ($name:ident, $Type:ident, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!($name, $Type, $n, $init, no_dedup);
    };
    // Or else the next arm would take a constant `$n` for the type.
    ($Type:ident, $n:expr, $init:expr, no_dedup $(,)?) => {
        $crate::ringbuf!(__RINGBUF, $Type, $n, $init, no_dedup);
    };
    ($name:ident, $Type:ident, $n:expr, $init:expr $(,)?) => {
        $crate::ringbuf!($name, $Type, $n, $init);
    };
    ($Type:ident, $n:expr, $init:expr $(,)?) => {
        $crate::ringbuf!($Type, $n, $init);
    };
}

/// Records an entry, together with the source line.
///
/// `ringbuf_entry!(payload)` uses the unnamed ring buffer of the current
/// module, `ringbuf_entry!(buffer, payload)` the given one.
#[macro_export]
macro_rules! ringbuf_entry {
    ($buffer:expr, $payload:expr $(,)?) => {{
        // Both are evaluated here, outside of the buffer's borrow.
        let (buffer, payload) = (&$buffer, &$payload);
        // A method, so that the buffer may be given by reference.
        use $crate::RecordEntry as _;
        buffer.record_entry(::core::line!() as u16, payload);
    }};
    ($payload:expr $(,)?) => {
        $crate::ringbuf_entry!(__RINGBUF, $payload)
    };
}

/// Records an entry in a ring buffer of the crate's root module.
///
/// `ringbuf_entry_root!(payload)` uses the unnamed one,
/// `ringbuf_entry_root!(NAME, payload)` the one called `NAME`.
#[allow(clippy::crate_in_macro_def)] // The user's root is meant.
#[macro_export]
macro_rules! ringbuf_entry_root {
    ($name:ident, $payload:expr $(,)?) => {
        $crate::ringbuf_entry!(crate::$name, $payload)
    };
    ($payload:expr $(,)?) => {
        $crate::ringbuf_entry!(crate::__RINGBUF, $payload)
    };
}
