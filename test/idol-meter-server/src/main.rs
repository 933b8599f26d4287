// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The meter: counts how often the timers of two channels have fired.
//!
//! A sample of a server with operations in every encoding, several timers, a
//! counted trace, and events counted besides. A restart loses all readings.

#![no_std]
#![no_main]

use core::convert::Infallible;
use core::sync::atomic::Ordering::Relaxed;

use drv_meter_api::{
    Calibration, CalibrationError, Channel, MeterError, Ticks, TraceSummary,
};
use enum_map::{Enum, EnumMap};
use idol_runtime::{Leased, LenLimit, NotificationHandler, RequestError, W};
use multitimer::{Multitimer, Repeat};
use ringbuf::{counted_ringbuf, ringbuf_entry};
use userlib::{NotificationBits, RecvMessage, sys_get_timer};

#[derive(Copy, Clone, Debug, Eq, PartialEq, counters::Count)]
enum Trace {
    #[count(skip)]
    None,
    Start(Channel, u32),
    Stop(Channel),
    Fired(#[count(children)] Channel),
    Refused(#[count(children)] MeterError),
}
counted_ringbuf!(Trace, 8, Trace::None);

#[derive(counters::Count)]
enum Event {
    Woken,
    Calibrated(#[count(children)] Result<(), CalibrationError>),
}
counters::counters!(Event);

#[derive(Copy, Clone, Enum)]
enum Timers {
    A,
    B,
}

impl From<Channel> for Timers {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::A => Self::A,
            Channel::B => Self::B,
        }
    }
}

impl From<Timers> for Channel {
    fn from(timer: Timers) -> Self {
        match timer {
            Timers::A => Self::A,
            Timers::B => Self::B,
        }
    }
}

struct ServerImpl {
    timers: Multitimer<Timers>,
    readings: EnumMap<Timers, Option<u32>>,
    calibration: Calibration,
    /// The newest readings, the newest first.
    history: [u32; 8],
}

impl ServerImpl {
    fn refuse<T>(error: MeterError) -> Result<T, RequestError<MeterError>> {
        ringbuf_entry!(Trace::Refused(error));
        Err(error.into())
    }

    fn calibrated(&self, count: u32) -> u32 {
        match self.calibration {
            Calibration::None => count,
            Calibration::Factor(factor) => {
                count.wrapping_mul(u32::from(factor))
            }
            Calibration::Fraction {
                numerator,
                denominator,
            } => count
                .wrapping_mul(u32::from(numerator))
                .checked_div(u32::from(denominator))
                .unwrap_or(count),
        }
    }
}

impl idl::InOrderMeterImpl for ServerImpl {
    fn start(
        &mut self,
        _: &RecvMessage,
        channel: Channel,
        Ticks(period): Ticks,
        once: bool,
    ) -> Result<(), RequestError<MeterError>> {
        let timer = Timers::from(channel);
        if period == 0 {
            return Self::refuse(MeterError::BadPeriod);
        }
        if self.timers.get_timer(timer).is_some() {
            return Self::refuse(MeterError::Running);
        }
        ringbuf_entry!(Trace::Start(channel, period));
        let period = u64::from(period);
        let repeat = (!once).then_some(Repeat::AfterDeadline(period));
        let deadline = sys_get_timer().now + period;
        self.timers.set_timer(timer, deadline, repeat);
        self.readings[timer] = Some(0);
        Ok(())
    }

    fn stop(
        &mut self,
        _: &RecvMessage,
        channel: Channel,
    ) -> Result<bool, RequestError<MeterError>> {
        ringbuf_entry!(Trace::Stop(channel));
        Ok(self.timers.clear_timer(channel.into()))
    }

    fn reading(
        &mut self,
        _: &RecvMessage,
        channel: Channel,
    ) -> Result<Option<u32>, RequestError<Infallible>> {
        let count = self.readings[channel.into()];
        Ok(count.map(|count| self.calibrated(count)))
    }

    fn calibrate(
        &mut self,
        _: &RecvMessage,
        calibration: Calibration,
    ) -> Result<Calibration, RequestError<CalibrationError>> {
        let result = match calibration {
            Calibration::Factor(0) => Err(CalibrationError::Zero { field: 1 }),
            Calibration::Fraction { denominator: 0, .. } => {
                Err(CalibrationError::Zero { field: 2 })
            }
            _ => Ok(()),
        };
        counters::count!(Event::Calibrated(result));
        result?;
        Ok(core::mem::replace(&mut self.calibration, calibration))
    }

    fn history(
        &mut self,
        _: &RecvMessage,
        readings: LenLimit<Leased<W, [u32]>, 8>,
    ) -> Result<usize, RequestError<Infallible>> {
        let n = readings.len();
        let newest = self.history.get(..n).unwrap_or_default();
        readings
            .write_range(0..n, newest)
            .map_err(|()| RequestError::went_away())?;
        Ok(n)
    }

    fn trace(
        &mut self,
        _: &RecvMessage,
    ) -> Result<TraceSummary, RequestError<Infallible>> {
        let counts = &__RINGBUF.counters;
        let repeated = __RINGBUF.ringbuf.try_borrow_mut().and_then(|ring| {
            let newest = ring.buffer.get(ring.last?)?;
            Some(newest.count)
        });
        Ok(TraceSummary {
            fired: (counts.Fired.A.load(Relaxed), counts.Fired.B.load(Relaxed)),
            refused: (
                counts.Refused.BadPeriod.load(Relaxed),
                counts.Refused.Running.load(Relaxed),
            ),
            repeated: repeated.unwrap_or(0),
            woken: __COUNTERS.Woken.load(Relaxed),
        })
    }
}

impl NotificationHandler for ServerImpl {
    fn current_notification_mask(&self) -> u32 {
        notifications::TIMER_MASK
    }

    fn handle_notification(&mut self, bits: NotificationBits) {
        counters::count!(Event::Woken);
        self.timers.handle_notification(bits.get_raw_bits());
        for timer in self.timers.iter_fired() {
            ringbuf_entry!(Trace::Fired(timer.into()));
            let count = self.readings[timer].unwrap_or(0) + 1;
            self.readings[timer] = Some(count);
            self.history.rotate_right(1);
            self.history[0] = count;
        }
    }
}

#[unsafe(export_name = "main")]
fn main() -> ! {
    let mut server = ServerImpl {
        timers: Multitimer::new(notifications::TIMER_BIT),
        readings: EnumMap::default(),
        calibration: Calibration::None,
        history: [0; 8],
    };
    let mut buffer = [0; idl::INCOMING_SIZE];
    loop {
        idol_runtime::dispatch(&mut buffer, &mut server);
    }
}

mod idl {
    use drv_meter_api::{
        Calibration, CalibrationError, Channel, MeterError, Ticks, TraceSummary,
    };
    include!(concat!(env!("OUT_DIR"), "/server_stub.rs"));
}

include!(concat!(env!("OUT_DIR"), "/notifications.rs"));
