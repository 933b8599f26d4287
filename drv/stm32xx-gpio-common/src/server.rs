// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Register access for the task that owns the GPIO ports.
//!
//! All STM32 families since the F2 have the same GPIO register block, so it is
//! written down here once instead of being taken from one PAC per family.

use vcell::VolatileCell;

use crate::Mode;

/// Where the registers of a family's ports are.
pub struct Ports {
    /// Address of port A.
    pub first: usize,
    /// Distance from one letter to the next.
    pub stride: usize,
}

/// The ports of the STM32WL5 and the STM32WB.
pub const STM32WL5_WB: Ports = Ports {
    first: 0x4800_0000,
    stride: 0x400,
};

/// The ports of the STM32MP1, without port Z, which is elsewhere.
pub const STM32MP1: Ports = Ports {
    first: 0x5000_2000,
    stride: 0x1000,
};

/// What the sys task does to a port, whatever its register block looks like.
pub trait AnyGpioPeriph {
    /// Applies one setting to all pins in the mask `pins`.
    ///
    /// `atts` is the packed word of the `Sys` interface: mode in bits 1:0,
    /// output type in bit 2, speed in 4:3, pull in 6:5, alternate function in
    /// 10:7.
    fn configure(&self, pins: u16, atts: u16);

    /// Drives the pins in `set` high and those in `reset` low, at once. A pin
    /// in both goes high.
    fn set_reset(&self, set: u16, reset: u16);

    /// Inverts the outputs in `pins`.
    fn toggle(&self, pins: u16);

    /// Reads the level of all 16 pins.
    fn read(&self) -> u16;
}

/// Returns the registers of `port`.
///
/// # Safety
///
/// The caller must be the only code on this core that uses GPIO registers, and
/// they must be mapped: in a task, by its `uses`. While the port's clock is
/// off, reads give 0 and writes do nothing.
#[cfg(any(
    feature = "family-stm32wl5",
    feature = "family-stm32wb",
    feature = "family-stm32mp1"
))]
pub unsafe fn get_gpio_regs(port: crate::Port) -> &'static dyn AnyGpioPeriph {
    let Ports { first, stride } = if cfg!(feature = "family-stm32mp1") {
        STM32MP1
    } else {
        STM32WL5_WB
    };
    let address = first + usize::from(port.letter_index()) * stride;
    // SAFETY: this is the address of a GPIO register block of this family, by
    // the reference manual's memory map; the caller vouches that it is mapped
    // and not used elsewhere. The block contains nothing but volatile cells.
    unsafe { &*(address as *const RegisterBlock) }
}

/// Registers of one GPIO port, for example RM0453 §12.4.
#[repr(C)]
pub struct RegisterBlock {
    moder: VolatileCell<u32>,
    otyper: VolatileCell<u32>,
    ospeedr: VolatileCell<u32>,
    pupdr: VolatileCell<u32>,
    idr: VolatileCell<u32>,
    odr: VolatileCell<u32>,
    bsrr: VolatileCell<u32>,
    lckr: VolatileCell<u32>,
    afrl: VolatileCell<u32>,
    afrh: VolatileCell<u32>,
}

impl AnyGpioPeriph for RegisterBlock {
    fn configure(&self, pins: u16, atts: u16) {
        let field = |shift: u16, mask: u16| u32::from(atts >> shift & mask);
        let mode = field(0, 0b11);
        let output_type = field(2, 0b1);
        let speed = field(3, 0b11);
        let pull = field(5, 0b11);
        let alternate = field(7, 0b1111);

        // The mode comes last and the alternate function before it: a pin that
        // turns into an output must have its final drive and source by then, or
        // it glitches.
        set_fields(&self.otyper, u32::from(pins), 0b1, output_type);
        set_fields(&self.ospeedr, spread(pins), 0b11, speed);
        set_fields(&self.pupdr, spread(pins), 0b11, pull);
        if mode == Mode::Alternate as u32 {
            let [low, high] = pins.to_le_bytes();
            set_fields(&self.afrl, spread_by_4(low), 0b1111, alternate);
            set_fields(&self.afrh, spread_by_4(high), 0b1111, alternate);
        }
        set_fields(&self.moder, spread(pins), 0b11, mode);
    }

    fn set_reset(&self, set: u16, reset: u16) {
        self.bsrr.set(u32::from(reset) << 16 | u32::from(set));
    }

    fn toggle(&self, pins: u16) {
        let high = self.odr.get() as u16;
        self.set_reset(pins & !high, pins & high);
    }

    fn read(&self) -> u16 {
        self.idr.get() as u16
    }
}

/// Stores `value` in some fields of a register and leaves the others alone.
///
/// `lowest_bits` has the lowest bit of each of these fields, `mask` is that of
/// a field at bit 0, and `value` fits in it.
fn set_fields(
    register: &VolatileCell<u32>,
    lowest_bits: u32,
    mask: u32,
    value: u32,
) {
    let keep = register.get() & !lowest_bits.wrapping_mul(mask);
    register.set(keep | lowest_bits.wrapping_mul(value));
}

/// Moves bit _n_ to bit 2 _n_.
const fn spread(bits: u16) -> u32 {
    let bits = bits as u32;
    let bits = (bits | bits << 8) & 0x00FF_00FF;
    let bits = (bits | bits << 4) & 0x0F0F_0F0F;
    let bits = (bits | bits << 2) & 0x3333_3333;
    (bits | bits << 1) & 0x5555_5555
}

/// Moves bit _n_ to bit 4 _n_.
const fn spread_by_4(bits: u8) -> u32 {
    spread(spread(bits as u16) as u16)
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;
    use crate::{Alternate, OutputType, Pull, Speed};

    fn block(initial: u32) -> RegisterBlock {
        let cell = || VolatileCell::new(initial);
        RegisterBlock {
            moder: cell(),
            otyper: cell(),
            ospeedr: cell(),
            pupdr: cell(),
            idr: cell(),
            odr: cell(),
            bsrr: cell(),
            lckr: cell(),
            afrl: cell(),
            afrh: cell(),
        }
    }

    fn pack(
        mode: Mode,
        output_type: OutputType,
        speed: Speed,
        pull: Pull,
        alternate: Alternate,
    ) -> u16 {
        mode as u16
            | (output_type as u16) << 2
            | (speed as u16) << 3
            | (pull as u16) << 5
            | (alternate as u16) << 7
    }

    #[test]
    fn registers_are_where_the_manual_says() {
        assert_eq!(offset_of!(RegisterBlock, idr), 0x10);
        assert_eq!(offset_of!(RegisterBlock, bsrr), 0x18);
        assert_eq!(offset_of!(RegisterBlock, afrl), 0x20);
        assert_eq!(offset_of!(RegisterBlock, afrh), 0x24);
    }

    #[test]
    fn configure_sets_every_field_of_the_chosen_pins() {
        let gpio = block(0);

        gpio.configure(
            1 << 3 | 1 << 15,
            pack(
                Mode::Alternate,
                OutputType::OpenDrain,
                Speed::VeryHigh,
                Pull::Up,
                Alternate::AF5,
            ),
        );

        assert_eq!(gpio.moder.get(), 0x8000_0080);
        assert_eq!(gpio.otyper.get(), 0x0000_8008);
        assert_eq!(gpio.ospeedr.get(), 0xC000_00C0);
        assert_eq!(gpio.pupdr.get(), 0x4000_0040);
        assert_eq!(gpio.afrl.get(), 0x0000_5000);
        assert_eq!(gpio.afrh.get(), 0x5000_0000);
    }

    #[test]
    fn configure_leaves_other_pins_alone() {
        let gpio = block(0xFFFF_FFFF);

        gpio.configure(
            1 << 0,
            pack(
                Mode::Input,
                OutputType::PushPull,
                Speed::Low,
                Pull::None,
                Alternate::AF0,
            ),
        );

        assert_eq!(gpio.moder.get(), 0xFFFF_FFFC);
        assert_eq!(gpio.otyper.get(), 0xFFFF_FFFE);
        assert_eq!(gpio.ospeedr.get(), 0xFFFF_FFFC);
        assert_eq!(gpio.pupdr.get(), 0xFFFF_FFFC);
    }

    #[test]
    fn the_alternate_function_is_kept_unless_the_mode_is_alternate() {
        let gpio = block(0x7777_7777);

        gpio.configure(
            0xFFFF,
            pack(
                Mode::Output,
                OutputType::PushPull,
                Speed::Low,
                Pull::None,
                Alternate::AF1,
            ),
        );

        assert_eq!(gpio.afrl.get(), 0x7777_7777);
        assert_eq!(gpio.afrh.get(), 0x7777_7777);
    }

    #[test]
    fn set_is_the_low_half_of_bsrr_and_reset_the_high_half() {
        let gpio = block(0);
        gpio.set_reset(0x0001, 0x8000);
        assert_eq!(gpio.bsrr.get(), 0x8000_0001);
    }

    #[test]
    fn toggle_resets_what_is_high_and_sets_what_is_low() {
        let gpio = block(0);
        gpio.odr.set(0b0101);

        gpio.toggle(0b0011);

        assert_eq!(gpio.bsrr.get(), 0b0001 << 16 | 0b0010);
    }
}
