// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What runs on a core: a set of named ELF files.
//!
//! Third-party firmware is one file. An image of this repository's build tool
//! is a kernel and its tasks, each a file with its own symbols; the names of
//! the files become the names of the modules that fault reports mention.

mod elf;
mod symbols;

use std::fmt;
use std::path::{Path, PathBuf};

pub use symbols::{Location, Symbol};

/// A failure to load an image.
#[derive(Debug)]
pub enum ImageError {
    /// A file or directory cannot be read.
    Io(PathBuf, std::io::Error),
    /// A file is not a 32-bit ARM ELF executable.
    Elf(String, String),
    /// A directory holds no ELF file.
    Empty(PathBuf),
    /// A segment lies where the chip has no memory.
    OutOfMemory {
        /// The module.
        module: String,
        /// Load address of the segment.
        addr: u32,
        /// Its length in bytes.
        len: usize,
    },
    /// The two cores' images want different bytes at an address.
    Overlap {
        /// The modules, that of CPU1 first.
        modules: [String; 2],
        /// The first such address.
        addr: u32,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageError::Io(path, e) => write!(f, "{}: {e}", path.display()),
            ImageError::Elf(name, e) => {
                write!(f, "{name}: not a usable ELF file: {e}")
            }
            ImageError::Empty(path) => write!(
                f,
                "{}: no ELF file in this directory; \
                 build the image with `cargo xtask dist` first",
                path.display()
            ),
            ImageError::OutOfMemory { module, addr, len } => write!(
                f,
                "{module}: a segment of {len} bytes at {addr:#010x} lies \
                 outside the flash (0x08000000, 256 KiB) and the SRAM \
                 (0x20000000, 64 KiB) of an STM32WL55"
            ),
            ImageError::Overlap {
                modules: [cpu1, cpu2],
                addr,
            } => write!(
                f,
                "{cpu1} of CPU1 and {cpu2} of CPU2 have different bytes at \
                 {addr:#010x}; link them for different parts of the memory"
            ),
        }
    }
}

impl std::error::Error for ImageError {}

/// Bytes to load at a physical address.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub module: String,
    pub addr: u32,
    pub bytes: Vec<u8>,
}

impl Segment {
    /// The first address at which `other` has another byte.
    pub fn conflict(&self, other: &Segment) -> Option<u32> {
        let start = self.addr.max(other.addr);
        let mine = self.bytes.get((start - self.addr) as usize..)?;
        let theirs = other.bytes.get((start - other.addr) as usize..)?;
        let differs = mine.iter().zip(theirs).position(|(a, b)| a != b)?;
        Some(start + differs as u32)
    }
}

/// The software of one core.
#[derive(Clone, Debug, Default)]
pub struct Image {
    segments: Vec<Segment>,
    modules: Vec<symbols::Module>,
    directory: Option<PathBuf>,
}

impl Image {
    /// An image without any software.
    pub fn new() -> Self {
        Image::default()
    }

    /// Adds the ELF file `bytes` as module `name`.
    ///
    /// # Errors
    /// [`ImageError::Elf`] if the bytes are not a 32-bit ELF file.
    pub fn add_elf(
        &mut self,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), ImageError> {
        let (segments, module) = elf::parse(name, bytes)?;
        self.segments.extend(segments);
        self.modules.push(module);
        Ok(())
    }

    /// Adds raw bytes at `addr`, without symbols.
    pub fn add_bytes(&mut self, name: &str, addr: u32, bytes: &[u8]) {
        self.segments.push(Segment {
            module: name.into(),
            addr,
            bytes: bytes.into(),
        });
    }

    /// One ELF file, named after its file stem.
    ///
    /// # Errors
    /// If the file cannot be read or is not an ELF file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Image, ImageError> {
        let path = path.as_ref();
        let bytes = read(path)?;
        let mut image = Image::new();
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        match image.add_elf(&stem.to_string_lossy(), &bytes) {
            Err(ImageError::Elf(_, e)) => {
                Err(ImageError::Elf(path.display().to_string(), e))
            }
            added => added.map(|()| image),
        }
    }

    /// One ELF file from memory.
    ///
    /// # Errors
    /// [`ImageError::Elf`] if the bytes are not a 32-bit ELF file.
    pub fn from_elf(name: &str, bytes: &[u8]) -> Result<Image, ImageError> {
        let mut image = Image::new();
        image.add_elf(name, bytes)?;
        Ok(image)
    }

    /// A directory `dist/<image>` of the build tool: the file `kernel` and
    /// one file per task. Where `final.elf` exists, the bytes come from it,
    /// because it is what gets flashed; the symbols come from the others.
    ///
    /// # Errors
    /// If the directory cannot be read or holds no ELF file.
    pub fn from_dir(path: impl AsRef<Path>) -> Result<Image, ImageError> {
        let path = path.as_ref();
        let io = |e| ImageError::Io(path.into(), e);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(io)? {
            let entry = entry.map_err(io)?;
            // What has a hidden name is still being written.
            let is_hidden =
                entry.file_name().as_encoded_bytes().starts_with(b".");
            let file = entry.path();
            if !is_hidden && file.is_file() {
                files.push(file);
            }
        }
        files.sort();
        let mut image = Image::new();
        let mut flashed = None;
        for file in files {
            let bytes = read(&file)?;
            if !bytes.starts_with(b"\x7fELF") {
                continue;
            }
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name == "final.elf" {
                flashed = Some(elf::parse(&name, &bytes)?.0);
            } else {
                let name = name.strip_suffix(".elf").unwrap_or(&name);
                image.add_elf(name, &bytes)?;
            }
        }
        if let Some(segments) = flashed {
            image.segments = segments;
        }
        image.directory = Some(path.into());
        if image.modules.is_empty() {
            return Err(ImageError::Empty(path.into()));
        }
        Ok(image)
    }

    /// A file or a directory, whichever `path` names.
    ///
    /// # Errors
    /// As [`Image::from_file`] and [`Image::from_dir`].
    pub fn open(path: impl AsRef<Path>) -> Result<Image, ImageError> {
        let path = path.as_ref();
        if path.is_dir() {
            Image::from_dir(path)
        } else {
            Image::from_file(path)
        }
    }

    /// The directory of the build tool that it comes from, if it does.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The names of the modules.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|m| m.name.as_str())
    }

    /// The lowest address that it fills: where programs have their vectors.
    pub fn start(&self) -> Option<u32> {
        self.segments.iter().map(|s| s.addr).min()
    }

    /// Whether it fills the byte at `addr`.
    pub fn covers(&self, addr: u32) -> bool {
        let has = |s: &Segment| {
            addr.checked_sub(s.addr)
                .is_some_and(|at| (at as usize) < s.bytes.len())
        };
        self.segments.iter().any(has)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The symbol `name` of `module`. The name is what the linker knows or
    /// its demangled path, complete or from any `::` on.
    pub fn symbol(&self, module: &str, name: &str) -> Option<&Symbol> {
        self.modules
            .iter()
            .find(|m| m.name == module)
            .and_then(|m| m.find(name))
    }

    /// The symbol `name` of whichever module has it first.
    pub fn find(&self, name: &str) -> Option<&Symbol> {
        self.modules.iter().find_map(|m| m.find(name))
    }

    /// What lies at `addr`: module, symbol and offset.
    pub fn locate(&self, addr: u32) -> Option<Location> {
        self.modules.iter().find_map(|m| m.locate(addr))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    std::fs::read(path).map_err(|e| ImageError::Io(path.into(), e))
}
