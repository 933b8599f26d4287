// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{Rcc, Request, ResetCause};
use crate::chip::access::Block;
use crate::chip::access::testing::{at, read, write};
use crate::chip::map::{BlockId, Group};
use crate::core_id::CoreId;

const CR: u32 = 0x00;
const CFGR: u32 = 0x08;
const PLLCFGR: u32 = 0x0c;
const CCIPR: u32 = 0x88;
const CSR: u32 = 0x94;
const BDCR: u32 = 0x90;

#[test]
fn the_chip_comes_up_on_msi_at_four_megahertz() {
    let mut r = Rcc::new();
    assert_eq!(r.clocks().sysclk, 4_000_000);
    assert_eq!(read(&mut r, CR, &at(0)), 0x63);
    assert_eq!(read(&mut r, CFGR, &at(0)), 0x0007_0000);
    assert_eq!(read(&mut r, PLLCFGR, &at(0)), 0x2204_0100);
    assert_eq!(read(&mut r, 0x50, &at(0)), 0x0208_0000);
    assert_eq!(read(&mut r, 0x150, &at(0)), 0x0208_0000);
    // BORRSTF and PINRSTF, MSISRANGE, the radio in reset.
    assert_eq!(read(&mut r, CSR, &at(0)), 0x0c01_c600);
}

#[test]
fn oscillators_are_ready_once_they_are_on() {
    for (on, ready) in [(1 << 8, 1 << 10), (1 << 16, 1 << 17)] {
        let mut r = Rcc::new();
        assert_eq!(read(&mut r, CR, &at(0)) & ready, 0);
        write(&mut r, CR, 0x61 | on, &at(0));
        assert_eq!(read(&mut r, CR, &at(0)) & ready, ready);
    }
}

#[test]
fn the_system_clock_follows_its_switch_when_the_source_runs() {
    let mut r = Rcc::new();
    write(&mut r, CFGR, 1, &at(0));
    assert_eq!(read(&mut r, CFGR, &at(0)) & 0xf, 1);
    write(&mut r, CR, 0x61 | 1 << 8, &at(0));
    assert_eq!(read(&mut r, CFGR, &at(0)) & 0xf, 0b0101);
    assert_eq!(r.clocks().sysclk, 16_000_000);
    // The oscillator in use cannot be stopped.
    write(&mut r, CR, 0x61, &at(0));
    assert_eq!(read(&mut r, CR, &at(0)) >> 8 & 1, 1);
}

#[test]
fn the_pll_multiplies_its_source() {
    let mut r = Rcc::new();
    // HSI16 / 1 * 6 / 2 = 48 MHz on PLLR.
    write(&mut r, PLLCFGR, 2 | 6 << 8 | 1 << 28 | 1 << 29, &at(0));
    write(&mut r, CR, 0x61 | 1 << 24, &at(0));
    // Without its source the PLL does not lock.
    assert_eq!(read(&mut r, CR, &at(0)) >> 25 & 1, 0);
    write(&mut r, CR, 0x61 | 1 << 8 | 1 << 24, &at(0));
    assert_eq!(read(&mut r, CR, &at(0)) >> 25 & 1, 1);
    write(&mut r, CFGR, 3, &at(0));
    assert_eq!(r.clocks().sysclk, 48_000_000);
}

#[test]
fn msi_ranges_and_prescalers_divide_down() {
    let mut r = Rcc::new();
    // Range 11 selected by MSIRGSEL, AHB / 3, APB1 / 2, APB2 / 4.
    write(&mut r, CR, 0x01 | 11 << 4 | 8, &at(0));
    write(&mut r, CFGR, 0b0001 << 4 | 0b100 << 8 | 0b101 << 11, &at(0));
    let c = r.clocks();
    assert_eq!(c.sysclk, 48_000_000);
    assert_eq!(c.hclk1, 16_000_000);
    assert_eq!(c.pclk1, 8_000_000);
    assert_eq!(c.pclk2, 4_000_000);
    // Timers of a divided bus run at twice its clock.
    assert_eq!(c.kernel(BlockId::Tim2), 16_000_000);
    assert_eq!(c.kernel(BlockId::Usart1), 4_000_000);
    // USART1 from SYSCLK.
    write(&mut r, 0x88, 1, &at(0));
    assert_eq!(r.clocks().kernel(BlockId::Usart1), 48_000_000);
}

#[test]
fn enables_are_kept_per_core() {
    let mut r = Rcc::new();
    write(&mut r, 0x50, 1 << 20, &at(0));
    assert!(r.is_enabled(CoreId::Cpu1, Group::Ahb3, 20));
    assert!(!r.is_enabled(CoreId::Cpu2, Group::Ahb3, 20));
    write(&mut r, 0x150, 1 << 20, &at(0));
    assert!(r.is_enabled(CoreId::Cpu2, Group::Ahb3, 20));
    // CPU1 has switched its flash interface and HSEM off meanwhile.
    assert_eq!(read(&mut r, 0x50, &at(0)), 1 << 20);
}

#[test]
fn a_reset_bit_resets_once_and_holds() {
    let mut r = Rcc::new();
    r.take_request();
    write(&mut r, 0x30, 1 << 20, &at(0));
    assert_eq!(r.take_request(), Some(Request::Reset(Group::Ahb3, 1 << 20)));
    assert!(r.holds_reset(Group::Ahb3, 20));
    write(&mut r, 0x30, 1 << 20, &at(0));
    assert_eq!(r.take_request(), Some(Request::Reset(Group::Ahb3, 0)));
    write(&mut r, 0x30, 0, &at(0));
    assert!(!r.holds_reset(Group::Ahb3, 20));
}

#[test]
fn the_backup_domain_is_write_protected() {
    let mut r = Rcc::new();
    write(&mut r, BDCR, 1, &at(0));
    assert_eq!(read(&mut r, BDCR, &at(0)), 0);
    r.backup_writable = true;
    write(&mut r, BDCR, 1, &at(0));
    assert_eq!(read(&mut r, BDCR, &at(0)), 0b11);
}

#[test]
fn reset_flags_stay_until_they_are_removed() {
    let mut r = Rcc::new();
    write(&mut r, CSR, 1 << 23 | 1, &at(0));
    // Only LSI and its ready flag besides the radio's reset bits.
    assert_eq!(read(&mut r, CSR, &at(0)) & 0xff00_0003, 3);
    r.reset();
    r.record_reset(ResetCause::Software);
    assert_eq!(read(&mut r, CSR, &at(0)) >> 24, 0b0001_0100);
}

#[test]
fn the_rtc_clock_is_selected_once_per_backup_reset() {
    let mut r = Rcc::new();
    r.backup_writable = true;
    write(&mut r, BDCR, 1 | 1 << 8 | 1 << 15, &at(0));
    assert_eq!(r.clocks().kernel(BlockId::Rtc), 32_768);
    write(&mut r, BDCR, 1 | 1 << 15, &at(0));
    assert_eq!(r.clocks().kernel(BlockId::Rtc), 32_768);
    write(&mut r, BDCR, 1 << 16 | 1 << 8, &at(0));
    assert_eq!(read(&mut r, BDCR, &at(0)), 1 << 16);
    write(&mut r, BDCR, 0, &at(0));
    write(&mut r, BDCR, 2 << 8 | 1 << 15, &at(0));
    assert_eq!(r.clocks().kernel(BlockId::Rtc), 32_000);
}

#[test]
fn the_random_numbers_need_a_clock_that_runs() {
    let hz = |r: &Rcc| r.clocks().kernel(BlockId::Rng);
    let mut r = Rcc::new();
    // PLLQ, and the PLL is off.
    assert_eq!(hz(&r), 0);
    // HSI16 / 1 * 6 / 2 = 48 MHz on PLLQ.
    write(&mut r, PLLCFGR, 2 | 6 << 8 | 1 << 24 | 1 << 25, &at(0));
    write(&mut r, CR, 0x61 | 1 << 8 | 1 << 24, &at(0));
    assert_eq!(hz(&r), 48_000_000);
    write(&mut r, PLLCFGR, 2 | 6 << 8 | 1 << 25, &at(0));
    assert_eq!(hz(&r), 0);
    write(&mut r, CCIPR, 1 << 30, &at(0));
    assert_eq!(hz(&r), 32_000);
    write(&mut r, CCIPR, 3 << 30, &at(0));
    assert_eq!(hz(&r), 4_000_000);
}

#[test]
fn the_window_watchdog_has_no_reset_and_no_clock_of_cpu2() {
    const WWDG: u32 = 1 << 11;
    let mut r = Rcc::new();
    for (offset, bits) in [(0x38, 0), (0x58, WWDG), (0x158, 0)] {
        write(&mut r, offset, WWDG, &at(0));
        assert_eq!(read(&mut r, offset, &at(0)), bits, "{offset:#x}");
    }
}
