// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits of the STM32WB55 (RM0434, RCC register map), as CPU1
//! sees them.
//!
//! `RtcApb` and `Wwdg` have no reset bit.

peripherals! {
    /// AHB1ENR / AHB1RSTR
    Ahb1 = 0 {
        Dma1 = 0,
        Dma2 = 1,
        Dmamux1 = 2,
        Crc = 12,
        Tsc = 16,
    }
    /// AHB2ENR / AHB2RSTR
    Ahb2 = 1 {
        GpioA = 0,
        GpioB = 1,
        GpioC = 2,
        GpioD = 3,
        GpioE = 4,
        GpioH = 7,
        Adc1 = 13,
        Aes1 = 16,
    }
    /// AHB3ENR / AHB3RSTR
    Ahb3 = 2 {
        QuadSpi = 8,
        Pka = 16,
        Aes2 = 17,
        Rng = 18,
        Hsem = 19,
        Ipcc = 20,
        Flash = 25,
    }
    /// APB1ENR1 / APB1RSTR1
    Apb1R1 = 3 {
        Tim2 = 0,
        Lcd = 9,
        RtcApb = 10,
        Wwdg = 11,
        Spi2 = 14,
        I2c1 = 21,
        I2c3 = 23,
        Crs = 24,
        Usb = 26,
        LpTim1 = 31,
    }
    /// APB1ENR2 / APB1RSTR2
    Apb1R2 = 4 {
        LpUart1 = 0,
        LpTim2 = 5,
    }
    /// APB2ENR / APB2RSTR
    Apb2 = 5 {
        Tim1 = 11,
        Spi1 = 12,
        Usart1 = 14,
        Tim16 = 17,
        Tim17 = 18,
        Sai1 = 21,
    }
}
