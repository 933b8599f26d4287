// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Build scripts, compiled once for all variants.
//!
//! Variants differ in what build scripts see when they run. The scripts
//! themselves are the same, but Cargo compiles them for each variant all the
//! same, which would be a third of the work for an image. So the program last
//! made of each script is kept, and linked to where Cargo expects it.

use super::VARIANT;
use std::ffi::OsString;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::UNIX_EPOCH;

/// What Cargo calls the crate of a build script begins with this.
const CRATE: &str = "build_script_";
/// Arguments whose value is the argument behind.
const SEPARATE: [&str; 5] =
    ["-C", "-L", "--crate-name", "--extern", "--out-dir"];
/// How the compiler talks to Cargo, which depends on the terminal.
const TALK: [&str; 4] =
    ["--color", "--diagnostic-width", "--error-format", "--json"];

/// A build script is to be compiled.
#[derive(Debug, Default)]
pub struct Script {
    source: PathBuf,
    /// Where to, without the extension.
    output: PathBuf,
    /// Made of the arguments that variants have in common.
    key: u64,
    /// Made of what changes from one compilation to the next.
    state: u64,
}

impl Script {
    /// What a compiler is asked to do; nothing, if that is something else.
    pub fn parse(rustc: &Path, arguments: &[OsString]) -> Option<Self> {
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.to_str())
            .collect::<Option<_>>()?;
        let mut script = Self::default();
        let mut suffix = "";
        let mut name = "";
        let mut folder = "";
        let mut key = fnv::FnvHasher::default();
        let mut state = fnv::FnvHasher::default();
        state.write_u128(modified(rustc).ok()?);
        let mut rest = arguments.iter();
        while let Some(&first) = rest.next() {
            let separate = SEPARATE.contains(&first);
            let value = if separate { rest.next()? } else { first };
            match first {
                "--crate-name" => name = value,
                "--out-dir" => {
                    folder = value;
                    continue;
                }
                "-C" if value.starts_with("metadata=") => continue,
                "-C" if value.starts_with("extra-filename=") => {
                    suffix = value.split_once('=')?.1;
                    continue;
                }
                "--extern" => {
                    let (_, path) = value.split_once('=')?;
                    state.write_u128(modified(Path::new(path)).ok()?);
                }
                _ if first.starts_with(VARIANT) => continue,
                _ if TALK.iter().any(|it| first.starts_with(it)) => continue,
                _ if first.ends_with(".rs") => {
                    script.source = first.into();
                    state.write(&fs::read(first).ok()?);
                }
                _ => {}
            }
            key.write(first.as_bytes());
            key.write(value.as_bytes());
            key.write_u8(0);
        }
        if !name.starts_with(CRATE) || suffix.is_empty() {
            return None;
        }
        script.output = Path::new(folder).join(format!("{name}{suffix}"));
        script.key = key.finish();
        script.state = state.finish();
        Some(script)
    }

    /// Puts the program where Cargo expects it, compiled if need be.
    ///
    /// # Errors
    ///
    /// If files cannot be written, or the compiler cannot be run. If it fails
    /// it has said why.
    pub fn provide(
        &self,
        store: &Path,
        rustc: &mut Command,
    ) -> io::Result<ExitStatus> {
        let kept = store.join(format!("{:016x}", self.key));
        let (program, state) = (kept.join("program"), kept.join("state"));
        let is_current = fs::read_to_string(&state)
            .is_ok_and(|it| it == self.state.to_string());
        if is_current {
            let _ = fs::remove_file(&self.output);
            fs::hard_link(&program, &self.output)?;
            fs::write(self.output.with_added_extension("d"), self.sources())?;
            return Ok(ExitStatus::default());
        }
        let status = rustc.status()?;
        if status.success() && self.has_one_source()? {
            fs::create_dir_all(&kept)?;
            let _ = fs::remove_file(&state);
            let _ = fs::remove_file(&program);
            fs::hard_link(&self.output, &program)?;
            fs::write(&state, self.state.to_string())?;
        }
        Ok(status)
    }

    /// The list of sources, as the compiler writes it.
    fn sources(&self) -> String {
        let (output, source) = (self.output.display(), self.source.display());
        let list = self.output.with_added_extension("d");
        let list = list.display();
        format!("{list}: {source}\n\n{output}: {source}\n\n{source}:\n")
    }

    /// Whether there is nothing the program depends on that is not in `state`.
    fn has_one_source(&self) -> io::Result<bool> {
        let list = self.output.with_added_extension("d");
        Ok(fs::read_to_string(list)?.trim_end() == self.sources().trim_end())
    }
}

/// When a file was written, in nanoseconds.
fn modified(path: &Path) -> io::Result<u128> {
    let modified = fs::metadata(path)?.modified()?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(since.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a script, a library, and room for programs.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            fs::write(folder.path("build.rs"), "fn main() {}").unwrap();
            fs::write(folder.path("libx.rlib"), "").unwrap();
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn script(&self, variant: &str, more: &[&str]) -> Option<Script> {
            let path = |name| self.path(name).to_str().unwrap().to_owned();
            let mut arguments = vec![
                "--crate-name".to_owned(),
                "build_script_build".to_owned(),
                path("build.rs"),
                "-C".to_owned(),
                format!("extra-filename=-{variant}"),
                "-C".to_owned(),
                format!("metadata={variant}"),
                format!("{VARIANT}{variant:?}"),
                "--out-dir".to_owned(),
                path(""),
                "--extern".to_owned(),
                format!("x={}", path("libx.rlib")),
            ];
            arguments.extend(more.iter().map(|&it| it.to_owned()));
            let arguments: Vec<_> =
                arguments.into_iter().map(OsString::from).collect();
            Script::parse(Path::new("/"), &arguments)
        }
    }

    #[test]
    fn a_script_is_compiled_once_for_all_variants() {
        let folder = Folder::new();
        let store = folder.path("store");
        let one = folder.script("1", &[]).unwrap();
        fs::write(&one.output, "program").unwrap();
        let list = one.output.with_added_extension("d");
        fs::write(&list, one.sources()).unwrap();
        let status = one.provide(&store, &mut Command::new("true")).unwrap();
        assert!(status.success());

        // No other call of the compiler succeeds.
        let two = folder.script("2", &[]).unwrap();
        let status = two.provide(&store, &mut Command::new("false")).unwrap();
        assert!(status.success());
        let program = folder.path("build_script_build-2");
        assert_eq!(fs::read_to_string(&program).unwrap(), "program");
        let list = fs::read_to_string(program.with_added_extension("d"));
        assert_eq!(list.unwrap(), two.sources());

        fs::write(folder.path("build.rs"), "fn main() { }").unwrap();
        let three = folder.script("3", &[]).unwrap();
        let status = three.provide(&store, &mut Command::new("false"));
        assert!(!status.unwrap().success());
    }

    #[test]
    fn a_script_with_more_sources_is_not_kept() {
        let folder = Folder::new();
        let store = folder.path("store");
        let one = folder.script("1", &[]).unwrap();
        let list = one.output.with_added_extension("d");
        fs::write(&list, one.sources() + "\nmore.rs:\n").unwrap();
        one.provide(&store, &mut Command::new("true")).unwrap();
        let two = folder.script("2", &[]).unwrap();
        let status = two.provide(&store, &mut Command::new("false")).unwrap();
        assert!(!status.success());
    }

    #[test]
    fn what_decides_the_outcome_tells_scripts_apart() {
        let folder = Folder::new();
        let one = folder.script("1", &[]).unwrap();
        let same = folder.script("2", &["--json=artifacts"]).unwrap();
        assert_eq!((one.key, one.state), (same.key, same.state));
        let other = folder.script("1", &["--cfg", "feature=\"a\""]).unwrap();
        assert_ne!(one.key, other.key);

        let library = fs::File::open(folder.path("libx.rlib")).unwrap();
        library.set_modified(UNIX_EPOCH).unwrap();
        let newer = folder.script("1", &[]).unwrap();
        assert_eq!(one.key, newer.key);
        assert_ne!(one.state, newer.state);
    }

    #[test]
    fn other_crates_are_left_alone() {
        let arguments = ["--crate-name", "abi", "-C", "extra-filename=-1"];
        let arguments = arguments.map(OsString::from);
        assert!(Script::parse(Path::new("/"), &arguments).is_none());
    }
}
