// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What holds with every combination of features is in `tests/`.

use std::mem::{offset_of, size_of};

use super::*;

type Deduplicating<const N: usize> = StaticCell<Ringbuf<u8, u16, N>>;

fn deduplicating<const N: usize>() -> Deduplicating<N> {
    StaticCell::new(Ringbuf::new(0, 0))
}

/// The (line, generation, payload, count) of each slot.
fn slots<C: Copy, const N: usize>(
    cell: &StaticCell<Ringbuf<u8, C, N>>,
) -> [(u16, u16, u8, C); N] {
    cell.borrow_mut()
        .buffer
        .map(|e| (e.line, e.generation, e.payload, e.count))
}

#[test]
fn entries_fill_the_slots_from_zero_and_then_overwrite_the_oldest() {
    let ring = deduplicating::<2>();
    assert_eq!(ring.borrow_mut().last, None);

    ring.record_entry(1, &10);
    assert_eq!(ring.borrow_mut().last, Some(0));
    ring.record_entry(2, &20);
    assert_eq!(slots(&ring), [(1, 1, 10, 1), (2, 1, 20, 1)]);

    ring.record_entry(3, &30);
    assert_eq!(ring.borrow_mut().last, Some(0));
    assert_eq!(slots(&ring), [(3, 2, 30, 1), (2, 1, 20, 1)]);
}

#[test]
fn an_entry_repeats_the_newest_one_if_line_and_payload_are_equal() {
    let ring = deduplicating::<4>();
    ring.record_entry(1, &10);
    ring.record_entry(1, &10);
    ring.record_entry(2, &10);
    ring.record_entry(2, &20);
    ring.record_entry(1, &10);
    assert_eq!(
        slots(&ring),
        [(1, 1, 10, 2), (2, 1, 10, 1), (2, 1, 20, 1), (1, 1, 10, 1)]
    );
}

#[test]
fn a_full_count_starts_a_new_entry() {
    let ring = deduplicating::<2>();
    for _ in 0..=u16::MAX as u32 {
        ring.record_entry(1, &10);
    }
    assert_eq!(slots(&ring), [(1, 1, 10, u16::MAX), (1, 1, 10, 1)]);
}

#[test]
fn without_deduplication_every_entry_takes_a_slot() {
    let ring: StaticCell<Ringbuf<u8, (), 2>> =
        StaticCell::new(Ringbuf::new(0, ()));
    for _ in 0..3 {
        ring.record_entry(1, &10);
    }
    assert_eq!(slots(&ring), [(1, 2, 10, ()), (1, 1, 10, ())]);
}

#[test]
fn generations_wrap() {
    let ring = deduplicating::<1>();
    ring.borrow_mut().buffer[0].generation = u16::MAX;
    ring.record_entry(1, &10);
    assert_eq!(slots(&ring), [(1, 0, 10, 1)]);
}

#[test]
fn an_entry_is_dropped_while_the_buffer_is_borrowed() {
    let ring = deduplicating::<1>();
    let guard = ring.borrow_mut();
    ring.record_entry(1, &10);
    drop(guard);
    assert_eq!(slots(&ring), [(0, 0, 0, 0)]);
}

#[test]
fn a_bogus_index_of_the_newest_entry_does_not_panic() {
    let ring = deduplicating::<2>();
    ring.borrow_mut().last = Some(usize::MAX);
    ring.record_entry(1, &10);
    assert_eq!(slots(&ring), [(1, 1, 10, 1), (0, 0, 0, 0)]);
}

#[test]
fn an_entry_has_the_fields_that_debuggers_read() {
    type Entry = RingbufEntry<u8, u16>;
    let RingbufEntry::<u8, u16> {
        line: _,
        generation: _,
        payload: _,
        count: _,
    } = deduplicating::<1>().borrow_mut().buffer[0];
    assert_eq!(size_of::<Entry>(), 8);
    assert_eq!(size_of::<RingbufEntry<u32, ()>>(), 8);
    assert_eq!(
        offset_of!(Ringbuf<u8, u16, 3>, buffer) % align_of::<u16>(),
        0
    );
}
