// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits of the STM32WL5 (RM0453, RCC register map).
//!
//! CPU2's enable registers have the same bits as CPU1's. `RtcApb` and `Wwdg`
//! have no reset bit.

peripherals! {
    /// AHB1ENR / AHB1RSTR
    Ahb1 = 0 {
        Dma1 = 0,
        Dma2 = 1,
        Dmamux1 = 2,
        Crc = 12,
    }
    /// AHB2ENR / AHB2RSTR
    Ahb2 = 1 {
        GpioA = 0,
        GpioB = 1,
        GpioC = 2,
        GpioH = 7,
    }
    /// AHB3ENR / AHB3RSTR
    Ahb3 = 2 {
        Pka = 16,
        Aes = 17,
        Rng = 18,
        Hsem = 19,
        Ipcc = 20,
        Flash = 25,
    }
    /// APB1ENR1 / APB1RSTR1
    Apb1R1 = 3 {
        Tim2 = 0,
        RtcApb = 10,
        Wwdg = 11,
        Spi2 = 14,
        Usart2 = 17,
        I2c1 = 21,
        I2c2 = 22,
        I2c3 = 23,
        Dac1 = 29,
        LpTim1 = 31,
    }
    /// APB1ENR2 / APB1RSTR2
    Apb1R2 = 4 {
        LpUart1 = 0,
        LpTim2 = 5,
        LpTim3 = 6,
    }
    /// APB2ENR / APB2RSTR
    Apb2 = 5 {
        Adc = 9,
        Tim1 = 11,
        Spi1 = 12,
        Usart1 = 14,
        Tim16 = 17,
        Tim17 = 18,
    }
    /// APB3ENR / APB3RSTR
    Apb3 = 6 {
        SubGhzSpi = 0,
    }
}
