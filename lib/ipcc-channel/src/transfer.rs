// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The two ends of a copy.
//!
//! One end of every copy is a buffer of ours or the shared window; the other
//! is a [`Sink`] or a [`Source`]: a client's lease, or again a buffer. Data
//! goes from one to the other directly, whoever they are.

use mailbox::window::SharedBytes;

/// The other end of the copy is no more: the client died, or took its lease
/// back. Nothing of the failed copy counts as moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Where received bytes go.
pub trait Sink {
    /// Bytes it still takes.
    fn room(&self) -> usize;

    /// Takes bytes out of the shared window, and returns how many: all of
    /// them, or as many as there is room for.
    ///
    /// # Errors
    ///
    /// [`Gone`]; nothing was taken.
    fn take_shared(&mut self, bytes: SharedBytes) -> Result<usize, Gone>;

    /// Takes bytes out of memory of our own; otherwise like
    /// [`Sink::take_shared`].
    ///
    /// # Errors
    ///
    /// [`Gone`]; nothing was taken.
    fn take_local(&mut self, bytes: &[u8]) -> Result<usize, Gone>;
}

/// Where bytes to send come from.
pub trait Source {
    /// Bytes it still gives.
    fn remaining(&self) -> usize;

    /// Puts bytes into the shared window, and returns how many: enough to
    /// fill `space`, or all that remain.
    ///
    /// # Errors
    ///
    /// [`Gone`]; nothing counts as given, whatever `space` now holds.
    fn give_shared(&mut self, space: SharedBytes) -> Result<usize, Gone>;

    /// Puts bytes into memory of our own; otherwise like
    /// [`Source::give_shared`].
    ///
    /// # Errors
    ///
    /// [`Gone`]; nothing counts as given, whatever `space` now holds.
    fn give_local(&mut self, space: &mut [u8]) -> Result<usize, Gone>;
}
