// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Clock and reset bits of the STM32MP15 as its Cortex-M4 sees them (RM0436,
//! RCC register map: the `MC` enable registers and the common resets).
//!
//! `Wwdg1`, `Hdp`, `StgenRo`, `RtcApb`, `Bsec`, `BackupRam` and the Ethernet
//! kernel clocks have no reset bit here; that of `Mdma` is in the secure
//! register TZAHB6RSTSETR, out of reach of the Cortex-M4.

peripherals! {
    /// MC_APB1ENSETR / APB1RSTSETR
    Apb1 = 0 {
        Tim2 = 0,
        Tim3 = 1,
        Tim4 = 2,
        Tim5 = 3,
        Tim6 = 4,
        Tim7 = 5,
        Tim12 = 6,
        Tim13 = 7,
        Tim14 = 8,
        LpTim1 = 9,
        Spi2 = 11,
        Spi3 = 12,
        Usart2 = 14,
        Usart3 = 15,
        Uart4 = 16,
        Uart5 = 17,
        Uart7 = 18,
        Uart8 = 19,
        I2c1 = 21,
        I2c2 = 22,
        I2c3 = 23,
        I2c5 = 24,
        Spdifrx = 26,
        HdmiCec = 27,
        Wwdg1 = 28,
        Dac1 = 29,
        Mdios = 31,
    }
    /// MC_APB2ENSETR / APB2RSTSETR
    Apb2 = 1 {
        Tim1 = 0,
        Tim8 = 1,
        Tim15 = 2,
        Tim16 = 3,
        Tim17 = 4,
        Spi1 = 8,
        Spi4 = 9,
        Spi5 = 10,
        Usart6 = 13,
        Sai1 = 16,
        Sai2 = 17,
        Sai3 = 18,
        Dfsdm1 = 20,
        Fdcan = 24,
    }
    /// MC_APB3ENSETR / APB3RSTSETR
    Apb3 = 2 {
        LpTim2 = 0,
        LpTim3 = 1,
        LpTim4 = 2,
        LpTim5 = 3,
        Sai4 = 8,
        Syscfg = 11,
        Vref = 13,
        Dts = 16,
        Hdp = 20,
    }
    /// MC_APB4ENSETR / APB4RSTSETR
    Apb4 = 3 {
        Ltdc = 0,
        Dsi = 4,
        DdrPerfm = 8,
        UsbPhy = 16,
        StgenRo = 20,
    }
    /// MC_APB5ENSETR / APB5RSTSETR
    Apb5 = 4 {
        Spi6 = 0,
        I2c4 = 2,
        I2c6 = 3,
        Usart1 = 4,
        RtcApb = 8,
        Bsec = 16,
        Stgen = 20,
    }
    /// MC_AHB2ENSETR / AHB2RSTSETR
    Ahb2 = 5 {
        Dma1 = 0,
        Dma2 = 1,
        Dmamux1 = 2,
        Adc = 5,
        Usb1Otg = 8,
        Sdmmc3 = 16,
    }
    /// MC_AHB3ENSETR / AHB3RSTSETR
    Ahb3 = 6 {
        Dcmi = 0,
        Cryp2 = 4,
        Hash2 = 5,
        Rng2 = 6,
        Crc2 = 7,
        Hsem = 11,
        Ipcc = 12,
    }
    /// MC_AHB4ENSETR / AHB4RSTSETR
    Ahb4 = 7 {
        GpioA = 0,
        GpioB = 1,
        GpioC = 2,
        GpioD = 3,
        GpioE = 4,
        GpioF = 5,
        GpioG = 6,
        GpioH = 7,
        GpioI = 8,
        GpioJ = 9,
        GpioK = 10,
    }
    /// MC_AHB5ENSETR / AHB5RSTSETR
    Ahb5 = 8 {
        GpioZ = 0,
        Cryp1 = 4,
        Hash1 = 5,
        Rng1 = 6,
        BackupRam = 8,
    }
    /// MC_AHB6ENSETR / AHB6RSTSETR
    Ahb6 = 9 {
        Mdma = 0,
        Gpu = 5,
        EthCk = 7,
        EthTx = 8,
        EthRx = 9,
        EthMac = 10,
        Fmc = 12,
        QuadSpi = 14,
        Sdmmc1 = 16,
        Sdmmc2 = 17,
        Crc1 = 20,
        UsbHost = 24,
    }
}
