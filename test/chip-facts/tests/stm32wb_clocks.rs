// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits, and the causes of a reset, of the STM32WB55.

// The files under test have more than this test needs.
#![allow(dead_code)]

use chip_facts::{peripheral_count, read_with, written_bit};
use stm32wb::stm32wb55::rcc::RegisterBlock;

#[path = "../../../drv/stm32xx-sys-api/src/peripherals.rs"]
#[macro_use]
mod peripherals;
#[path = "../../../drv/stm32xx-sys/src/stm32wb.rs"]
mod registers;
#[path = "../../../drv/stm32xx-sys-api/src/stm32wb.rs"]
mod table;

use table::{Group, Peripheral};

/// As in `task-jefe-api`, which cannot be built for the host.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum ResetReason {
    PowerOn,
    Pin,
    SystemCall,
    Brownout,
    SystemWatchdog,
    IndependentWatchdog,
    LowPowerSecurity,
    ExitStandby,
    Other(u32),
    Unknown,
}

/// Each peripheral with the place of its bit, from lists of
/// `register: Peripheral field, ..;`
macro_rules! bits {
    ($($register:ident: $($peripheral:ident $field:ident),*;)*) => {
        [$($(
            (
                Peripheral::$peripheral,
                written_bit(|rcc: &RegisterBlock| {
                    rcc.$register().modify(|_, w| w.$field().set_bit());
                }),
            ),
        )*)*]
    };
}

#[test]
fn every_clock_enable_bit_is_where_the_pac_says() {
    let bits = bits! {
        ahb1enr:
            Dma1 dma1en, Dma2 dma2en, Dmamux1 dmamuxen, Crc crcen,
            Tsc tscen;
        ahb2enr:
            GpioA gpioaen, GpioB gpioben, GpioC gpiocen, GpioD gpioden,
            GpioE gpioeen, GpioH gpiohen, Adc1 adcen, Aes1 aes1en;
        ahb3enr:
            QuadSpi qspien, Pka pkaen, Aes2 aes2en, Rng rngen, Hsem hsemen,
            Ipcc ipccen, Flash flashen;
        apb1enr1:
            Tim2 tim2en, Lcd lcden, RtcApb rtcapben, Wwdg wwdgen,
            Spi2 spi2en, I2c1 i2c1en, I2c3 i2c3en, Crs crsen, Usb usben,
            LpTim1 lptim1en;
        apb1enr2:
            LpUart1 lpuart1en, LpTim2 lptim2en;
        apb2enr:
            Tim1 tim1en, Spi1 spi1en, Usart1 usart1en, Tim16 tim16en,
            Tim17 tim17en, Sai1 sai1en;
    };
    for (peripheral, place) in bits {
        let offset = registers::enable_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32wb.rs");
    assert_eq!(bits.len(), peripheral_count(table), "all are checked");
}

#[test]
fn every_reset_bit_is_where_the_pac_says() {
    let bits = bits! {
        ahb1rstr:
            Dma1 dma1rst, Dma2 dma2rst, Dmamux1 dmamuxrst, Crc crcrst,
            Tsc tscrst;
        ahb2rstr:
            GpioA gpioarst, GpioB gpiobrst, GpioC gpiocrst, GpioD gpiodrst,
            GpioE gpioerst, GpioH gpiohrst, Adc1 adcrst, Aes1 aes1rst;
        ahb3rstr:
            QuadSpi qspirst, Pka pkarst, Aes2 aes2rst, Rng rngrst,
            Hsem hsemrst, Ipcc ipccrst, Flash flashrst;
        apb1rstr1:
            Tim2 tim2rst, Lcd lcdrst, Spi2 spi2rst, I2c1 i2c1rst,
            I2c3 i2c3rst, Crs crsrst, Usb usbfsrst, LpTim1 lptim1rst;
        apb1rstr2:
            LpUart1 lpuart1rst, LpTim2 lptim2rst;
        apb2rstr:
            Tim1 tim1rst, Spi1 spi1rst, Usart1 usart1rst, Tim16 tim16rst,
            Tim17 tim17rst, Sai1 sai1rst;
    };
    for (peripheral, place) in bits {
        let offset = registers::reset_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    // These have a clock enable bit only.
    let without = [Peripheral::RtcApb, Peripheral::Wwdg];
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32wb.rs");
    assert_eq!(
        bits.len() + without.len(),
        peripheral_count(table),
        "all are checked"
    );
}

#[test]
fn every_reset_flag_is_where_the_pac_says() {
    let fields: [fn(&RegisterBlock) -> bool; 7] = [
        |r| r.csr().read().lpwrrstf().bit(),
        |r| r.csr().read().wwdgrstf().bit(),
        |r| r.csr().read().iwdgrstf().bit(),
        |r| r.csr().read().sftrstf().bit(),
        |r| r.csr().read().oblrstf().bit(),
        |r| r.csr().read().borrstf().bit(),
        |r| r.csr().read().pinrstf().bit(),
    ];
    let flags = registers::RESET_CAUSES.map(|(flag, _)| flag);
    assert_eq!(flags.len(), fields.len());
    for (flag, field) in flags.into_iter().zip(fields) {
        assert!(read_with(registers::RESET_FLAGS, flag, field), "{flag:#x}");
    }
}

#[test]
fn clearing_the_reset_flags_sets_rmvf_and_keeps_the_rest() {
    let (offset, bit) = written_bit(|rcc: &RegisterBlock| {
        rcc.csr().modify(|_, w| w.rmvf().set_bit());
    });
    assert_eq!(offset, registers::RESET_FLAGS);
    assert_eq!(
        registers::clear_reset_flags(0x0C00_0000),
        0x0C00_0000 | 1 << bit
    );
}
