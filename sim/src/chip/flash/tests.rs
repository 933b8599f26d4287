// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{Flash, cr, sr};
use crate::chip::access::testing::{at, read, write};
use crate::core_id::CoreId;
use crate::memory::{FLASH_BASE, FLASH_SIZE};
use rsemu::core::space::RamStore;
use std::sync::Arc;

fn flash() -> (Flash, Arc<RamStore>) {
    let array = Arc::new(RamStore::new(FLASH_SIZE.into()));
    array.fill(0, FLASH_SIZE.into(), 0xff).unwrap();
    (Flash::new(Arc::clone(&array), None), array)
}

fn unlock(f: &mut Flash) {
    write(f, 0x08, 0x4567_0123, &at(0));
    write(f, 0x08, 0xcdef_89ab, &at(0));
}

fn double_word(array: &RamStore, offset: u64) -> u64 {
    let mut bytes = [0; 8];
    array.read_at(offset, &mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

#[test]
fn latency_reads_back() {
    let (mut f, _) = flash();
    assert_eq!(read(&mut f, 0x00, &at(0)), 0x600);
    write(&mut f, 0x00, 0x602, &at(0));
    assert_eq!(read(&mut f, 0x00, &at(0)), 0x602);
}

#[test]
fn the_control_register_opens_with_both_keys_in_order() {
    let (mut f, _) = flash();
    assert_eq!(read(&mut f, 0x14, &at(0)), cr::LOCK | cr::OPTLOCK);
    unlock(&mut f);
    assert_eq!(read(&mut f, 0x14, &at(0)), cr::OPTLOCK);
    write(&mut f, 0x14, cr::LOCK, &at(0));
    assert_eq!(read(&mut f, 0x14, &at(0)), cr::LOCK | cr::OPTLOCK);
    // A wrong key bars it until the next reset.
    let (mut f, _) = flash();
    write(&mut f, 0x08, 0xcdef_89ab, &at(0));
    unlock(&mut f);
    assert_eq!(read(&mut f, 0x14, &at(0)), cr::LOCK | cr::OPTLOCK);
}

#[test]
fn two_words_program_a_double_word_once() {
    let (mut f, array) = flash();
    unlock(&mut f);
    write(&mut f, 0x14, cr::PG, &at(0));
    let program = |f: &mut Flash, low, high| {
        f.program(CoreId::Cpu1, FLASH_BASE + 0x800, 4, low);
        f.program(CoreId::Cpu1, FLASH_BASE + 0x804, 4, high);
    };
    let before = f.generation().load(std::sync::atomic::Ordering::Relaxed);
    program(&mut f, 0x5566_7788, 0x1122_3344);
    assert_eq!(double_word(&array, 0x800), 0x1122_3344_5566_7788);
    let after = f.generation().load(std::sync::atomic::Ordering::Relaxed);
    assert_ne!(before, after);
    assert_eq!(read(&mut f, 0x10, &at(0)), 0);
    program(&mut f, 1, 2);
    assert_eq!(read(&mut f, 0x10, &at(0)), sr::PROGERR);
    write(&mut f, 0x10, sr::PROGERR, &at(0));
    // Zero can always be programmed.
    program(&mut f, 0, 0);
    assert_eq!(double_word(&array, 0x800), 0);
}

#[test]
fn wrong_programming_sets_an_error_and_changes_nothing() {
    let (mut f, array) = flash();
    f.program(CoreId::Cpu1, FLASH_BASE, 4, 0);
    assert_eq!(read(&mut f, 0x10, &at(0)), sr::PGSERR);
    write(&mut f, 0x10, u32::MAX, &at(0));
    unlock(&mut f);
    write(&mut f, 0x14, cr::PG, &at(0));
    f.program(CoreId::Cpu1, FLASH_BASE, 1, 0);
    assert_eq!(read(&mut f, 0x10, &at(0)), sr::SIZERR);
    write(&mut f, 0x10, u32::MAX, &at(0));
    f.program(CoreId::Cpu1, FLASH_BASE + 4, 4, 0);
    assert_eq!(read(&mut f, 0x10, &at(0)), sr::PGAERR);
    assert_eq!(double_word(&array, 0), u64::MAX);
}

#[test]
fn fast_programming_takes_a_row() {
    let (mut f, array) = flash();
    unlock(&mut f);
    write(&mut f, 0x14, cr::FSTPG, &at(0));
    for n in 0..128 {
        f.program(CoreId::Cpu1, FLASH_BASE + 0x800 + 4 * n, 4, n);
    }
    assert_eq!(read(&mut f, 0x10, &at(0)), 0);
    assert_eq!(double_word(&array, 0x800 + 504), 127 << 32 | 126);
}

#[test]
fn an_erase_takes_one_page() {
    let (mut f, array) = flash();
    array.fill(0, 3 * 2048, 0).unwrap();
    unlock(&mut f);
    write(&mut f, 0x14, cr::PER | 1 << 3 | cr::STRT, &at(0));
    assert_eq!(double_word(&array, 2040), 0);
    assert_eq!(double_word(&array, 2048), u64::MAX);
    assert_eq!(double_word(&array, 4088), u64::MAX);
    assert_eq!(double_word(&array, 4096), 0);
}

#[test]
fn option_bytes_need_their_own_keys_and_take_a_launch() {
    let (mut f, _) = flash();
    assert_eq!(read(&mut f, 0x84, &at(0)), 0xffff_8000);
    assert_eq!(f.cpu2_boot_address(), 0x0802_0000);
    write(&mut f, 0x84, 0xffff_c000, &at(0));
    assert_eq!(read(&mut f, 0x84, &at(0)), 0xffff_8000);
    unlock(&mut f);
    write(&mut f, 0x0c, 0x0819_2a3b, &at(0));
    write(&mut f, 0x0c, 0x4c5d_6e7f, &at(0));
    write(&mut f, 0x84, 0xffff_c000, &at(0));
    assert_eq!(f.cpu2_boot_address(), 0x0803_0000);
    write(&mut f, 0x84, 0x7fff_2000, &at(0));
    assert_eq!(f.cpu2_boot_address(), 0x2000_8000);
    write(&mut f, 0x14, cr::OPTSTRT, &at(0));
    assert!(!f.take_launch());
    write(&mut f, 0x14, cr::OBL_LAUNCH, &at(0));
    assert!(f.take_launch());
}
