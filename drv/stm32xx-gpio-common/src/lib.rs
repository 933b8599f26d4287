// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Pins, ports and pin settings of STM32 GPIO blocks.
//!
//! The sys task and its clients share these types, so both sides must be built
//! with the same model feature: the numbers of the ports on the wire depend on
//! which ports the family has (see [`Port`]).
//!
//! With feature `server-support`, [`server`] also gives access to the
//! registers. Only the sys task may use that.

#![no_std]
#![cfg_attr(not(feature = "server-support"), forbid(unsafe_code))]

use num_derive::FromPrimitive;
use zerocopy_derive::{Immutable, IntoBytes, KnownLayout};

#[cfg(feature = "server-support")]
pub mod server;

/// Name of a GPIO port.
///
/// The discriminants count the ports *that the family has*, without gaps; use
/// the register addresses in [`server`] or [`Port::letter_index`] where the
/// hardware counts letters instead.
#[derive(
    Copy,
    Clone,
    Debug,
    Eq,
    PartialEq,
    FromPrimitive,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(u8)]
pub enum Port {
    A = 0,
    B,
    C,
    // The STM32WL5 goes straight from C to H (RM0453 §2.4).
    #[cfg(not(feature = "family-stm32wl5"))]
    D,
    #[cfg(feature = "has-port-gpioe")]
    E,
    #[cfg(feature = "has-port-gpiof")]
    F,
    #[cfg(feature = "has-port-gpiog")]
    G,
    #[cfg(feature = "has-port-gpioh")]
    H,
    #[cfg(feature = "has-port-gpioi")]
    I,
    #[cfg(feature = "has-port-gpioj")]
    J,
    #[cfg(feature = "has-port-gpiok")]
    K,
}

impl Port {
    /// Returns the set that contains the one pin `index` (0 to 15).
    ///
    /// # Panics
    ///
    /// If `index` is greater than 15; in a constant, that is a build error.
    pub const fn pin(self, index: usize) -> PinSet {
        assert!(index < 16);
        PinSet {
            port: self,
            pin_mask: 1 << index,
        }
    }

    /// Returns the set that contains all pins in `indexes` (0 to 15 each).
    ///
    /// # Panics
    ///
    /// If an index is greater than 15; in a constant, that is a build error.
    pub const fn pins<const N: usize>(self, indexes: [usize; N]) -> PinSet {
        let mut set = PinSet {
            port: self,
            pin_mask: 0,
        };
        let mut i = 0;
        while i < N {
            set = set.and_pin(indexes[i]);
            i += 1;
        }
        set
    }

    /// Position of the port's letter in the alphabet: 0 for A, 7 for H.
    ///
    /// Clock enable bits, register addresses and the EXTI multiplexer count
    /// this way in every family, whether or not a family has all the letters.
    pub const fn letter_index(self) -> u8 {
        match self {
            Self::A => 0,
            Self::B => 1,
            Self::C => 2,
            #[cfg(not(feature = "family-stm32wl5"))]
            Self::D => 3,
            #[cfg(feature = "has-port-gpioe")]
            Self::E => 4,
            #[cfg(feature = "has-port-gpiof")]
            Self::F => 5,
            #[cfg(feature = "has-port-gpiog")]
            Self::G => 6,
            #[cfg(feature = "has-port-gpioh")]
            Self::H => 7,
            #[cfg(feature = "has-port-gpioi")]
            Self::I => 8,
            #[cfg(feature = "has-port-gpioj")]
            Self::J => 9,
            #[cfg(feature = "has-port-gpiok")]
            Self::K => 10,
        }
    }
}

/// Some of the 16 pins of one port.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct PinSet {
    pub port: Port,
    /// Bit _n_ stands for pin _n_.
    pub pin_mask: u16,
}

impl PinSet {
    /// Returns this set with pin `index` (0 to 15) of the same port added.
    ///
    /// # Panics
    ///
    /// If `index` is greater than 15; in a constant, that is a build error.
    pub const fn and_pin(self, index: usize) -> Self {
        assert!(index < 16);
        Self {
            port: self.port,
            pin_mask: self.pin_mask | 1 << index,
        }
    }
}

/// What a pin is connected to; the value is the field of `MODER`.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum Mode {
    Input = 0,
    Output = 1,
    /// A peripheral, which [`Alternate`] selects.
    Alternate = 2,
    /// Nothing digital; the reset state of most pins.
    Analog = 3,
}

/// How an output drives a one; the value is the field of `OTYPER`.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum OutputType {
    PushPull = 0,
    OpenDrain = 1,
}

/// Slew rate of an output; the value is the field of `OSPEEDR`.
///
/// The frequency that each can drive is in the part's datasheet.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum Speed {
    Low = 0,
    Medium = 1,
    High = 2,
    VeryHigh = 3,
}

/// Internal resistor; the value is the field of `PUPDR`.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum Pull {
    None = 0,
    Up = 1,
    Down = 2,
}

/// Alternate function; the value is the field of `AFRL` or `AFRH`.
///
/// Which number is which peripheral on which pin is a table in the datasheet.
#[derive(Copy, Clone, Debug, Eq, PartialEq, FromPrimitive)]
pub enum Alternate {
    AF0 = 0,
    AF1 = 1,
    AF2 = 2,
    AF3 = 3,
    AF4 = 4,
    AF5 = 5,
    AF6 = 6,
    AF7 = 7,
    #[cfg(feature = "has-af8-thru-af15")]
    AF8 = 8,
    #[cfg(feature = "has-af8-thru-af15")]
    AF9 = 9,
    #[cfg(feature = "has-af8-thru-af15")]
    AF10 = 10,
    #[cfg(feature = "has-af8-thru-af15")]
    AF11 = 11,
    #[cfg(feature = "has-af8-thru-af15")]
    AF12 = 12,
    #[cfg(feature = "has-af8-thru-af15")]
    AF13 = 13,
    #[cfg(feature = "has-af8-thru-af15")]
    AF14 = 14,
    #[cfg(feature = "has-af8-thru-af15")]
    AF15 = 15,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_set_has_the_bits_of_its_pins() {
        const SET: PinSet = Port::B.pins([0, 7]).and_pin(15);
        assert_eq!(SET.port, Port::B);
        assert_eq!(SET.pin_mask, 0x8081);
        assert_eq!(Port::C.pin(13).pin_mask, 0x2000);
    }

    #[cfg(feature = "family-stm32wl5")]
    #[test]
    fn port_h_of_the_stm32wl5_is_the_fourth_port_and_the_eighth_letter() {
        assert_eq!(Port::H as u8, 3);
        assert_eq!(Port::H.letter_index(), 7);
    }

    #[cfg(feature = "family-stm32mp1")]
    #[test]
    fn ports_of_the_stm32mp1_have_no_gaps() {
        assert_eq!(Port::K as u8, 10);
        assert_eq!(Port::K.letter_index(), 10);
    }
}
