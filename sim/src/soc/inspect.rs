// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Looks at the chip and interferes with it, from outside.

use super::{Soc, Unmodelled};
use crate::chip::FlagCounts;
use crate::core_id::CoreId;
use crate::cpu::{CoreCounters, Power, Registers, Stamp};
use crate::fault::Fault;
use crate::image::{Image, Location};
use crate::memory::{FLASH_BASE, SRAM1_BASE};

impl Soc {
    /// Core clock cycles since power-on.
    pub fn cycles(&self) -> u64 {
        self.now
    }

    /// Nanoseconds of chip time since power-on.
    pub fn nanos(&self) -> u64 {
        self.shared.chip().time.nanos(self.now)
    }

    /// Frequency of the core clock at this moment, in hertz.
    pub fn core_hz(&self) -> u32 {
        self.shared.chip().time.hz()
    }

    /// The cycle up to which one core has run. It is ahead of
    /// [`Soc::cycles`] by less than a quantum.
    pub fn core_cycles(&self, core: CoreId) -> u64 {
        self.cpu(core).local
    }

    /// Every fault exception so far, in the order in which they were taken.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The registers without a model, and the addresses in peripherals
    /// without a register, that the guest has touched.
    pub fn unmodelled(&self) -> &[Unmodelled] {
        &self.unmodelled
    }

    /// Resets since power-on.
    pub fn resets(&self) -> u32 {
        self.resets
    }

    /// A core's activity.
    pub fn counters(&self, core: CoreId) -> &CoreCounters {
        &self.cpu(core).counters
    }

    /// Flag changes in the IPCC direction in which `sender` sends.
    pub fn ipcc_counts(&self, sender: CoreId) -> FlagCounts {
        self.shared.chip().ipcc.counts(sender)
    }

    /// The IPCC flags that `sender` has raised; bit 0 is channel 1.
    pub fn ipcc_flags(&self, sender: CoreId) -> u32 {
        self.shared.chip().ipcc.flags(sender)
    }

    /// Raises the IPCC flags in `mask` in the place of `sender`.
    pub fn ipcc_set_flags(&mut self, sender: CoreId, mask: u32) {
        self.shared.chip().ipcc.set(sender, mask);
    }

    /// Clears IPCC flags that `sender` raised, in the place of the receiver.
    pub fn ipcc_clear_flags(&mut self, sender: CoreId, mask: u32) {
        self.shared.chip().ipcc.clear(sender, mask);
    }

    /// All registers of a core.
    pub fn registers(&self, core: CoreId) -> Registers {
        self.cpu(core).registers()
    }

    /// Whether a core has been released from reset.
    pub fn is_running(&self, core: CoreId) -> bool {
        self.cpu(core).power == Power::On
    }

    /// Whether a core sleeps with nothing pending.
    pub fn is_sleeping(&self, core: CoreId) -> bool {
        self.cpu(core).is_asleep()
    }

    /// Stops a core between two instructions, as if it hung. Its timers stand
    /// still, the chip goes on.
    pub fn stop_core(&mut self, core: CoreId) {
        let cpu = self.cpu_mut(core);
        if cpu.power == Power::On {
            cpu.power = Power::Stopped;
        }
    }

    /// Lets a stopped core go on.
    pub fn resume_core(&mut self, core: CoreId) {
        let cpu = self.cpu_mut(core);
        if cpu.power == Power::Stopped {
            cpu.power = Power::On;
            // SysTick has stood still meanwhile.
            cpu.look_for_wakers();
        }
    }

    /// Makes interrupt `line` of a core pending once.
    pub fn pend_irq(&mut self, core: CoreId, line: u8) {
        self.cpu_mut(core).pend(line);
    }

    /// Ends runs with [`Stop::Breakpoint`](crate::Stop::Breakpoint) when
    /// `core` is about to execute the instruction at `pc`.
    pub fn add_breakpoint(&mut self, core: CoreId, pc: u32) {
        self.cpu_mut(core).probes.add_breakpoint(pc & !1);
    }

    /// Removes a breakpoint.
    pub fn remove_breakpoint(&mut self, core: CoreId, pc: u32) {
        self.cpu_mut(core).probes.remove_breakpoint(pc & !1);
    }

    /// Records a [`Stamp`] whenever `core` is about to execute the
    /// instruction at `pc`.
    pub fn stamp_at(&mut self, core: CoreId, pc: u32) {
        self.cpu_mut(core).probes.add_stamp(pc & !1);
    }

    /// Takes the stamps of `core` recorded since the last call.
    pub fn take_stamps(&mut self, core: CoreId) -> Vec<Stamp> {
        self.cpu_mut(core).probes.take_stamps()
    }

    /// Ends runs with [`Stop::Watch`](crate::Stop::Watch) when a core changes
    /// the word at `addr` in flash or SRAM.
    pub fn watch(&mut self, addr: u32) {
        for core in CoreId::ALL {
            self.cpu_mut(core).probes.add_watch(addr & !3);
        }
    }

    /// Ends the watch of `addr`.
    pub fn unwatch(&mut self, addr: u32) {
        for core in CoreId::ALL {
            self.cpu_mut(core).probes.remove_watch(addr & !3);
        }
    }

    /// Drives a GPIO input from outside, or lets it float.
    pub fn drive_pin(&mut self, port: char, pin: u8, level: Option<bool>) {
        self.shared.chip().drive_pin(port, pin, level);
    }

    /// What a GPIO port drives: its output data register.
    pub fn port_output(&self, port: char) -> u32 {
        self.shared.chip().port_output(port)
    }

    /// A peripheral register as `core` would read it, without its side
    /// effects and whether or not it is clocked.
    pub fn peek_register(&self, core: CoreId, addr: u32) -> Option<u32> {
        self.shared.chip().peek(core, addr)
    }

    /// Writes a peripheral register in the place of `core`, whether or not
    /// it is clocked. Returns whether the register is modelled.
    pub fn poke_register(
        &mut self,
        core: CoreId,
        addr: u32,
        value: u32,
    ) -> bool {
        self.shared.chip().poke(core, addr, value)
    }

    /// Reads flash or SRAM; `None` if any byte lies elsewhere.
    pub fn read_memory(&self, addr: u32, len: usize) -> Option<Vec<u8>> {
        let (store, offset) = self.memory(addr)?;
        let mut bytes = vec![0; len];
        store.read_at(offset, &mut bytes).ok()?;
        Some(bytes)
    }

    /// Writes flash or SRAM behind the guest's back. Returns whether all of
    /// it is memory.
    pub fn write_memory(&mut self, addr: u32, bytes: &[u8]) -> bool {
        let written = self
            .memory(addr)
            .is_some_and(|(store, at)| store.write_at(at, bytes).is_ok());
        if addr < SRAM1_BASE {
            self.shared.flash_changed();
        }
        written
    }

    /// Reads a little-endian word of flash or SRAM.
    pub fn read_u32(&self, addr: u32) -> Option<u32> {
        let bytes = self.read_memory(addr, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Writes a little-endian word of flash or SRAM.
    pub fn write_u32(&mut self, addr: u32, value: u32) -> bool {
        self.write_memory(addr, &value.to_le_bytes())
    }

    /// The content of flash and SRAM, by base address.
    pub fn memories(&self) -> [(u32, Vec<u8>); 2] {
        let all = |base, store: &rsemu::core::space::RamStore| {
            let mut bytes = vec![0; store.len() as usize];
            let read = store.read_at(0, &mut bytes);
            read.expect("the whole store exists");
            (base, bytes)
        };
        [all(FLASH_BASE, &self.flash), all(SRAM1_BASE, &self.sram)]
    }

    /// A core's software.
    pub fn image(&self, core: CoreId) -> &Image {
        &self.images[core.index()]
    }

    /// The address of symbol `name` in `core`'s software: `module` and
    /// symbol, or just the symbol.
    pub fn symbol(&self, core: CoreId, name: &str) -> Option<u32> {
        self.image(core).find(name).map(|s| s.addr)
    }

    /// The bytes of a variable, as many as its symbol says.
    pub fn read_symbol(&self, core: CoreId, name: &str) -> Option<Vec<u8>> {
        let symbol = self.image(core).find(name)?;
        self.read_memory(symbol.addr, symbol.size as usize)
    }

    /// The word in a variable.
    pub fn read_symbol_u32(&self, core: CoreId, name: &str) -> Option<u32> {
        self.read_u32(self.symbol(core, name)?)
    }

    /// Overwrites the word in a variable. Returns whether it exists.
    pub fn write_symbol_u32(
        &mut self,
        core: CoreId,
        name: &str,
        value: u32,
    ) -> bool {
        self.symbol(core, name)
            .is_some_and(|addr| self.write_u32(addr, value))
    }

    /// What lies at `addr` in `core`'s software. Memory is shared, so the
    /// other core's software is asked second.
    pub fn locate(&self, core: CoreId, addr: u32) -> Option<Location> {
        self.image(core)
            .locate(addr)
            .or_else(|| self.image(core.other()).locate(addr))
    }
}
