// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Which slices are accessible.

use crate::descs::TaskDesc;
use crate::region::{REGIONS_PER_TASK, RegionAttributes as A, RegionDesc};
use crate::set::place;
use crate::slice::{CopyFault, LeaseTable, Slice, SliceFault, check_copy};
use proptest::prelude::{Just, Strategy};
use proptest::{prop_assert_eq, prop_oneof, proptest};
use std::boxed::Box;
use std::vec::Vec;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn desc(regions: &[(u32, u32, A)], initial_stack: u32) -> TaskDesc {
    let null = leak(RegionDesc::NULL);
    let mut table = [null; REGIONS_PER_TASK];
    let first = REGIONS_PER_TASK - regions.len();
    for (entry, &(base, size, a)) in table[first..].iter_mut().zip(regions) {
        *entry = leak(RegionDesc::new(base, size, a));
    }
    let priorities = [0; 1];
    TaskDesc::new(table, 0, initial_stack, 0, 0, 0, place(&priorities, 0))
}

/// What the interface specification says, byte by byte.
fn is_accessible(
    regions: &[(u32, u32, A)],
    slice: Slice,
    right: A,
    forbidden: A,
) -> bool {
    (0..slice.len()).all(|i| {
        let address = slice.base() + i;
        regions.iter().any(|&(base, size, a)| {
            address >= base
                && address - base < size
                && a.contains(right)
                && !a.intersects(forbidden)
        })
    })
}

/// Regions of 32 bytes, each at one of the first places or absent.
fn regions() -> impl Strategy<Value = Vec<(u32, u32, A)>> {
    let attributes = prop_oneof![
        4 => Just(A::READ | A::WRITE),
        1 => Just(A::READ),
        1 => Just(A::WRITE),
        1 => Just(A::READ | A::WRITE | A::DMA),
        1 => Just(A::READ | A::WRITE | A::DEVICE),
        1 => Just(A::NONE),
    ];
    let place = prop_oneof![3 => attributes.prop_map(Some), 1 => Just(None)];
    proptest::collection::vec(place, 7).prop_map(|places| {
        (1..)
            .zip(places)
            .filter_map(|(i, a)| a.map(|a| (i * 32, 32, a)))
            .collect()
    })
}

const DEVICE_OR_DMA: A = A::DEVICE_OR_DMA;

proptest! {
    #[test]
    fn a_slice_is_accessible_if_all_its_bytes_are(
        regions in regions(),
        base in 0u32..300,
        len in 0u32..200,
        initial_stack in 0u32..300,
    ) {
        let desc = desc(&regions, initial_stack);
        let slice = Slice::bytes(base, len).unwrap();
        prop_assert_eq!(
            desc.readable(slice).is_ok(),
            is_accessible(&regions, slice, A::READ, DEVICE_OR_DMA)
        );
        prop_assert_eq!(
            desc.writable(slice).is_ok(),
            is_accessible(&regions, slice, A::WRITE, DEVICE_OR_DMA)
        );
        #[cfg(feature = "dump")]
        prop_assert_eq!(
            desc.dumpable(slice).is_ok(),
            is_accessible(&regions, slice, A::READ, A::DEVICE)
        );
    }

    #[test]
    fn slices_overlap_if_they_share_a_byte(
        a in 0u32..40, a_len in 0u32..20, b in 0u32..40, b_len in 0u32..20,
        at_end: bool,
    ) {
        // Once more at the end of the address space.
        let shift = if at_end { 0xFFFF_FFFF - 60 } else { 0 };
        let x = Slice::bytes(a + shift, a_len).unwrap();
        let y = Slice::bytes(b + shift, b_len).unwrap();
        let shared = (a..a + a_len).any(|i| (b..b + b_len).contains(&i));
        prop_assert_eq!(x.overlaps(&y), shared);
        prop_assert_eq!(y.overlaps(&x), shared);
    }

    #[test]
    fn a_slice_is_well_formed_if_its_end_is_an_address(base: u32, len: u32) {
        let end = u64::from(base) + u64::from(len);
        let well_formed = end <= u64::from(u32::MAX);
        prop_assert_eq!(Slice::bytes(base, len).is_ok(), well_formed);
    }

    #[test]
    fn a_lease_table_is_well_formed_if_aligned_and_its_end_is_an_address(
        base: u32,
        aligned: bool,
        count in prop_oneof![0u32..10, 0x1555_5550u32..0x1555_5560, 0u32..],
    ) {
        let base = if aligned { base & !3 } else { base };
        let end = u64::from(base) + 12 * u64::from(count);
        let well_formed = base % 4 == 0 && end <= u64::from(u32::MAX);
        prop_assert_eq!(LeaseTable::new(base, count).is_ok(), well_formed);
    }
}

#[test]
fn the_fault_names_the_base_of_the_slice() {
    let desc = desc(&[(32, 32, A::READ)], 0);
    let slice = Slice::bytes(40, 25).unwrap();
    assert_eq!(
        desc.readable(slice).err(),
        Some(SliceFault::Inaccessible(40))
    );
}

#[test]
fn a_region_does_not_matter_to_what_lies_behind_it() {
    let desc = desc(&[(32, 32, A::NONE), (64, 32, A::READ)], 0);
    assert!(desc.readable(Slice::bytes(64, 32).unwrap()).is_ok());
    assert!(desc.readable(Slice::bytes(63, 2).unwrap()).is_err());
}

#[test]
fn overlap_is_noticed_next_to_the_stacks_of_both_tasks() {
    // The same memory abuts the stack of one task below, of the other above.
    let rw = A::READ | A::WRITE;
    let a = desc(&[(32, 32, rw), (64, 32, rw)], 64);
    let b = desc(&[(64, 32, rw), (96, 32, rw)], 128);
    let slice = |base| Slice::bytes(base, 8).unwrap();
    assert!(check_copy(&a, slice(64), &b, slice(72), 8).is_ok());
    assert_eq!(
        check_copy(&a, slice(64), &b, slice(71), 8).err(),
        Some(CopyFault {
            source: None,
            dest: Some(SliceFault::Inaccessible(71))
        })
    );
}

#[test]
fn regions_can_reach_the_end_of_the_address_space() {
    let desc = desc(&[(0xFFFF_FFE0, 32, A::READ | A::WRITE)], 0xFFFF_FFF8);
    let slice = Slice::bytes(0xFFFF_FFE0, 31).unwrap();
    assert!(desc.readable(slice).is_ok());
    assert!(desc.writable(slice).is_ok());
    let slice = Slice::bytes(0xFFFF_FFDF, 2).unwrap();
    assert!(desc.readable(slice).is_err());
}
