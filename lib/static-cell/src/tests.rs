// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::*;
use std::mem::{offset_of, size_of};

#[test]
fn a_cell_lends_its_contents_to_one_borrower_at_a_time() {
    static CELL: StaticCell<u32> = StaticCell::new(1);

    let mut first = CELL.borrow_mut();
    *first += 1;
    assert!(CELL.try_borrow_mut().is_none());
    drop(first);

    assert_eq!(*CELL.try_borrow_mut().unwrap(), 2);
    assert_eq!(*CELL.borrow_mut(), 2);
}

#[test]
#[should_panic]
fn borrowing_a_borrowed_cell_panics() {
    let cell = StaticCell::new(());
    let _first = cell.borrow_mut();
    let _second = cell.borrow_mut();
}

#[test]
fn a_default_cell_holds_the_default_and_is_free() {
    let cell = StaticCell::<u16>::default();
    assert_eq!(*cell.borrow_mut(), 0);
}

#[test]
fn a_claimed_reference_lives_as_long_as_the_static() {
    static CELL: ClaimOnceCell<[u8; 4]> = ClaimOnceCell::new([7; 4]);
    let contents: &'static mut [u8; 4] = CELL.claim();
    contents[0] = 1;
    assert_eq!(*contents, [1, 7, 7, 7]);
}

#[test]
#[should_panic]
fn claiming_twice_panics() {
    let cell = ClaimOnceCell::new(0);
    let _ = cell.claim();
    let _ = cell.claim();
}

#[test]
fn a_cell_adds_one_flag_to_its_contents() {
    assert_eq!(size_of::<StaticCell<u32>>(), 8);
    assert_eq!(size_of::<ClaimOnceCell<u32>>(), 8);
    // Both names are what debuggers look for.
    let _ = offset_of!(StaticCell<u32>, borrowed);
    assert_eq!(offset_of!(StaticCell<u32>, cell) % 4, 0);
    let _ = offset_of!(ClaimOnceCell<u32>, taken);
    assert_eq!(offset_of!(ClaimOnceCell<u32>, cell) % 4, 0);
}

#[test]
fn cells_and_borrows_can_be_sent_and_shared_where_their_contents_can() {
    fn shared<T: Sync>() {}
    fn sent<T: Send>() {}
    // A cell needs contents that can be sent; it lends them to one at a time.
    shared::<StaticCell<std::cell::Cell<u32>>>();
    shared::<StaticRef<'_, u32>>();
    sent::<StaticRef<'_, std::cell::Cell<u32>>>();
    shared::<ClaimOnceCell<u32>>();
}
