// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! An image, as far as its archive tells.

use crate::KERNEL;
use crate::archive::Archive;
use crate::config::Config;
use crate::dwarf::frames::Frames;
use crate::dwarf::types::{TypeId, Types};
use crate::dwarf::{self, Variable};
use crate::flash;
use crate::hiffy;
use crate::interface;
use crate::kernel::Kernel;
use crate::memory::Memory;
use crate::module::Module;
use crate::rule::{Findings, Rule};
use crate::trace;
use std::sync::OnceLock;

/// The programs of an image, their debug information and configuration.
#[derive(Debug)]
pub struct System {
    /// What the TOML files say.
    pub config: Config,
    /// The tasks in the order that numbers them, and then the kernel.
    pub modules: Vec<Module>,
    pub(crate) types: Types,
    pub(crate) variables: Vec<Variable>,
    /// Variables that the optimiser took apart, and how.
    pub(crate) scattered: Vec<(Variable, String)>,
    frames: Vec<Frames>,
    /// The contents of flash.
    pub(crate) flash: Memory,
    kernel: OnceLock<Kernel>,
}

impl System {
    /// Reads an archive, and checks all of it. `None` if it cannot be read at
    /// all.
    pub(crate) fn read(bytes: &[u8], findings: &mut Findings) -> Option<Self> {
        let archive = Archive::open(bytes, findings)?;
        let config = Config::read(&archive, findings);
        check_names(&archive, &config, findings);
        flash::check_chip(&archive, findings);

        let mut modules = Vec::new();
        let mut all_tasks = true;
        for (name, member, contents) in archive.tasks() {
            match Module::read(name, member, contents, findings) {
                Some(module) => modules.push(module),
                None => all_tasks = false,
            }
        }
        let kernel = archive.member(KERNEL).and_then(|contents| {
            Module::read("kernel", KERNEL, contents, findings)
        });
        let has_kernel = kernel.is_some();
        modules.extend(kernel);

        let mut types = Types::default();
        let mut variables = Vec::new();
        let mut scattered = Vec::new();
        let mut frames = Vec::new();
        for (index, module) in modules.iter().enumerate() {
            let found = dwarf::read(module, index, &mut types, findings);
            variables.extend(found.known);
            scattered.extend(found.scattered);
            frames.push(Frames::read(module, findings));
        }
        let flash = flash::read(&archive, findings);
        let system = Self {
            config,
            modules,
            types,
            variables,
            scattered,
            frames,
            flash,
            kernel: OnceLock::new(),
        };
        check_overlaps(&system.modules, findings);
        system.check_stubs(findings);
        // Without all programs nothing can be said of how they fit together.
        if has_kernel && all_tasks {
            if let Some(kernel) = Kernel::read(&system, findings) {
                flash::check(&system, &kernel, findings);
                let _ = system.kernel.set(kernel);
            }
            trace::check(&system, findings);
            interface::check(&system, findings);
            hiffy::check(&system, findings);
        }
        Some(system)
    }

    /// Names of the tasks, in the order that numbers them.
    pub fn task_names(&self) -> impl Iterator<Item = &str> {
        let modules = self.modules.iter();
        let tasks = modules.filter(|module| !module.is_kernel());
        tasks.map(|module| module.name.as_str())
    }

    /// What the kernel's variables and types are, if they are as expected.
    pub(crate) fn kernel(&self) -> Option<&Kernel> {
        self.kernel.get()
    }

    /// The kernel's program.
    pub(crate) fn kernel_module(&self) -> Option<(usize, &Module)> {
        let modules = self.modules.iter().enumerate();
        let mut kernels = modules.filter(|(_, module)| module.is_kernel());
        kernels.next()
    }

    /// The variable of a name in one of the programs.
    pub(crate) fn variable(
        &self,
        module: usize,
        name: &str,
    ) -> Option<&Variable> {
        self.variables
            .iter()
            .find(|known| known.module == module && known.name == name)
    }

    /// The program whose code is at an address.
    pub(crate) fn module_at(&self, pc: u32) -> Option<(usize, &Module)> {
        let mut modules = self.modules.iter().enumerate();
        modules.find(|(_, module)| module.has_code_at(pc))
    }

    /// How to unwind one of the programs.
    pub(crate) fn frames(&self, module: usize) -> &Frames {
        &self.frames[module]
    }

    /// The structure of a name, of which there may only be one.
    pub(crate) fn unique_struct(
        &self,
        name: &str,
        findings: &mut Findings,
    ) -> Option<TypeId> {
        let mut all = self.types.structs(name);
        let Some((first, described)) = all.next() else {
            let what = format!("there is no struct `{name}`");
            findings.add(Rule::C2, KERNEL, what);
            return None;
        };
        for (other, also) in all {
            if !self.types.are_alike(first, other) {
                let place = &self.modules[also.module].place;
                let what = format!(
                    "a struct or variant is called `{name}` like, but unlike, \
                     the one in {}",
                    self.modules[described.module].place
                );
                findings.add(Rule::BNames, place, what);
                return None;
            }
        }
        Some(first)
    }

    /// Stubs for system calls must have no description of their frames: the
    /// debugger would follow it in the place of the pushes it has seen.
    fn check_stubs(&self, findings: &mut Findings) {
        for (index, module) in self.modules.iter().enumerate() {
            if module.is_kernel() {
                continue;
            }
            for function in module.symbols.iter().filter(|s| s.is_function) {
                let is_described =
                    self.frames(index).row(function.address).is_some();
                if is_described && module.stub(function).is_some() {
                    let name = rustc_demangle::demangle(&function.name);
                    let what = format!("{name:#} has an entry in .debug_frame");
                    findings.add(Rule::D5, &module.place, what);
                }
            }
        }
    }
}

/// Tasks must have the same names in the archive as in `app.toml`.
fn check_names(archive: &Archive, config: &Config, findings: &mut Findings) {
    if archive.member("app.toml").is_none() {
        return;
    }
    for (name, member, _) in archive.tasks() {
        if !config.tasks().any(|known| known == name) {
            let what = format!("app.toml has no task \"{name}\"");
            findings.add(Rule::A4, member, what);
        }
    }
    for name in config.tasks() {
        if !archive.tasks().any(|(known, ..)| known == name) {
            let what = format!("task \"{name}\" is not in the archive");
            findings.add(Rule::A4, "app.toml", what);
        }
    }
}

fn check_overlaps(modules: &[Module], findings: &mut Findings) {
    let mut texts: Vec<_> = modules
        .iter()
        .filter_map(|module| Some((module.section(".text")?, module)))
        .collect();
    texts.sort_by_key(|(text, _)| text.address);
    for pair in texts.windows(2) {
        let [(first, below), (second, above)] = pair else {
            continue;
        };
        let end = u64::from(first.address) + u64::from(first.size);
        if end > u64::from(second.address) || first.address == second.address {
            let what = format!(
                ".text at {:#010x} overlaps that of {}, which ends at {end:#x}",
                second.address, below.place
            );
            findings.add(Rule::B4, &above.place, what);
        }
    }
}
