// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The whole chip with its software: what tests and tools talk to.

mod builder;
mod inspect;
mod run;
mod stop;
mod uart;

use crate::chip::UartId;
use crate::chip::port::Shared;
use crate::config::Boot;
use crate::core_id::CoreId;
use crate::cpu::Cpu;
use crate::fault::Fault;
use crate::image::{Image, ImageError};
use crate::rand::Rand;
use rsemu::core::space::{MappingId, RamStore, RomStore};
use std::sync::Arc;

pub use builder::Builder;
use builder::Policy;
pub use stop::{Stop, Unmodelled};
use uart::Console;

/// What to do when a core takes a fault exception.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Faults {
    /// Add it to [`Soc::faults`] and go on: a protected system handles it.
    #[default]
    Record,
    /// Also end the run with [`Stop::Faulted`].
    Stop,
}

/// A simulated STM32WL55 and the software in its flash.
///
/// # Examples
///
/// ```no_run
/// use sim::{Image, Soc, ms};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut soc = Soc::boot(Image::open("echo/dist/default")?)?.seed(7);
/// soc.uart_type("hello\n");
/// soc.run_until(|s| s.uart_output().contains("hello"), ms(50))?;
/// assert_eq!(soc.faults(), []);
/// # Ok(())
/// # }
/// ```
pub struct Soc {
    cpus: [Cpu; 2],
    shared: Arc<Shared>,
    flash: Arc<RamStore>,
    sram: Arc<RamStore>,
    system: Arc<RomStore>,
    /// What CPU1 sees at address 0: its mappings and MEM_MODE.
    low: Option<(u32, Vec<MappingId>)>,
    images: [Image; 2],
    policy: Policy,
    boot: Boot,
    rand: Rand,
    now: u64,
    resets: u32,
    faults: Vec<Fault>,
    unmodelled: Vec<Unmodelled>,
    /// The UART that each core enabled first.
    consoles: [Option<UartId>; 2],
    outputs: [Console; 3],
    /// Interrupt levels to be shown to the cores.
    levels: [u64; 2],
    /// A reason to stop that came up inside a round.
    stop: Option<Stop>,
    stop_when_starved: Option<UartId>,
}

impl Soc {
    /// A chip of the real kind with `cpu1` as the software of CPU1.
    ///
    /// # Errors
    /// If the image does not fit the memories.
    pub fn boot(cpu1: Image) -> Result<Soc, ImageError> {
        Soc::builder().cpu1(cpu1).build()
    }

    /// A chip of the real kind with software for both cores.
    ///
    /// # Errors
    /// If an image does not fit the memories.
    pub fn boot_both(cpu1: Image, cpu2: Image) -> Result<Soc, ImageError> {
        Soc::builder().cpu1(cpu1).cpu2(cpu2).build()
    }

    /// Configures a chip.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Selects the interleaving of the cores; to be called before the first
    /// run. The random number generator keeps the seed of the builder.
    pub fn seed(mut self, seed: u64) -> Self {
        self.rand = Rand::new(seed);
        self
    }

    fn cpu(&self, core: CoreId) -> &Cpu {
        &self.cpus[core.index()]
    }

    fn cpu_mut(&mut self, core: CoreId) -> &mut Cpu {
        &mut self.cpus[core.index()]
    }
}
