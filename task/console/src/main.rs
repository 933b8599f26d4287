// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Bridges a serial port and an IPCC channel: what comes in on one goes out
//! on the other.
//!
//! One loop serves both directions without ever blocking in a call. It moves
//! what can be moved, says what it waits for (the port's interrupt, and
//! through `poll` the channel), and sleeps until one of the two notification
//! bits is posted. A restart of the driver or of the other core costs what
//! was under way; the bridge opens the channel again and goes on.

#![no_std]
#![no_main]

mod buffer;

use buffer::Buffer;
use drv_ipcc_api::{Channel, Deadline, Events, Ipcc, IpccError};
use drv_stm32xx_sys_api::{
    Alternate, OutputType, Peripheral, Port, Pull, Speed, Sys,
};
use drv_stm32xx_usart::{Instance, Usart};
use ringbuf::{ringbuf, ringbuf_entry};
use userlib::{
    UnwrapLite, hl, sys_irq_control, sys_recv_notification, task_slot,
};

task_slot!(SYS, sys);
task_slot!(IPCC, ipcc);

/// The channel whose other end echoes.
const CHANNEL: u8 = 1;

/// On the NUCLEO-WL55JC1, the ST-LINK's virtual COM port.
const PORT: Instance = Instance::LpUart1;
const BAUD: u32 = 115_200;

/// PCLK1, which the port runs from after reset: SYSCLK undivided, which the
/// application sets to 48 MHz.
const CLOCK_HZ: u32 = 48_000_000;

/// As many bytes as fit a message: more would not save a message, fewer would
/// cost one more call each.
const MESSAGE: usize = 252;

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    /// The channel is open.
    Opened,
    /// A call failed; what was under way may be lost.
    Failed(IpccError),
    /// Bytes from the port were lost because we were too slow.
    Overruns(u32),
}

ringbuf!(Trace, 16, Trace::None);

struct Bridge {
    usart: Usart,
    channel: Channel,
    /// From the port to the channel.
    up: Buffer<MESSAGE>,
    /// From the channel to the port.
    down: Buffer<MESSAGE>,
    /// The line fell silent, so what is in `up` should not wait for more.
    is_line_idle: bool,
    /// The last read from the port filled `up`, so that there may be more.
    was_filled: bool,
    /// What the driver is going to tell us about.
    awaited: Events,
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let usart = start_port();
    let mut bridge = Bridge {
        usart,
        channel: open(),
        up: Buffer::new(),
        down: Buffer::new(),
        is_line_idle: false,
        was_filled: false,
        awaited: Events::empty(),
    };
    loop {
        if let Err(error) = bridge.turn() {
            ringbuf_entry!(Trace::Failed(error));
            bridge.recover(error);
        }
    }
}

/// Gives the port its clock and pins, and turns it on.
fn start_port() -> Usart {
    let sys = Sys::from(SYS.get_task_id());
    sys.enable_clock(Peripheral::LpUart1);
    sys.leave_reset(Peripheral::LpUart1);
    sys.gpio_configure_alternate(
        Port::A.pin(2).and_pin(3),
        OutputType::PushPull,
        Speed::High,
        Pull::Up,
        Alternate::AF8,
    );
    // SAFETY: `app.toml` maps the port to this task and to no other, and this
    // is called once.
    let mut usart = unsafe { Usart::new(PORT) };
    usart.init(CLOCK_HZ, BAUD).unwrap_lite();
    usart
}

/// Opens the channel, however long another client holds on to it.
fn open() -> Channel {
    loop {
        match Channel::open(Ipcc::from(IPCC.get_task_id()), CHANNEL) {
            Ok(channel) => {
                ringbuf_entry!(Trace::Opened);
                return channel;
            }
            Err(error) => {
                ringbuf_entry!(Trace::Failed(error));
                hl::sleep_for(10);
            }
        }
    }
}

impl Bridge {
    /// Moves what can be moved, and waits for something to change.
    fn turn(&mut self) -> Result<(), IpccError> {
        self.receive();
        self.send_up()?;
        self.fetch_down()?;
        self.transmit();

        let mut wanted = Events::empty();
        wanted.set(Events::WRITABLE, self.is_up_due());
        wanted.set(Events::READABLE, self.down.is_empty());
        if !self.awaited.contains(wanted) {
            let ready = self.channel.poll(wanted, notifications::IPCC_MASK)?;
            self.awaited = wanted;
            if !ready.is_empty() {
                self.awaited = Events::empty();
                return Ok(());
            }
        }
        self.sleep();
        Ok(())
    }

    /// From the port into `up`.
    fn receive(&mut self) {
        let space = self.up.space();
        if space.is_empty() {
            return;
        }
        let n = self.usart.read_into(space);
        self.up.filled(n);
        // Bytes that were left in the port when the line fell idle are not
        // followed by another such event.
        self.is_line_idle = self.usart.take_idle()
            || (self.is_line_idle && (n == 0 || self.was_filled));
        self.was_filled = self.up.is_full();
        let overruns = self.usart.take_overruns();
        if overruns > 0 {
            ringbuf_entry!(Trace::Overruns(overruns));
        }
    }

    /// Whether what is in `up` should be on its way.
    fn is_up_due(&self) -> bool {
        self.up.is_full() || (self.is_line_idle && !self.up.is_empty())
    }

    /// From `up` to the channel.
    fn send_up(&mut self) -> Result<(), IpccError> {
        if self.is_up_due() && !self.awaited.contains(Events::WRITABLE) {
            let n =
                moved(self.channel.write_by(self.up.bytes(), Deadline::NOW))?;
            self.up.taken(n);
        }
        Ok(())
    }

    /// From the channel to `down`.
    fn fetch_down(&mut self) -> Result<(), IpccError> {
        if self.down.is_empty() && !self.awaited.contains(Events::READABLE) {
            let n =
                moved(self.channel.read_by(self.down.space(), Deadline::NOW))?;
            self.down.filled(n);
        }
        Ok(())
    }

    /// From `down` to the port.
    fn transmit(&mut self) {
        let n = self.usart.write_from(self.down.bytes());
        self.down.taken(n);
    }

    /// Waits for the port or the channel.
    fn sleep(&mut self) {
        self.usart.set_receive_interrupt(!self.up.is_full());
        self.usart.set_transmit_interrupt(!self.down.is_empty());
        sys_irq_control(notifications::USART_IRQ_MASK, true);
        let bits = sys_recv_notification(
            notifications::USART_IRQ_MASK | notifications::IPCC_MASK,
        );
        if bits.check_notification_mask(notifications::IPCC_MASK) {
            self.awaited = Events::empty();
        }
    }

    /// Makes the channel usable again, if it is not.
    fn recover(&mut self, error: IpccError) {
        self.awaited = Events::empty();
        match error {
            IpccError::ServerRestarted | IpccError::NotOpen => {
                while let Err(error) = self.channel.reopen() {
                    ringbuf_entry!(Trace::Failed(error));
                    hl::sleep_for(10);
                }
                ringbuf_entry!(Trace::Opened);
            }
            // Whatever else it is, waiting a little makes sure that we leave
            // the processor to others while it lasts.
            IpccError::PeerRestarted | IpccError::PeerProtocol => (),
            _ => hl::sleep_for(10),
        }
    }
}

/// Nothing moved is not a failure here.
fn moved(result: Result<usize, IpccError>) -> Result<usize, IpccError> {
    match result {
        Err(IpccError::WouldBlock) => Ok(0),
        other => other,
    }
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
