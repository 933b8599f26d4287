// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Echoes a channel with blocking calls: the simplest way to serve one.

#![no_std]
#![no_main]

use drv_ipcc_api::{Channel, Ipcc, IpccError};
use ringbuf::{ringbuf, ringbuf_entry};
use userlib::{hl, task_slot};

task_slot!(IPCC, ipcc);

task_config::task_config! {
    /// The channel to echo.
    channel: u8,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    Failed(IpccError),
}

ringbuf!(Trace, 8, Trace::None);

/// Echoes until something goes wrong.
fn echo(buffer: &mut [u8]) -> Result<(), IpccError> {
    let ipcc = Ipcc::from(IPCC.get_task_id());
    let channel = Channel::open(ipcc, TASK_CONFIG.channel)?;
    loop {
        let n = channel.read(buffer)?;
        channel.write_all(buffer.get(..n).unwrap_or_default())?;
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut buffer = [0; 252];
    loop {
        if let Err(error) = echo(&mut buffer) {
            ringbuf_entry!(Trace::Failed(error));
            // A channel that cannot be opened now may be free later.
            hl::sleep_for(10);
        }
    }
}
