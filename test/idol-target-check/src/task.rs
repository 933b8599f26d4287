// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The macros that tasks use, in the forms that they are used in.

use counters::{count, counters};
use derive_idol_err::IdolError;
use mutable_statics::mutable_statics;
use ringbuf::{counted_ringbuf, ringbuf, ringbuf_entry, ringbuf_entry_root};
use userlib::{FromPrimitive, TaskId, ToPrimitive, task_slot};

task_slot!(PEER, peer);
task_slot!(pub SUITE, suite);

mod nested {
    // The same name as outside, and only the macro's path.
    userlib::task_slot!(pub(super) PEER, other_peer);
}

pub fn slots() -> [TaskId; 3] {
    [&PEER, &SUITE, &nested::PEER].map(|slot| slot.get_task_id())
}

#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, ToPrimitive)]
pub enum Op {
    Read = 1,
    Write,
}

pub fn successor(op: Op) -> Option<Op> {
    Op::from_u32(op.to_u32()? + 1)
}

#[derive(
    Copy, Clone, Debug, Eq, PartialEq, FromPrimitive, IdolError, counters::Count,
)]
#[repr(u32)]
pub enum Refusal {
    Busy = 0x10,
    #[idol(server_death)]
    ServerRestarted,
}

#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
pub enum Trace {
    #[count(skip)]
    None,
    Start,
    Done(#[count(children)] Result<(), Refusal>),
    Woken {
        #[count(children)]
        early: bool,
        bits: u32,
    },
}

const DEPTH: usize = 4;

ringbuf!(Trace, 16, Trace::None);
ringbuf!(NUMBERS_RINGBUF, u32, DEPTH, 0,);
ringbuf!(
    PAIRS_RINGBUF,
    (u8, Option<bool>),
    2 * DEPTH,
    (0, None),
    no_dedup
);

mod counted {
    use super::{DEPTH, Trace, counted_ringbuf};

    counted_ringbuf!(Trace, DEPTH, Trace::None);
    counted_ringbuf!(OTHER_RINGBUF, Trace, 8, Trace::None, no_dedup,);

    pub fn record(trace: Trace) {
        super::ringbuf_entry!(trace);
        super::ringbuf_entry!(OTHER_RINGBUF, trace);
    }
}

counters!(Trace);
counters!(REFUSALS, Option<Refusal>);

pub fn record(n: u32) {
    ringbuf_entry!(Trace::Done(Err(Refusal::Busy)));
    match n {
        0 => ringbuf_entry!(Trace::Start,),
        _ => ringbuf_entry!(NUMBERS_RINGBUF, n),
    }
    ringbuf_entry!(PAIRS_RINGBUF, (1, Some(true)));
    ringbuf_entry_root!(n);
    ringbuf_entry_root!(ROOT_RINGBUF, Op::Read);
    counted::record(Trace::Woken {
        early: false,
        bits: n,
    });
    count!(Trace::Done(Ok(())));
    count!(REFUSALS, Some(Refusal::ServerRestarted));
}

pub fn buffers() -> (&'static mut [u8; 64], &'static mut [Option<Op>; 2]) {
    mutable_statics! {
        #[unsafe(link_section = ".bss.elsewhere")]
        static mut BYTES: [u8; 64] = [|| 0; _];
        static mut OPS: [Option<Op>; 2] = [Default::default; _];
    }
}
