// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use drv_stm32xx_usart::{Instance, Usart};

/// The kernel's crate leaves the clock of the port as it is after reset: that
/// of the core, MSI.
const CLOCK_HZ: u32 = 4_000_000;
const BAUD: u32 = 115_200;

/// LPUART1, the ST-LINK's serial port on the NUCLEO-WL55JC1.
pub struct Port(Usart);

impl Port {
    pub fn open() -> Self {
        // SAFETY: the runner has the port in its `uses`, no other task has,
        // and this is called once.
        let mut usart = unsafe { Usart::new(Instance::LpUart1) };
        // The rate is possible.
        let _ = usart.init(CLOCK_HZ, BAUD);
        Self(usart)
    }

    pub fn read(&mut self) -> Option<u8> {
        let mut byte = [0];
        (self.0.read_into(&mut byte) > 0).then_some(byte[0])
    }

    pub fn write(&mut self, byte: u8) {
        while self.0.write_from(&[byte]) == 0 {}
    }
}
