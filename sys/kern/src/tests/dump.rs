// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{
    CONTROL_BLOCK_SIZE, DEVICE, DMA, SHARED, SIZE, Setup, WRITE_ONLY, code,
    control_block, data, response,
};
use crate::kernel::Kernel;
use crate::machine::NextTask::Same;
use crate::tests::world::World;
use abi::{FaultInfo, FaultSource, UsageError};
use std::vec::Vec;

const SUP: usize = 0;
const A: usize = 1;

const GET: u16 = 6;
const READ: u16 = 7;

fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 9]).boot()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// The nth dump region of A.
fn region(k: &mut Kernel<World>, n: u32) -> Option<(u32, u32)> {
    assert_eq!(k.kipc(A, GET, &words(&[A as u32, n]), 16), Same);
    let (code, len) = k.code_and_len(A);
    assert_eq!(code, 0);
    let bytes = k.read(response(A), len);
    match bytes[..] {
        [0] => None,
        [1, ref rest @ ..] => {
            let (base, size) = rest.split_at(4);
            let word = |b: &[u8]| u32::from_le_bytes(b.try_into().unwrap());
            Some((word(base), word(size)))
        }
        _ => panic!("{bytes:?}"),
    }
}

#[test]
fn the_regions_of_a_dump_are_the_control_block_and_what_can_be_written() {
    let mut k = boot();
    let half = SIZE / 2;
    for (n, expected) in [
        Some((control_block(A), CONTROL_BLOCK_SIZE)),
        Some((data(A), half)),
        Some((data(A) + half, half)),
        Some((SHARED, SIZE)),
        Some((DMA, SIZE)),
        Some((WRITE_ONLY, SIZE)),
        None,
        None,
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(region(&mut k, n as u32), expected, "region {n}");
    }
    assert_eq!(region(&mut k, u32::MAX), None);
}

#[test]
fn a_region_that_does_not_fit_reports_its_size_in_memory() {
    let mut k = boot();
    k.kipc(A, GET, &words(&[1, 0]), 8);
    assert_eq!(k.code_and_len(A), (0, 12));
}

#[test]
fn nobody_has_no_regions() {
    let mut k = boot();
    k.kipc(A, GET, &words(&[3, 0]), 16);
    assert_eq!(k.fault(A), UsageError::TaskOutOfRange.into());
}

fn read(k: &mut Kernel<World>, base: u32, size: u32) -> Vec<u8> {
    assert_eq!(k.kipc(SUP, READ, &words(&[1, base, size]), 0x40), Same);
    let (code, len) = k.code_and_len(SUP);
    assert_eq!(code, 0);
    k.read(response(SUP), len)
}

#[test]
fn memory_of_a_task_can_be_dumped_even_if_it_is_for_dma() {
    let mut k = boot();
    k.write(data(A) + 0x900, b"data");
    assert_eq!(read(&mut k, data(A) + 0x900, 4), b"data");
    k.write(DMA, b"dma");
    assert_eq!(read(&mut k, DMA, 3), b"dma");
    assert_eq!(read(&mut k, code(A), 2), [0xC0; 2]);
}

#[test]
fn a_dump_is_cut_to_the_buffer() {
    let mut k = boot();
    assert_eq!(read(&mut k, data(A) + 0x900, 0x1000).len(), 0x40);
}

#[test]
fn the_control_block_can_be_dumped() {
    let mut k = boot();
    assert_eq!(read(&mut k, control_block(A) + 3, 4), [3, 4, 5, 6]);
    let whole = read(&mut k, control_block(A), CONTROL_BLOCK_SIZE);
    assert_eq!(whole.len(), 0x40);
}

#[test]
fn other_memory_cannot_be_dumped() {
    for base in [
        DEVICE,
        WRITE_ONLY,
        data(2),
        0x6000_0000,
        control_block(2),
        control_block(A) - 1,
    ] {
        let mut k = boot();
        k.kipc(SUP, READ, &words(&[1, base, 4]), 0x40);
        assert_eq!(
            k.fault(SUP),
            FaultInfo::MemoryAccess {
                address: Some(base),
                source: FaultSource::Kernel
            }
        );
    }
}

#[test]
fn only_the_supervisor_may_dump_and_only_others() {
    let mut k = boot();
    k.kipc(A, READ, &words(&[2, data(2), 4]), 0x40);
    assert_eq!(k.fault(A), UsageError::NotSupervisor.into());
    for task in [0, 3, u32::MAX] {
        let mut k = boot();
        k.kipc(SUP, READ, &words(&[task, data(0), 4]), 0x40);
        assert_eq!(k.fault(SUP), UsageError::TaskOutOfRange.into());
    }
}

#[test]
fn a_malformed_range_faults_the_caller() {
    let mut k = boot();
    k.kipc(SUP, READ, &words(&[1, u32::MAX, 1]), 0x40);
    assert_eq!(k.fault(SUP), UsageError::InvalidSlice.into());
}

#[test]
fn a_short_request_faults_the_caller() {
    let mut k = boot();
    k.kipc(SUP, READ, &words(&[1, 0]), 0x40);
    assert_eq!(k.fault(SUP), UsageError::BadKernelMessage.into());
}
