// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A waiting client's lease, as one end of a copy.

use crate::kernel::Kernel;
use abi::TaskId;
use ipcc_channel::{Gone, SharedBytes, Sink, Source};

/// What is left of a lease. It is the client's buffer itself: what is copied
/// is where it belongs.
pub(crate) struct Lease<'k, K> {
    pub(crate) kernel: &'k mut K,
    pub(crate) client: TaskId,
    /// Bytes already moved.
    pub(crate) done: usize,
    /// Bytes of the whole lease.
    pub(crate) len: usize,
}

impl<K> Lease<'_, K> {
    fn left(&self) -> usize {
        self.len.saturating_sub(self.done)
    }
}

impl<K: Kernel> Sink for Lease<'_, K> {
    fn room(&self) -> usize {
        self.left()
    }

    fn take_shared(&mut self, bytes: SharedBytes) -> Result<usize, Gone> {
        let bytes = bytes.prefix(self.left());
        if !bytes.is_empty() {
            self.kernel.copy_out_shared(self.client, self.done, bytes)?;
        }
        self.done += bytes.len();
        Ok(bytes.len())
    }

    fn take_local(&mut self, bytes: &[u8]) -> Result<usize, Gone> {
        let n = bytes.len().min(self.left());
        let bytes = bytes.get(..n).unwrap_or_default();
        if !bytes.is_empty() {
            self.kernel.copy_out(self.client, self.done, bytes)?;
        }
        self.done += n;
        Ok(n)
    }
}

impl<K: Kernel> Source for Lease<'_, K> {
    fn remaining(&self) -> usize {
        self.left()
    }

    fn give_shared(&mut self, space: SharedBytes) -> Result<usize, Gone> {
        let space = space.prefix(self.left());
        if !space.is_empty() {
            self.kernel.copy_in_shared(self.client, self.done, space)?;
        }
        self.done += space.len();
        Ok(space.len())
    }

    fn give_local(&mut self, space: &mut [u8]) -> Result<usize, Gone> {
        let n = space.len().min(self.left());
        let space = space.get_mut(..n).unwrap_or_default();
        if !space.is_empty() {
            self.kernel.copy_in(self.client, self.done, space)?;
        }
        self.done += n;
        Ok(n)
    }
}
