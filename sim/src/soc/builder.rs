// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Assembles a chip.

use super::{Console, Faults, Soc};
use crate::chip::port::{Port, Shared};
use crate::chip::{Chip, map};
use crate::config::{Boot, ChipConfig, InputPacing};
use crate::core_id::CoreId;
use crate::cpu::{Cpu, CpuKind};
use crate::image::{Image, ImageError};
use crate::memory::{
    FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE, SYSTEM_BASE, system_flash,
};
use crate::rand::Rand;
use rsemu::core::space::{
    AddressSpace, DispatchPolicy, Perms, RamStore, Region, RomStore, RomWrite,
};
use std::sync::Arc;

/// What to build: images, kinds of cores, configuration.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) images: [Image; 2],
    pub(super) kinds: [CpuKind; 2],
    pub(super) chip: ChipConfig,
    pub(super) policy: Policy,
    no_idle_skip: bool,
}

/// When a run ends early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub strict: bool,
    pub faults: Faults,
    pub max_resets: u32,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            images: Default::default(),
            kinds: [CpuKind::CortexM4, CpuKind::CortexM0Plus],
            chip: ChipConfig::default(),
            policy: Policy {
                strict: false,
                faults: Faults::Record,
                max_resets: 100,
            },
            no_idle_skip: false,
        }
    }
}

impl Builder {
    /// The software of CPU1.
    pub fn cpu1(mut self, image: Image) -> Self {
        self.images[0] = image;
        self
    }

    /// The software of CPU2.
    pub fn cpu2(mut self, image: Image) -> Self {
        self.images[1] = image;
        self
    }

    /// Puts another kind of processor in a core's place.
    pub fn kind(mut self, core: CoreId, kind: CpuKind) -> Self {
        self.kinds[core.index()] = kind;
        self
    }

    /// Selects the interleaving of the cores and the random numbers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.chip.seed = seed;
        self
    }

    /// Makes the first access to an unmodelled register end the run.
    pub fn strict(mut self, strict: bool) -> Self {
        self.policy.strict = strict;
        self
    }

    /// What to do when a core takes a fault exception.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.policy.faults = faults;
        self
    }

    /// How input reaches the UARTs.
    pub fn input_pacing(mut self, pacing: InputPacing) -> Self {
        self.chip.pacing = pacing;
        self
    }

    /// What CPU1 sees at address 0.
    pub fn boot(mut self, boot: Boot) -> Self {
        self.chip.boot = boot;
        self
    }

    /// The value of the option register FLASH_SRRVR, which says where CPU2
    /// finds its vector table.
    pub fn srrvr(mut self, srrvr: u32) -> Self {
        self.chip.srrvr = Some(srrvr);
        self
    }

    /// Resets after which a run ends with
    /// [`Stop::ResetLoop`](crate::Stop::ResetLoop).
    pub fn max_resets(mut self, max: u32) -> Self {
        self.policy.max_resets = max;
        self
    }

    /// Executes sleep cycle by cycle instead of jumping over it. Results are
    /// the same; only a test of that wants it.
    pub fn without_idle_skip(mut self) -> Self {
        self.no_idle_skip = true;
        self
    }

    /// Powers the chip.
    ///
    /// # Errors
    /// [`ImageError::OutOfMemory`] if an image does not fit the memories,
    /// [`ImageError::Overlap`] if the two do not go together.
    pub fn build(self) -> Result<Soc, ImageError> {
        let flash = Arc::new(RamStore::new(FLASH_SIZE.into()));
        let sram = Arc::new(RamStore::new(SRAM_SIZE.into()));
        let system = Arc::new(RomStore::new(system_flash()));
        fill(&flash, 0xff);
        for image in &self.images {
            load(image, &flash, &sram)?;
        }
        compare(&self.images)?;
        let chip = Chip::new(self.chip, Arc::clone(&flash), Arc::clone(&sram));
        let shared = Shared::new(chip);
        let cpus = CoreId::ALL.map(|core| {
            let space = space(core, &shared, &flash, &sram, &system);
            let mut cpu = Cpu::new(
                core,
                self.kinds[core.index()],
                space,
                Arc::clone(&shared),
            );
            cpu.no_skip = self.no_idle_skip;
            cpu
        });
        let mut soc = Soc {
            cpus,
            shared,
            flash,
            sram,
            system,
            low: None,
            images: self.images,
            policy: self.policy,
            boot: self.chip.boot,
            rand: Rand::new(self.chip.seed),
            now: 0,
            resets: 0,
            faults: Vec::new(),
            unmodelled: Vec::new(),
            consoles: Default::default(),
            outputs: [const { Console::new() }; 3],
            levels: [0; 2],
            stop: None,
            stop_when_starved: None,
        };
        soc.remap(soc.boot.mem_mode());
        soc.cpus[0].release(0, 0);
        Ok(soc)
    }
}

fn fill(store: &RamStore, value: u8) {
    let filled = store.fill(0, store.len(), value);
    filled.expect("the whole store exists");
}

/// Copies the segments of `image` to the memories they name.
fn load(
    image: &Image,
    flash: &RamStore,
    sram: &RamStore,
) -> Result<(), ImageError> {
    for segment in image.segments() {
        let refused = || ImageError::OutOfMemory {
            module: segment.module.clone(),
            addr: segment.addr,
            len: segment.bytes.len(),
        };
        let (store, base) = match segment.addr {
            // Linked for the alias that CPU1 boots from.
            0..FLASH_SIZE => (flash, 0),
            FLASH_BASE..SRAM1_BASE => (flash, FLASH_BASE),
            SRAM1_BASE.. => (sram, SRAM1_BASE),
            _ => return Err(refused()),
        };
        store
            .write_at((segment.addr - base).into(), &segment.bytes)
            .map_err(|_| refused())?;
    }
    Ok(())
}

/// Makes sure that neither image has overwritten the other.
fn compare([cpu1, cpu2]: &[Image; 2]) -> Result<(), ImageError> {
    for first in cpu1.segments() {
        for second in cpu2.segments() {
            if let Some(addr) = first.conflict(second) {
                return Err(ImageError::Overlap {
                    modules: [first.module.clone(), second.module.clone()],
                    addr,
                });
            }
        }
    }
    Ok(())
}

/// The address space of one core, without the alias at address 0.
fn space(
    core: CoreId,
    shared: &Arc<Shared>,
    flash: &Arc<RamStore>,
    sram: &Arc<RamStore>,
    system: &Arc<RomStore>,
) -> Arc<AddressSpace> {
    let space = AddressSpace::new(core.to_string(), 32).with_dispatch(
        DispatchPolicy::Dense {
            page_bits: 15,
            cover: u64::from(SRAM1_BASE + SRAM_SIZE),
        },
    );
    let mut map = space.topology();
    let writes = Port::flash(Arc::clone(shared), core, FLASH_BASE);
    let rom = Region::rom("system", Arc::clone(system), RomWrite::Fault);
    let mut regions = vec![
        (
            Region::ram("flash", Arc::clone(flash)),
            FLASH_BASE,
            Perms::RX,
        ),
        (
            Region::io("flash-write", FLASH_SIZE.into(), Arc::new(writes)),
            FLASH_BASE,
            Perms::WRITE,
        ),
        (
            Region::ram("sram", Arc::clone(sram)),
            SRAM1_BASE,
            Perms::RWX,
        ),
        (rom, SYSTEM_BASE, Perms::RX),
    ];
    for (name, base, size) in map::WINDOWS {
        let port = Port::peripherals(Arc::clone(shared), core, base);
        let region = Region::io(name, size.into(), Arc::new(port));
        regions.push((region, base, Perms::RW));
    }
    for (region, base, perms) in regions {
        let mapped = map.map_with_perms(region, base.into(), perms);
        mapped.expect("the memory map is static");
    }
    drop(map);
    Arc::new(space)
}
