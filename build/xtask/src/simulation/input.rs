// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Standard input, read beside the simulation.

use std::io::{Read, stdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes per read: what a pipe holds.
const CHUNK: usize = 64 * 1024;

/// What standard input has to offer.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// Nothing at the moment.
    Nothing,
    /// Nothing any more.
    End,
}

/// A thread that reads standard input.
pub struct Stdin {
    chunks: Receiver<Vec<u8>>,
}

impl Stdin {
    /// Starts reading. At most two chunks are read ahead.
    pub fn open() -> Self {
        let (sender, chunks) = sync_channel(1);
        // Not joined: it may wait for a terminal until the process ends.
        thread::spawn(move || read(stdin().lock(), &sender));
        Self { chunks }
    }

    /// The next bytes, if any come within `patience`.
    pub fn next(&self, patience: Duration) -> Input {
        match self.chunks.recv_timeout(patience) {
            Ok(bytes) => Input::Bytes(bytes),
            Err(RecvTimeoutError::Timeout) => Input::Nothing,
            Err(RecvTimeoutError::Disconnected) => Input::End,
        }
    }
}

fn read(mut source: impl Read, chunks: &SyncSender<Vec<u8>>) {
    let mut buffer = vec![0; CHUNK];
    // An error ends the input like its end does.
    while let Ok(length @ 1..) = source.read(&mut buffer) {
        if chunks.send(buffer[..length].to_vec()).is_err() {
            return;
        }
    }
}
