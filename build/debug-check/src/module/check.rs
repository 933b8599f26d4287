// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Rules for each program by itself.

use super::{Module, Symbol};
use crate::rule::{Findings, Rule};
use object::elf;

/// Symbols named in a message; there may be hundreds.
const NAMED: usize = 3;

impl Module {
    /// Checks what does not need the debug information.
    pub(super) fn check(&self, findings: &mut Findings) {
        let place = self.place.as_str();
        for (rule, name) in [(Rule::B2, ".text"), (Rule::B5, ".debug_frame")] {
            if self.section(name).is_none() {
                findings.add(rule, place, format!("there is no {name}"));
            }
        }
        self.check_symbol_table(findings);
        self.check_compression(findings);
        self.check_functions(findings);
    }

    fn check_symbol_table(&self, findings: &mut Findings) {
        let what = if self.symbols.is_empty() {
            "it has no symbols"
        } else if !self.symbols.iter().any(|symbol| symbol.is_local) {
            "it has no local symbols"
        } else {
            return;
        };
        findings.add(Rule::B6, self.place.as_str(), what);
    }

    fn check_compression(&self, findings: &mut Findings) {
        for section in &self.sections {
            let is_compressed = section.flags & elf::SHF_COMPRESSED != 0
                || section.name.starts_with(".zdebug");
            if is_compressed {
                let what = format!("{} is compressed", section.name);
                findings.add(Rule::B7, self.place.as_str(), what);
            }
        }
    }

    fn check_functions(&self, findings: &mut Findings) {
        let functions = || {
            self.symbols.iter().filter(|symbol| {
                let section = self.sections.get(usize::from(symbol.section));
                symbol.is_function
                    && symbol.size > 0
                    && section.is_some_and(|section| section.is_allocated())
            })
        };
        let outside: Vec<_> =
            functions().filter(|f| !self.is_placed_well(f)).collect();
        self.report(Rule::B3, &outside, findings, |f| {
            let section = &self.sections[usize::from(f.section)];
            format!("is in {} at {:#010x}", section.name, f.address)
        });
        let broken: Vec<_> =
            functions().filter(|f| self.effects(f).is_err()).collect();
        self.report(Rule::B8, &broken, findings, |f| {
            self.effects(f).err().unwrap_or_default()
        });

        let endless: Vec<_> =
            functions().filter(|f| self.ends_with_call(f)).collect();
        self.report(Rule::BUnwind, &endless, findings, |_| {
            "nothing follows its last call, whose return address will be \
             taken for a place in the next function"
                .into()
        });

        for function in functions() {
            let Some(stub) = self.stub(function) else {
                continue;
            };
            // The kernel calls itself once, to start the first task.
            if let Some(trouble) = stub.trouble
                && !self.is_kernel()
            {
                let name = rustc_demangle::demangle(&function.name);
                let what = format!("{name:#}: {trouble}");
                findings.add(Rule::D5, self.place.as_str(), what);
            }
        }
    }

    /// Whether a function is in `.text`, or in a section behind it that is as
    /// far from it in the file as in memory.
    fn is_placed_well(&self, function: &Symbol) -> bool {
        let section = &self.sections[usize::from(function.section)];
        let Some(text) = self.section(".text") else {
            return true;
        };
        if section.name == text.name {
            return section.holds(function.address, function.size);
        }
        section.address > text.address
            && section.offset > text.offset
            && section.address - text.address == section.offset - text.offset
    }

    fn report(
        &self,
        rule: Rule,
        functions: &[&Symbol],
        findings: &mut Findings,
        describe: impl Fn(&Symbol) -> String,
    ) {
        for function in functions.iter().take(NAMED) {
            let name = rustc_demangle::demangle(&function.name);
            let what = format!("{name:#}: {}", describe(function));
            findings.add(rule, self.place.as_str(), what);
        }
        if let Some(more) = functions.len().checked_sub(NAMED + 1) {
            let what = format!("and {} more functions", more + 1);
            findings.add(rule, self.place.as_str(), what);
        }
    }

    /// Whether this is the kernel.
    pub(crate) fn is_kernel(&self) -> bool {
        self.place == crate::KERNEL
    }
}
