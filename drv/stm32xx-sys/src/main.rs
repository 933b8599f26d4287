// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The sys task: owns the clock gates, resets and pins of the chip, and does to
//! them what its clients ask.
//!
//! Clients use `drv-stm32xx-sys-api`. Everybody who has a task slot for this
//! task may do everything: the image's `task-slots` are the access control.
//!
//! With feature `exti` it also receives the pin interrupts and tells the tasks
//! which own the pins, as configured in `[tasks.sys.config.gpio-irqs]`.
//!
//! At start it tells the supervisor why the chip was reset. A restart of this
//! task changes nothing in the hardware, and its clients repeat their calls
//! without noticing.
//!
//! Known hole: reset and pin set-up registers have no set and clear halves on
//! most families, and both cores of a dual-core part can write them. As long as
//! an image on each core runs a sys task, only one of them may set up the pins
//! of a port, and only one may reset peripherals.

#![no_std]
#![no_main]

use core::convert::Infallible;

use drv_stm32xx_gpio_common::server::get_gpio_regs;
use drv_stm32xx_sys_api::{Edge, IrqControl, Port, RccError};
use idol_runtime::{NotificationHandler, RequestError};
use ringbuf::{ringbuf, ringbuf_entry};
use task_jefe_api::ResetReason;
use userlib::{NotificationBits, RecvMessage};

#[cfg(not(feature = "test"))]
userlib::task_slot!(JEFE, jefe);

#[cfg(feature = "exti")]
mod exti;
mod rcc;

use rcc::{Gate, Rcc};

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    /// The register that says why the chip was reset.
    ResetFlags(u32),
    /// A client named a peripheral that this family does not have.
    NoSuchPeripheral(u32),
    /// Lines that fired.
    #[cfg(feature = "exti")]
    PinsFired(u16),
}

ringbuf!(Trace, 8, Trace::None);

struct ServerImpl {
    rcc: Rcc,
    #[cfg(feature = "exti")]
    exti: drv_stm32xx_exti::Exti<'static>,
}

impl idl::InOrderSysImpl for ServerImpl {
    fn enable_clock_raw(
        &mut self,
        _: &RecvMessage,
        peripheral: u32,
    ) -> Result<(), RequestError<RccError>> {
        self.rcc.set_clock(gate(peripheral)?, true);
        Ok(())
    }

    fn disable_clock_raw(
        &mut self,
        _: &RecvMessage,
        peripheral: u32,
    ) -> Result<(), RequestError<RccError>> {
        self.rcc.set_clock(gate(peripheral)?, false);
        Ok(())
    }

    fn enter_reset_raw(
        &mut self,
        _: &RecvMessage,
        peripheral: u32,
    ) -> Result<(), RequestError<RccError>> {
        self.rcc.set_reset(gate(peripheral)?, true);
        Ok(())
    }

    fn leave_reset_raw(
        &mut self,
        _: &RecvMessage,
        peripheral: u32,
    ) -> Result<(), RequestError<RccError>> {
        self.rcc.set_reset(gate(peripheral)?, false);
        Ok(())
    }

    fn gpio_configure_raw(
        &mut self,
        _: &RecvMessage,
        port: Port,
        pins: u16,
        packed_attributes: u16,
    ) -> Result<(), RequestError<Infallible>> {
        gpio(port).configure(pins, packed_attributes);
        Ok(())
    }

    fn gpio_set_reset(
        &mut self,
        _: &RecvMessage,
        port: Port,
        set_pins: u16,
        reset_pins: u16,
    ) -> Result<(), RequestError<Infallible>> {
        gpio(port).set_reset(set_pins, reset_pins);
        Ok(())
    }

    fn gpio_read_input(
        &mut self,
        _: &RecvMessage,
        port: Port,
    ) -> Result<u16, RequestError<Infallible>> {
        Ok(gpio(port).read())
    }

    fn gpio_toggle(
        &mut self,
        _: &RecvMessage,
        port: Port,
        pins: u16,
    ) -> Result<(), RequestError<Infallible>> {
        gpio(port).toggle(pins);
        Ok(())
    }

    fn read_uid(
        &mut self,
        _: &RecvMessage,
    ) -> Result<[u32; 3], RequestError<Infallible>> {
        Ok(drv_stm32xx_uid::read_uid())
    }

    #[cfg(feature = "exti")]
    fn gpio_irq_configure(
        &mut self,
        message: &RecvMessage,
        mask: u32,
        sensitivity: Edge,
    ) -> Result<(), RequestError<Infallible>> {
        exti::configure(&self.exti, message.sender, mask, sensitivity)
    }

    #[cfg(feature = "exti")]
    fn gpio_irq_control(
        &mut self,
        message: &RecvMessage,
        mask: u32,
        op: IrqControl,
    ) -> Result<bool, RequestError<Infallible>> {
        exti::control(&mut self.exti, message.sender, mask, op)
    }

    #[cfg(not(feature = "exti"))]
    fn gpio_irq_configure(
        &mut self,
        _: &RecvMessage,
        _mask: u32,
        _sensitivity: Edge,
    ) -> Result<(), RequestError<Infallible>> {
        Err(idol_runtime::ClientError::UnknownOperation.fail())
    }

    #[cfg(not(feature = "exti"))]
    fn gpio_irq_control(
        &mut self,
        _: &RecvMessage,
        _mask: u32,
        _op: IrqControl,
    ) -> Result<bool, RequestError<Infallible>> {
        Err(idol_runtime::ClientError::UnknownOperation.fail())
    }
}

impl NotificationHandler for ServerImpl {
    #[cfg(feature = "exti")]
    fn current_notification_mask(&self) -> u32 {
        notifications::EXTI_WILDCARD_IRQ_MASK
    }

    #[cfg(feature = "exti")]
    fn handle_notification(&mut self, _bits: NotificationBits) {
        let fired = exti::handle_notification(&mut self.exti);
        ringbuf_entry!(Trace::PinsFired(fired));
    }

    #[cfg(not(feature = "exti"))]
    fn current_notification_mask(&self) -> u32 {
        0
    }

    #[cfg(not(feature = "exti"))]
    fn handle_notification(&mut self, _bits: NotificationBits) {
        // Not reachable with the mask above; and this task must not panic.
    }
}

/// Takes apart a peripheral number that came from a client.
fn gate(peripheral: u32) -> Result<Gate, RccError> {
    Gate::try_from(peripheral).inspect_err(|_| {
        ringbuf_entry!(Trace::NoSuchPeripheral(peripheral));
    })
}

fn gpio(
    port: Port,
) -> &'static dyn drv_stm32xx_gpio_common::server::AnyGpioPeriph {
    // SAFETY: this task is the only one with the ports in its `uses`; it has
    // turned on their clocks, and it has one thread.
    unsafe { get_gpio_regs(port) }
}

/// Tells the supervisor why the chip was reset, if there is one to tell.
#[cfg_attr(feature = "test", allow(unused_variables))]
fn report(reason: ResetReason) {
    #[cfg(not(feature = "test"))]
    task_jefe_api::Jefe::from(JEFE.get_task_id()).set_reset_reason(reason);
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    // SAFETY: this task is the only one with the RCC in its `uses`, and takes
    // it over only here.
    let rcc = unsafe { Rcc::new() };

    let flags = rcc.take_reset_flags();
    ringbuf_entry!(Trace::ResetFlags(flags));
    report(rcc::reset_reason(flags));

    let mut server = ServerImpl {
        rcc,
        #[cfg(feature = "exti")]
        exti: exti::start(),
    };
    let mut buffer = [0; idl::INCOMING_SIZE];
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
    }
}

mod idl {
    use drv_stm32xx_sys_api::{Edge, IrqControl, Port, RccError};

    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

#[cfg(feature = "exti")]
include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
