// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A controller without hardware: what is sent on a channel arrives on it.

use crate::controller::{Asserted, Controller, Listen, ReadError, Taken};
use crate::ring::Ring;
use crate::transfer::{Gone, Sink, Source};

/// Channels that end where they begin.
///
/// Each has room for one message, so it shows the same back-pressure as a
/// slot. Nothing interrupts by itself: whoever drives this asks
/// [`Controller::asserted`] after each operation, and treats what it says as
/// an interrupt.
#[derive(Debug)]
pub struct Loopback<'a, const N: usize> {
    lines: [Line<'a>; N],
}

#[derive(Debug)]
struct Line<'a> {
    message: Ring<'a>,
    /// Only on a doorbell channel, which has no room for messages.
    is_rung: bool,
    listen: Listen,
}

impl Default for Line<'_> {
    fn default() -> Self {
        Self {
            message: Ring::EMPTY,
            is_rung: false,
            listen: Listen::default(),
        }
    }
}

impl<'a, const N: usize> Loopback<'a, N> {
    /// Channels over these memories, each as long as the largest message;
    /// an empty one makes a doorbell channel.
    pub fn new(memories: [&'a mut [u8]; N]) -> Self {
        Self {
            lines: memories.map(|memory| Line {
                message: Ring::new(memory),
                ..Line::default()
            }),
        }
    }
}

impl Line<'_> {
    fn is_occupied(&self) -> bool {
        self.is_rung || !self.message.is_empty()
    }
}

impl<const N: usize> Controller for Loopback<'_, N> {
    fn is_occupied(&self, channel: usize) -> bool {
        self.lines.get(channel).is_some_and(Line::is_occupied)
    }

    fn is_free(&self, channel: usize) -> bool {
        self.lines.get(channel).is_some_and(|l| !l.is_occupied())
    }

    fn capacity(&self, channel: usize) -> usize {
        self.lines.get(channel).map_or(0, |l| l.message.capacity())
    }

    fn read(
        &mut self,
        channel: usize,
        sink: &mut impl Sink,
    ) -> Result<Taken, ReadError> {
        let Some(line) = self.lines.get_mut(channel) else {
            return Ok(Taken::default());
        };
        let bytes = line.message.copy_to(sink)?;
        line.message.consume(bytes);
        Ok(Taken {
            bytes,
            is_end: bytes > 0 && line.message.is_empty(),
        })
    }

    fn write(
        &mut self,
        channel: usize,
        source: &mut impl Source,
    ) -> Result<usize, Gone> {
        if !self.is_free(channel) {
            return Ok(0);
        }
        match self.lines.get_mut(channel) {
            Some(line) => line.message.fill_from(source),
            None => Ok(0),
        }
    }

    fn ring(&mut self, channel: usize) -> bool {
        let is_free = self.is_free(channel);
        if let Some(line) = self.lines.get_mut(channel) {
            line.is_rung |= is_free && line.message.capacity() == 0;
        }
        is_free
    }

    fn dismiss(&mut self, channel: usize) -> usize {
        self.lines.get_mut(channel).map_or(0, |line| {
            line.is_rung = false;
            line.message.clear()
        })
    }

    fn heed(&mut self, _: usize) -> bool {
        // We send no empty messages, so none comes back.
        false
    }

    fn listen(&mut self, channel: usize, listen: Listen) {
        if let Some(line) = self.lines.get_mut(channel) {
            line.listen = listen;
        }
    }

    fn asserted(&self) -> Asserted {
        let mut asserted = Asserted::default();
        for (index, line) in self.lines.iter().enumerate() {
            if line.listen.rx && line.is_occupied() {
                asserted.rx |= 1 << index;
            }
            if line.listen.tx && !line.is_occupied() {
                asserted.tx |= 1 << index;
            }
        }
        asserted
    }
}
