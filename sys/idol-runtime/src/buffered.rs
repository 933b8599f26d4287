// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Byte by byte access to leased memory, with one system call for many bytes.

use crate::{AttributeRead, AttributeWrite, Leased, R, W};

/// A source of bytes.
pub trait BufReader<'a> {
    /// How many bytes are still to come; those that a reader has fetched ahead
    /// are not included.
    fn remaining_size(&self) -> usize;

    /// Takes the next byte. `None` at the end, or if there is no reading on.
    fn read(&mut self) -> Option<u8>;
}

/// A destination for bytes.
pub trait BufWriter<'a> {
    /// How many bytes there is room for; bytes that a writer still holds back
    /// have not used any of it.
    fn remaining_size(&self) -> usize;

    /// Puts the next byte.
    ///
    /// # Errors
    /// If there is no room, or no writing on.
    fn write(&mut self, v: u8) -> Result<(), ()>;
}

/// Reads leased bytes in order, up to `N` at once.
pub struct LeaseBufReader<A: AttributeRead, const N: usize> {
    lease: Leased<A, [u8]>,
    /// How many bytes of the lease have been fetched.
    fetched: usize,
    buffer: [u8; N],
    /// The bytes fetched but not taken are `buffer[next..filled]`.
    next: usize,
    filled: usize,
}

impl<A: AttributeRead, const N: usize> From<Leased<A, [u8]>>
    for LeaseBufReader<A, N>
{
    fn from(lease: Leased<A, [u8]>) -> Self {
        const { assert!(N != 0, "the buffer needs a size") };
        Self {
            lease,
            fetched: 0,
            buffer: [0; N],
            next: 0,
            filled: 0,
        }
    }
}

impl<A: AttributeRead, const N: usize> LeaseBufReader<A, N> {
    /// Whether all bytes have been taken.
    pub fn is_eof(&self) -> bool {
        self.next == self.filled && self.fetched == self.lease.len()
    }

    /// Fetches bytes, unless there are fetched ones left to take.
    ///
    /// # Errors
    /// If all bytes have been taken, or the client is gone or defective.
    pub fn refill(&mut self) -> Result<(), ()> {
        if self.next != self.filled {
            return Ok(());
        }
        let len = usize::min(self.lease.len() - self.fetched, N);
        if len == 0 {
            return Err(());
        }
        let end = self.fetched + len;
        let buffer = self.buffer.get_mut(..len).ok_or(())?;
        self.lease.read_range(self.fetched..end, buffer)?;
        self.fetched = end;
        self.next = 0;
        self.filled = len;
        Ok(())
    }

    /// Takes the next byte. `None` at the end, or if the client is gone or
    /// defective.
    pub fn read(&mut self) -> Option<u8> {
        self.refill().ok()?;
        let byte = *self.buffer.get(self.next)?;
        self.next += 1;
        Some(byte)
    }
}

/// Writes leased bytes in order, up to `N` at once.
///
/// Dropping the writer writes what it holds back. Nobody learns if that fails;
/// it can if the client is gone or defective.
pub struct LeaseBufWriter<A: AttributeWrite, const N: usize> {
    lease: Leased<A, [u8]>,
    /// How many bytes of the lease have been written.
    written: usize,
    buffer: [u8; N],
    /// How many bytes of the buffer are held back.
    held: usize,
}

impl<A: AttributeWrite, const N: usize> From<Leased<A, [u8]>>
    for LeaseBufWriter<A, N>
{
    fn from(lease: Leased<A, [u8]>) -> Self {
        const { assert!(N != 0, "the buffer needs a size") };
        Self {
            lease,
            written: 0,
            buffer: [0; N],
            held: 0,
        }
    }
}

impl<A: AttributeWrite, const N: usize> LeaseBufWriter<A, N> {
    /// Whether the memory is full.
    pub fn is_eof(&self) -> bool {
        self.written + self.held == self.lease.len()
    }

    /// Puts the next byte.
    ///
    /// # Errors
    /// If the memory is full, or the client is gone or defective.
    pub fn write(&mut self, byte: u8) -> Result<(), ()> {
        if self.is_eof() {
            return Err(());
        }
        if self.held == N {
            // An earlier attempt to write the buffer has failed.
            self.flush()?;
        }
        *self.buffer.get_mut(self.held).ok_or(())? = byte;
        self.held += 1;
        if self.held == N || self.is_eof() {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ()> {
        if self.held == 0 {
            return Ok(());
        }
        let end = self.written + self.held;
        let bytes = self.buffer.get(..self.held).ok_or(())?;
        self.lease.write_range(self.written..end, bytes)?;
        self.written = end;
        self.held = 0;
        Ok(())
    }
}

impl<A: AttributeWrite, const N: usize> Drop for LeaseBufWriter<A, N> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl<const N: usize> BufReader<'_> for LeaseBufReader<R, N> {
    fn remaining_size(&self) -> usize {
        self.lease.len() - self.fetched
    }

    fn read(&mut self) -> Option<u8> {
        LeaseBufReader::read(self)
    }
}

impl<'a> BufReader<'a> for &'a [u8] {
    fn remaining_size(&self) -> usize {
        self.len()
    }

    fn read(&mut self) -> Option<u8> {
        let (&byte, rest) = self.split_first()?;
        *self = rest;
        Some(byte)
    }
}

impl<const N: usize> BufWriter<'_> for LeaseBufWriter<W, N> {
    fn remaining_size(&self) -> usize {
        self.lease.len() - self.written
    }

    fn write(&mut self, v: u8) -> Result<(), ()> {
        LeaseBufWriter::write(self, v)
    }
}

impl<'a> BufWriter<'a> for &'a mut [u8] {
    fn remaining_size(&self) -> usize {
        self.len()
    }

    fn write(&mut self, v: u8) -> Result<(), ()> {
        let (byte, rest) = core::mem::take(self).split_first_mut().ok_or(())?;
        *byte = v;
        *self = rest;
        Ok(())
    }
}
