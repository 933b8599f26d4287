// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use vcell::VolatileCell;

/// UART0 of the MPS2 board.
const ADDRESS: usize = 0x4000_4000;

/// Registers of the APB UART (Cortex-M System Design Kit Technical Reference
/// Manual, DDI 0479, §4.3).
#[repr(C)]
struct Registers {
    data: VolatileCell<u32>,
    state: VolatileCell<u32>,
    ctrl: VolatileCell<u32>,
    intstatus: VolatileCell<u32>,
    bauddiv: VolatileCell<u32>,
}

const STATE_TX_FULL: u32 = 1 << 0;
const STATE_RX_FULL: u32 = 1 << 1;
const CTRL_TX_ENABLE: u32 = 1 << 0;
const CTRL_RX_ENABLE: u32 = 1 << 1;
/// The smallest there is: the other end is not particular.
const BAUDDIV: u32 = 16;

/// The serial port that QEMU connects to its first character device.
pub struct Port(&'static Registers);

impl Port {
    pub fn open() -> Self {
        let registers = ADDRESS as *const Registers;
        // SAFETY: the runner has the port in its `uses`, no other task has,
        // and this is called once.
        let registers = unsafe { &*registers };
        registers.bauddiv.set(BAUDDIV);
        registers.ctrl.set(CTRL_TX_ENABLE | CTRL_RX_ENABLE);
        Self(registers)
    }

    pub fn read(&mut self) -> Option<u8> {
        let is_full = self.0.state.get() & STATE_RX_FULL != 0;
        is_full.then(|| self.0.data.get() as u8)
    }

    pub fn write(&mut self, byte: u8) {
        while self.0.state.get() & STATE_TX_FULL != 0 {}
        self.0.data.set(byte.into());
    }
}
