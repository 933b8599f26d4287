// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A byte queue in a fixed piece of memory.

use crate::transfer::{Gone, Sink, Source};
use mailbox::window::SharedBytes;

/// A byte queue over memory of any size, nothing included.
#[derive(Debug)]
pub struct Ring<'a> {
    /// Nothing, or memory that may be empty, too.
    memory: Option<&'a mut [u8]>,
    /// Index of the oldest byte; below the memory's length unless that is 0.
    head: usize,
    /// Bytes queued.
    len: usize,
}

impl<'a> Ring<'a> {
    /// A queue over no memory.
    pub const EMPTY: Self = Self {
        memory: None,
        head: 0,
        len: 0,
    };

    /// An empty queue over `memory`.
    pub fn new(memory: &'a mut [u8]) -> Self {
        Self {
            memory: Some(memory),
            ..Self::EMPTY
        }
    }

    /// Bytes queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is queued.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes the queue can hold.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.memory().len()
    }

    /// Bytes the queue still takes.
    #[inline]
    pub fn room(&self) -> usize {
        self.capacity() - self.len
    }

    /// Drops everything queued and returns how many bytes that was.
    pub fn clear(&mut self) -> usize {
        self.head = 0;
        core::mem::take(&mut self.len)
    }

    /// Copies the oldest bytes to `sink`, as many as it takes, and returns how
    /// many. They stay queued until [`Ring::consume`].
    ///
    /// # Errors
    ///
    /// The sink is gone.
    pub fn copy_to(&self, sink: &mut impl Sink) -> Result<usize, Gone> {
        let (first, second) = self.used();
        let mut n = sink.take_local(first)?;
        if n == first.len() && !second.is_empty() {
            n += sink.take_local(second)?;
        }
        Ok(n)
    }

    /// Forgets the `n` oldest bytes, or all if there are fewer.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.len);
        self.len -= n;
        // An empty ring starts over, which keeps the copies in one piece.
        self.head = if self.len == 0 {
            0
        } else {
            self.wrap(self.head + n)
        };
    }

    /// Queues bytes of `source`, as many as fit, and returns how many.
    ///
    /// # Errors
    ///
    /// The source is gone; what it had given before stays queued.
    pub fn fill_from(
        &mut self,
        source: &mut impl Source,
    ) -> Result<usize, Gone> {
        let mut total = 0;
        while self.room() > 0 && source.remaining() > 0 {
            let n = source.give_local(self.free())?;
            if n == 0 {
                break;
            }
            self.len += n;
            total += n;
        }
        Ok(total)
    }

    #[inline]
    fn memory(&self) -> &[u8] {
        self.memory.as_deref().unwrap_or_default()
    }

    /// The queued bytes, oldest first, in two pieces.
    fn used(&self) -> (&[u8], &[u8]) {
        let memory = self.memory();
        let end = self.head + self.len;
        match end.checked_sub(memory.len()) {
            Some(wrapped) => (&memory[self.head..], &memory[..wrapped]),
            None => (&memory[self.head..end], &[]),
        }
    }

    /// The next piece of free memory.
    fn free(&mut self) -> &mut [u8] {
        let start = self.wrap(self.head + self.len);
        let end = if start < self.head {
            self.head
        } else {
            self.capacity()
        };
        let end = end.min(start + self.room());
        match &mut self.memory {
            Some(memory) => &mut memory[start..end],
            None => &mut [],
        }
    }

    fn wrap(&self, index: usize) -> usize {
        index.checked_sub(self.capacity()).unwrap_or(index)
    }
}

impl Sink for Ring<'_> {
    fn room(&self) -> usize {
        Ring::room(self)
    }

    fn take_shared(&mut self, bytes: SharedBytes) -> Result<usize, Gone> {
        let mut total = 0;
        while total < bytes.len() && Ring::room(self) > 0 {
            let n = bytes.skip(total).copy_to(self.free());
            self.len += n;
            total += n;
        }
        Ok(total)
    }

    fn take_local(&mut self, bytes: &[u8]) -> Result<usize, Gone> {
        let mut total = 0;
        while total < bytes.len() && Ring::room(self) > 0 {
            let free = self.free();
            let n = free.len().min(bytes.len() - total);
            free[..n].copy_from_slice(&bytes[total..total + n]);
            self.len += n;
            total += n;
        }
        Ok(total)
    }
}

impl Source for Ring<'_> {
    fn remaining(&self) -> usize {
        self.len
    }

    fn give_shared(&mut self, space: SharedBytes) -> Result<usize, Gone> {
        let (first, second) = self.used();
        let mut n = space.copy_from(first);
        n += space.skip(n).copy_from(second);
        self.consume(n);
        Ok(n)
    }

    fn give_local(&mut self, space: &mut [u8]) -> Result<usize, Gone> {
        let (first, second) = self.used();
        let mut n = 0;
        for piece in [first, second] {
            let m = piece.len().min(space.len() - n);
            space[n..n + m].copy_from_slice(&piece[..m]);
            n += m;
        }
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[derive(Clone, Debug)]
    enum Step {
        Push(Vec<u8>),
        Pop(usize),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => proptest::collection::vec(any::<u8>(), 0..12)
                .prop_map(Step::Push),
            4 => (0usize..12).prop_map(Step::Pop),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_bounded_queue(
            capacity in 0usize..20,
            steps in proptest::collection::vec(step(), 0..60),
        ) {
            let mut memory = vec![0; capacity];
            let mut ring = Ring::new(&mut memory);
            let mut model = VecDeque::new();
            for step in steps {
                match step {
                    Step::Push(bytes) => {
                        let n = ring.take_local(&bytes).unwrap();
                        let fit = bytes.len().min(capacity - model.len());
                        prop_assert_eq!(n, fit);
                        model.extend(&bytes[..n]);
                    }
                    Step::Pop(n) => {
                        let mut out = vec![0; n];
                        let got = ring.give_local(&mut out).unwrap();
                        let want: Vec<u8> =
                            model.drain(..n.min(model.len())).collect();
                        prop_assert_eq!(&out[..got], &want[..]);
                    }
                    Step::Clear => {
                        prop_assert_eq!(ring.clear(), model.len());
                        model.clear();
                    }
                }
                prop_assert_eq!(ring.len(), model.len());
                prop_assert_eq!(ring.room(), capacity - model.len());
            }
        }
    }

    #[test]
    fn copying_out_keeps_the_bytes_until_they_are_consumed() {
        let (mut a, mut b) = ([0; 4], [0; 4]);
        let mut ring = Ring::new(&mut a);
        ring.take_local(b"abcd").unwrap();
        ring.consume(3);
        ring.take_local(b"ef").unwrap();

        let mut other = Ring::new(&mut b);
        assert_eq!(ring.copy_to(&mut other), Ok(3));
        assert_eq!(ring.len(), 3);
        let mut out = [0; 3];
        other.give_local(&mut out).unwrap();
        assert_eq!(&out, b"def");
    }
}
