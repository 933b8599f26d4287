// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Which interrupt line of which core each block drives (RM0453, tables
//! "CPU1 vector table" and "CPU2 vector table").

use super::Chip;
use super::dma;
use super::uart::UartId;
use crate::core_id::CoreId;

/// Interrupt numbers on CPU1 and CPU2.
type Irq = [u8; 2];

const FLASH: Irq = [4, 3];
const RTC_WAKE_UP: Irq = [3, 2];
const RTC_ALARM: Irq = [42, 2];
const ADC: Irq = [18, 7];
const LPTIMS: [Irq; 3] = [[39, 11], [40, 12], [43, 13]];
const SPIS: [Irq; 3] = [[34, 25], [35, 26], [44, 30]];
/// The events; errors have lines of their own on CPU1.
const I2CS: [Irq; 3] = [[30, 22], [32, 23], [48, 24]];
const TIM1_BREAK: Irq = [23, 14];
const TIM1_UPDATE: Irq = [24, 14];
const TIM1_COMPARE: Irq = [26, 14];
const TIM2: Irq = [27, 15];
const TIM16: Irq = [28, 16];
const TIM17: Irq = [29, 17];
const USART1: Irq = [36, 27];
const USART2: Irq = [37, 28];
const LPUART1: Irq = [38, 29];
const IPCC_RX: Irq = [45, 18];
const IPCC_TX: Irq = [46, 18];
const HSEM: Irq = [47, 19];
const RNG: Irq = [52, 20];
const AES: Irq = [51, 21];

impl Chip {
    /// The levels of the interrupt lines of `core`, one bit per line.
    pub fn irq_levels(&self, core: CoreId) -> u64 {
        let mut levels = self.exti.irqs(core);
        let mut drive = |irq: Irq, asserted: bool| {
            levels |= u64::from(asserted) << irq[core.index()];
        };
        let ipcc = self.ipcc.lines(core);
        drive(IPCC_RX, ipcc.rx_occupied);
        drive(IPCC_TX, ipcc.tx_free);
        drive(USART1, self.uarts[UartId::Usart1.index()].irq());
        drive(USART2, self.uarts[UartId::Usart2.index()].irq());
        drive(LPUART1, self.uarts[UartId::Lpuart1.index()].irq());
        drive(HSEM, self.hsem.irq(core));
        drive(RNG, self.rng.irq());
        drive(AES, self.aes.irq());
        drive(FLASH, self.flash.irq(core));
        drive(RTC_WAKE_UP, self.rtc.wakes());
        drive(RTC_ALARM, self.rtc.alarms());
        drive(ADC, self.adc.irq());
        for (irq, lptim) in LPTIMS.into_iter().zip(&self.lptims) {
            drive(irq, lptim.irq());
        }
        for (irq, spi) in SPIS.into_iter().zip(&self.spis) {
            drive(irq, spi.irq());
        }
        for (irq, i2c) in I2CS.into_iter().zip(&self.i2cs) {
            drive(irq, i2c.irq());
        }
        let tim1 = self.tims[0].lines();
        drive(TIM1_BREAK, tim1.brk);
        drive(TIM1_UPDATE, tim1.update);
        drive(TIM1_COMPARE, tim1.compare);
        drive(TIM2, self.tims[1].lines().any());
        drive(TIM16, self.tims[2].lines().any());
        drive(TIM17, self.tims[3].lines().any());
        for n in 0..dma::CHANNELS {
            let cpu2 = if n < 3 { 8 } else { 9 };
            drive([11 + n as u8, cpu2], self.dma[0].irq(n));
            drive([54 + n as u8, 10], self.dma[1].irq(n));
        }
        // The window watchdog belongs to CPU1.
        if core == CoreId::Cpu1 {
            levels |= u64::from(self.wwdg.irq());
        }
        levels
    }
}
