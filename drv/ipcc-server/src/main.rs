// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The IPCC driver task.
//!
//! It owns one side of the inter-processor communication controller and the
//! memory shared with the other core, and serves its client tasks `open`,
//! `read`, `write`, `poll`, `close` and a few more (`idl/ipcc.idol`).
//!
//! - **Clients** are the tasks with a slot for this one; `app.toml` says who
//!   may open which channel. Calls that have to wait are answered later; the
//!   client stays blocked in its call and its lease stays ours.
//! - **Notifications**: the controller's interrupts, one or two, which mean
//!   that a message has come or was taken; and `timer`, for deadlines.
//! - **After a restart** nobody has a channel open: every client learns of it
//!   by `ServerRestarted`, and a peer with sessions by a new one. Messages
//!   that wait in the slots of a peer without sessions are delivered, whole,
//!   even if the former life had taken a part.
//!
//! This file only translates. What is decided is decided in
//! `drv-ipcc-server-core`; registers are in `drv-stm32xx-ipcc`.

#![no_std]
#![no_main]

mod config;
#[cfg_attr(feature = "loopback", path = "loopback.rs")]
mod hardware;
mod system;

use drv_ipcc_api::{ChannelStatus, Events, IpccError, PeerStatus};
use drv_ipcc_server_core::{Error, Event, Outcome, Server};
use hardware::{Controller, Hardware};
use idol_runtime::{
    ClientError, Leased, NotificationHandler, R, RequestError, W,
};
use ringbuf::counted_ringbuf;
use system::System;
use userlib::{
    NotificationBits, RecvMessage, sys_irq_control,
    sys_irq_control_clear_pending,
};

counted_ringbuf!(Event, 64, Event::None);

/// As many channels, clients and waiters as configured.
type Core = Server<
    'static,
    Controller,
    System,
    { config::CHANNELS.len() },
    { config::TASKS.len() },
    { config::WAITERS },
>;

struct ServerImpl {
    core: Core,
    hardware: Hardware,
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let hardware = Hardware::claim();
    let is_cold = hardware.is_cold();
    let controller = hardware.controller();
    let core = Server::new(
        controller,
        System,
        hardware.sessions(is_cold),
        &config::CHANNELS,
        &config::TASKS,
        config::STATE.claim(),
        config::buffers(),
    );
    let mut server = ServerImpl { core, hardware };
    // Buffers, masks, NVIC, and only then the other core.
    for mask in config::INTERRUPTS {
        sys_irq_control(mask, true);
    }
    if config::STARTS_PEER_NOW {
        server.hardware.start_peer();
    }

    let mut buffer = [0; idl::INCOMING_SIZE];
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
        #[cfg(feature = "loopback")]
        hardware::interrupt(&mut server.core);
    }
}

/// What a refusal becomes: an answer, or a fault for a caller that has no
/// business with us.
fn refused(error: Error) -> RequestError<IpccError> {
    RequestError::Runtime(match error {
        Error::Unlisted => return ClientError::AccessViolation.fail(),
        Error::NoSuchChannel => IpccError::NoSuchChannel,
        Error::AccessDenied => IpccError::AccessDenied,
        Error::NotOpen => IpccError::NotOpen,
        Error::Busy => IpccError::Busy,
        Error::WrongKind => IpccError::WrongKind,
        Error::BadArgument => IpccError::BadArgument,
        Error::WouldBlock => IpccError::WouldBlock,
        Error::TimedOut => IpccError::TimedOut,
        Error::TooManyWaiters => IpccError::TooManyWaiters,
        Error::Closed => IpccError::Closed,
        Error::PeerProtocol => IpccError::PeerProtocol,
        Error::PeerRestarted => IpccError::PeerRestarted,
        Error::GeometryMismatch => IpccError::GeometryMismatch,
    })
}

/// The answer to a call that may have to wait: now, or none from here.
fn answer(outcome: Outcome) -> Result<u32, RequestError<IpccError>> {
    match outcome {
        Outcome::Now(result) => result.map_err(refused),
        Outcome::Later => Err(ClientError::WentAway.fail()),
    }
}

impl idl::InOrderIpccImpl for ServerImpl {
    fn open(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
    ) -> Result<(), RequestError<IpccError>> {
        self.core.open(msg.sender, channel).map_err(refused)
    }

    fn close(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
    ) -> Result<(), RequestError<IpccError>> {
        self.core.close(msg.sender, channel).map_err(refused)
    }

    fn read(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
        deadline_ms: u32,
        dest: Leased<W, [u8]>,
    ) -> Result<u32, RequestError<IpccError>> {
        let len = dest.len();
        answer(self.core.read(msg.sender, channel, len, deadline_ms))
    }

    fn write(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
        deadline_ms: u32,
        source: Leased<R, [u8]>,
    ) -> Result<u32, RequestError<IpccError>> {
        let len = source.len();
        answer(self.core.write(msg.sender, channel, len, deadline_ms))
    }

    fn poll(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
        interest: u32,
        notification: u32,
    ) -> Result<Events, RequestError<IpccError>> {
        self.core
            .poll(msg.sender, channel, interest, notification)
            .map_err(refused)
    }

    fn poll_cancel(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
    ) -> Result<(), RequestError<IpccError>> {
        self.core.poll_cancel(msg.sender, channel).map_err(refused)
    }

    fn ring(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
    ) -> Result<(), RequestError<IpccError>> {
        self.core.ring(msg.sender, channel).map_err(refused)
    }

    fn wait(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
        deadline_ms: u32,
    ) -> Result<(), RequestError<IpccError>> {
        answer(self.core.wait(msg.sender, channel, deadline_ms)).map(|_| ())
    }

    fn shutdown(
        &mut self,
        msg: &RecvMessage,
        channel: u8,
    ) -> Result<(), RequestError<IpccError>> {
        self.core.shutdown(msg.sender, channel).map_err(refused)
    }

    fn status(
        &mut self,
        _: &RecvMessage,
        channel: u8,
    ) -> Result<ChannelStatus, RequestError<IpccError>> {
        self.core.status(channel).map_err(refused)
    }

    fn peer_status(
        &mut self,
        _: &RecvMessage,
    ) -> Result<PeerStatus, RequestError<IpccError>> {
        let (session, is_settled) = self.core.peer();
        Ok(PeerStatus {
            is_ours_to_start: u32::from(config::STARTS_PEER),
            is_up: u32::from(self.hardware.is_peer_up()),
            session,
            is_settled: u32::from(is_settled),
        })
    }

    fn peer_start(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<IpccError>> {
        if !config::STARTS_PEER {
            return Err(IpccError::NotSupported.into());
        }
        self.hardware.start_peer();
        Ok(())
    }
}

impl NotificationHandler for ServerImpl {
    fn current_notification_mask(&self) -> u32 {
        let interrupts = config::INTERRUPTS.iter().fold(0, |all, m| all | m);
        interrupts | notifications::TIMER_MASK
    }

    fn handle_notification(&mut self, bits: NotificationBits) {
        if bits.has_timer_fired(notifications::TIMER_MASK) {
            self.core.on_alarm();
        }
        if config::INTERRUPTS
            .iter()
            .any(|mask| bits.check_notification_mask(*mask))
        {
            // The levels first, then the NVIC: otherwise the same interrupt
            // would come again at once. The NVIC has latched it once more,
            // when the kernel's handler returned and the level still held;
            // what holds by now is latched again as soon as it is cleared.
            self.core.on_interrupt();
            for mask in config::INTERRUPTS {
                if bits.check_notification_mask(mask) {
                    sys_irq_control_clear_pending(mask, true);
                }
            }
        }
    }
}

mod idl {
    use drv_ipcc_api::{ChannelStatus, Events, IpccError, PeerStatus};

    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
