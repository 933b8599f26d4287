// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Building the kernel, which comes last because it knows every address.

use super::{CrateSpec, Dist, Image, split_stack, symbol_name, whole};
use crate::cargo::Built;
use crate::config::display;
use crate::diagnostic::Diagnostic;
use crate::elf::{self, Program};
use crate::environment;
use crate::kconfig;
use crate::layout::Needs;
use crate::link::{self, Link, Region};
use anyhow::{Context, Result, ensure};
use indexmap::IndexMap;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

/// First word of the image header.
const HEADER_MAGIC: u32 = 0x64ce_d6ca;

/// Offsets of the header's fields.
const TOTAL_IMAGE_LEN: u32 = 4;
const VERSION: u32 = 72;
const EPOCH: u32 = 76;

impl Dist<'_> {
    /// Builds the kernel of an image whose tasks are placed.
    pub(super) fn build_kernel(&self, image: &Image) -> Result<Needs> {
        self.step(self.app.toml.tasks.len() + 1, "kernel");
        let built = self.compile_kernel(image)?;
        let needs = self.measure_kernel(&image.name, &built)?;
        self.place_kernel(image, &built)?;
        Ok(needs)
    }

    fn kernel_relocatable(&self) -> PathBuf {
        self.dir().join("kernel")
    }

    fn compile_kernel(&self, image: &Image) -> Result<Built> {
        let spec = self.kernel_crate(image)?;
        let built = self.cargo().relocatable(&spec.as_crate())?;
        fs::copy(&built.elf, self.kernel_relocatable())?;
        Ok(built)
    }

    /// How the kernel of an image is compiled whose tasks are placed.
    pub fn kernel_crate(&self, image: &Image) -> Result<CrateSpec> {
        let kernel = &self.app.toml.kernel;
        Ok(CrateSpec {
            package: kernel.name.clone(),
            features: kernel.features.clone(),
            no_default_features: kernel.no_default_features,
            target: self.app.target,
            env: self.kernel_environment(image)?,
            variant: format!("{}/{}/kernel", self.app.toml.name, image.name),
        })
    }

    fn kernel_environment(
        &self,
        image: &Image,
    ) -> Result<environment::Variables> {
        let mut entry_points = IndexMap::new();
        let mut hasher = fnv::FnvHasher::default();
        for name in self.app.toml.tasks.keys() {
            let bytes = link::read(&image.elf(name))?;
            let program = Program::parse(&bytes)?;
            entry_points.insert(name.clone(), program.entry() & !1);
            bytes.hash(&mut hasher);
        }
        let config = kconfig::describe(
            self.app,
            &image.name,
            &image.layout,
            &entry_points,
        )?;
        config.to_ron()?.hash(&mut hasher);
        image.layout.kernel.hash(&mut hasher);
        // Zero means "no image" to debuggers.
        let image_id = hasher.finish().max(1);
        environment::for_kernel(self.app, &config, image_id)
    }

    /// Links the kernel with all memory to itself, to see what it needs.
    fn measure_kernel(&self, image: &str, built: &Built) -> Result<Needs> {
        let app = self.app;
        let requires = app.kernel_requires();
        let regions = requires
            .iter()
            .map(|amount| amount.memory)
            .filter_map(|name| Some(whole(name, app.memory(image, name)?)))
            .collect();
        let output = self.dir().join("kernel.tmp");
        self.link_kernel(
            image,
            built,
            regions,
            output.clone(),
            (),
            |_| Ok(()),
        )?;
        let bytes = link::read(&output)?;
        let program = Program::parse(&bytes)?;
        let needs = self.occupied(image, &program);
        for limit in requires {
            let size = needs.get(limit.memory).map_or(0, |need| need.size);
            if size > limit.bytes {
                let key = format!("kernel.requires.{}", limit.key);
                return Err(Diagnostic::new(format!(
                    "{}: {key} ({}) is too small:\nthe kernel occupies {size} \
                     bytes",
                    app.documents.app.place(&key),
                    limit.bytes
                ))
                .help(format!(
                    "raise it to {}",
                    size.next_multiple_of(app.target.mpu().granule())
                ))
                .into());
            }
        }
        Ok(needs)
    }

    fn place_kernel(&self, image: &Image, built: &Built) -> Result<()> {
        let regions = image
            .layout
            .kernel
            .iter()
            .map(|(name, range)| Region {
                name: symbol_name(name),
                base: range.base.into(),
                size: range.size().into(),
            })
            .collect();
        let flash = self
            .app
            .memory(&image.name, "flash")
            .context("flash was checked")?;
        let caboose = image.layout.caboose.map_or(0, |caboose| caboose.end);
        let end = image.layout.end("flash").max(caboose);
        let length = u32::try_from(end - u64::from(flash.address))?;
        let (version, epoch) = (self.app.toml.version, self.app.toml.epoch);
        let output = image.elf("kernel");
        self.link_kernel(
            &image.name,
            built,
            regions,
            output.clone(),
            (length, version, epoch),
            |bytes| {
                patch_header(
                    bytes,
                    &[
                        (TOTAL_IMAGE_LEN, length),
                        (VERSION, version),
                        (EPOCH, epoch),
                    ],
                )
            },
        )?;
        self.check_paths("kernel", &output)
    }

    fn link_kernel(
        &self,
        image: &str,
        built: &Built,
        regions: Vec<Region>,
        output: PathBuf,
        patch_key: impl Hash,
        patch: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let kernel = &self.app.toml.kernel;
        let ram = symbol_name(self.app.kernel_ram());
        let regions = regions
            .into_iter()
            .flat_map(|region| {
                if region.name == ram {
                    split_stack(region, kernel.stacksize).to_vec()
                } else {
                    vec![region]
                }
            })
            .collect();
        let mut symbols = self.image_symbols(image);
        symbols.extend(self.region_symbols(
            image,
            kernel.extern_regions.iter().map(|region| &region.region),
        ));
        let memory = link::Memory {
            regions,
            ram_alias: (ram != "RAM").then_some(ram),
            symbols,
            ..link::Memory::default()
        };
        let link = Link {
            linker: &self.toolchain.linker,
            input: &self.kernel_relocatable(),
            script: &self.workspace.root.join("build/kernel-link.x"),
            memory: &memory,
            search_paths: &built.search_paths,
            output: &output,
        };
        let what =
            format!("{}: kernel ({})", display(&self.app.file), kernel.name);
        Ok(link
            .run(patch_key, patch)?
            .map_err(|failure| failure.into_diagnostic(&what))?)
    }
}

/// Fills in what only the build tool knows.
fn patch_header(bytes: &mut [u8], fields: &[(u32, u32)]) -> Result<()> {
    let program = Program::parse(bytes)?;
    let segments = program.segments();
    let header = program
        .symbol("HEADER")
        .context("the kernel has no image header (symbol HEADER)")?;
    let at = elf::file_offset(&segments, header, 80)?;
    let magic = &bytes[at..at + 4];
    ensure!(
        magic == [0; 4] || magic == HEADER_MAGIC.to_le_bytes(),
        "the kernel's image header has no magic number"
    );
    for (offset, value) in [(0, HEADER_MAGIC)].iter().chain(fields) {
        elf::patch(bytes, &segments, header + offset, &value.to_le_bytes())?;
    }
    Ok(())
}
