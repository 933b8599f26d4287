// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Channels without a controller: what is sent comes back.

use crate::{Core, config};
use ipcc_channel::{Asserted, Controller as _, Loopback, Sessions};
use static_cell::ClaimOnceCell;

/// Channels that end where they begin.
pub type Controller = Loopback<'static, { config::CHANNELS.len() }>;

/// Nothing.
pub struct Hardware;

static MESSAGES: ClaimOnceCell<[u8; config::MESSAGE_BYTES]> =
    ClaimOnceCell::new([0; config::MESSAGE_BYTES]);

impl Hardware {
    /// Takes nothing.
    pub fn claim() -> Self {
        Self
    }

    /// There is no other core.
    pub fn is_cold(&self) -> bool {
        true
    }

    /// The channels. To be called once.
    pub fn controller(&self) -> Controller {
        let mut rest: &'static mut [u8] = MESSAGES.claim();
        Loopback::new(config::MESSAGES.map(|len| {
            let (message, others) = core::mem::take(&mut rest)
                .split_at_mut_checked(len)
                .unwrap_or_default();
            rest = others;
            message
        }))
    }

    /// There is nobody to restart without us.
    pub fn sessions(&self, _: bool) -> Option<Sessions> {
        None
    }

    /// There is no other core.
    pub fn start_peer(&mut self) {}

    /// There is no other core.
    pub fn is_peer_up(&self) -> bool {
        false
    }
}

/// Does what an interrupt would do, until nothing is asserted any more. Each
/// round moves a message, and nobody can send one meanwhile.
pub fn interrupt(core: &mut Core) {
    while core.controller().asserted() != Asserted::default() {
        core.on_interrupt();
    }
}
