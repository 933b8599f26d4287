// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Ring buffers of every kind, with payloads of every shape.

use ringbuf::{counted_ringbuf, ringbuf, ringbuf_entry};

/// What happened.
#[derive(Copy, Clone, Debug, PartialEq, counters::Count)]
pub enum Trace {
    #[count(skip)]
    None,
    Started,
    Order {
        number: u32,
        first: Option<u32>,
    },
    Detailed(Detail),
    Ignored(u16),
}

/// Something with many kinds of fields.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Detail {
    pub flag: bool,
    pub bytes: [u8; 4],
    pub signed: i16,
    pub text: &'static str,
}

counted_ringbuf!(COUNTED, Trace, 4, Trace::None);
ringbuf!(PLAIN, (u8, i32), 2, (0, 0));
ringbuf!(EACH, Option<bool>, 2, None, no_dedup);

/// Records in all of them.
pub fn record(trace: Trace) {
    ringbuf_entry!(COUNTED, trace);
    ringbuf_entry!(PLAIN, (7, -1));
    ringbuf_entry!(EACH, Some(true));
}
