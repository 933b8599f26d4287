// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Physical quantities that tasks exchange.

#![no_std]
#![forbid(unsafe_code)]

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Temperature in degrees Celsius.
#[derive(
    Copy,
    Clone,
    Debug,
    PartialEq,
    PartialOrd,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
)]
#[repr(C)]
pub struct Celsius(pub f32);

/// Rotations per minute.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Rpm(pub u16);

/// Duty cycle of a pulse-width modulated signal, in percent.
#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    Ord,
    PartialOrd,
    Immutable,
    IntoBytes,
    KnownLayout,
)]
#[repr(transparent)]
pub struct PWMDuty(pub u8);

impl TryFrom<u8> for PWMDuty {
    type Error = ();

    /// Accepts 0 to 100.
    fn try_from(percent: u8) -> Result<Self, ()> {
        if percent <= 100 {
            Ok(Self(percent))
        } else {
            Err(())
        }
    }
}

/// Electric potential in volts.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd)]
pub struct Volts(pub f32);

/// Electric current in amperes.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd)]
pub struct Amperes(pub f32);

/// Electric resistance in ohms.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd)]
pub struct Ohms(pub f32);

/// Power in watts.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd)]
pub struct Watts(pub f32);

#[cfg(test)]
mod tests {
    use super::PWMDuty;

    #[test]
    fn a_duty_cycle_is_at_most_100_percent() {
        assert_eq!(PWMDuty::try_from(0), Ok(PWMDuty(0)));
        assert_eq!(PWMDuty::try_from(100), Ok(PWMDuty(100)));
        assert_eq!(PWMDuty::try_from(101), Err(()));
    }
}
