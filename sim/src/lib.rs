// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A deterministic simulator of the STM32WL55.
//!
//! Two cores from the crate `rsemu` share flash, SRAM and the peripherals of
//! RM0453. The peripherals are modelled from the register descriptions, with
//! reset values and clock gates, so that start-up code of any origin runs
//! unchanged. A seed selects how the cores interleave; the same images, input
//! and seed give the same cycle counts.
//!
//! [`Soc`] is the entry point; [`Image`] is what runs on it.
//!
//! # What the cores do not show
//!
//! Cycle counts follow the model of `rsemu`: no flash wait states, 20 cycles
//! to enter an exception. Both cores run from one clock (`HCLK1`); the CPU2
//! prescaler is ignored. WFI with `SLEEPDEEP` is an ordinary sleep.

#![forbid(unsafe_code)]

mod chip;
mod config;
mod cpu;
mod fault;
mod image;
mod memory;
mod rand;
mod soc;
mod time;

pub use chip::{FlagCounts, InputPacing, ResetCause, UartId};
pub use config::Boot;
pub use cpu::{
    Change, CoreCounters, CoreId, CpuKind, FpRegisters, Registers, Stamp,
};
pub use fault::{Fault, FaultKind};
pub use image::{Image, ImageError, Location, Symbol};
pub use memory::{
    FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE, SRAM2_BASE, SYSTEM_BASE,
    SYSTEM_SIZE,
};
pub use soc::{Builder, Faults, Soc, Stop, Unmodelled};
pub use time::{Span, ms, us};
