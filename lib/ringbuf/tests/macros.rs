// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The macros, in every combination of the crate's features.

use std::sync::Once;

use ringbuf::{counted_ringbuf, ringbuf, ringbuf_entry, ringbuf_entry_root};

#[derive(Copy, Clone, Debug, PartialEq, counters::Count)]
enum Trace {
    #[count(skip)]
    None,
    Sent(u8),
    Lost,
}

const SLOTS: usize = 2;

ringbuf!(Trace, SLOTS + 1, Trace::None,);
ringbuf!(NAMED_RINGBUF, Trace, 2, Trace::None);
ringbuf!(RAW_RINGBUF, Trace, 2, Trace::None, no_dedup);
counted_ringbuf!(COUNTED_RINGBUF, Trace, 2, Trace::None);
counted_ringbuf!(RAW_COUNTED_RINGBUF, Trace, 2, Trace::None, no_dedup,);

mod inner {
    use super::{Trace, counted_ringbuf, ringbuf_entry, ringbuf_entry_root};

    counted_ringbuf!(Trace, 4, Trace::None,);

    pub fn record() {
        ringbuf_entry!(Trace::Sent(1));
        ringbuf_entry!(Trace::Sent(2),);
        ringbuf_entry_root!(Trace::Lost);
        ringbuf_entry_root!(NAMED_RINGBUF, Trace::Lost);
    }

    #[cfg(all(feature = "counters", not(feature = "counters-disabled")))]
    pub fn counts() -> (u32, u32) {
        use core::sync::atomic::Ordering::Relaxed;
        let counters = &__RINGBUF.counters;
        (counters.Sent.load(Relaxed), counters.Lost.load(Relaxed))
    }
}

mod unnamed_without_deduplication {
    use super::{SLOTS, Trace, ringbuf, ringbuf_entry};

    ringbuf!(Trace, SLOTS, Trace::None, no_dedup);

    pub fn record() {
        ringbuf_entry!(__RINGBUF, Trace::Lost);
    }
}

mod unnamed_and_counted_without_deduplication {
    use super::{SLOTS, Trace, counted_ringbuf, ringbuf_entry};

    counted_ringbuf!(Trace, SLOTS, Trace::None, no_dedup);

    pub fn record() {
        ringbuf_entry!(Trace::Lost);
    }
}

/// Records once, however many tests ask for it.
fn record_everywhere() {
    static RECORDED: Once = Once::new();
    RECORDED.call_once(record);
}

/// Types, lengths and initial values of any form.
mod forms {
    use super::{SLOTS, ringbuf, ringbuf_entry};

    type Pair = (u8, Option<u16>);

    ringbuf!(Option<Pair>, SLOTS * 2, None);
    ringbuf!(RAW_RINGBUF, Option<Pair>, SLOTS + 1, None, no_dedup);
    ringbuf!(
        PATH_RINGBUF,
        core::num::Wrapping<u8>,
        super::SLOTS,
        WRAPPING,
    );

    const WRAPPING: core::num::Wrapping<u8> = core::num::Wrapping(0);

    pub fn record() {
        let pair: Pair = (1, None);
        ringbuf_entry!(Some(pair));
        ringbuf_entry!(RAW_RINGBUF, Some((pair.0, Some(2))));
        ringbuf_entry!(PATH_RINGBUF, WRAPPING);
    }

    mod raw {
        use super::{Pair, ringbuf};

        ringbuf!(Option<Pair>, super::SLOTS, None, no_dedup);

        pub fn record() {
            let pair: Pair = (1, None);
            ringbuf::ringbuf_entry!(Some(pair));
        }
    }

    pub fn record_raw() {
        raw::record();
    }
}

/// Buffers that are reached through something else.
mod holders {
    use super::{Trace, ringbuf, ringbuf_entry};
    use ringbuf::RecordEntry;

    ringbuf!(Trace, 4, Trace::None);

    struct Holder<'a, B> {
        ring: &'a B,
    }

    impl<B: RecordEntry<Trace>> Holder<'_, B> {
        fn record(&self) {
            ringbuf_entry!(self.ring, Trace::Sent(6));
            ringbuf_entry!(*self.ring, Trace::Sent(7));
        }
    }

    pub fn record() {
        ringbuf_entry!(&__RINGBUF, Trace::Sent(5));
        Holder { ring: &__RINGBUF }.record();
    }

    #[cfg(not(feature = "disabled"))]
    pub fn recorded() -> [Trace; 3] {
        let ring = __RINGBUF.borrow_mut();
        [0, 1, 2].map(|slot| ring.buffer[slot].payload)
    }
}

fn record() {
    holders::record();
    forms::record();
    forms::record_raw();
    inner::record();
    unnamed_without_deduplication::record();
    unnamed_and_counted_without_deduplication::record();
    for _ in 0..2 {
        ringbuf_entry!(RAW_RINGBUF, Trace::Sent(3));
        ringbuf_entry!(COUNTED_RINGBUF, Trace::Sent(4));
        ringbuf_entry!(RAW_COUNTED_RINGBUF, Trace::Sent(5),);
    }
}

#[cfg(not(feature = "disabled"))]
#[test]
fn entries_go_to_the_buffer_named() {
    record_everywhere();

    let payloads = |ring: &ringbuf::Ringbuf<Trace, u16, 3>| {
        ring.buffer.map(|entry| entry.payload)
    };
    assert_eq!(
        payloads(&__RINGBUF.borrow_mut()),
        [Trace::Lost, Trace::None, Trace::None]
    );
    let named = NAMED_RINGBUF.borrow_mut();
    assert_eq!(named.last, Some(0));
    assert_ne!(named.buffer[0].line, 0);
    let raw = RAW_RINGBUF.borrow_mut();
    assert_eq!(raw.buffer.map(|entry| entry.payload), [Trace::Sent(3); 2]);
}

#[cfg(not(feature = "disabled"))]
#[test]
fn a_buffer_may_be_given_by_reference() {
    record_everywhere();
    assert_eq!(holders::recorded(), [5, 6, 7].map(Trace::Sent));
}

#[cfg(feature = "disabled")]
#[test]
fn a_disabled_buffer_is_nothing() {
    record_everywhere();
    let () = __RINGBUF;
    let () = NAMED_RINGBUF;
    let () = RAW_RINGBUF;
}

#[cfg(all(
    feature = "disabled",
    feature = "counters",
    not(feature = "counters-disabled")
))]
#[test]
fn a_disabled_counted_buffer_is_its_counters() {
    fn size_of_static<T>(_: &'static T) -> usize {
        core::mem::size_of::<T>()
    }
    assert_eq!(size_of_static(&COUNTED_RINGBUF), 2 * 4);
    assert_eq!(size_of_static(&RAW_COUNTED_RINGBUF), 2 * 4);
}

#[cfg(all(feature = "counters", not(feature = "counters-disabled")))]
#[test]
fn each_variant_recorded_is_counted() {
    record_everywhere();
    assert_eq!(inner::counts(), (2, 0));
}

#[cfg(all(feature = "counters-disabled", not(feature = "disabled")))]
#[test]
fn without_counters_a_counted_buffer_is_a_plain_one() {
    record_everywhere();
    let ring = COUNTED_RINGBUF.borrow_mut();
    assert_eq!(ring.buffer[0].count, 2);
}
