// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The Idol server of the conformance suite: serves the interface `Conform`,
//! whose file tells what each operation does.

#![no_std]
#![no_main]

use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use idol_runtime::{
    ClientError, LeaseBufReader, LeaseBufWriter, Leased, LenLimit,
    NotificationHandler, R, RW, RequestError, W,
};
use test_kern_idol_api::{
    Celsius, Color, ConformError, ConformTrouble, Kelvin, RawSample, Sample,
    Shape,
};
use userlib::{
    FromPrimitive, NotificationBits, RecvMessage, TaskId, sys_reply,
};

/// The last argument of `die_once`: not initialised, so it survives restarts.
#[unsafe(link_section = ".uninit.last_cause")]
static LAST_CAUSE: AtomicU32 = AtomicU32::new(0);

#[derive(Default)]
struct ServerImpl {
    kept: u32,
    /// The client that has the server for itself.
    locked_by: Option<TaskId>,
    lock_was_lost: bool,
    /// The client whose call waits for `release`.
    held: Option<TaskId>,
    notified: u32,
}

fn shrink(shape: Shape) -> Shape {
    match shape {
        Shape::Point => Shape::Point,
        Shape::Circle { radius } => Shape::Circle { radius: radius / 2 },
        Shape::Rectangle(a, b) => Shape::Rectangle(a / 2, b / 2),
        Shape::Hidden(inside) => Shape::Hidden(inside.map(|n| n / 4)),
    }
}

fn went_away<E>(_: ()) -> RequestError<E> {
    RequestError::went_away()
}

impl idl::InOrderConformImpl for ServerImpl {
    fn recv_source(&self) -> Option<TaskId> {
        self.locked_by
    }

    fn closed_recv_fail(&mut self) {
        self.locked_by = None;
        self.lock_was_lost = true;
    }

    fn pack(
        &mut self,
        _: &RecvMessage,
        a: u8,
        b: u32,
        c: bool,
        d: u16,
    ) -> Result<u64, RequestError<ConformError>> {
        let [a, b, c, d]: [u64; 4] = [a.into(), b.into(), c.into(), d.into()];
        Ok(a | b << 8 | c << 40 | d << 48)
    }

    fn negate(
        &mut self,
        _: &RecvMessage,
        flag: bool,
    ) -> Result<bool, RequestError<ConformError>> {
        Ok(!flag)
    }

    fn next_color(
        &mut self,
        _: &RecvMessage,
        color: Color,
    ) -> Result<Color, RequestError<ConformError>> {
        match color {
            Color::Red => Ok(Color::Green),
            Color::Green => Ok(Color::Blue),
            Color::Blue => Err(ConformError::Eight.into()),
        }
    }

    fn to_celsius(
        &mut self,
        _: &RecvMessage,
        kelvin: Kelvin,
    ) -> Result<Celsius, RequestError<ConformError>> {
        Ok(Celsius(kelvin.0.wrapping_sub(2731) as i16))
    }

    fn sum_sample(
        &mut self,
        _: &RecvMessage,
        odd: u8,
        Sample(raw): Sample,
    ) -> Result<u32, RequestError<Infallible>> {
        let [second, third] = [raw.second.into(), raw.third.into()];
        Ok([odd.into(), raw.first, second, third]
            .into_iter()
            .fold(0, u32::wrapping_add))
    }

    fn fail(
        &mut self,
        _: &RecvMessage,
        code: u16,
    ) -> Result<(), RequestError<ConformError>> {
        match ConformError::from_u16(code) {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    fn double(
        &mut self,
        _: &RecvMessage,
        n: usize,
    ) -> Result<usize, RequestError<Infallible>> {
        Ok(n.wrapping_mul(2))
    }

    fn set(
        &mut self,
        _: &RecvMessage,
        n: u32,
    ) -> Result<(), RequestError<Infallible>> {
        self.kept = n;
        Ok(())
    }

    fn get(
        &mut self,
        _: &RecvMessage,
    ) -> Result<u32, RequestError<Infallible>> {
        Ok(self.kept)
    }

    fn sum(
        &mut self,
        _: &RecvMessage,
        words: LenLimit<Leased<R, [u16]>, 8>,
    ) -> Result<u32, RequestError<Infallible>> {
        let mut sum = 0u16;
        for i in 0..words.len() {
            let word = words.read_at(i).ok_or(()).map_err(went_away)?;
            sum = sum.wrapping_add(word);
        }
        let count = u32::from(LenLimit::len_as_u8(&words));
        Ok(count << 16 | u32::from(sum))
    }

    fn fill(
        &mut self,
        _: &RecvMessage,
        with: u8,
        bytes: Leased<W, [u8]>,
    ) -> Result<u32, RequestError<Infallible>> {
        for i in 0..bytes.len() {
            bytes.write_at(i, with).map_err(went_away)?;
        }
        Ok(bytes.len() as u32)
    }

    fn invert(
        &mut self,
        _: &RecvMessage,
        from: Leased<R, RawSample>,
        to: Leased<W, RawSample>,
    ) -> Result<(), RequestError<Infallible>> {
        let sample = from.read().ok_or(()).map_err(went_away)?;
        to.write(RawSample {
            first: !sample.first,
            ..sample
        })
        .map_err(went_away)
    }

    fn reverse(
        &mut self,
        _: &RecvMessage,
        bytes: Leased<RW, [u8]>,
    ) -> Result<(), RequestError<Infallible>> {
        let length = bytes.len();
        for i in 0..length / 2 {
            let j = length - 1 - i;
            let pair = bytes.read_at(i).zip(bytes.read_at(j));
            let (a, b) = pair.ok_or(()).map_err(went_away)?;
            bytes.write_at(i, b).map_err(went_away)?;
            bytes.write_at(j, a).map_err(went_away)?;
        }
        Ok(())
    }

    fn squares(
        &mut self,
        _: &RecvMessage,
        to: Leased<W, [u32; 4]>,
    ) -> Result<(), RequestError<Infallible>> {
        for i in 0..4 {
            to.write_at(i, (i * i) as u32).map_err(went_away)?;
        }
        Ok(())
    }

    fn read_range(
        &mut self,
        _: &RecvMessage,
        start: u32,
        count: u32,
        bytes: Leased<R, [u8]>,
    ) -> Result<u32, RequestError<ConformError>> {
        let mut buffer = [0; 4];
        let range = start as usize..start.wrapping_add(count) as usize;
        match bytes.read_range(range, &mut buffer) {
            Ok(()) => Ok(buffer.iter().map(|&b| u32::from(b)).sum()),
            Err(()) => Err(ConformError::Seven.into()),
        }
    }

    fn stream(
        &mut self,
        _: &RecvMessage,
        from: Leased<R, [u8]>,
        to: Leased<W, [u8]>,
    ) -> Result<u32, RequestError<Infallible>> {
        let mut reader = LeaseBufReader::<_, 3>::from(from);
        let mut writer = LeaseBufWriter::<_, 5>::from(to);
        let mut count = 0;
        while !writer.is_eof()
            && let Some(byte) = reader.read()
        {
            writer.write(byte).map_err(went_away)?;
            count += 1;
        }
        Ok(count)
    }

    fn shrink(
        &mut self,
        _: &RecvMessage,
        fails: bool,
        shape: Shape,
    ) -> Result<Shape, RequestError<ConformError>> {
        if fails {
            Err(ConformError::Largest.into())
        } else {
            Ok(shrink(shape))
        }
    }

    fn shrink_packed(
        &mut self,
        _: &RecvMessage,
        fails: bool,
        shape: Shape,
    ) -> Result<Shape, RequestError<ConformTrouble>> {
        if fails {
            Err(ConformTrouble::Asked { because: 1975 }.into())
        } else {
            Ok(shrink(shape))
        }
    }

    fn shrink_or_die(
        &mut self,
        _: &RecvMessage,
        dies: bool,
        shape: Shape,
    ) -> Result<Shape, RequestError<ConformTrouble>> {
        assert!(!dies);
        Ok(shrink(shape))
    }

    fn long_error(
        &mut self,
        _: &RecvMessage,
    ) -> Result<u8, RequestError<ConformTrouble>> {
        Err(ConformTrouble::Long(*b"twelve bytes").into())
    }

    fn die(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<ConformError>> {
        panic!()
    }

    fn die_plainly(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        panic!()
    }

    fn die_once(
        &mut self,
        _: &RecvMessage,
        cause: u32,
    ) -> Result<u32, RequestError<Infallible>> {
        let last = LAST_CAUSE.load(Relaxed);
        LAST_CAUSE.store(cause, Relaxed);
        assert!(cause == last);
        Ok(self.kept)
    }

    fn lock(
        &mut self,
        message: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        self.locked_by = Some(message.sender);
        Ok(())
    }

    fn unlock(
        &mut self,
        _: &RecvMessage,
    ) -> Result<(), RequestError<Infallible>> {
        self.locked_by = None;
        Ok(())
    }

    fn lock_was_lost(
        &mut self,
        _: &RecvMessage,
    ) -> Result<bool, RequestError<Infallible>> {
        Ok(self.lock_was_lost)
    }

    fn restricted(
        &mut self,
        _: &RecvMessage,
    ) -> Result<u8, RequestError<Infallible>> {
        Ok(42)
    }

    fn accuse(
        &mut self,
        _: &RecvMessage,
        number: u32,
    ) -> Result<(), RequestError<ConformError>> {
        Err(match number {
            0 => ClientError::UnknownOperation,
            1 => ClientError::BadMessageSize,
            2 => ClientError::BadMessageContents,
            3 => ClientError::BadLease,
            4 => ClientError::ReplyBufferTooSmall,
            5 => ClientError::AccessViolation,
            _ => ClientError::WentAway,
        }
        .fail())
    }

    fn hold(
        &mut self,
        message: &RecvMessage,
    ) -> Result<u32, RequestError<ConformError>> {
        self.held = Some(message.sender);
        Err(RequestError::went_away())
    }

    fn release(
        &mut self,
        _: &RecvMessage,
        value: u32,
    ) -> Result<bool, RequestError<Infallible>> {
        let Some(client) = self.held.take() else {
            return Ok(false);
        };
        sys_reply(client, 0, &value.to_le_bytes());
        Ok(true)
    }

    fn notified(
        &mut self,
        _: &RecvMessage,
    ) -> Result<u32, RequestError<Infallible>> {
        Ok(core::mem::take(&mut self.notified))
    }

    fn mix(
        &mut self,
        _: &RecvMessage,
        a: u8,
        wide: u64,
        b: [u8; 3],
        n: i16,
    ) -> Result<[u8; 14], RequestError<ConformError>> {
        let mut all = [0; 14];
        all[0] = a;
        all[1..9].copy_from_slice(&wide.to_le_bytes());
        all[9..12].copy_from_slice(&b);
        all[12..].copy_from_slice(&n.to_le_bytes());
        Ok(all)
    }
}

impl NotificationHandler for ServerImpl {
    fn current_notification_mask(&self) -> u32 {
        notifications::SPARE_MASK
    }

    fn handle_notification(&mut self, bits: NotificationBits) {
        self.notified |= bits.get_raw_bits();
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut server = ServerImpl::default();
    let mut buffer = [0; idl::INCOMING_SIZE];
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
    }
}

mod idl {
    use test_kern_idol_api::{
        Celsius, Color, ConformError, ConformTrouble, Kelvin, RawSample,
        Sample, Shape,
    };
    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
