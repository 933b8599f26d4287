// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Echoes several channels from one event loop: no call ever blocks, and one
//! notification bit tells that any of them is ready.

#![no_std]
#![no_main]

use drv_ipcc_api::{Channel, Deadline, Events, Ipcc, IpccError};
use ringbuf::{ringbuf, ringbuf_entry};
use userlib::{hl, sys_recv_notification, task_slot};

task_slot!(IPCC, ipcc);

task_config::task_config! {
    /// The channels to echo.
    channels: [u8; 2],
}

#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Trace {
    None,
    Failed(u8, IpccError),
}

ringbuf!(Trace, 8, Trace::None);

/// One channel, and what was read from it and not yet written back.
struct Line {
    number: u8,
    channel: Option<Channel>,
    buffer: [u8; 64],
    start: usize,
    end: usize,
}

impl Line {
    fn new(number: u8) -> Self {
        Self {
            number,
            channel: None,
            buffer: [0; 64],
            start: 0,
            end: 0,
        }
    }

    /// Moves what can be moved, and asks to be told when there is more to do.
    fn turn(&mut self) -> Result<(), IpccError> {
        let channel = match &mut self.channel {
            Some(channel) => channel,
            closed => {
                let ipcc = Ipcc::from(IPCC.get_task_id());
                closed.insert(Channel::open(ipcc, self.number)?)
            }
        };
        loop {
            let rest = self.buffer.get(self.start..self.end);
            let (n, wanted) = match rest {
                Some(rest) if !rest.is_empty() => {
                    let n = moved(channel.write_by(rest, Deadline::NOW))?;
                    self.start += n;
                    (n, Events::WRITABLE)
                }
                _ => {
                    let dest = &mut self.buffer;
                    let n = moved(channel.read_by(dest, Deadline::NOW))?;
                    (self.start, self.end) = (0, n);
                    (n, Events::READABLE)
                }
            };
            if n == 0
                && channel.poll(wanted, notifications::IPCC_MASK)?.is_empty()
            {
                return Ok(());
            }
        }
    }

    /// Starts over with a new open.
    fn reset(&mut self) {
        self.channel = None;
        (self.start, self.end) = (0, 0);
    }
}

/// Nothing moved is not a failure here.
fn moved(result: Result<usize, IpccError>) -> Result<usize, IpccError> {
    match result {
        Err(IpccError::WouldBlock) => Ok(0),
        other => other,
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut lines = TASK_CONFIG.channels.map(Line::new);
    loop {
        let mut has_failed = false;
        for line in &mut lines {
            if let Err(error) = line.turn() {
                ringbuf_entry!(Trace::Failed(line.number, error));
                line.reset();
                has_failed = true;
            }
        }
        if has_failed {
            hl::sleep_for(10);
        } else {
            sys_recv_notification(notifications::IPCC_MASK);
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
