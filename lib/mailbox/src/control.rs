// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The control block: how two drivers tell each other that one restarted.
//!
//! The slot format itself has no place for that, and a peer that speaks only
//! slots must notice nothing. So the block lies in the window outside the
//! slots. Each side has a half that it alone writes:
//!
//! ```text
//! word 0   magic and version, 0x01_43_50_49 ("IPC", 1); anything else:
//!          this side knows no sessions
//! word 1   geometry: a hash over the slots of all channels
//! word 2   session: a number this side has not used before; never 0
//! word 3   accepted: the other side's session that this side is ready for,
//!          or 0
//! ```

use crate::window::Window;
use core::sync::atomic::{Ordering, fence};

/// Bytes of one side's half.
pub const HALF: usize = 4 * size_of::<u32>();

/// Bytes of the whole block, CPU1's half first.
pub const SIZE: usize = 2 * HALF;

const MAGIC: u32 = u32::from_le_bytes(*b"IPC\x01");

const WORD_MAGIC: usize = 0;
const WORD_GEOMETRY: usize = 1;
const WORD_SESSION: usize = 2;
const WORD_ACCEPTED: usize = 3;

/// What one side says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Hash over the slots of all channels; both sides must agree.
    pub geometry: u32,
    /// This side's session, never 0.
    pub session: u32,
    /// The other side's session that this side is ready for, or 0.
    pub accepted: u32,
}

/// Both halves, seen from one side.
#[derive(Clone, Debug)]
pub struct ControlBlock {
    own: Window,
    peer: Window,
}

impl ControlBlock {
    /// The block whose halves are `own` and `peer`.
    pub const fn new(own: Window, peer: Window) -> Self {
        Self { own, peer }
    }

    /// What the other side says, or `None` while it says nothing we
    /// understand: it is not up, or knows no sessions.
    pub fn peer(&self) -> Option<Hello> {
        read(&self.peer)
    }

    /// The other side's session, as [`ControlBlock::peer`] would tell it.
    #[inline]
    pub fn peer_session(&self) -> Option<u32> {
        session(&self.peer)
    }

    /// What this side said last, possibly in a former life.
    pub fn own(&self) -> Option<Hello> {
        read(&self.own)
    }

    /// Says hello. The magic goes in last, so that the other side never takes
    /// a half-written block for a whole one.
    pub fn announce(&mut self, hello: Hello) {
        self.own.store(WORD_ACCEPTED, hello.accepted);
        self.own.store(WORD_GEOMETRY, hello.geometry);
        // Pairs with the fence of `read`.
        fence(Ordering::Release);
        self.own.store(WORD_SESSION, hello.session);
        self.own.store(WORD_MAGIC, MAGIC);
    }

    /// Declares this side ready for session `session` of the other.
    pub fn accept(&mut self, session: u32) {
        self.own.store(WORD_ACCEPTED, session);
    }

    /// Erases both halves. Only for the side that starts the other one, and
    /// only before it does: memory is not zero after power-on.
    pub fn erase(&mut self) {
        for half in [&self.own, &self.peer] {
            for word in 0..HALF / size_of::<u32>() {
                half.store(word, 0);
            }
        }
    }
}

#[inline]
fn session(half: &Window) -> Option<u32> {
    if half.load(WORD_MAGIC) != MAGIC {
        return None;
    }
    Some(half.load(WORD_SESSION)).filter(|session| *session != 0)
}

fn read(half: &Window) -> Option<Hello> {
    // The order matters to a reader that looks while the writer restarts: a
    // session seen here must not be paired with an acceptance older than it.
    let session = session(half)?;
    fence(Ordering::Acquire);
    Some(Hello {
        geometry: half.load(WORD_GEOMETRY),
        session,
        accepted: half.load(WORD_ACCEPTED),
    })
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::memory::Memory;

    fn both_sides(memory: &Memory) -> (ControlBlock, ControlBlock) {
        let first = memory.window().part(0, HALF).unwrap();
        let second = memory.window().part(HALF, HALF).unwrap();
        (
            ControlBlock::new(first, second),
            ControlBlock::new(second, first),
        )
    }

    #[test]
    fn an_empty_or_foreign_block_is_a_peer_without_sessions() {
        let memory = Memory::new(SIZE);
        let (one, two) = both_sides(&memory);
        assert_eq!(one.peer(), None);
        assert_eq!(two.own(), None);
        memory.window().store(0, u32::from_le_bytes(*b"IPC\x02"));
        memory.window().store(2, 7);
        assert_eq!(two.peer(), None);
    }

    #[test]
    fn each_side_reads_what_the_other_announced() {
        let memory = Memory::new(SIZE);
        let (mut one, mut two) = both_sides(&memory);
        let hello = Hello {
            geometry: 0x1234,
            session: 3,
            accepted: 0,
        };
        one.announce(hello);
        assert_eq!(two.peer(), Some(hello));
        assert_eq!(one.own(), Some(hello));
        assert_eq!(one.peer(), None);

        two.announce(Hello {
            session: 9,
            accepted: 3,
            ..hello
        });
        one.accept(9);
        assert_eq!(two.peer().unwrap().accepted, 9);
        assert_eq!(one.peer().unwrap().accepted, 3);
    }

    #[test]
    fn erasing_silences_both_sides() {
        let memory = Memory::new(SIZE);
        let (mut one, mut two) = both_sides(&memory);
        let hello = Hello {
            geometry: 1,
            session: 1,
            accepted: 0,
        };
        one.announce(hello);
        two.announce(hello);
        one.erase();
        assert_eq!((one.peer(), two.peer()), (None, None));
    }
}
