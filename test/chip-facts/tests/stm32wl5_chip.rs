// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Addresses and interrupts of the STM32WL5, CPU1.

use core::mem::offset_of;

use chip_facts::{Chip, read_with};
use drv_stm32xx_exti::{EXTI_ADDRESS, RegisterBlock, SYSCFG_EXTICR1_ADDRESS};
use drv_stm32xx_usart::Instance;
use stm32wl::stm32wl5x_cm4 as pac;

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
    Chip::read("stm32wl5").check_regions();
}

#[test]
fn every_address_is_as_the_pac_says() {
    let pac = addresses! {
        tim2 TIM2, rtc RTC, wwdg WWDG, iwdg IWDG, spi2 SPI2, usart2 USART2,
        i2c1 I2C1, i2c2 I2C2, i2c3 I2C3, dac DAC, lptim1 LPTIM1,
        lpuart1 LPUART, lptim2 LPTIM2, lptim3 LPTIM3, tamp TAMP,
        syscfg SYSCFG, adc ADC, tim1 TIM1, spi1 SPI1, usart1 USART1,
        tim16 TIM16, tim17 TIM17, dma1 DMA1, dma2 DMA2, dmamux1 DMAMUX,
        crc CRC, gpios GPIOA, rcc RCC, pwr PWR, exti EXTI, ipcc IPCC,
        rng RNG, hsem HSEM, aes AES, pka PKA, flash_registers FLASH,
        tzsc TZSC, tzic TZIC, subghzspi SPI3, dbgmcu DBGMCU,
    };
    // ST's descriptions leave out the system memory.
    Chip::read("stm32wl5").check_addresses(&pac, &["system_flash"]);
}

#[test]
fn every_interrupt_is_as_the_pac_says() {
    let pac = interrupts! {
        tim2.irq TIM2, rtc.wakeup RTC_WKUP, rtc.alarm RTC_ALARM,
        wwdg.irq WWDG, spi2.irq SPI2S2, usart2.irq USART2,
        i2c1.event I2C1_EV, i2c1.error I2C1_ER, i2c2.event I2C2_EV,
        i2c2.error I2C2_ER, i2c3.event I2C3_EV, i2c3.error I2C3_ER,
        dac.irq DAC, lptim1.irq LPTIM1, lpuart1.irq LPUART1,
        lptim2.irq LPTIM2, lptim3.irq LPTIM3,
        tamp.irq TAMP_RTCSTAMP_LSECSS_RTCSSRU, syscfg.comp COMP,
        adc.irq ADC, tim1.break TIM1_BRK, tim1.update TIM1_UP,
        tim1.trigger TIM1_TRG_COM, tim1.compare TIM1_CC, spi1.irq SPI1,
        usart1.irq USART1, tim16.irq TIM16, tim17.irq TIM17,
        dma1.ch1 DMA1_CH1, dma1.ch2 DMA1_CH2, dma1.ch3 DMA1_CH3,
        dma1.ch4 DMA1_CH4, dma1.ch5 DMA1_CH5, dma1.ch6 DMA1_CH6,
        dma1.ch7 DMA1_CH7, dma2.ch1 DMA2_CH1, dma2.ch2 DMA2_CH2,
        dma2.ch3 DMA2_CH3, dma2.ch4 DMA2_CH4, dma2.ch5 DMA2_CH5,
        dma2.ch6 DMA2_CH6, dma2.ch7 DMA2_CH7, dmamux1.overrun DMAMUX1_OVR,
        rcc.irq RCC, pwr.pvd PVD_PVM_3, pwr.cpu2 PWR_C2H_C2SEV,
        exti.exti0 EXTI0, exti.exti1 EXTI1, exti.exti2 EXTI2,
        exti.exti3 EXTI3, exti.exti4 EXTI4, exti.exti9_5 EXTI9_5,
        exti.exti15_10 EXTI15_10, ipcc.rx IPCC_C1_RX_IT,
        ipcc.tx IPCC_C1_TX_IT, rng.irq TRUE_RNG, hsem.irq HSEM, aes.irq AES,
        pka.irq PKA, flash_registers.irq FLASH, subghzspi.irq SUBGHZSPI,
        subghzspi.radio RADIO_IRQ_BUSY,
    };
    Chip::read("stm32wl5").check_interrupts(&pac);
}

#[test]
fn the_ports_are_where_the_pac_says_and_inside_their_region() {
    let ports = drv_stm32xx_gpio_common::server::STM32WL5_WB;
    let chip = Chip::read("stm32wl5");
    for (letter, pac) in [
        (0, pac::GPIOA::PTR as *const u8),
        (1, pac::GPIOB::PTR as *const u8),
        (2, pac::GPIOC::PTR as *const u8),
        (7, pac::GPIOH::PTR as *const u8),
    ] {
        let address = ports.first + letter * ports.stride;
        assert_eq!(address, pac as usize);
        assert!(chip.covers("gpios", address));
    }
}

#[test]
fn the_pin_interrupt_registers_are_where_the_pac_says() {
    assert_eq!(EXTI_ADDRESS, pac::EXTI::PTR as usize);

    let offsets = read_with(0, 0, |r: &pac::exti::RegisterBlock| {
        let base = &raw const *r as usize;
        [
            r.rtsr1().as_ptr() as usize - base,
            r.ftsr1().as_ptr() as usize - base,
            r.pr1().as_ptr() as usize - base,
            r.c1imr1().as_ptr() as usize - base,
            r.c2imr1().as_ptr() as usize - base,
        ]
    });
    let ours = [
        offset_of!(RegisterBlock, rtsr1),
        offset_of!(RegisterBlock, ftsr1),
        offset_of!(RegisterBlock, pr1),
        offset_of!(RegisterBlock, c1imr1),
        offset_of!(RegisterBlock, c2imr1),
    ];
    assert_eq!(ours, offsets);

    let exticr1 = read_with(0, 0, |r: &pac::syscfg::RegisterBlock| {
        r.exticr1().as_ptr() as usize - &raw const *r as usize
    });
    assert_eq!(SYSCFG_EXTICR1_ADDRESS, pac::SYSCFG::PTR as usize + exticr1);
}

#[test]
fn the_serial_ports_are_where_the_pac_says() {
    for (instance, pac) in [
        (Instance::LpUart1, pac::LPUART::PTR as usize),
        (Instance::Usart1, pac::USART1::PTR as usize),
        (Instance::Usart2, pac::USART2::PTR as usize),
    ] {
        assert_eq!(instance.address(), pac, "{instance:?}");
    }
}

#[test]
fn the_unique_identifier_is_in_the_system_flash() {
    let address = drv_stm32xx_uid::UID_ADDRESS;
    for chip in ["stm32wl5", "stm32wl5-cpu2", "stm32wb"] {
        assert!(Chip::read(chip).covers("system_flash", address), "{chip}");
    }
}
