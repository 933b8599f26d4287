// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! An echo on CPU2 without a kernel: the driver's crates for mailboxes and
//! doorbell need none.
//!
//! Every message on any of the six channels comes back on the same channel.
//! The layout is the driver's default, which is also that of NuttX.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::entry;
use drv_stm32xx_ipcc::{IPCC_BASE, Ipcc, Side};
use ipcc_channel::{
    Controller, Discipline, Listen, Port, Ring, RxSlot, Slots, TxSlot, Window,
};

const CHANNELS: usize = 6;

/// Start of SRAM2.
const WINDOW: *mut u8 = 0x2000_8000 as *mut u8;

/// Bytes of a mailbox, length word included.
const MAILBOX: usize = 256;

/// Bytes of the largest message.
const MESSAGE: usize = MAILBOX - 4;

/// `RCC_C2AHB3ENR` (RM0453 §7.4): CPU2's own view of the clock gates.
const RCC_C2AHB3ENR: *mut u32 = 0x5800_0150 as *mut u32;
const IPCCEN: u32 = 1 << 20;

/// Both of CPU2's IPCC interrupts (RM0453, CPU2 vector table).
#[derive(Clone, Copy)]
struct IpccInterrupt;

// SAFETY: the number is that of the vector table.
unsafe impl cortex_m::interrupt::InterruptNumber for IpccInterrupt {
    fn number(self) -> u16 {
        18
    }
}

#[entry]
fn main() -> ! {
    // Interrupts wake us and are never taken: there is nothing to do in them
    // that the loop does not do.
    cortex_m::interrupt::disable();
    // SAFETY: no handler can run, and the vector is not needed.
    unsafe { NVIC::unmask(IpccInterrupt) };

    let mut slots = start();
    let mut memories = [[0; MESSAGE]; CHANNELS];
    let mut messages = memories.each_mut().map(|memory| Ring::new(memory));
    loop {
        NVIC::unpend(IpccInterrupt);
        for (channel, message) in messages.iter_mut().enumerate() {
            echo(&mut slots, channel, message);
        }
        asm::wfi();
    }
}

/// Takes one message and sends it back, as far as that goes, and listens for
/// what is missing.
fn echo(slots: &mut impl Controller, channel: usize, message: &mut Ring<'_>) {
    if message.is_empty() {
        // A message of impossible length is gone, and the next may come.
        let _ = slots.read(channel, message);
    }
    // Our own memory does not go away.
    let _ = slots.write(channel, message);
    let listen = Listen {
        rx: message.is_empty(),
        tx: !message.is_empty(),
    };
    slots.listen(channel, listen);
}

/// Turns our side of the controller on, with nothing unmasked.
fn start() -> Slots<Ipcc, CHANNELS> {
    // SAFETY: the register is there, and only this core writes it.
    unsafe {
        RCC_C2AHB3ENR.write_volatile(RCC_C2AHB3ENR.read_volatile() | IPCCEN);
        // The first access must come after the clock (RM0453 §7.2.21).
        RCC_C2AHB3ENR.read_volatile();
    }
    // SAFETY: the controller is there, its clock is on, and this is the only
    // code on this core.
    let mut ipcc = unsafe { Ipcc::new(IPCC_BASE as *mut u32, Side::Cpu2) };
    ipcc.start();
    // SAFETY: SRAM2 is there, and the linker puts nothing into its start.
    let window = unsafe { Window::new(WINDOW, 2 * MAILBOX * CHANNELS) };
    let ports = core::array::from_fn(|channel| {
        // CPU2's mailbox first.
        let tx = window.part(2 * channel * MAILBOX, MAILBOX);
        let rx = window.part((2 * channel + 1) * MAILBOX, MAILBOX);
        let (Some(rx), Some(tx)) = (rx, tx) else {
            unreachable!("the window has room for all mailboxes")
        };
        Port {
            channel: channel as u8,
            discipline: Discipline::Slot {
                rx: RxSlot::new(rx),
                tx: TxSlot::new(tx),
            },
        }
    });
    Slots::new(ipcc, ports)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        asm::wfi();
    }
}
