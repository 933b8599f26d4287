// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What `app.toml` says, as constants, and the memory that goes with it.

use drv_ipcc_server_core::{ChannelConfig, Kind, State};
use static_cell::ClaimOnceCell;

#[cfg(not(feature = "loopback"))]
use drv_stm32xx_ipcc::Side;

/// One channel of the controller.
#[cfg_attr(feature = "loopback", allow(dead_code))]
pub struct PortConfig {
    /// The hardware channel, from 0.
    pub channel: u8,
    /// Its mailboxes; none on a doorbell channel.
    pub slots: Option<SlotConfig>,
}

/// The mailboxes of a channel: offset in the window, and size.
#[cfg_attr(feature = "loopback", allow(dead_code))]
pub struct SlotConfig {
    pub rx: (usize, usize),
    pub tx: (usize, usize),
}

include!(concat!(env!("OUT_DIR"), "/config.rs"));

/// What the server remembers.
pub static STATE: ClaimOnceCell<
    State<'static, { CHANNELS.len() }, { TASKS.len() }, WAITERS>,
> = ClaimOnceCell::new(State::EMPTY);

static MEMORY: ClaimOnceCell<[u8; BUFFER_BYTES]> =
    ClaimOnceCell::new([0; BUFFER_BYTES]);

/// Hands out the rx and tx buffers of the channels, which have to be asked for
/// in order. To be called once.
pub fn buffers() -> impl FnMut(usize) -> (&'static mut [u8], &'static mut [u8])
{
    let mut rest: &'static mut [u8] = MEMORY.claim();
    let mut take = move |n| {
        let (buffer, others) =
            core::mem::take(&mut rest).split_at_mut_checked(n)?;
        rest = others;
        Some(buffer)
    };
    move |index| {
        let (rx, tx) = BUFFERS.get(index).copied().unwrap_or_default();
        // The buffers add up to the memory, so all are there.
        (take(rx).unwrap_or_default(), take(tx).unwrap_or_default())
    }
}
