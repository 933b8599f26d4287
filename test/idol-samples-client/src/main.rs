// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Calls the sample servers, and panics if one does not answer as it should:
//! the moving part of the tests in `test/idol-samples`.
//!
//! There are two tasks of this program, as the pipe brings two clients
//! together.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use drv_gauge_api::{Channel as GaugeChannel, Gauge, GaugeError};
use drv_meter_api::{
    Calibration, CalibrationError, Channel, Meter, MeterError, Ticks,
    TraceSummary,
};
use drv_pipe_api::{Pipe, PipeError};
use userlib::{hl, sys_get_timer, task_slot};

task_slot!(GAUGE, gauge);
task_slot!(METER, meter);
task_slot!(PIPE, pipe);

task_config::task_config! {
    /// Whether this task waits at the end of the pipe, and does nothing else.
    is_taker: bool,
}

/// How far the caller has come.
#[used]
static STAGE: AtomicU32 = AtomicU32::new(0);

/// What the taker has got from the pipe.
#[used]
static TAKEN: AtomicU32 = AtomicU32::new(0);

#[unsafe(export_name = "main")]
fn main() -> ! {
    if TASK_CONFIG.is_taker { take() } else { call() }
}

fn call() -> ! {
    const STAGES: [fn(); 8] = [
        a_gauge_keeps_a_table_and_reports_its_count,
        a_gauge_that_is_not_ready_in_time_says_so,
        a_gauge_is_ready_after_its_interrupt,
        channels_of_a_meter_run_until_they_are_stopped,
        a_channel_may_run_once,
        readings_are_calibrated,
        a_meter_has_traced_and_counted_what_happened,
        bytes_go_to_whoever_waits_for_them,
    ];
    for (stage, passes) in STAGES.iter().enumerate() {
        STAGE.store(stage as u32, Relaxed);
        passes();
    }
    STAGE.store(STAGES.len() as u32, Relaxed);
    loop {
        hl::sleep_for(1000);
    }
}

fn gauge() -> Gauge {
    Gauge::from(GAUGE.get_task_id())
}

fn a_gauge_keeps_a_table_and_reports_its_count() {
    assert!(gauge().load(&[7, 40000]).is_ok());
    let mut count = [0xFF; 6];
    assert_eq!(gauge().snapshot(&mut count), 4);
    assert_eq!(count, [0, 0, 0, 0, 0xFF, 0xFF]);
    assert_eq!(gauge().snapshot(&mut count[..1]), 1);
}

fn a_gauge_that_is_not_ready_in_time_says_so() {
    let start = sys_get_timer().now;
    let result = gauge().sample(GaugeChannel::A, false);
    assert_eq!(result, Err(GaugeError::Timeout));
    assert!(sys_get_timer().now - start >= 10);
}

/// The test on the host makes the interrupt pending.
fn a_gauge_is_ready_after_its_interrupt() {
    let reading = loop {
        match gauge().sample(GaugeChannel::B, true) {
            Ok(reading) => break reading,
            Err(error) => assert_eq!(error, GaugeError::Timeout),
        }
    };
    assert_eq!(reading, 40001);
    let mut count = [0; 4];
    gauge().snapshot(&mut count);
    assert_eq!(u32::from_le_bytes(count), 1);
}

fn meter() -> Meter {
    Meter::from(METER.get_task_id())
}

fn channels_of_a_meter_run_until_they_are_stopped() {
    let meter = meter();
    assert_eq!(meter.reading(Channel::A), None);
    let start = |channel, period| meter.start(channel, Ticks(period), false);
    assert_eq!(start(Channel::A, 0), Err(MeterError::BadPeriod));
    assert_eq!(start(Channel::A, 10), Ok(()));
    assert_eq!(start(Channel::A, 10), Err(MeterError::Running));
    hl::sleep_for(35);
    assert_eq!(meter.stop(Channel::A), Ok(true));
    assert_eq!(meter.stop(Channel::A), Ok(false));
    assert_eq!(meter.reading(Channel::A), Some(3));
    hl::sleep_for(20);
    assert_eq!(meter.reading(Channel::A), Some(3));

    let mut newest = [9; 5];
    assert_eq!(meter.history(&mut newest), 5);
    assert_eq!(newest, [3, 2, 1, 0, 0]);
}

fn a_channel_may_run_once() {
    assert_eq!(meter().start(Channel::B, Ticks(5), true), Ok(()));
    hl::sleep_for(20);
    assert_eq!(meter().stop(Channel::B), Ok(false));
    assert_eq!(meter().reading(Channel::B), Some(1));
}

fn readings_are_calibrated() {
    let meter = meter();
    let fraction = |numerator, denominator| Calibration::Fraction {
        numerator,
        denominator,
    };
    let zero = |field| Err(CalibrationError::Zero { field });
    let old = meter.calibrate(Calibration::Factor(100));
    assert_eq!(old, Ok(Calibration::None));
    assert_eq!(meter.reading(Channel::A), Some(300));
    assert_eq!(meter.calibrate(Calibration::Factor(0)), zero(1));
    assert_eq!(meter.calibrate(fraction(1, 0)), zero(2));
    let old = meter.calibrate(fraction(1000, 2));
    assert_eq!(old, Ok(Calibration::Factor(100)));
    assert_eq!(meter.reading(Channel::A), Some(1500));
}

fn a_meter_has_traced_and_counted_what_happened() {
    let expected = TraceSummary {
        fired: (3, 1),
        refused: (1, 1),
        repeated: 1,
        woken: 4,
    };
    assert_eq!(meter().trace(), expected);
    for _ in 0..3 {
        assert_eq!(meter().stop(Channel::B), Ok(false));
    }
    // Three times in a row, after the one before the readings.
    assert_eq!(meter().trace().repeated, 4);
}

fn bytes_go_to_whoever_waits_for_them() {
    let pipe = Pipe::from(PIPE.get_task_id());
    let put = |limit, bytes: &[u8]| loop {
        match pipe.put(limit, bytes) {
            // The other task has not come back yet.
            Err(PipeError::NobodyThere) => hl::sleep_for(1),
            result => break result,
        }
    };
    assert_eq!(put(2, &[1, 0, 9]), Ok(2));
    assert_eq!(put(9, &[0xFF; 9]), Ok(4));
    assert_eq!(put(9, &[]), Ok(0));
}

/// Adds up what comes out of the pipe.
fn take() -> ! {
    let pipe = Pipe::from(PIPE.get_task_id());
    loop {
        let mut word = [0; 4];
        if let Ok(2..) = pipe.take(&mut word) {
            let word = u32::from_le_bytes(word);
            TAKEN.store(TAKEN.load(Relaxed) ^ word, Relaxed);
        }
    }
}
