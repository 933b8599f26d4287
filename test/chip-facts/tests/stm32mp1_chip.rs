// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Addresses and interrupts of the STM32MP15, Cortex-M4.

use chip_facts::Chip;
use stm32mp1::stm32mp157 as pac;

/// Pairs of names and addresses, from `name PERIPHERAL, ..`
macro_rules! addresses {
    ($($name:ident $peripheral:ident,)*) => {
        [$((stringify!($name), pac::$peripheral::PTR as usize),)*]
    };
}

/// Pairs of names and numbers, from `peripheral.name INTERRUPT, ..`
macro_rules! interrupts {
    ($($peripheral:ident.$name:ident $interrupt:ident,)*) => {
        [$((
            concat!(stringify!($peripheral), ".", stringify!($name)),
            pac::Interrupt::$interrupt as u16,
        ),)*]
    };
}

#[test]
fn the_mpu_can_map_every_peripheral() {
    Chip::read("stm32mp1").check_regions();
}

#[test]
fn every_address_is_as_the_pac_says() {
    let pac = addresses! {
        tim2 TIM2, tim3 TIM3, tim4 TIM4, tim5 TIM5, tim6 TIM6, tim7 TIM7,
        tim12 TIM12, tim13 TIM13, tim14 TIM14, lptim1 LPTIM1, wwdg1 WWDG1,
        spi2 SPI2, spi3 SPI3, spdifrx SPDIFRX, usart2 USART2, usart3 USART3,
        uart4 USART4, uart5 USART5, i2c1 I2C1, i2c2 I2C2, i2c3 I2C3,
        i2c5 I2C5, cec HDMI_CEC, dac1 DAC1, uart7 USART7, uart8 USART8,
        mdios MDIOS, tim1 TIM1, tim8 TIM8, usart6 USART6, spi1 SPI1,
        spi4 SPI4, tim15 TIM15, tim16 TIM16, tim17 TIM17, spi5 SPI5,
        sai1 SAI1, sai2 SAI2, sai3 SAI3, dfsdm1 DFSDM1, fdcan1 FDCAN1,
        fdcan2 FDCAN2, dma1 DMA1, dma2 DMA2, dmamux1 DMAMUX1, adc ADC,
        sdmmc3 SDMMC3, otg OTG, hsem HSEM, ipcc IPCC, hash2 HASH2,
        rng2 RNG2, crc2 CRC2, cryp2 CRYP2, dcmi DCMI, gpios RCC,
        syscfg SYSCFG, lptim2 LPTIM2, lptim3 LPTIM3, lptim4 LPTIM4,
        lptim5 LPTIM5, vrefbuf VREFBUF, sai4 SAI4, dts DTS, hdp HDP,
        cryp1 CRYP1, hash1 HASH1, rng1 RNG1, gpioz GPIOZ, mdma MDMA,
        fmc FMC, quadspi QUADSPI, sdmmc1 SDMMC1, sdmmc2 SDMMC2, crc1 CRC1,
        ethernet ETH_MAC_MMC, dsi DSI, ltdc LTDC, iwdg2 IWDG2,
        stgenr STGENR, usart1 USART1, spi6 SPI6, i2c4 I2C4, iwdg1 IWDG1,
        rtc RTC, bsec BSEC, i2c6 I2C6, tamp TAMP,
    };
    Chip::read("stm32mp1").check_addresses(&pac, &[]);
}

#[test]
fn every_interrupt_is_as_the_pac_says() {
    // The PAC numbers the sides of the IPCC and of the HSEM from 0 and from 1:
    // `IPCC_RX1` and `HSEM_IT2` are those of the second core, the Cortex-M4.
    let pac = interrupts! {
        tim2.irq TIM2, tim3.irq TIM3, tim4.irq TIM4, tim5.irq TIM5,
        tim6.irq TIM6, tim7.irq TIM7, tim12.irq TIM12, tim13.irq TIM13,
        tim14.irq TIM14, lptim1.irq LPTIM1, wwdg1.irq WWDG1_IT,
        spi2.irq SPI2, spi3.irq SPI3, spdifrx.irq SPDIFRX,
        usart2.irq USART2, usart3.irq USART3, uart4.irq USART4,
        uart5.irq USART5, i2c1.event I2C1_EVT, i2c1.error I2C1_ERR,
        i2c2.event I2C2_EVT, i2c2.error I2C2_ERR, i2c3.event I2C3_EVT,
        i2c3.error I2C3_ERR, i2c5.event I2C5_EVT, i2c5.error I2C5_ERR,
        cec.irq CEC, dac1.irq DAC, uart7.irq USART7, uart8.irq USART8,
        mdios.irq MDIOS, tim1.break TIM1_BRK, tim1.update TIM1_UP,
        tim1.trigger TIM1_TRG_COM, tim1.compare TIM1_CC,
        tim8.break TIM8_BRK, tim8.update TIM8_UP, tim8.trigger TIM8_TRG_COM,
        tim8.compare TIM8_CC, usart6.irq USART6, spi1.irq SPI1,
        spi4.irq SPI4, tim15.irq TIM15, tim16.irq TIM16, tim17.irq TIM17,
        spi5.irq SPI5, sai1.irq SAI1, sai2.irq SAI2, sai3.irq SAI3,
        dfsdm1.flt0 DFSDM1_FLT0, dfsdm1.flt1 DFSDM1_FLT1,
        dfsdm1.flt2 DFSDM1_FLT2, dfsdm1.flt3 DFSDM1_FLT3,
        dfsdm1.flt4 DFSDM1_FLT4, dfsdm1.flt5 DFSDM1_FLT5,
        fdcan1.it0 FDCAN1_IT0, fdcan1.it1 FDCAN1_IT1, fdcan2.it0 FDCAN2_IT0,
        fdcan2.it1 FDCAN2_IT1, dma1.stream0 DMA1_STR0,
        dma1.stream1 DMA1_STR1, dma1.stream2 DMA1_STR2,
        dma1.stream3 DMA1_STR3, dma1.stream4 DMA1_STR4,
        dma1.stream5 DMA1_STR5, dma1.stream6 DMA1_STR6,
        dma1.stream7 DMA1_STR7, dma2.stream0 DMA2_STR0,
        dma2.stream1 DMA2_STR1, dma2.stream2 DMA2_STR2,
        dma2.stream3 DMA2_STR3, dma2.stream4 DMA2_STR4,
        dma2.stream5 DMA2_STR5, dma2.stream6 DMA2_STR6,
        dma2.stream7 DMA2_STR7, dmamux1.overrun DMAMUX1_OVR_REQ,
        adc.adc1 ADC1, adc.adc2 ADC2, sdmmc3.irq SDMMC3, otg.irq OTG,
        hsem.irq HSEM_IT2, ipcc.rx IPCC_RX1, ipcc.tx IPCC_TX1,
        hash2.irq HASH2, rng2.irq RNG2, cryp2.irq CRYP2, dcmi.irq DCMI,
        gpios.rcc RCC, gpios.exti0 EXTI0, gpios.exti1 EXTI1,
        gpios.exti2 EXTI2, gpios.exti3 EXTI3, gpios.exti4 EXTI4,
        gpios.exti5 EXTI5, gpios.exti6 EXTI6, gpios.exti7 EXTI7,
        gpios.exti8 EXTI8, gpios.exti9 EXTI9, gpios.exti10 EXTI10,
        gpios.exti11 EXTI11, gpios.exti12 EXTI12, gpios.exti13 EXTI13,
        gpios.exti14 EXTI14, gpios.exti15 EXTI15, lptim2.irq LPTIM2,
        lptim3.irq LPTIM3, lptim4.irq LPTIM4, lptim5.irq LPTIM5,
        sai4.irq SAI4, dts.irq DTS, cryp1.irq CRYP1, hash1.irq HASH1,
        rng1.irq RNG1, mdma.irq MDMA, fmc.irq FMC, quadspi.irq QUADSPI,
        sdmmc1.irq SDMMC1, sdmmc2.irq SDMMC2, ethernet.irq ETH1,
        ethernet.wakeup ETH1_WKUP, ethernet.lpi ETH1_LPI, dsi.irq DSI,
        ltdc.irq LTDC, ltdc.error LTDC_ER, iwdg2.irq IWDG2_IT,
        usart1.irq USART1, spi6.irq SPI6, i2c4.event I2C4_EVT,
        i2c4.error I2C4_ERR, iwdg1.irq IWDG1_IT, rtc.wakeup RTC_WKUP_ALARM,
        rtc.timestamp RTC_TS, i2c6.event I2C6_EVT, i2c6.error I2C6_ERR,
        tamp.irq TAMP,
    };
    Chip::read("stm32mp1").check_interrupts(&pac);
}

#[test]
fn the_ports_are_where_the_pac_says_and_inside_their_region() {
    let ports = drv_stm32xx_gpio_common::server::STM32MP1;
    let chip = Chip::read("stm32mp1");
    for (letter, pac) in [
        (0, pac::GPIOA::PTR as *const u8),
        (1, pac::GPIOB::PTR as *const u8),
        (2, pac::GPIOC::PTR as *const u8),
        (3, pac::GPIOD::PTR as *const u8),
        (4, pac::GPIOE::PTR as *const u8),
        (5, pac::GPIOF::PTR as *const u8),
        (6, pac::GPIOG::PTR as *const u8),
        (7, pac::GPIOH::PTR as *const u8),
        (8, pac::GPIOI::PTR as *const u8),
        (9, pac::GPIOJ::PTR as *const u8),
        (10, pac::GPIOK::PTR as *const u8),
    ] {
        let address = ports.first + letter * ports.stride;
        assert_eq!(address, pac as usize);
        assert!(chip.covers("gpios", address));
    }
}

#[test]
fn the_unique_identifier_is_where_the_pac_says() {
    // As in `drv-stm32xx-uid`: OTP words 13 to 15.
    let offset = chip_facts::read_with(0, 0, |r: &pac::bsec::RegisterBlock| {
        r.otp_data13().as_ptr() as usize - &raw const *r as usize
    });
    assert_eq!(pac::BSEC::PTR as usize + offset, 0x5C00_5234);
}
