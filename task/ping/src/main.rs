// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The smallest useful client: asks the other core something every second.

#![no_std]
#![no_main]

use drv_ipcc_api::{Channel, Deadline, Ipcc, IpccError};
use ringbuf::{ringbuf, ringbuf_entry};
use userlib::{hl, task_slot};

task_slot!(IPCC, ipcc);

ringbuf!(Result<usize, IpccError>, 8, Ok(0));

fn ping() -> Result<usize, IpccError> {
    let channel = Channel::open(Ipcc::from(IPCC.get_task_id()), 2)?;
    channel.write(b"ping")?;
    let mut answer = [0; 16];
    channel.read_by(&mut answer, Deadline::ms(50))
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    loop {
        ringbuf_entry!(ping());
        hl::sleep_for(1000);
    }
}
