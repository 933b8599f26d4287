// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Addresses and interrupts of the STM32WB55, CPU1.

use chip_facts::Chip;
use stm32wb::stm32wb55 as pac;

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
    Chip::read("stm32wb").check_regions();
}

#[test]
fn every_address_is_as_the_pac_says() {
    let pac = addresses! {
        tim2 TIM2, lcd LCD, rtc RTC, wwdg WWDG, iwdg IWDG, spi2 SPI2,
        i2c1 I2C1, i2c3 I2C3, crs CRS, usb USB, lptim1 LPTIM1,
        lpuart1 LPUART1, lptim2 LPTIM2, syscfg SYSCFG, tim1 TIM1, spi1 SPI1,
        usart1 USART1, tim16 TIM16, tim17 TIM17, sai1 SAI1, dma1 DMA1,
        dma2 DMA2, dmamux1 DMAMUX1, crc CRC, tsc TSC, gpios GPIOA,
        adc1 ADC1, aes1 AES1, rcc RCC, pwr PWR, exti EXTI, ipcc IPCC,
        rng RNG, hsem HSEM, aes2 AES2, pka PKA, flash_registers FLASH,
        quadspi QUADSPI, dbgmcu DBGMCU,
    };
    // ST's descriptions leave out the system memory.
    Chip::read("stm32wb").check_addresses(&pac, &["system_flash"]);
}

#[test]
fn every_interrupt_is_as_the_pac_says() {
    let pac = interrupts! {
        tim2.irq TIM2, lcd.irq LCD, rtc.wakeup RTC_WKUP,
        rtc.alarm RTC_ALARM, wwdg.irq WWDG, spi2.irq SPI2,
        i2c1.event I2C1_EV, i2c1.error I2C1_ER, i2c3.event I2C3_EV,
        i2c3.error I2C3_ER, crs.irq CRS_IT, usb.high USB_HP, usb.low USB_LP,
        lptim1.irq LPTIM1, lpuart1.irq LPUART1, lptim2.irq LPTIM2,
        syscfg.comp COMP, tim1.break TIM1_BRK, tim1.update TIM1_UP,
        tim1.compare TIM1_CC, spi1.irq SPI1, usart1.irq USART1,
        tim17.irq TIM1_TRG_COM_TIM17, sai1.irq SAI1, dma1.ch1 DMA1_CHANNEL1,
        dma1.ch2 DMA1_CHANNEL2, dma1.ch3 DMA1_CHANNEL3,
        dma1.ch4 DMA1_CHANNEL4, dma1.ch5 DMA1_CHANNEL5,
        dma1.ch6 DMA1_CHANNEL6, dma1.ch7 DMA1_CHANNEL7, dma2.ch1 DMA2_CH1,
        dma2.ch2 DMA2_CH2, dma2.ch3 DMA2_CH3, dma2.ch4 DMA2_CH4,
        dma2.ch5 DMA2_CH5, dma2.ch6 DMA2_CH6, dma2.ch7 DMA2_CH7,
        dmamux1.overrun DMAMUX_OVR, tsc.irq TSC, adc1.irq ADC1,
        aes1.irq AES1, rcc.irq RCC, pwr.pvd PVD, pwr.cpu2 C2SEV,
        pwr.sotf PWR_SOTF, exti.exti0 EXTI0, exti.exti1 EXTI1,
        exti.exti2 EXTI2, exti.exti3 EXTI3, exti.exti4 EXTI4,
        exti.exti9_5 EXTI9_5, exti.exti15_10 EXTI15_10,
        ipcc.rx IPCC_C1_RX_IT, ipcc.tx IPCC_C1_TX_IT, rng.irq TRUE_RNG,
        hsem.irq HSEM, aes2.irq AES2, pka.irq PKA,
        flash_registers.irq FLASH, quadspi.irq QUADSPI,
    };
    Chip::read("stm32wb").check_interrupts(&pac);
}

#[test]
fn the_ports_are_where_the_pac_says_and_inside_their_region() {
    let ports = drv_stm32xx_gpio_common::server::STM32WL5_WB;
    let chip = Chip::read("stm32wb");
    for (letter, pac) in [
        (0, pac::GPIOA::PTR as *const u8),
        (1, pac::GPIOB::PTR as *const u8),
        (2, pac::GPIOC::PTR as *const u8),
        (3, pac::GPIOD::PTR as *const u8),
        (4, pac::GPIOE::PTR as *const u8),
        (7, pac::GPIOH::PTR as *const u8),
    ] {
        let address = ports.first + letter * ports.stride;
        assert_eq!(address, pac as usize);
        assert!(chip.covers("gpios", address));
    }
}
