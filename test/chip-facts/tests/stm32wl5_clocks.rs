// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits, and the causes of a reset, of the STM32WL5.

// The files under test have more than this test needs.
#![allow(dead_code)]

use chip_facts::{peripheral_count, read_with, written_bit};
use stm32wl::stm32wl5x_cm4::rcc::RegisterBlock;

#[path = "../../../drv/stm32xx-sys-api/src/peripherals.rs"]
#[macro_use]
mod peripherals;
#[path = "../../../drv/stm32xx-sys/src/stm32wl5.rs"]
mod registers;
#[path = "../../../drv/stm32xx-sys-api/src/stm32wl5.rs"]
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
            Dma1 dma1en, Dma2 dma2en, Dmamux1 dmamux1en, Crc crcen;
        ahb2enr:
            GpioA gpioaen, GpioB gpioben, GpioC gpiocen, GpioH gpiohen;
        ahb3enr:
            Pka pkaen, Aes aesen, Rng rngen, Hsem hsemen, Ipcc ipccen,
            Flash flashen;
        apb1enr1:
            Tim2 tim2en, RtcApb rtcapben, Wwdg wwdgen, Spi2 spi2s2en,
            Usart2 usart2en, I2c1 i2c1en, I2c2 i2c2en, I2c3 i2c3en,
            Dac1 dac1en, LpTim1 lptim1en;
        apb1enr2:
            LpUart1 lpuart1en, LpTim2 lptim2en, LpTim3 lptim3en;
        apb2enr:
            Adc adcen, Tim1 tim1en, Spi1 spi1en, Usart1 usart1en,
            Tim16 tim16en, Tim17 tim17en;
        apb3enr:
            SubGhzSpi subghzspien;
    };
    for (peripheral, place) in bits {
        let offset = registers::enable_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32wl5.rs");
    assert_eq!(bits.len(), peripheral_count(table), "all are checked");
}

#[test]
fn cpu2_has_the_same_bits_at_its_own_registers() {
    // CPU2 has no window watchdog.
    let bits = bits! {
        c2ahb1enr:
            Dma1 dma1en, Dma2 dma2en, Dmamux1 dmamux1en, Crc crcen;
        c2ahb2enr:
            GpioA gpioaen, GpioB gpioben, GpioC gpiocen, GpioH gpiohen;
        c2ahb3enr:
            Pka pkaen, Aes aesen, Rng rngen, Hsem hsemen, Ipcc ipccen,
            Flash flashen;
        c2apb1enr1:
            Tim2 tim2en, RtcApb rtcapben, Spi2 spi2s2en,
            Usart2 usart2en, I2c1 i2c1en, I2c2 i2c2en, I2c3 i2c3en,
            Dac1 dac1en, LpTim1 lptim1en;
        c2apb1enr2:
            LpUart1 lpuart1en, LpTim2 lptim2en, LpTim3 lptim3en;
        c2apb2enr:
            Adc adcen, Tim1 tim1en, Spi1 spi1en, Usart1 usart1en,
            Tim16 tim16en, Tim17 tim17en;
        c2apb3enr:
            SubGhzSpi subghzspien;
    };
    for (peripheral, place) in bits {
        let offset = registers::enable_register(peripheral.group())
            + registers::CPU2_ENABLE_OFFSET;
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
}

#[test]
fn every_reset_bit_is_where_the_pac_says() {
    let bits = bits! {
        ahb1rstr:
            Dma1 dma1rst, Dma2 dma2rst, Dmamux1 dmamux1rst, Crc crcrst;
        ahb2rstr:
            GpioA gpioarst, GpioB gpiobrst, GpioC gpiocrst, GpioH gpiohrst;
        ahb3rstr:
            Pka pkarst, Aes aesrst, Rng rngrst, Hsem hsemrst, Ipcc ipccrst,
            Flash flashrst;
        apb1rstr1:
            Tim2 tim2rst, Spi2 spi2s2rst, Usart2 usart2rst, I2c1 i2c1rst,
            I2c2 i2c2rst, I2c3 i2c3rst, Dac1 dacrst, LpTim1 lptim1rst;
        apb1rstr2:
            LpUart1 lpuart1rst, LpTim2 lptim2rst, LpTim3 lptim3rst;
        apb2rstr:
            Adc adcrst, Tim1 tim1rst, Spi1 spi1rst, Usart1 usart1rst,
            Tim16 tim16rst, Tim17 tim17rst;
        apb3rstr:
            SubGhzSpi subghzspirst;
    };
    for (peripheral, place) in bits {
        let offset = registers::reset_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    // These have a clock enable bit only.
    let without = [Peripheral::RtcApb, Peripheral::Wwdg];
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32wl5.rs");
    assert_eq!(
        bits.len() + without.len(),
        peripheral_count(table),
        "all are checked"
    );
}

#[test]
fn every_reset_flag_is_where_the_pac_says() {
    let fields: [fn(&RegisterBlock) -> bool; 8] = [
        |r| r.csr().read().lpwrrstf().bit(),
        |r| r.csr().read().wwdgrstf().bit(),
        |r| r.csr().read().iwdgrstf().bit(),
        |r| r.csr().read().sftrstf().bit(),
        |r| r.csr().read().oblrstf().bit(),
        |r| r.csr().read().rfilarstf().bit(),
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
        registers::clear_reset_flags(0x0C01_C600),
        0x0C01_C600 | 1 << bit
    );
}
