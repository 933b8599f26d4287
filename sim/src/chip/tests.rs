// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What blocks do to each other.

use super::{Chip, Demand, ResetCause};
use crate::config::ChipConfig;
use crate::core_id::CoreId::{self, Cpu1};
use crate::memory::{FLASH_SIZE, SRAM_SIZE};
use rsemu::core::space::RamStore;
use std::sync::Arc;

const PWR_CR1: u32 = 0x5800_0400;
const RCC_AHB3ENR: u32 = 0x5800_0050;
const RCC_APB1ENR1: u32 = 0x5800_0058;
const RCC_BDCR: u32 = 0x5800_0090;
const TAMP_BKP0R: u32 = 0x4000_b100;
const RTC_WPR: u32 = 0x4000_2824;
const DBGMCU_CR: u32 = 0xe004_2004;
const SYSCFG_SCSR: u32 = 0x4001_0018;
const SYSCFG_SKR: u32 = 0x4001_0024;
const RNG_CR: u32 = 0x5800_1000;
const IWDG_KR: u32 = 0x4000_3000;
const DBP: u32 = 1 << 8;

fn chip() -> Chip {
    let store = |size: u32| Arc::new(RamStore::new(size.into()));
    Chip::new(ChipConfig::default(), store(FLASH_SIZE), store(SRAM_SIZE))
}

fn write(chip: &mut Chip, addr: u32, value: u32) {
    chip.write(Cpu1, addr, 4, value, 0).expect("a register");
}

fn read(chip: &mut Chip, core: CoreId, addr: u32) -> u32 {
    chip.read(core, addr, 4, 0).expect("a register")
}

/// A chip whose backup registers CPU1 can reach.
fn with_backup() -> Chip {
    let mut c = chip();
    write(&mut c, RCC_APB1ENR1, 1 << 10);
    write(&mut c, PWR_CR1, DBP);
    c
}

#[test]
fn a_block_without_its_clock_reads_as_zero_and_keeps_its_registers() {
    let mut c = chip();
    write(&mut c, RNG_CR, 1 << 2);
    assert_eq!(read(&mut c, Cpu1, RNG_CR), 0);
    write(&mut c, RCC_AHB3ENR, 1 << 18);
    assert_eq!(read(&mut c, Cpu1, RNG_CR), 0x0080_0000);
    // CPU2 has an enable of its own.
    assert_eq!(read(&mut c, CoreId::Cpu2, RNG_CR), 0);
}

#[test]
fn the_backup_registers_are_protected_until_dbp() {
    let mut c = chip();
    write(&mut c, RCC_APB1ENR1, 1 << 10);
    write(&mut c, TAMP_BKP0R, 7);
    assert_eq!(read(&mut c, Cpu1, TAMP_BKP0R), 0);
    write(&mut c, PWR_CR1, DBP);
    write(&mut c, TAMP_BKP0R, 7);
    assert_eq!(read(&mut c, Cpu1, TAMP_BKP0R), 7);
}

#[test]
fn backup_registers_outlive_a_system_reset_but_not_one_of_the_domain() {
    let mut c = with_backup();
    write(&mut c, TAMP_BKP0R, 7);
    write(&mut c, RTC_WPR, 0xca);
    c.system_reset(ResetCause::Software, 0);
    write(&mut c, RCC_APB1ENR1, 1 << 10);
    assert_eq!(read(&mut c, Cpu1, TAMP_BKP0R), 7);
    write(&mut c, PWR_CR1, DBP);
    write(&mut c, RCC_BDCR, 1 << 16);
    assert_eq!(read(&mut c, Cpu1, TAMP_BKP0R), 0);
}

#[test]
fn a_system_reset_leaves_the_debug_block_alone() {
    let mut c = chip();
    write(&mut c, DBGMCU_CR, 7);
    c.system_reset(ResetCause::Software, 0);
    assert_eq!(read(&mut c, Cpu1, DBGMCU_CR), 7);
}

#[test]
fn erasing_sram2_leaves_sram1_alone() {
    let mut c = chip();
    c.sram.write_at(0x7ffe, &[1, 2, 3, 4]).unwrap();
    c.sram.write_at(0xfffe, &[5, 6]).unwrap();
    for (addr, value) in
        [(SYSCFG_SKR, 0xca), (SYSCFG_SKR, 0x53), (SYSCFG_SCSR, 1)]
    {
        write(&mut c, addr, value);
    }
    let mut bytes = [0xff; 4];
    c.sram.read_at(0x7ffe, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 0, 0]);
    c.sram.read_at(0xfffc, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 4]);
}

#[test]
fn the_watchdog_resets_the_chip_when_its_time_is_over() {
    let mut c = chip();
    write(&mut c, IWDG_KR, 0xcccc);
    let end = c.next_event().expect("the watchdog runs");
    c.take_demands();
    c.advance(end - 1);
    assert!(!c.has_demands());
    c.advance(end);
    let reset = Demand::Reset(ResetCause::IndependentWatchdog);
    assert_eq!(c.take_demands(), [reset]);
}

#[test]
fn the_dma_takes_every_conversion() {
    let mut c = chip();
    for (addr, value) in [
        (0x5800_0048, 0b101),           // RCC_AHB1ENR: DMA1, DMAMUX1
        (0x5800_0060, 1 << 9),          // RCC_APB2ENR: ADC
        (0x5800_0088, 3 << 28),         // RCC_CCIPR: ADC from SYSCLK
        (0x4002_0800, 5),               // DMAMUX_C0CR: ADC
        (0x4002_000c, 4),               // DMA_CNDTR1
        (0x4002_0010, 0x4001_2440),     // DMA_CPAR1: ADC_DR
        (0x4002_0014, 0x2000_0000),     // DMA_CMAR1
        (0x4002_0008, 0x05a1),          // DMA_CCR1: circular, halfwords
        (0x4001_2408, 1 << 28),         // ADC_CR: ADVREGEN
        (0x4001_2408, 1 << 28 | 1),     // ADC_CR: ADEN
        (0x4001_240c, 1 << 13 | 0b11),  // ADC_CFGR1: CONT, circular DMA
        (0x4001_2428, 0b11 << 12),      // ADC_CHSELR: temperature, reference
        (0x4001_2408, 1 << 28 | 0b100), // ADC_CR: ADSTART
    ] {
        write(&mut c, addr, value);
    }
    // Nobody looks for a thousand conversions.
    c.advance(14_000);
    let mut bytes = [0; 8];
    c.sram.read_at(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0, 4, 0x1e, 6, 0, 4, 0x1e, 6]);
    let isr = c.read(Cpu1, 0x4001_2400, 4, 14_000).unwrap();
    assert_eq!(isr >> 4 & 1, 0, "an overrun");
}
