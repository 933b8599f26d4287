// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits, and the causes of a reset, of the STM32MP15.

// The files under test have more than this test needs.
#![allow(dead_code)]

use chip_facts::{peripheral_count, read_with, written_bit};
use stm32mp1::stm32mp157::rcc::RegisterBlock;

#[path = "../../../drv/stm32xx-sys-api/src/peripherals.rs"]
#[macro_use]
mod peripherals;
#[path = "../../../drv/stm32xx-sys/src/stm32mp1.rs"]
mod registers;
#[path = "../../../drv/stm32xx-sys-api/src/stm32mp1.rs"]
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
        mc_apb1ensetr:
            Tim2 tim2en, Tim3 tim3en, Tim4 tim4en, Tim5 tim5en, Tim6 tim6en,
            Tim7 tim7en, Tim12 tim12en, Tim13 tim13en, Tim14 tim14en,
            LpTim1 lptim1en, Spi2 spi2en, Spi3 spi3en, Usart2 usart2en,
            Usart3 usart3en, Uart4 uart4en, Uart5 uart5en, Uart7 uart7en,
            Uart8 uart8en, I2c1 i2c1en, I2c2 i2c2en, I2c3 i2c3en,
            I2c5 i2c5en, Spdifrx spdifen, HdmiCec cecen, Wwdg1 wwdg1en,
            Dac1 dac12en, Mdios mdiosen;
        mc_apb2ensetr:
            Tim1 tim1en, Tim8 tim8en, Tim15 tim15en, Tim16 tim16en,
            Tim17 tim17en, Spi1 spi1en, Spi4 spi4en, Spi5 spi5en,
            Usart6 usart6en, Sai1 sai1en, Sai2 sai2en, Sai3 sai3en,
            Dfsdm1 dfsdmen, Fdcan fdcanen;
        mc_apb3ensetr:
            LpTim2 lptim2en, LpTim3 lptim3en, LpTim4 lptim4en,
            LpTim5 lptim5en, Sai4 sai4en, Syscfg syscfgen, Vref vrefen,
            Dts dtsen, Hdp hdpen;
        mc_apb4ensetr:
            Ltdc ltdcen, Dsi dsien, DdrPerfm ddrperfmen, UsbPhy usbphyen,
            StgenRo stgenroen;
        mc_apb5ensetr:
            Spi6 spi6en, I2c4 i2c4en, I2c6 i2c6en, Usart1 usart1en,
            RtcApb rtcapben, Bsec bsecen, Stgen stgenen;
        mc_ahb2ensetr:
            Dma1 dma1en, Dma2 dma2en, Dmamux1 dmamuxen, Adc adc12en,
            Usb1Otg usboen, Sdmmc3 sdmmc3en;
        mc_ahb3ensetr:
            Dcmi dcmien, Cryp2 cryp2en, Hash2 hash2en, Rng2 rng2en,
            Crc2 crc2en, Hsem hsemen, Ipcc ipccen;
        mc_ahb4ensetr:
            GpioA gpioaen, GpioB gpioben, GpioC gpiocen, GpioD gpioden,
            GpioE gpioeen, GpioF gpiofen, GpioG gpiogen, GpioH gpiohen,
            GpioI gpioien, GpioJ gpiojen, GpioK gpioken;
        mc_ahb5ensetr:
            GpioZ gpiozen, Cryp1 cryp1en, Hash1 hash1en, Rng1 rng1en,
            BackupRam bkpsramen;
        mc_ahb6ensetr:
            Mdma mdmaen, Gpu gpuen, EthCk ethcken, EthTx ethtxen,
            EthRx ethrxen, EthMac ethmacen, Fmc fmcen, QuadSpi qspien,
            Sdmmc1 sdmmc1en, Sdmmc2 sdmmc2en, Crc1 crc1en, UsbHost usbhen;
    };
    for (peripheral, place) in bits {
        let offset = registers::enable_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32mp1.rs");
    assert_eq!(bits.len(), peripheral_count(table), "all are checked");
}

#[test]
fn every_reset_bit_is_where_the_pac_says() {
    let bits = bits! {
        apb1rstsetr:
            Tim2 tim2rst, Tim3 tim3rst, Tim4 tim4rst, Tim5 tim5rst,
            Tim6 tim6rst, Tim7 tim7rst, Tim12 tim12rst, Tim13 tim13rst,
            Tim14 tim14rst, LpTim1 lptim1rst, Spi2 spi2rst, Spi3 spi3rst,
            Usart2 usart2rst, Usart3 usart3rst, Uart4 uart4rst,
            Uart5 uart5rst, Uart7 uart7rst, Uart8 uart8rst, I2c1 i2c1rst,
            I2c2 i2c2rst, I2c3 i2c3rst, I2c5 i2c5rst, Spdifrx spdifrst,
            HdmiCec cecrst, Dac1 dac12rst, Mdios mdiosrst;
        apb2rstsetr:
            Tim1 tim1rst, Tim8 tim8rst, Tim15 tim15rst, Tim16 tim16rst,
            Tim17 tim17rst, Spi1 spi1rst, Spi4 spi4rst, Spi5 spi5rst,
            Usart6 usart6rst, Sai1 sai1rst, Sai2 sai2rst, Sai3 sai3rst,
            Dfsdm1 dfsdmrst, Fdcan fdcanrst;
        apb3rstsetr:
            LpTim2 lptim2rst, LpTim3 lptim3rst, LpTim4 lptim4rst,
            LpTim5 lptim5rst, Sai4 sai4rst, Syscfg syscfgrst, Vref vrefrst,
            Dts dtsrst;
        apb4rstsetr:
            Ltdc ltdcrst, Dsi dsirst, DdrPerfm ddrperfmrst,
            UsbPhy usbphyrst;
        apb5rstsetr:
            Spi6 spi6rst, I2c4 i2c4rst, I2c6 i2c6rst, Usart1 usart1rst,
            Stgen stgenrst;
        ahb2rstsetr:
            Dma1 dma1rst, Dma2 dma2rst, Dmamux1 dmamuxrst, Adc adc12rst,
            Usb1Otg usborst, Sdmmc3 sdmmc3rst;
        ahb3rstsetr:
            Dcmi dcmirst, Cryp2 cryp2rst, Hash2 hash2rst, Rng2 rng2rst,
            Crc2 crc2rst, Hsem hsemrst, Ipcc ipccrst;
        ahb4rstsetr:
            GpioA gpioarst, GpioB gpiobrst, GpioC gpiocrst, GpioD gpiodrst,
            GpioE gpioerst, GpioF gpiofrst, GpioG gpiogrst, GpioH gpiohrst,
            GpioI gpioirst, GpioJ gpiojrst, GpioK gpiokrst;
        ahb5rstsetr:
            GpioZ gpiozrst, Cryp1 cryp1rst, Hash1 hash1rst, Rng1 rng1rst;
        ahb6rstsetr:
            Gpu gpurst, EthMac ethmacrst, Fmc fmcrst, QuadSpi qspirst,
            Sdmmc1 sdmmc1rst, Sdmmc2 sdmmc2rst, Crc1 crc1rst,
            UsbHost usbhrst;
    };
    for (peripheral, place) in bits {
        let offset = registers::reset_register(peripheral.group());
        let bit = u32::from(peripheral.bit_index());
        assert_eq!((offset, bit), place, "{peripheral:?}");
    }
    // These have a clock enable bit only.
    let without = [
        Peripheral::Wwdg1,
        Peripheral::Hdp,
        Peripheral::StgenRo,
        Peripheral::RtcApb,
        Peripheral::Bsec,
        Peripheral::BackupRam,
        Peripheral::Mdma,
        Peripheral::EthCk,
        Peripheral::EthTx,
        Peripheral::EthRx,
    ];
    let table = include_str!("../../../drv/stm32xx-sys-api/src/stm32mp1.rs");
    assert_eq!(
        bits.len() + without.len(),
        peripheral_count(table),
        "all are checked"
    );
}

#[test]
fn every_reset_flag_is_where_the_pac_says() {
    let fields: [fn(&RegisterBlock) -> bool; 11] = [
        |r| r.mc_rstsclrr().read().wwdg1rstf().bit(),
        |r| r.mc_rstsclrr().read().iwdg2rstf().bit(),
        |r| r.mc_rstsclrr().read().iwdg1rstf().bit(),
        |r| r.mc_rstsclrr().read().mcsysrstf().bit(),
        |r| r.mc_rstsclrr().read().mpsysrstf().bit(),
        |r| r.mc_rstsclrr().read().mcurstf().bit(),
        |r| r.mc_rstsclrr().read().vcorerstf().bit(),
        |r| r.mc_rstsclrr().read().hcssrstf().bit(),
        |r| r.mc_rstsclrr().read().porrstf().bit(),
        |r| r.mc_rstsclrr().read().borrstf().bit(),
        |r| r.mc_rstsclrr().read().padrstf().bit(),
    ];
    let flags = registers::RESET_CAUSES.map(|(flag, _)| flag);
    assert_eq!(flags.len(), fields.len());
    for (flag, field) in flags.into_iter().zip(fields) {
        assert!(read_with(registers::RESET_FLAGS, flag, field), "{flag:#x}");
    }
}

#[test]
fn reset_flags_are_cleared_by_writing_them_back() {
    assert_eq!(registers::clear_reset_flags(0x1234_5678), 0x1234_5678);
}

#[test]
fn the_register_that_clears_bits_follows_the_one_that_sets_them() {
    // One register of each kind is enough: the test above covers the other
    // addresses, and the manual lists them in pairs.
    let cleared = written_bit(|rcc: &RegisterBlock| {
        rcc.mc_ahb3enclrr().modify(|_, w| w.ipccen().set_bit());
    });
    assert_eq!(cleared.0, registers::enable_register(Group::Ahb3) + 4);
    let cleared = written_bit(|rcc: &RegisterBlock| {
        rcc.ahb3rstclrr().modify(|_, w| w.ipccrst().set_bit());
    });
    assert_eq!(cleared.0, registers::reset_register(Group::Ahb3) + 4);
    const { assert!(registers::SET_CLEAR_PAIRS) };
}
