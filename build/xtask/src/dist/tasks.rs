// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Compiling, measuring, placing and patching tasks.

use super::{CrateSpec, Dist, Image, split_stack, symbol_name, whole};
use crate::cargo::Crate;
use crate::config::{Target, display, owned_memories};
use crate::diagnostic::Diagnostic;
use crate::elf::{self, Program};
use crate::environment;
use crate::layout::{Layout, Need, Needs};
use crate::link::{self, Link, Region};
use crate::stack;
use crate::toolchain;
use anyhow::{Context, Result};
use indexmap::IndexMap;
use ordered_toml::Value;
use std::fs;
use std::path::PathBuf;
use toml_task::Task;

impl Dist<'_> {
    /// Compiles all tasks and finds out how much memory each occupies.
    pub(super) fn measure_tasks(
        &self,
        image: &str,
    ) -> Result<IndexMap<String, Needs>> {
        let mut needs = IndexMap::new();
        for (i, name) in self.app.toml.tasks.keys().enumerate() {
            self.step(i + 1, name);
            needs.insert(name.clone(), self.build_task(image, name)?);
        }
        Ok(needs)
    }

    /// Compiles one task and finds out how much memory it occupies.
    pub fn build_task(&self, image: &str, name: &str) -> Result<Needs> {
        self.compile_task(image, name)?;
        self.measure_task(image, name)
    }

    /// The relocatable program of a task.
    fn relocatable(&self, name: &str) -> PathBuf {
        self.dir().join(format!("{name}.elf"))
    }

    fn compile_task(&self, image: &str, name: &str) -> Result<()> {
        let spec = self.task_crate(image, name)?;
        let built = self.cargo().relocatable(&spec.as_crate())?;
        let relocatable = self.relocatable(name);
        fs::copy(&built.elf, &relocatable)
            .with_context(|| format!("copying {}", built.elf.display()))?;
        Ok(())
    }

    /// How a task is compiled. Builds the programs that it embeds.
    pub fn task_crate(&self, image: &str, name: &str) -> Result<CrateSpec> {
        let task = &self.app.toml.tasks[name];
        let mut env = environment::for_task(self.app, image, name)?;
        env.extend(self.build_bindeps(task)?);
        Ok(CrateSpec {
            package: task.name.clone(),
            features: task.features.clone(),
            no_default_features: task.no_default_features,
            target: self.app.target,
            env,
            variant: self.variant(image, name),
        })
    }

    /// Tasks of one package need builds of their own, because their build
    /// scripts see different configurations; so do images and applications.
    fn variant(&self, image: &str, name: &str) -> String {
        let tasks = &self.app.toml.tasks;
        let package = &tasks[name].name;
        let nth = tasks
            .iter()
            .take_while(|(other, _)| *other != name)
            .filter(|(_, other)| other.name == *package)
            .count();
        format!("{}/{image}/{nth}", self.app.toml.name)
    }

    /// Builds the programs that a task's build script embeds.
    fn build_bindeps(
        &self,
        task: &Task<Value>,
    ) -> Result<environment::Variables> {
        let mut variables = Vec::new();
        for dependency in &task.bindeps {
            let target = Target::from_triple(&dependency.target)
                .context("the targets of bindeps were checked")?;
            let toolchain =
                toolchain::find(&self.workspace.target, target, self.progress)?;
            let mut cargo = self.cargo();
            cargo.toolchain = &toolchain;
            let built = cargo.program(&Crate {
                package: &dependency.name,
                features: &dependency.features,
                no_default_features: false,
                target,
                env: &[],
                variant: "bindep",
            })?;
            variables.push((
                format!("XTASK_BIN_FILE_{}", symbol_name(&dependency.name)),
                built.elf.to_string_lossy().into_owned(),
            ));
        }
        Ok(variables)
    }

    /// Links a task with all memory to itself.
    fn measure_task(&self, image: &str, name: &str) -> Result<Needs> {
        let app = self.app;
        let task = &app.toml.tasks[name];
        let regions = owned_memories(app, task)
            .into_iter()
            .filter_map(|memory| {
                Some(whole(memory, app.memory(image, memory)?))
            })
            .collect();
        let memory = self.task_memory(image, task, regions, false);
        let output = self.dir().join(format!("{name}.tmp"));
        self.link_task(name, &memory, output.clone(), (), |_| Ok(()))?;

        let bytes = link::read(&output)?;
        let program = Program::parse(&bytes)?;
        self.check_slots(name, task, &program)?;
        let mut needs = self.occupied(image, &program);
        let stack = app.task_stack(task);
        let ram = needs.entry(app.task_ram(task).to_owned()).or_insert(Need {
            size: stack,
            align: 1,
            stack: 0,
        });
        ram.size = ram.size.max(stack);
        ram.stack = stack;
        needs.entry("flash".into()).or_insert(Need {
            size: 4,
            align: 4,
            stack: 0,
        });
        self.check_sizes(name, task, &needs)?;
        self.check_stack(name, task, &program)?;
        Ok(needs)
    }

    /// What a program linked at the start of each memory occupies of it.
    pub(super) fn occupied(&self, image: &str, program: &Program<'_>) -> Needs {
        let mut needs = Needs::new();
        let app = self.app;
        for (name, _) in &app.memories {
            let Some(memory) = app.memory(image, name) else {
                continue;
            };
            let ends = program.segments().into_iter().flat_map(|segment| {
                let run = (segment.address, segment.size);
                let load = (segment.load_address, segment.file_size);
                [run, load]
            });
            let end = ends
                .filter(|(base, size)| *size > 0 && memory.contains(*base))
                .map(|(base, size)| base - memory.address + size)
                .max();
            let Some(size) = end else { continue };
            let align =
                program.alignment_within(memory.address.into(), memory.end());
            needs.insert(
                name.clone(),
                Need {
                    size,
                    align,
                    stack: 0,
                },
            );
        }
        needs
    }

    fn check_sizes(
        &self,
        name: &str,
        task: &Task<Value>,
        needs: &Needs,
    ) -> Result<()> {
        for limit in self.app.task_limits(task) {
            let size = needs.get(limit.memory).map_or(0, |need| need.size);
            if size > limit.bytes {
                let key = format!("tasks.{name}.max-sizes.{}", limit.key);
                let place = self.app.documents.app.place(&key);
                return Err(Diagnostic::new(format!(
                    "{place}: {key} ({}) is exceeded:\n{name} occupies \
                     {size} bytes",
                    limit.bytes
                ))
                .help(format!(
                    "raise it to {}",
                    size.next_multiple_of(self.app.target.mpu().granule())
                ))
                .into());
            }
        }
        Ok(())
    }

    fn check_stack(
        &self,
        name: &str,
        task: &Task<Value>,
        program: &Program<'_>,
    ) -> Result<()> {
        let depth = stack::analyse(program)
            .with_context(|| format!("the stack of {name}"))?;
        let frame = self.app.target.exception_frame();
        let needed = depth.bytes + frame;
        let size = self.app.task_stack(task);
        if needed < size {
            return Ok(());
        }
        let key = format!("tasks.{name}.stacksize");
        let place = self.app.documents.app.place(&key);
        let chain: Vec<String> = depth
            .chain
            .iter()
            .map(|(function, bytes)| format!("{bytes:>6}  {function}"))
            .collect();
        Err(Diagnostic::new(format!(
            "{}: {key} ({size}) does not exceed the {needed} bytes that\n\
             {name} may need:\n{}\n{frame:>6}  for an interruption",
            place,
            chain.join("\n"),
        ))
        .help(format!("raise it to {}", (needed + 1).next_multiple_of(8)))
        .into())
    }

    fn check_slots(
        &self,
        name: &str,
        task: &Task<Value>,
        program: &Program<'_>,
    ) -> Result<()> {
        for slot in elf::task_slots(program)? {
            if !task.task_slots.contains_key(&slot.name) {
                let key = format!("tasks.{name}.task-slots");
                let place = self.app.documents.app.place(&key);
                return Err(Diagnostic::new(format!(
                    "{}: {key} does not bind slot \"{}\", which {} declares",
                    place, slot.name, task.name
                ))
                .help(format!(
                    "add \"{0}\" if the task is called so, or {{ {0} = \
                     \"<task>\" }}",
                    slot.name
                ))
                .into());
            }
        }
        Ok(())
    }

    /// Links all tasks at their addresses.
    pub(super) fn place_tasks(&self, image: &Image) -> Result<()> {
        for (name, task) in &self.app.toml.tasks {
            self.place_task(image, name, task)?;
        }
        Ok(())
    }

    fn place_task(
        &self,
        image: &Image,
        name: &str,
        task: &Task<Value>,
    ) -> Result<()> {
        let spans = &image.layout.tasks[name];
        let regions = spans
            .iter()
            .map(|(memory, span)| Region {
                name: symbol_name(memory),
                base: span.base,
                size: span.size(),
            })
            .collect();
        let need = image.needs[name]["flash"].size;
        let fill = spans["flash"].size() > need.into();
        let memory = self.task_memory(&image.name, task, regions, fill);
        let bindings: Vec<(String, u16)> = task
            .task_slots
            .iter()
            .map(|(slot, task)| {
                let index = self.app.task_index(task).unwrap_or_default();
                Ok((slot.clone(), u16::try_from(index)?))
            })
            .collect::<Result<_>>()?;
        let caboose = image.layout.caboose;
        let output = image.elf(name);
        let key = (&bindings, caboose);
        self.link_task(name, &memory, output.clone(), key, |bytes| {
            patch_slots(bytes, &bindings)?;
            patch_caboose(bytes, &image.layout)
        })?;
        self.check_paths(name, &output)
    }

    fn task_memory(
        &self,
        image: &str,
        task: &Task<Value>,
        regions: Vec<Region>,
        fill: bool,
    ) -> link::Memory {
        let ram = symbol_name(self.app.task_ram(task));
        let stack = self.app.task_stack(task);
        let regions = regions
            .into_iter()
            .flat_map(|region| {
                if region.name == ram {
                    split_stack(region, stack).to_vec()
                } else {
                    vec![region]
                }
            })
            .collect();
        let mut symbols = self.image_symbols(image);
        symbols.extend(self.region_symbols(image, task.extern_regions.iter()));
        link::Memory {
            regions,
            ram_alias: (ram != "RAM").then_some(ram),
            symbols,
            sections: task
                .sections
                .iter()
                .map(|(section, memory)| {
                    let section = section.trim_start_matches('.');
                    (section.to_owned(), symbol_name(memory))
                })
                .collect(),
            fill,
        }
    }

    fn link_task(
        &self,
        name: &str,
        memory: &link::Memory,
        output: PathBuf,
        patch_key: impl std::hash::Hash,
        patch: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let link = Link {
            linker: &self.toolchain.linker,
            input: &self.relocatable(name),
            script: &self.workspace.root.join("build/task-link.x"),
            memory,
            search_paths: &[],
            output: &output,
        };
        let what = format!(
            "{}: tasks.{name} ({})",
            display(&self.app.file),
            self.app.toml.tasks[name].name
        );
        Ok(link
            .run(patch_key, patch)?
            .map_err(|failure| failure.into_diagnostic(&what))?)
    }
}

/// Writes task indices into the slot variables.
fn patch_slots(bytes: &mut [u8], bindings: &[(String, u16)]) -> Result<()> {
    let program = Program::parse(bytes)?;
    let segments = program.segments();
    let slots = elf::task_slots(&program)?;
    for slot in slots {
        let (_, index) =
            bindings
                .iter()
                .find(|(name, _)| *name == slot.name)
                .with_context(|| format!("slot {} is not bound", slot.name))?;
        elf::patch(bytes, &segments, slot.address, &index.to_le_bytes())?;
    }
    Ok(())
}

/// Writes the bounds of the caboose into the variables that ask for them.
fn patch_caboose(bytes: &mut [u8], layout: &Layout) -> Result<()> {
    let Some(caboose) = layout.caboose else {
        return Ok(());
    };
    let program = Program::parse(bytes)?;
    let segments = program.segments();
    let positions = elf::caboose_positions(&program)?;
    let end = u32::try_from(caboose.end)?;
    let bounds = [caboose.base.to_le_bytes(), end.to_le_bytes()].concat();
    for address in positions {
        elf::patch(bytes, &segments, address, &bounds)?;
    }
    Ok(())
}
