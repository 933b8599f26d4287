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
//! # Peripherals
//!
//! | block | as far as |
//! |---|---|
//! | RCC | clock tree, ready flags, per-core enables, resets, reset flags |
//! | PWR | CPU2 boot, register storage; the regulator is always ready |
//! | FLASH | latency, option bytes, programming and erasing |
//! | IPCC, HSEM | completely |
//! | EXTI | GPIO lines and SEV; direct lines only keep their masks |
//! | USART1, USART2, LPUART1 | asynchronous mode, FIFOs, interrupts, DMA |
//! | DMA1, DMA2, DMAMUX | memory to memory, requests of UARTs, SPIs, ADC and AES |
//! | TIM1, TIM2, TIM16, TIM17 | counting, update and compare |
//! | LPTIM1 to LPTIM3 | counting and compare from internal clocks |
//! | RTC, TAMP | calendar, alarms, wake-up timer, backup registers |
//! | IWDG, WWDG, CRC | completely |
//! | AES | all modes; messages cannot be suspended |
//! | ADC, DAC, VREFBUF | conversions by software; pins are at ground |
//! | SPI1, SPI2, SUBGHZSPI | a master to which nobody answers |
//! | I2C1 to I2C3 | a master whom nobody acknowledges |
//! | GPIO, SYSCFG, RNG, COMP, DBGMCU | what software can see of them |
//!
//! Other registers read as zero and ignore writes; [`Soc::unmodelled`] lists
//! the ones that were used, and strict mode stops at the first. Addresses
//! between the registers of a peripheral behave the same on the chip; they
//! are listed, too, but strict mode goes on. An address where the chip has
//! nothing is a bus error.
//!
//! # What the chip does not show
//!
//! - Cycle counts follow the model of `rsemu`: no flash wait states, 20
//!   cycles to enter an exception, and the same pipeline for both cores. They
//!   compare well and promise no microseconds.
//! - Both cores run from `HCLK1`; the CPU2 prescaler is ignored. Oscillators
//!   start and flash operations end in no time.
//! - WFI with `SLEEPDEEP` is an ordinary sleep: clocks go on, and the flags
//!   of Stop and Standby (`PWR_EXTSCR`, `C2HF`) stay clear.
//! - PKA, the security controllers and the radio have no model.
//! - Security and protection of flash and SRAM are not enforced.
//! - Memory is zero at power-on, never random, and has no parity errors.
//!
//! # What the cores do not show
//!
//! `rsemu` executes ARMv7-M; around it the simulator adds what software in
//! the style of a small kernel depends on: IT state in exception frames,
//! derived exceptions of stacking and unstacking, privilege on the private
//! peripheral bus, ICTR, WFE and events, sleep on exit, lock-up, and device
//! memory. What is left:
//!
//! - Every bus fault is precise; there is no write buffer.
//! - Subpriorities do not order pending exceptions, and `BASEPRI` keeps bits
//!   that the priority registers do not have.
//! - A load of several registers that faults half way has updated its base.
//! - A fault of lazy floating-point stacking is reported as a data access.
//! - There is no debug unit and no trace unit but `DWT_CYCCNT`.
//!
//! A Cortex-M0+ is an ARMv7-M with fewer instructions here: the rest of the
//! ARMv7-M set faults, every fault is a HardFault, unaligned accesses fault
//! and MPU regions start at 256 bytes. Registers of the system control space
//! that only an ARMv7-M has can still be read, byte accesses to it succeed,
//! and instructions take the cycles of a Cortex-M3.

#![forbid(unsafe_code)]

mod chip;
mod config;
mod core_id;
mod cpu;
mod fault;
mod image;
mod memory;
mod rand;
mod soc;
mod time;

pub use chip::{FlagCounts, ResetCause, UartId};
pub use config::{Boot, InputPacing};
pub use core_id::CoreId;
pub use cpu::{Change, CoreCounters, CpuKind, FpRegisters, Registers, Stamp};
pub use fault::{Fault, FaultKind};
pub use image::{Image, ImageError, Location, Symbol};
pub use memory::{
    CPU2_BASE, FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE, SRAM2_BASE,
    SYSTEM_BASE, SYSTEM_SIZE,
};
pub use soc::{Builder, Faults, Soc, Stop, Unmodelled};
pub use time::{Span, ms, us};
