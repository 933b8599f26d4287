// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One direction of one channel: what was written, and whether what is read
//! can be that.
//!
//! Each call writes bytes of its own, so what is read tells where it comes
//! from. Where a crash leaves open how much of a call was written, or how much
//! was lost, every place is followed at which the reader may be. If in the end
//! there is none, the driver has lost, doubled, or made up bytes.

use super::random::hash;
use std::collections::BTreeSet;

/// How many bytes may have been lost in front of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// None.
    Nothing,
    /// At most so many: a reader has died with them.
    UpTo(usize),
    /// Anything of the calls before this one: a driver has died meanwhile.
    Before(usize),
}

/// One direction of one channel.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    key: u64,
    calls: Vec<Write>,
    places: BTreeSet<Place>,
}

/// A call that writes.
#[derive(Clone, Copy, Debug)]
struct Write {
    /// At least so many of its bytes are sent.
    least: usize,
    /// At most so many.
    most: usize,
    /// No more is sent than has been.
    is_over: bool,
}

/// Before which byte a reader is: the number of the call, and the byte in it.
type Place = (usize, usize);

impl Stream {
    /// A stream in which nothing has been written. No two keys have the same
    /// bytes.
    pub(super) fn new(key: u64) -> Self {
        Self {
            key,
            calls: Vec::new(),
            places: BTreeSet::from([(0, 0)]),
        }
    }

    /// Notes that a call begins, and returns what it is to write.
    pub(super) fn begin(&mut self, len: usize) -> Vec<u8> {
        let call = self.calls.len();
        self.calls.push(Write {
            least: 0,
            most: len,
            is_over: false,
        });
        (0..len).map(|at| self.byte((call, at))).collect()
    }

    /// Notes that the last call has written so many bytes.
    pub(super) fn end(&mut self, n: usize) -> Result<(), String> {
        let last = self.calls.len() - 1;
        self.calls[last] = Write {
            least: n,
            most: n,
            is_over: true,
        };
        let is_told = |place: &Place| *place <= (last, n);
        self.places.retain(is_told);
        self.check("a writer is told of fewer bytes than were read")
    }

    /// Notes that the last call is over, and nobody knows how far it came.
    pub(super) fn end_unknown(&mut self) {
        if let Some(call) = self.calls.last_mut() {
            call.is_over = true;
        }
    }

    /// Notes that these bytes were read, and what may be missing before them.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        loss: Loss,
    ) -> Result<(), String> {
        self.places = self.places_after(loss);
        for (at, byte) in bytes.iter().enumerate() {
            let mut places = std::mem::take(&mut self.places);
            let before = places.first().copied();
            self.close(&mut places);
            places.retain(|place| self.byte(*place) == *byte);
            self.places = places.iter().filter_map(|p| self.next(*p)).collect();
            self.check(&format!(
                "byte {at} of {} read is not the one after {before:?}",
                bytes.len()
            ))?;
        }
        Ok(())
    }

    /// Whether everything that must have been sent may have been read or lost.
    pub(super) fn is_drained(&self, loss: Loss) -> bool {
        let mut places = match loss {
            // All of the places there are would come to the same.
            Loss::Before(end) => {
                let end = (end.min(self.calls.len()), 0);
                let mut places = self.places.clone();
                places.extend(
                    Some(end).filter(|end| places.first() <= Some(end)),
                );
                places
            }
            loss => self.places_after(loss),
        };
        self.close(&mut places);
        places.contains(&(self.calls.len(), 0))
    }

    /// Calls that have begun.
    pub(super) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Bytes that must have been sent.
    pub(super) fn len(&self) -> usize {
        self.calls.iter().map(|call| call.least).sum()
    }

    /// Where the reader may be if something was lost.
    fn places_after(&self, loss: Loss) -> BTreeSet<Place> {
        let mut places = self.places.clone();
        match loss {
            Loss::Nothing => (),
            Loss::UpTo(n) => {
                let mut front = self.places.clone();
                for _ in 0..n {
                    self.close(&mut front);
                    let next = |place: &Place| self.next(*place);
                    front = front.iter().filter_map(next).collect();
                    places.extend(&front);
                }
            }
            Loss::Before(end) => {
                let first = self.places.first().copied().unwrap_or_default();
                let lost = self.calls.iter().enumerate().take(end);
                for (call, write) in lost {
                    let all = (0..=write.most).map(|at| (call, at));
                    places.extend(all.filter(|place| *place >= first));
                }
                places.extend(Some((end, 0)).filter(|place| *place >= first));
            }
        }
        places
    }

    /// Adds the places that are reached without a byte: the end of one call
    /// is the start of the next.
    fn close(&self, places: &mut BTreeSet<Place>) {
        let mut at = (0, 0);
        while let Some(&place) = places.range(at..).next() {
            let (call, byte) = place;
            let write = self.calls.get(call);
            if write.is_some_and(|w| w.is_over && byte >= w.least) {
                places.insert((call + 1, 0));
            }
            at = (call, byte + 1);
        }
    }

    /// The place behind the byte at a place, if there is a byte.
    fn next(&self, (call, byte): Place) -> Option<Place> {
        let write = self.calls.get(call)?;
        (byte < write.most).then_some((call, byte + 1))
    }

    fn byte(&self, (call, byte): Place) -> u8 {
        (hash(self.key ^ (call as u64) << 32 ^ byte as u64) >> 56) as u8
    }

    fn check(&self, otherwise: &str) -> Result<(), String> {
        if self.places.is_empty() {
            return Err(otherwise.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream in which two calls have written 20 bytes each.
    fn written() -> (Stream, Vec<u8>) {
        let mut stream = Stream::new(1);
        let mut bytes = Vec::new();
        for _ in 0..2 {
            bytes.extend(stream.begin(20));
            stream.end(20).unwrap();
        }
        (stream, bytes)
    }

    #[test]
    fn the_stream_itself_is_accepted_in_any_pieces() {
        for piece in 1..=40 {
            let (mut stream, bytes) = written();
            for piece in bytes.chunks(piece) {
                assert!(!stream.is_drained(Loss::Nothing));
                assert_eq!(stream.read(piece, Loss::Nothing), Ok(()));
            }
            assert!(stream.is_drained(Loss::Nothing));
        }
    }

    #[test]
    fn a_lost_byte_is_noticed_wherever_it_is() {
        for lost in 0..39 {
            let (mut stream, mut bytes) = written();
            bytes.remove(lost);
            assert!(stream.read(&bytes, Loss::Nothing).is_err(), "{lost}");
        }
        let (mut stream, bytes) = written();
        assert_eq!(stream.read(&bytes[..39], Loss::Nothing), Ok(()));
        assert!(!stream.is_drained(Loss::Nothing));
    }

    #[test]
    fn doubled_and_swapped_bytes_are_noticed_even_where_loss_is_allowed() {
        for loss in [Loss::Nothing, Loss::UpTo(5), Loss::Before(2)] {
            let (mut stream, bytes) = written();
            assert_eq!(stream.read(&bytes[..20], Loss::Nothing), Ok(()));
            assert!(stream.read(&bytes[10..30], loss).is_err(), "{loss:?}");
            let (mut stream, mut bytes) = written();
            bytes.rotate_left(20);
            assert!(stream.read(&bytes, loss).is_err(), "{loss:?}");
        }
    }

    #[test]
    fn no_more_is_lost_than_allowed() {
        for (lost, is_fine) in [(0, true), (7, true), (8, false)] {
            let (mut stream, bytes) = written();
            assert_eq!(stream.read(&bytes[..16], Loss::Nothing), Ok(()));
            let result = stream.read(&bytes[16 + lost..], Loss::UpTo(7));
            assert_eq!(result.is_ok(), is_fine, "{lost}");
        }
    }

    #[test]
    fn what_is_written_after_a_crash_must_not_be_lost() {
        for (lost, is_fine) in [(0, true), (3, true), (20, true), (21, false)] {
            let (mut stream, bytes) = written();
            let result = stream.read(&bytes[lost..], Loss::Before(1));
            assert_eq!(result.is_ok(), is_fine, "{lost}");
        }
        let (stream, _) = written();
        assert!(!stream.is_drained(Loss::Before(1)));
        assert!(stream.is_drained(Loss::Before(2)));
    }

    #[test]
    fn a_call_of_unknown_outcome_may_have_sent_any_part_from_its_start() {
        for sent in 0..=20 {
            let mut stream = Stream::new(2);
            let mut bytes = stream.begin(20);
            stream.end_unknown();
            bytes.truncate(sent);
            bytes.extend(stream.begin(20));
            stream.end(20).unwrap();
            assert_eq!(stream.read(&bytes, Loss::Nothing), Ok(()), "{sent}");
            assert!(stream.is_drained(Loss::Nothing));
        }
    }

    #[test]
    fn a_writer_cannot_have_sent_less_than_was_read() {
        let mut stream = Stream::new(3);
        let bytes = stream.begin(20);
        assert_eq!(stream.read(&bytes[..6], Loss::Nothing), Ok(()));
        assert_eq!(stream.clone().end(6), Ok(()));
        assert!(stream.end(5).is_err());
    }
}
