// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads and writes streams at random: with any length and any deadline,
//! after a poll or without, now and then closing the channel or doing nothing
//! for a while. Checks each byte it reads.
//!
//! A task with several streams never waits for ever, so that they all get
//! their turn; one with a single stream does.

#![no_std]
#![no_main]

mod report;

use drv_ipcc_api::{Channel, Deadline, Events, Ipcc, IpccError};
use test_soak_api::{Random, byte, failure, phase, stream};
use userlib::{
    hl, set_timer_relative, sys_recv_notification, sys_set_timer, task_slot,
};

task_slot!(IPCC, ipcc);

task_config::task_config! {
    /// The core: 1 or 2.
    core: u8,
    /// Different from that of all other tasks of both cores.
    party: u32,
    /// The channels to read.
    reads: &'static [u8],
    /// The channels to write.
    writes: &'static [u8],
}

/// Most streams of one task.
const LANES_MAX: usize = 8;

/// Most bytes of one call.
const CALL_MAX: usize = 600;

/// One direction of one channel.
struct Lane {
    number: u8,
    is_reader: bool,
    /// The stream's number, and how far we are in it.
    stream: usize,
    position: u32,
    channel: Option<Channel>,
}

struct Soak {
    seed: u32,
    random: Random,
    /// There is nobody else to be served.
    may_wait_for_ever: bool,
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let seed = report::seed();
    let mut lanes = [const { None }; LANES_MAX];
    let reads = TASK_CONFIG.reads.iter().map(|n| Lane::new(*n, true));
    let writes = TASK_CONFIG.writes.iter().map(|n| Lane::new(*n, false));
    let mut count = 0;
    for (slot, lane) in lanes.iter_mut().zip(reads.chain(writes)) {
        *slot = Some(lane);
        count += 1;
    }
    let mut soak = Soak {
        seed,
        random: Random::new(seed, TASK_CONFIG.party),
        may_wait_for_ever: count == 1,
    };
    loop {
        let choice = soak.random.below(count) as usize;
        if let Some(Some(lane)) = lanes.get_mut(choice) {
            soak.act(lane);
        }
        if report::phase() == phase::REPORT && count > 1 {
            report::states(&Ipcc::from(IPCC.get_task_id()));
        }
    }
}

impl Lane {
    fn new(number: u8, is_reader: bool) -> Self {
        let is_cpu2 = TASK_CONFIG.core == 2;
        Self {
            number,
            is_reader,
            stream: stream(number, is_reader != is_cpu2),
            position: 0,
            channel: None,
        }
    }
}

impl Soak {
    /// Does one thing to a stream.
    fn act(&mut self, lane: &mut Lane) {
        if self.random.one_in(24) {
            // Closes it.
            lane.channel = None;
        }
        if self.random.one_in(8) {
            self.stall();
        }
        if !lane.is_reader && report::phase() != phase::TRAFFIC {
            hl::sleep_for(1);
            return;
        }
        let Lane {
            number, channel, ..
        } = lane;
        let channel = match channel {
            Some(channel) => channel,
            None => {
                let ipcc = Ipcc::from(IPCC.get_task_id());
                let opened = Channel::open(ipcc, *number);
                channel.insert(expect(*number, opened))
            }
        };
        let interest = if lane.is_reader {
            Events::READABLE
        } else {
            Events::WRITABLE
        };
        let mut deadline = self.deadline();
        let is_ready = match self.random.below(4) {
            0 => self.is_ready(channel, interest),
            _ => false,
        };
        if is_ready {
            deadline = Deadline::NOW;
        }

        let mut buffer = [0; CALL_MAX];
        let len = self.random.len(CALL_MAX);
        let bytes = buffer.get_mut(..len).unwrap_or_default();
        let result = if lane.is_reader {
            channel.read_by(bytes, deadline)
        } else {
            let mut position = lane.position;
            for byte in bytes.iter_mut() {
                *byte = self::byte(self.seed, lane.stream, position);
                position = position.wrapping_add(1);
            }
            channel.write_by(bytes, deadline)
        };
        match result {
            Ok(n) => {
                let moved = bytes.get(..n).unwrap_or_default();
                if lane.is_reader {
                    self.check(lane, moved);
                }
                lane.position = lane.position.wrapping_add(n as u32);
                report::progress(lane.is_reader, lane.stream, lane.position);
            }
            Err(IpccError::WouldBlock) if is_ready => {
                let events = interest.bits();
                report::fail([
                    failure::WRONG_POLL,
                    lane.number.into(),
                    events,
                    0,
                ])
            }
            Err(IpccError::WouldBlock | IpccError::TimedOut) => (),
            Err(error) => wrong_answer(lane.number, error),
        }
    }

    /// Compares what was read with what belongs there.
    fn check(&self, lane: &Lane, bytes: &[u8]) {
        let mut position = lane.position;
        for &found in bytes {
            if found != byte(self.seed, lane.stream, position) {
                report::fail([
                    failure::WRONG_BYTE,
                    lane.stream as u32,
                    position,
                    found.into(),
                ])
            }
            position = position.wrapping_add(1);
        }
    }

    /// Any deadline that this task may have.
    fn deadline(&mut self) -> Deadline {
        match self.random.below(4) {
            0 => Deadline::NOW,
            _ if self.may_wait_for_ever => Deadline::NONE,
            _ => Deadline::ms(1 + self.random.below(3)),
        }
    }

    /// Asks whether a call would succeed, and maybe waits a little until it
    /// would. Returns whether the driver says so.
    fn is_ready(&mut self, channel: &Channel, interest: Events) -> bool {
        let mask = match self.random.below(3) {
            0 => 0,
            _ => notifications::IPCC_MASK,
        };
        let poll = |mask| {
            let polled = channel.poll(interest, mask);
            !expect(channel.number(), polled).is_empty()
        };
        let is_ready = poll(mask);
        if is_ready || mask == 0 {
            return is_ready;
        }
        if self.random.one_in(3) {
            expect(channel.number(), channel.poll_cancel());
            return false;
        }
        // The notification may be left over from another poll, so it proves
        // nothing by itself.
        set_timer_relative(2, notifications::TIMER_MASK);
        sys_recv_notification(mask | notifications::TIMER_MASK);
        sys_set_timer(None, 0);
        poll(0)
    }

    /// Does nothing for a while: long enough for a buffer to fill, or asleep.
    fn stall(&mut self) {
        if self.random.one_in(8) {
            hl::sleep_for(1);
        } else {
            for _ in 0..self.random.below(3000) {
                core::hint::spin_loop();
            }
        }
    }
}

/// What came of a call that cannot fail.
fn expect<T>(number: u8, result: Result<T, IpccError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => wrong_answer(number, error),
    }
}

fn wrong_answer(number: u8, error: IpccError) -> ! {
    report::fail([failure::WRONG_ANSWER, number.into(), error as u32, 0])
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
