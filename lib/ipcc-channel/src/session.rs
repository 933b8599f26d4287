// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! How a side learns that the other restarted, and how both start over.
//!
//! A driver that restarts does not know what its former life had under way:
//! messages half sent, messages half taken. Bytes of the old life must not
//! be taken for bytes of the new one, so both sides clear the slots before
//! anything new is sent:
//!
//! 1. The restarted side (call it A) announces a new session, and from then on
//!    throws away what comes in and sends nothing.
//! 2. The other side (B) notices, throws away what it has, and sends nothing
//!    until A has thrown away what B had sent. It sees that by its own flags.
//! 3. B accepts A's session. Whatever A sees from then on is new, and so is
//!    whatever B sees.
//!
//! A side that starts for the first time has no former life. It takes what it
//! finds: a message that waits for it was sent to it. And where the other
//! side knows no sessions, nothing of this happens.

use crate::order;
use mailbox::{ControlBlock, Hello};

/// One side's knowledge of both sides' sessions.
#[derive(Debug)]
pub struct Sessions {
    block: ControlBlock,
    geometry: u32,
    own: u32,
    peer: Option<u32>,
    /// We restarted, and the peer has not accepted our session yet.
    awaits_acceptance: bool,
    /// The peer restarted, and we have not accepted its session yet.
    is_draining: bool,
    is_mismatched: bool,
}

/// What changed since the last look at the control block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing that matters.
    Nothing,
    /// The peer has told us its session for the first time.
    Met,
    /// The peer restarted: everything under way is void.
    PeerRestarted,
    /// The peer accepted our session.
    Accepted,
    /// The peer divides the shared memory in another way. Nothing can be
    /// exchanged until one side is rebuilt.
    Mismatched,
}

impl Sessions {
    /// Announces a new session.
    ///
    /// `geometry` is a hash over what both sides must agree on. A side that
    /// starts the other one says with `is_cold` that it has not done so yet,
    /// which makes the block's contents meaningless.
    pub fn start(
        mut block: ControlBlock,
        geometry: u32,
        is_cold: bool,
    ) -> Self {
        if is_cold {
            block.erase();
        }
        let former = block.own();
        let peer = block.peer().map(|hello| hello.session);
        let own = former.map_or(1, |hello| next(hello.session));
        block.announce(Hello {
            geometry,
            session: own,
            accepted: peer.unwrap_or(0),
        });
        Self {
            block,
            geometry,
            own,
            peer,
            awaits_acceptance: former.is_some() && peer.is_some(),
            is_draining: false,
            is_mismatched: false,
        }
    }

    /// Looks at the control block. Call this before believing a slot.
    pub fn look(&mut self) -> News {
        let session = self.block.peer_session();
        if session.is_none() || session == self.peer && self.is_settled() {
            return News::Nothing;
        }
        let Some(hello) = self.block.peer() else {
            return News::Nothing;
        };
        // Flags and slots are as new as what we have just read.
        order::taken_over();
        if hello.geometry != self.geometry {
            let was_mismatched =
                core::mem::replace(&mut self.is_mismatched, true);
            return if was_mismatched {
                News::Nothing
            } else {
                News::Mismatched
            };
        }
        self.is_mismatched = false;
        match self.peer.replace(hello.session) {
            None => {
                self.block.accept(hello.session);
                return News::Met;
            }
            Some(known) if known != hello.session => {
                self.is_draining = true;
                return News::PeerRestarted;
            }
            Some(_) => (),
        }
        if self.awaits_acceptance && hello.accepted == self.own {
            self.awaits_acceptance = false;
            return News::Accepted;
        }
        News::Nothing
    }

    /// Whether we hold back acceptance until the peer has cleared all slots
    /// that we sent. Once it has, call [`Sessions::accept`].
    #[inline]
    pub fn is_draining(&self) -> bool {
        self.is_draining
    }

    /// Accepts the peer's new session. The peer should be told to look.
    pub fn accept(&mut self) {
        self.is_draining = false;
        // The peer raises its flags as soon as it sees this. Ours to clear
        // must be clear by then, or we would clear the new ones.
        order::before_hand_over();
        self.block.accept(self.peer.unwrap_or(0));
    }

    /// Whether messages may be sent, and what comes in is to be delivered.
    #[inline]
    pub fn is_settled(&self) -> bool {
        !self.is_draining && !self.awaits_acceptance && !self.is_mismatched
    }

    /// Whether what comes in is to be thrown away.
    #[inline]
    pub fn is_stale(&self) -> bool {
        self.is_draining || self.awaits_acceptance
    }

    /// Whether the peer has announced another geometry.
    #[inline]
    pub fn is_mismatched(&self) -> bool {
        self.is_mismatched
    }

    /// Our session.
    pub fn own(&self) -> u32 {
        self.own
    }

    /// The peer's session, if it has told us any.
    pub fn peer(&self) -> Option<u32> {
        self.peer
    }
}

/// The session after `session`; 0 is not a session.
fn next(session: u32) -> u32 {
    session.checked_add(1).unwrap_or(1)
}

#[cfg(test)]
mod test {
    use super::*;
    use mailbox::control;
    use mailbox::memory::Memory;

    fn block(memory: &Memory, side: usize) -> ControlBlock {
        let half = |side: usize| {
            let offset = side * control::HALF;
            memory.window().part(offset, control::HALF).unwrap()
        };
        ControlBlock::new(half(side), half(1 - side))
    }

    #[test]
    fn a_peer_without_sessions_changes_nothing() {
        let shared = Memory::new(control::SIZE);
        let mut one = Sessions::start(block(&shared, 0), 7, true);
        assert_eq!(one.look(), News::Nothing);
        assert!(one.is_settled());
        assert_eq!(one.peer(), None);
    }

    #[test]
    fn the_first_contact_of_two_fresh_sides_is_not_a_restart() {
        let shared = Memory::new(control::SIZE);
        let mut one = Sessions::start(block(&shared, 0), 7, true);
        let mut two = Sessions::start(block(&shared, 1), 7, false);
        assert_eq!((one.look(), two.look()), (News::Met, News::Nothing));
        assert_eq!(one.look(), News::Nothing);
        assert!(one.is_settled() && two.is_settled());
        assert_eq!((one.own(), one.peer()), (1, Some(1)));
    }

    /// D12: the original could not tell that the other side had restarted.
    /// Without the comparison with the known session there is no news here.
    #[test]
    fn d12_a_restart_is_reported_once_and_settles_after_the_slots_are_clear() {
        let shared = Memory::new(control::SIZE);
        let _ = Sessions::start(block(&shared, 0), 7, true);
        let mut two = Sessions::start(block(&shared, 1), 7, false);
        let mut one = Sessions::start(block(&shared, 0), 7, false);
        assert_eq!(one.own(), 2);
        assert_eq!(one.look(), News::Nothing);
        assert!(!one.is_settled());

        assert_eq!(two.look(), News::PeerRestarted);
        assert_eq!(two.look(), News::Nothing);
        assert!(two.is_draining() && !two.is_settled());
        two.accept();
        assert!(two.is_settled());

        assert_eq!(one.look(), News::Accepted);
        assert_eq!(one.look(), News::Nothing);
        assert!(one.is_settled());
    }

    #[test]
    fn another_geometry_is_named_and_can_be_healed() {
        let shared = Memory::new(control::SIZE);
        let mut one = Sessions::start(block(&shared, 0), 7, true);
        let _ = Sessions::start(block(&shared, 1), 8, false);
        assert_eq!(one.look(), News::Mismatched);
        assert_eq!(one.look(), News::Nothing);
        assert!(one.is_mismatched() && !one.is_settled());
        let _ = Sessions::start(block(&shared, 1), 7, false);
        assert_eq!(one.look(), News::Met);
        assert!(one.is_settled());
    }

    #[test]
    fn sessions_skip_zero() {
        assert_eq!(next(1), 2);
        assert_eq!(next(u32::MAX), 1);
    }
}
