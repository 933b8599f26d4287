// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Records what the driver counts, for a look at it later with a debugger.

#![no_std]
#![no_main]

use drv_ipcc_api::{ChannelStatus, Flags, Ipcc, IpccError};
use ringbuf::{ringbuf, ringbuf_entry};
use userlib::{hl, task_slot};

task_slot!(IPCC, ipcc);

task_config::task_config! {
    /// The channels to look at.
    channels: &'static [u8],
    /// Milliseconds from one look to the next.
    period: u64,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    /// What came in: channel, messages, bytes.
    Received(u8, u32, u32),
    /// What went out: channel, messages, bytes.
    Sent(u8, u32, u32),
    /// What went wrong: channel, overflows, messages of impossible length.
    Trouble(u8, u32, u32),
    /// Where it stands.
    State(u8, Flags),
    Failed(u8, IpccError),
}

ringbuf!(Trace, 32, Trace::None);

fn record(channel: u8, status: &ChannelStatus) {
    let n = &status.statistics;
    ringbuf_entry!(Trace::Received(channel, n.rx_messages, n.rx_bytes));
    ringbuf_entry!(Trace::Sent(channel, n.tx_messages, n.tx_bytes));
    ringbuf_entry!(Trace::Trouble(channel, n.overflows, n.protocol_errors));
    ringbuf_entry!(Trace::State(channel, status.flags));
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let ipcc = Ipcc::from(IPCC.get_task_id());
    loop {
        for &channel in TASK_CONFIG.channels {
            match ipcc.status(channel) {
                Ok(status) => record(channel, &status),
                Err(error) => ringbuf_entry!(Trace::Failed(channel, error)),
            }
        }
        hl::sleep_for(TASK_CONFIG.period);
    }
}
