// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

#![no_std]
#![no_main]

use core::convert::Infallible;
use drv_gauge_api::{Channel, GaugeError};
use drv_stm32xx_sys_api::{Peripheral, Sys};
use idol_runtime::{
    ClientError, Leased, LenLimit, NotificationHandler, R, RequestError, W,
};
use ringbuf::{ringbuf, ringbuf_entry};
use static_cell::ClaimOnceCell;
use userlib::{
    NotificationBits, RecvMessage, set_timer_relative, sys_get_timer,
    sys_irq_control, sys_recv_notification, task_slot,
};

task_slot!(SYS, sys);

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    Irq(u32),
    Timeout,
}
ringbuf!(Trace, 16, Trace::None);

static TABLE: ClaimOnceCell<[u16; 64]> = ClaimOnceCell::new([0; 64]);

struct ServerImpl {
    table: &'static mut [u16; 64],
    count: u32,
}

impl ServerImpl {
    fn wait_ready(&mut self) -> Result<(), GaugeError> {
        let deadline = set_timer_relative(10, notifications::TIMER_MASK);
        sys_irq_control(notifications::GAUGE_IRQ_MASK, true);
        loop {
            let bits = sys_recv_notification(
                notifications::GAUGE_IRQ_MASK | notifications::TIMER_MASK,
            );
            if bits.check_notification_mask(notifications::GAUGE_IRQ_MASK) {
                ringbuf_entry!(Trace::Irq(bits.get_raw_bits()));
                return Ok(());
            }
            if bits.has_timer_fired(notifications::TIMER_MASK)
                || sys_get_timer().now >= deadline
            {
                ringbuf_entry!(Trace::Timeout);
                return Err(GaugeError::Timeout);
            }
        }
    }
}

impl idl::InOrderGaugeImpl for ServerImpl {
    fn sample(
        &mut self,
        _: &RecvMessage,
        channel: Channel,
        raw: bool,
    ) -> Result<u32, RequestError<GaugeError>> {
        self.wait_ready()?;
        self.count = self.count.wrapping_add(1);
        Ok(u32::from(self.table[channel as usize]) + u32::from(raw))
    }

    fn load(
        &mut self,
        _: &RecvMessage,
        table: LenLimit<Leased<R, [u16]>, 64>,
    ) -> Result<(), RequestError<Infallible>> {
        let n = usize::from(LenLimit::len_as_u8(&table));
        let Some(dest) = self.table.get_mut(..n) else {
            return Err(ClientError::BadLease.fail());
        };
        table
            .read_range(0..n, dest)
            .map_err(|()| RequestError::went_away())
    }

    fn snapshot(
        &mut self,
        _: &RecvMessage,
        out: Leased<W, [u8]>,
    ) -> Result<usize, RequestError<Infallible>> {
        let bytes = self.count.to_le_bytes();
        let n = usize::min(out.len(), bytes.len());
        out.write_range(0..n, &bytes[..n])
            .map_err(|_| RequestError::Fail(ClientError::WentAway))?;
        Ok(n)
    }
}

impl NotificationHandler for ServerImpl {
    fn current_notification_mask(&self) -> u32 {
        0
    }
    fn handle_notification(&mut self, _bits: NotificationBits) {
        unreachable!()
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let sys = Sys::from(SYS.get_task_id());
    sys.enable_clock(Peripheral::Hsem);
    sys.leave_reset(Peripheral::Hsem);

    let mut server = ServerImpl {
        table: TABLE.claim(),
        count: 0,
    };
    let mut buffer = [0; idl::INCOMING_SIZE];
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
    }
}

mod idl {
    use drv_gauge_api::{Channel, GaugeError};
    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
