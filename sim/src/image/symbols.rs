// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Names for addresses and addresses for names.

use std::fmt;

/// A name that the linker gave to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The demangled name, without the hash.
    pub name: String,
    /// The name in the symbol table.
    pub raw: String,
    /// The address, without the Thumb bit.
    pub addr: u32,
    /// Size in bytes, 0 if unknown.
    pub size: u32,
    /// Whether it is a function.
    pub is_code: bool,
}

impl Symbol {
    /// Whether `name` means this symbol: the raw name, the demangled path or
    /// the end of that path from some `::` on.
    fn answers_to(&self, name: &str) -> bool {
        self.raw == name
            || self
                .name
                .strip_suffix(name)
                .is_some_and(|p| p.is_empty() || p.ends_with("::"))
    }
}

/// A place in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The module (the kernel or a task).
    pub module: String,
    /// The symbol at or before the address.
    pub symbol: Option<String>,
    /// Distance from the symbol, or the address itself without one.
    pub offset: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.symbol {
            Some(symbol) if self.offset == 0 => {
                write!(f, "{}: {symbol}", self.module)
            }
            Some(symbol) => {
                write!(f, "{}: {symbol}+{:#x}", self.module, self.offset)
            }
            None => write!(f, "{}: {:#010x}", self.module, self.offset),
        }
    }
}

/// One ELF file of an image.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub name: String,
    /// Address ranges of the allocated sections: start and length.
    ranges: Vec<(u32, u32)>,
    /// Ascending by address.
    symbols: Vec<Symbol>,
}

impl Module {
    pub fn new(
        name: &str,
        ranges: Vec<(u32, u32)>,
        mut symbols: Vec<Symbol>,
    ) -> Self {
        // Among names for one address, functions and sized objects say most.
        symbols.sort_by_key(|s| (s.addr, s.is_code, s.size));
        Module {
            name: name.into(),
            ranges,
            symbols,
        }
    }

    /// The symbol that `name` means: an exact match wins over the end of a
    /// path.
    pub fn find(&self, name: &str) -> Option<&Symbol> {
        self.symbols
            .iter()
            .find(|s| s.raw == name || s.name == name)
            .or_else(|| self.symbols.iter().find(|s| s.answers_to(name)))
    }

    pub fn locate(&self, addr: u32) -> Option<Location> {
        let &(start, _) = self
            .ranges
            .iter()
            .find(|&&(start, len)| addr.wrapping_sub(start) < len)?;
        let end = self.symbols.partition_point(|s| s.addr <= addr);
        let symbol = self.symbols[..end]
            .iter()
            .rev()
            .take_while(|s| s.addr >= start)
            .find(|s| s.size == 0 || addr - s.addr < s.size);
        Some(Location {
            module: self.name.clone(),
            symbol: symbol.map(|s| s.name.clone()),
            offset: symbol.map_or(addr, |s| addr - s.addr),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Module, Symbol};

    fn symbol(name: &str, addr: u32, size: u32) -> Symbol {
        Symbol {
            name: name.into(),
            raw: name.into(),
            addr,
            size,
            is_code: true,
        }
    }

    fn module() -> Module {
        let symbols = vec![
            symbol("kern::startup", 0x100, 0x20),
            symbol("kern::arch::reset", 0x140, 0x10),
        ];
        Module::new("kernel", vec![(0x100, 0x100)], symbols)
    }

    #[test]
    fn an_address_is_named_by_the_symbol_that_covers_it() {
        let m = module();
        let show = |a| m.locate(a).map(|l| l.to_string());
        assert_eq!(show(0x100).as_deref(), Some("kernel: kern::startup"));
        assert_eq!(
            show(0x144).as_deref(),
            Some("kernel: kern::arch::reset+0x4")
        );
        assert_eq!(show(0x130).as_deref(), Some("kernel: 0x00000130"));
        assert_eq!(show(0x300), None);
    }

    #[test]
    fn a_name_is_found_by_the_end_of_its_path() {
        let m = module();
        assert_eq!(m.find("startup").map(|s| s.addr), Some(0x100));
        assert_eq!(m.find("arch::reset").map(|s| s.addr), Some(0x140));
        assert_eq!(m.find("set"), None);
    }
}
