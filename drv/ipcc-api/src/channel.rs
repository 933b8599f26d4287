// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One channel, as its client holds it.

use crate::{ChannelStatus, Events, Ipcc, IpccError};

/// How long a call may wait.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Deadline(u32);

impl Deadline {
    /// Not at all.
    pub const NOW: Self = Self(0);
    /// For ever.
    pub const NONE: Self = Self(u32::MAX);

    /// So many milliseconds from the call; as many as there can be, if that
    /// is less.
    pub const fn ms(ms: u32) -> Self {
        if ms == u32::MAX {
            Self(u32::MAX - 1)
        } else {
            Self(ms)
        }
    }

    /// The deadline as the operations of [`Ipcc`] take it.
    pub const fn raw(self) -> u32 {
        self.0
    }
}

/// An open channel. Dropping it closes it.
///
/// # Errors
///
/// Every operation can fail with [`IpccError::Closed`],
/// [`IpccError::PeerRestarted`], [`IpccError::GeometryMismatch`], and with
/// [`IpccError::ServerRestarted`], after which [`Channel::reopen`] makes the
/// channel good again. The sections below name what else there is.
#[derive(Debug)]
pub struct Channel {
    ipcc: Ipcc,
    number: u8,
}

impl Channel {
    /// Opens channel `number`, from 1.
    ///
    /// # Errors
    ///
    /// [`IpccError::NoSuchChannel`], [`IpccError::AccessDenied`],
    /// [`IpccError::Busy`], [`IpccError::Closed`].
    pub fn open(ipcc: Ipcc, number: u8) -> Result<Self, IpccError> {
        match ipcc.open(number) {
            // The id was from before a restart, and has been brought up to
            // date by the answer.
            Err(IpccError::ServerRestarted) => ipcc.open(number)?,
            other => other?,
        }
        Ok(Self { ipcc, number })
    }

    /// Opens the channel again after the driver restarted.
    ///
    /// # Errors
    ///
    /// As [`Channel::open`].
    pub fn reopen(&self) -> Result<(), IpccError> {
        match self.ipcc.open(self.number) {
            Err(IpccError::ServerRestarted) => self.ipcc.open(self.number),
            other => other,
        }
    }

    /// The channel's number.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Reads what is there, waiting until that is at least one byte, and
    /// returns how many bytes it is. An empty buffer reads 0 bytes at once.
    ///
    /// # Errors
    ///
    /// [`IpccError::PeerProtocol`], [`IpccError::WrongKind`].
    pub fn read(&self, dest: &mut [u8]) -> Result<usize, IpccError> {
        self.read_by(dest, Deadline::NONE)
    }

    /// As [`Channel::read`], within a deadline.
    ///
    /// # Errors
    ///
    /// Also [`IpccError::WouldBlock`], [`IpccError::TimedOut`].
    pub fn read_by(
        &self,
        dest: &mut [u8],
        deadline: Deadline,
    ) -> Result<usize, IpccError> {
        let n = self.ipcc.read(self.number, deadline.raw(), dest)?;
        Ok(n as usize)
    }

    /// Fills the whole buffer, however many messages that takes.
    ///
    /// # Errors
    ///
    /// As [`Channel::read`]; how much was read until then is lost.
    pub fn read_exact(&self, mut dest: &mut [u8]) -> Result<(), IpccError> {
        while !dest.is_empty() {
            let n = self.read(dest)?;
            dest = dest.get_mut(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes the whole buffer, waiting as long as that takes. Writing
    /// nothing sends nothing.
    ///
    /// # Errors
    ///
    /// [`IpccError::WrongKind`].
    pub fn write(&self, source: &[u8]) -> Result<usize, IpccError> {
        self.write_by(source, Deadline::NONE)
    }

    /// Writes as much as it can within a deadline, and returns how many bytes
    /// that was.
    ///
    /// # Errors
    ///
    /// Also [`IpccError::WouldBlock`], [`IpccError::TimedOut`], if it was
    /// none.
    pub fn write_by(
        &self,
        source: &[u8],
        deadline: Deadline,
    ) -> Result<usize, IpccError> {
        let n = self.ipcc.write(self.number, deadline.raw(), source)?;
        Ok(n as usize)
    }

    /// Writes the whole buffer, or fails.
    ///
    /// # Errors
    ///
    /// As [`Channel::write`]; [`IpccError::Closed`] also when the channel was
    /// shut down half way.
    pub fn write_all(&self, mut source: &[u8]) -> Result<(), IpccError> {
        while !source.is_empty() {
            let n = self.write(source)?;
            source = source.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// Tells which of the events in `interest` hold. If none does, the driver
    /// posts `notification`, bits of our own, once, as soon as one does. A
    /// later poll replaces this one; 0 only looks.
    ///
    /// # Errors
    ///
    /// [`IpccError::TooManyWaiters`].
    pub fn poll(
        &self,
        interest: Events,
        notification: u32,
    ) -> Result<Events, IpccError> {
        self.ipcc.poll(self.number, interest.bits(), notification)
    }

    /// Takes back the last poll. Its notification may have been posted.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn poll_cancel(&self) -> Result<(), IpccError> {
        self.ipcc.poll_cancel(self.number)
    }

    /// Rings a doorbell channel. Rings that the peer has not seen yet become
    /// one.
    ///
    /// # Errors
    ///
    /// [`IpccError::WrongKind`].
    pub fn ring(&self) -> Result<(), IpccError> {
        self.ipcc.ring(self.number)
    }

    /// Waits until the peer has rung a doorbell channel. It can then ring
    /// again, so look at whatever the ring is about after this, not before.
    ///
    /// # Errors
    ///
    /// [`IpccError::WouldBlock`], [`IpccError::TimedOut`],
    /// [`IpccError::WrongKind`].
    pub fn wait(&self, deadline: Deadline) -> Result<(), IpccError> {
        self.ipcc.wait(self.number, deadline.raw())
    }

    /// Ends all use of the channel, ours and others'.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn shutdown(&self) -> Result<(), IpccError> {
        self.ipcc.shutdown(self.number)
    }

    /// Everything there is to know about the channel.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn status(&self) -> Result<ChannelStatus, IpccError> {
        self.ipcc.status(self.number)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        // Whatever keeps the driver from closing it, it is not open to us.
        let _ = self.ipcc.close(self.number);
    }
}

impl embedded_io::ErrorType for Channel {
    type Error = IpccError;
}

impl embedded_io::Read for Channel {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, IpccError> {
        Channel::read(self, buf)
    }
}

impl embedded_io::Write for Channel {
    fn write(&mut self, buf: &[u8]) -> Result<usize, IpccError> {
        Channel::write(self, buf)
    }

    /// What was written is on its way without our help.
    fn flush(&mut self) -> Result<(), IpccError> {
        Ok(())
    }
}

impl embedded_io::ReadReady for Channel {
    fn read_ready(&mut self) -> Result<bool, IpccError> {
        Ok(!self.poll(Events::READABLE, 0)?.is_empty())
    }
}

impl embedded_io::WriteReady for Channel {
    fn write_ready(&mut self) -> Result<bool, IpccError> {
        Ok(!self.poll(Events::WRITABLE, 0)?.is_empty())
    }
}
