// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the tests of this crate share: the chip files as data, and a way to ask
//! a PAC where a bit is.
//!
//! Each fact about a chip is written down once: addresses and interrupts in
//! `chips/*/chip.toml`, clock and reset bits in the tables of the sys task and
//! its client. The PAC crates state most of them, too; they come from ST's own
//! descriptions. The tests compare the two. Where a PAC is wrong or silent, the
//! test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// `chips/<name>/chip.toml`
#[derive(Debug)]
pub struct Chip {
    path: PathBuf,
    peripherals: BTreeMap<String, Peripheral>,
}

/// A table of `chip.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Peripheral {
    address: u32,
    size: u32,
    #[serde(default)]
    interrupts: BTreeMap<String, u16>,
}

impl Chip {
    /// Reads the file of a chip.
    ///
    /// # Panics
    ///
    /// With the path and the reason, if that does not work.
    pub fn read(name: &str) -> Self {
        let path = chip_directory(name).join("chip.toml");
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let peripherals = toml::from_str(&text)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self { path, peripherals }
    }

    /// Compares the addresses with those that a PAC gives; `unknown` names the
    /// peripherals that the PAC does not have.
    pub fn check_addresses(&self, pac: &[(&str, usize)], unknown: &[&str]) {
        let file = self.path.display();
        for (name, address) in pac {
            let ours = self.peripheral(name).address as usize;
            assert_eq!(
                ours, *address,
                "{file}: {name}.address is {ours:#x}, but {address:#x} in the \
                 PAC"
            );
        }
        let checked = pac.iter().map(|(name, _)| *name);
        assert_same_set(
            self.peripherals.keys().map(String::as_str),
            checked.chain(unknown.iter().copied()),
        );
    }

    /// Compares all interrupts with those that a PAC gives.
    pub fn check_interrupts(&self, pac: &[(&str, u16)]) {
        let file = self.path.display();
        for (name, number) in pac {
            let (peripheral, interrupt) =
                name.split_once('.').expect("peripheral.interrupt");
            let ours = self.peripheral(peripheral).interrupts.get(interrupt);
            assert_eq!(
                ours,
                Some(number),
                "{file}: {name} is {ours:?}, but {number} in the PAC"
            );
        }
        let names: Vec<String> = self
            .peripherals
            .iter()
            .flat_map(|(name, peripheral)| {
                let interrupts = peripheral.interrupts.keys();
                interrupts.map(move |interrupt| format!("{name}.{interrupt}"))
            })
            .collect();
        assert_same_set(
            names.iter().map(String::as_str),
            pac.iter().map(|(name, _)| *name),
        );
    }

    /// Checks that the MPU can map each peripheral, and without a part of
    /// another.
    pub fn check_regions(&self) {
        let file = self.path.display();
        let mut spans = Vec::new();
        for (name, Peripheral { address, size, .. }) in &self.peripherals {
            assert!(
                size.is_power_of_two() && address % size == 0,
                "{file}: {name} ({address:#x}, {size:#x} bytes) is not a \
                 naturally aligned power of two"
            );
            spans.push((u64::from(*address), u64::from(*size), name));
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            let [(a, size, first), (b, _, second)] = pair else {
                unreachable!("windows of two");
            };
            assert!(a + size <= *b, "{file}: {first} overlaps {second}");
        }
    }

    /// The peripherals, by name, with their addresses and sizes.
    pub fn regions(&self) -> BTreeMap<&str, (u32, u32)> {
        self.peripherals
            .iter()
            .map(|(name, p)| (name.as_str(), (p.address, p.size)))
            .collect()
    }

    /// Address of the first byte of a peripheral.
    pub fn address_of(&self, name: &str) -> usize {
        self.peripheral(name).address as usize
    }

    /// Whether a peripheral's region has an address.
    pub fn covers(&self, name: &str, address: usize) -> bool {
        let Peripheral {
            address: a, size, ..
        } = self.peripheral(name);
        (*a as usize..(*a + *size) as usize).contains(&address)
    }

    fn peripheral(&self, name: &str) -> &Peripheral {
        self.peripherals.get(name).unwrap_or_else(|| {
            panic!("{} has no table [{name}]", self.path.display())
        })
    }
}

/// Where the files of a chip are.
fn chip_directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../chips")
        .join(name)
}

/// Checks that all of `ours` is in `theirs` and the reverse.
fn assert_same_set<'a>(
    ours: impl Iterator<Item = &'a str>,
    theirs: impl Iterator<Item = &'a str>,
) {
    let ours: BTreeSet<_> = ours.collect();
    let theirs: BTreeSet<_> = theirs.collect();
    let unchecked: Vec<_> = ours.difference(&theirs).collect();
    assert!(unchecked.is_empty(), "nobody checks {unchecked:?}");
}

/// A span of memory.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Memory {
    address: u64,
    size: u64,
}

impl Memory {
    /// The memory from `address` on.
    pub fn new(address: u32, size: u32) -> Self {
        Self {
            address: address.into(),
            size: size.into(),
        }
    }

    /// Whether some address is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.address < other.end() && other.address < self.end()
    }

    /// Whether all of `other` is in this.
    pub fn contains(&self, other: &Self) -> bool {
        self.address <= other.address && other.end() <= self.end()
    }

    /// Whether one region of an ARMv6-M or ARMv7-M MPU can map it.
    pub fn is_naturally_aligned(&self) -> bool {
        self.size.is_power_of_two() && self.address.is_multiple_of(self.size)
    }

    fn end(&self) -> u64 {
        self.address + self.size
    }
}

/// Reads `chips/<chip>/memory.toml`.
///
/// # Panics
///
/// With the path and the reason, if that does not work.
pub fn memory(chip: &str) -> BTreeMap<String, Memory> {
    #[derive(Deserialize)]
    struct Entry {
        address: u32,
        size: u32,
    }

    let path = chip_directory(chip).join("memory.toml");
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file: BTreeMap<String, [Entry; 1]> = toml::from_str(&text)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    file.into_iter()
        .map(|(name, [entry])| (name, Memory::new(entry.address, entry.size)))
        .collect()
}

/// Bytes of registers that a peripheral has, at most.
const REGISTERS_SIZE: usize = 0x1000;

/// Memory that poses as a peripheral.
#[repr(C, align(8))]
struct Registers([u32; REGISTERS_SIZE / 4]);

impl Registers {
    fn zero() -> Box<Self> {
        Box::new(Self([0; _]))
    }

    /// Looks at the memory as the registers of a PAC.
    fn as_block<R>(&mut self) -> &R {
        assert!(size_of::<R>() <= REGISTERS_SIZE);
        assert!(align_of::<R>() <= align_of::<Self>());
        // SAFETY: the memory is large and aligned enough, as asserted above.
        // A register block of a PAC has only words, half words and bytes with
        // interior mutability, for which any contents are valid; and the
        // exclusive borrow keeps others away from what it changes.
        unsafe { &*(&raw mut *self).cast() }
    }
}

/// Tells which bit `write` sets in the registers of type `R`: the offset of the
/// register and the number of the bit.
///
/// # Panics
///
/// Unless it sets exactly one.
pub fn written_bit<R>(write: impl FnOnce(&R)) -> (usize, u32) {
    let mut registers = Registers::zero();
    write(registers.as_block());
    let set: Vec<_> = (0..)
        .step_by(4)
        .zip(registers.0)
        .filter(|(_, word)| *word != 0)
        .collect();
    match set[..] {
        [(offset, word)] if word.is_power_of_two() => {
            (offset, word.trailing_zeros())
        }
        _ => panic!("expected one bit, found {set:x?}"),
    }
}

/// Tells what `read` finds in the registers of type `R` if the word at `offset`
/// has this `value` and all others are 0.
pub fn read_with<R, T>(
    offset: usize,
    value: u32,
    read: impl FnOnce(&R) -> T,
) -> T {
    let mut registers = Registers::zero();
    registers.0[offset / 4] = value;
    read(registers.as_block())
}

/// Number of peripherals in a table of `drv-stm32xx-sys-api`, given its text.
pub fn peripheral_count(table: &str) -> usize {
    let is_entry = |line: &&str| {
        let line = line.trim();
        line.ends_with(',') && line.contains(" = ")
    };
    table.lines().filter(is_entry).count()
}
