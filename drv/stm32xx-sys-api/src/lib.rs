// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Client of the sys task, which owns clock gates, resets and pins.
//!
//! A driver starts like this, with `task-slots = ["sys"]` in its `app.toml`
//! entry:
//!
//! ```text
//! task_slot!(SYS, sys);
//!
//! let sys = Sys::from(SYS.get_task_id());
//! sys.enable_clock(Peripheral::Ipcc);
//! sys.leave_reset(Peripheral::Ipcc);
//! ```
//!
//! Operations survive a restart of the sys task without the caller noticing,
//! except for the two that cannot be repeated safely: those say `ServerDeath`.

#![no_std]
#![forbid(unsafe_code)]

use derive_idol_err::IdolError;
use userlib::{FromPrimitive, hl, sys_send};
use zerocopy_derive::{Immutable, IntoBytes, KnownLayout};

pub use drv_stm32xx_gpio_common::{
    Alternate, Mode, OutputType, PinSet, Port, Pull, Speed,
};

#[macro_use]
mod peripherals;

cfg_if::cfg_if! {
    if #[cfg(feature = "family-stm32wl5")] {
        mod stm32wl5;
        pub use stm32wl5::{Group, Peripheral};
    } else if #[cfg(feature = "family-stm32wb")] {
        mod stm32wb;
        pub use stm32wb::{Group, Peripheral};
    } else if #[cfg(feature = "family-stm32mp1")] {
        mod stm32mp1;
        pub use stm32mp1::{Group, Peripheral};
    } else {
        compile_error!(
            "name the chip: choose a feature such as `family-stm32wl5` or \
             `wl55` of drv-stm32xx-sys-api"
        );
    }
}

#[cfg(any(
    all(feature = "family-stm32wl5", feature = "family-stm32wb"),
    all(feature = "family-stm32wl5", feature = "family-stm32mp1"),
    all(feature = "family-stm32wb", feature = "family-stm32mp1"),
))]
compile_error!(
    "an image is for one chip: choose exactly one `family-...` feature of \
     drv-stm32xx-sys-api"
);

/// Why a clock or a reset could not be switched.
#[derive(Copy, Clone, Debug, FromPrimitive, IdolError, counters::Count)]
#[repr(u32)]
pub enum RccError {
    /// The number names no register of this family. Calls that pass a
    /// [`Peripheral`] of the right family never get this.
    NoSuchPeripheral = 1,
}

/// Level changes of a pin that fire its interrupt.
#[derive(
    Copy,
    Clone,
    FromPrimitive,
    PartialEq,
    Eq,
    IntoBytes,
    Immutable,
    KnownLayout,
    serde::Deserialize,
)]
#[repr(u8)]
pub enum Edge {
    Rising = 0b01,
    Falling = 0b10,
    Both = 0b11,
}

impl Edge {
    /// Whether a change from low to high counts.
    pub fn is_rising(&self) -> bool {
        matches!(self, Self::Rising | Self::Both)
    }

    /// Whether a change from high to low counts.
    pub fn is_falling(&self) -> bool {
        matches!(self, Self::Falling | Self::Both)
    }
}

impl core::ops::BitOr for Edge {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }
}

/// What [`Sys::gpio_irq_control`] does to a pin interrupt besides telling
/// whether it fired.
#[derive(
    Copy,
    Clone,
    FromPrimitive,
    PartialEq,
    Eq,
    IntoBytes,
    Immutable,
    KnownLayout,
    serde::Deserialize,
)]
#[repr(u8)]
pub enum IrqControl {
    /// Masks it.
    Disable = 0,
    /// Unmasks it.
    Enable = 1,
    /// Leaves it as it is.
    Check = 2,
}

impl From<bool> for IrqControl {
    fn from(enable: bool) -> Self {
        if enable { Self::Enable } else { Self::Disable }
    }
}

impl From<Option<bool>> for IrqControl {
    fn from(enable: Option<bool>) -> Self {
        enable.map_or(Self::Check, Self::from)
    }
}

impl Sys {
    /// Turns on the clock of `peripheral`, so that its registers respond.
    ///
    /// On parts with two cores this is the calling core's own clock enable.
    pub fn enable_clock(&self, peripheral: Peripheral) {
        // The number comes from the enum, so only a server built for another
        // family can refuse it: a broken image. The same goes for the three
        // operations below.
        self.enable_clock_raw(peripheral as u32).unwrap_lite()
    }

    /// Turns off the clock of `peripheral`. Its registers keep their contents.
    pub fn disable_clock(&self, peripheral: Peripheral) {
        self.disable_clock_raw(peripheral as u32).unwrap_lite()
    }

    /// Puts `peripheral` into reset and holds it there.
    ///
    /// A reset is for the whole block, whichever core uses it.
    pub fn enter_reset(&self, peripheral: Peripheral) {
        self.enter_reset_raw(peripheral as u32).unwrap_lite()
    }

    /// Releases `peripheral` from reset.
    pub fn leave_reset(&self, peripheral: Peripheral) {
        self.leave_reset_raw(peripheral as u32).unwrap_lite()
    }

    /// Applies one setting to all pins of `port` in the mask `pins`.
    ///
    /// The methods below take only what matters in one mode.
    #[allow(clippy::too_many_arguments)]
    pub fn gpio_configure(
        &self,
        port: Port,
        pins: u16,
        mode: Mode,
        output_type: OutputType,
        speed: Speed,
        pull: Pull,
        af: Alternate,
    ) {
        let packed_attributes = mode as u16
            | (output_type as u16) << 2
            | (speed as u16) << 3
            | (pull as u16) << 5
            | (af as u16) << 7;
        self.gpio_configure_raw(port, pins, packed_attributes);
    }

    /// Makes `pinset` inputs.
    pub fn gpio_configure_input(&self, pinset: PinSet, pull: Pull) {
        self.gpio_configure(
            pinset.port,
            pinset.pin_mask,
            Mode::Input,
            OutputType::PushPull,
            Speed::High,
            pull,
            Alternate::AF0,
        );
    }

    /// Makes `pinset` outputs. Set their level first to avoid a glitch.
    pub fn gpio_configure_output(
        &self,
        pinset: PinSet,
        output_type: OutputType,
        speed: Speed,
        pull: Pull,
    ) {
        self.gpio_configure(
            pinset.port,
            pinset.pin_mask,
            Mode::Output,
            output_type,
            speed,
            pull,
            Alternate::AF0,
        );
    }

    /// Connects `pinset` to the peripheral that is their function `af`.
    pub fn gpio_configure_alternate(
        &self,
        pinset: PinSet,
        output_type: OutputType,
        speed: Speed,
        pull: Pull,
        af: Alternate,
    ) {
        self.gpio_configure(
            pinset.port,
            pinset.pin_mask,
            Mode::Alternate,
            output_type,
            speed,
            pull,
            af,
        );
    }

    /// Connects `pinset` to the peripheral that is their function `af`, where
    /// the peripheral only listens.
    pub fn gpio_configure_alternate_input(
        &self,
        pinset: PinSet,
        pull: Pull,
        af: Alternate,
    ) {
        // Should the peripheral drive the pin after all, open drain at least
        // cannot fight a source that drives it high.
        self.gpio_configure_alternate(
            pinset,
            OutputType::OpenDrain,
            Speed::High,
            pull,
            af,
        );
    }

    /// Drives `pinset` high.
    pub fn gpio_set(&self, pinset: PinSet) {
        self.gpio_set_reset(pinset.port, pinset.pin_mask, 0);
    }

    /// Drives `pinset` low.
    pub fn gpio_reset(&self, pinset: PinSet) {
        self.gpio_set_reset(pinset.port, 0, pinset.pin_mask);
    }

    /// Drives `pinset` high if `flag`, else low.
    pub fn gpio_set_to(&self, pinset: PinSet, flag: bool) {
        if flag {
            self.gpio_set(pinset);
        } else {
            self.gpio_reset(pinset);
        }
    }

    /// Reads the levels of `pinset`; the bits of other pins are 0.
    pub fn gpio_read(&self, pinset: PinSet) -> u16 {
        self.gpio_read_input(pinset.port) & pinset.pin_mask
    }

    /// Resets an external part through an active-low line: makes `pinset` low
    /// outputs for `low_time_ms`, then drives them high and waits another
    /// `wait_time_ms` for the part to come up.
    pub fn gpio_init_reset_pulse(
        &self,
        pinset: PinSet,
        low_time_ms: u32,
        wait_time_ms: u32,
    ) {
        // The level comes before the direction, so that the line never starts
        // out high.
        self.gpio_reset(pinset);
        self.gpio_configure_output(
            pinset,
            OutputType::PushPull,
            Speed::Low,
            Pull::None,
        );
        hl::sleep_for(u64::from(low_time_ms));
        self.gpio_set(pinset);
        hl::sleep_for(u64::from(wait_time_ms));
    }
}

include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
