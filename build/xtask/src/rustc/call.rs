// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What Cargo asks of the compiler.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

/// Arguments whose value is the argument behind.
const SEPARATE: [&str; 5] =
    ["-C", "-L", "--crate-name", "--extern", "--out-dir"];
/// How the compiler talks to Cargo, which depends on the terminal.
const TALK: [&str; 4] =
    ["--color", "--diagnostic-width", "--error-format", "--json"];
/// The flag that tells variants apart, without its value.
pub const VARIANT: &str = "--cfg=hubris_variant=";
/// The folder of generated sources, wherever it is.
const GENERATED: &str = "/generated";

/// A library of a registry is to be compiled.
#[derive(Debug)]
pub struct Call {
    pub crate_name: String,
    /// Where to, and how Cargo wants the file's name to end.
    pub out_dir: PathBuf,
    pub suffix: String,
    /// Where its build script, if it has one, puts sources.
    pub generated: Option<String>,
    /// The arguments without what Cargo has made up to tell variants apart.
    pub arguments: Vec<String>,
    /// Made of everything that decides the outcome, and nothing that depends
    /// on the machine.
    pub key: u64,
}

impl Call {
    /// Nothing, if something else is to be done.
    pub fn parse(arguments: &[OsString]) -> Option<Self> {
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.to_str())
            .collect::<Option<_>>()?;
        Self::of(&arguments, env::var("OUT_DIR").ok())
    }

    fn of(arguments: &[&str], generated: Option<String>) -> Option<Self> {
        if !arguments.contains(&"--emit=dep-info,metadata,link") {
            return None;
        }
        let mut call = Self {
            crate_name: String::new(),
            out_dir: PathBuf::new(),
            suffix: String::new(),
            generated,
            arguments: Vec::new(),
            key: 0,
        };
        let mut key = fnv::FnvHasher::default();
        let mut in_registry = false;
        let mut rest = arguments.iter();
        while let Some(&first) = rest.next() {
            let separate = SEPARATE.contains(&first);
            let value = if separate { rest.next()? } else { first };
            match first {
                "--out-dir" => {
                    call.out_dir = value.into();
                    continue;
                }
                "-C" if value.starts_with("metadata=") => continue,
                "-C" if value.starts_with("extra-filename=") => {
                    call.suffix = value.split_once('=')?.1.to_owned();
                    continue;
                }
                _ if first.starts_with(VARIANT) => continue,
                _ => {}
            }
            if separate {
                call.arguments.push(first.to_owned());
            }
            call.arguments.push(value.to_owned());
            let decisive = match first {
                "--crate-name" => {
                    call.crate_name = value.to_owned();
                    value.to_owned()
                }
                "--extern" => {
                    let (name, path) = value.split_once('=')?;
                    let file = Path::new(path).file_name()?.to_str()?;
                    format!("{name}={file}")
                }
                "-L" if value.starts_with("dependency=") => continue,
                _ if TALK.iter().any(|it| first.starts_with(it)) => continue,
                _ if first.ends_with(".rs") => {
                    in_registry = true;
                    within_registry(first)?.to_owned()
                }
                _ => call.anywhere(value),
            };
            if separate {
                key.write(first.as_bytes());
            }
            key.write(decisive.as_bytes());
            key.write_u8(0);
        }
        if let Some(generated) = &call.generated {
            // The compiler would quote the blank in its list of sources.
            if generated.contains(' ') {
                return None;
            }
            hash_folder(Path::new(generated), &mut key).ok()?;
        }
        call.key = key.finish();
        (in_registry && !call.suffix.is_empty()).then_some(call)
    }

    /// What the compiler is to call the folder of generated sources.
    pub fn name_of_generated_sources(&self) -> Option<String> {
        let here = self.generated.as_ref()?;
        Some(format!("--remap-path-prefix={here}={GENERATED}"))
    }

    /// Makes a text that names that folder independent of where it is.
    pub fn anywhere(&self, text: &str) -> String {
        match &self.generated {
            Some(here) => text.replace(here, GENERATED),
            None => text.to_owned(),
        }
    }

    /// The reverse of [`Self::anywhere`].
    pub fn here(&self, text: &str) -> String {
        match &self.generated {
            Some(here) => text.replace(GENERATED, here),
            None => text.to_owned(),
        }
    }
}

/// A path below the sources of a registry, which say name and version.
fn within_registry(source: &str) -> Option<&str> {
    let (_, rest) = source.split_once("/registry/src/")?;
    Some(rest.split_once('/')?.1)
}

/// Names and contents of all files of a folder.
fn hash_folder(folder: &Path, key: &mut impl Hasher) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        key.write(entry.file_name().as_encoded_bytes());
        key.write_u8(0);
        if entry.file_type()?.is_dir() {
            hash_folder(&entry.path(), key)?;
        } else {
            let contents = fs::read(entry.path())?;
            key.write(&contents);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/home/a/.cargo/registry/src/index-1/x-1.0.0/lib.rs";

    fn call(source: &str, more: &[&str], generated: Option<&Path>) -> Call {
        let mut arguments = vec![
            "--crate-name",
            "x",
            source,
            "--json=artifacts",
            "--emit=dep-info,metadata,link",
            "-C",
            "opt-level=z",
            "-C",
            "extra-filename=-12",
            "--out-dir",
            "/deps",
        ];
        arguments.extend(more);
        let generated = generated.map(|it| it.to_str().unwrap().to_owned());
        Call::of(&arguments, generated).unwrap()
    }

    fn key(more: &[&str]) -> u64 {
        call(SOURCE, more, None).key
    }

    #[test]
    fn a_call_says_what_goes_where() {
        let call = call(SOURCE, &[], None);
        assert_eq!(call.crate_name, "x");
        assert_eq!(call.out_dir, Path::new("/deps"));
        assert_eq!(call.suffix, "-12");
        let left = ["--crate-name", "x", SOURCE, "--json=artifacts"];
        assert_eq!(call.arguments[..4], left);
        assert_eq!(call.arguments[5..], ["-C", "opt-level=z"]);
    }

    #[test]
    fn what_variants_and_machines_differ_in_is_not_in_the_key() {
        let one = key(&[
            "-C",
            "metadata=34",
            "-L",
            "dependency=/deps",
            "--extern",
            "y=/deps/liby-56.rmeta",
            "--cfg=hubris_variant=\"a/default/0\"",
        ]);
        let elsewhere = SOURCE.replace("/home/a", "/root");
        let other = call(
            &elsewhere,
            &["-L", "dependency=/b", "--extern", "y=/b/liby-56.rmeta"],
            None,
        );
        assert_eq!(one, other.key);
    }

    #[test]
    fn what_decides_the_outcome_is_in_the_key() {
        let base = key(&[]);
        for more in [
            ["--cfg", "feature=\"std\""],
            ["-C", "debuginfo=2"],
            ["--extern", "y=/deps/liby-56.rmeta"],
            ["--target", "thumbv6m-none-eabi"],
        ] {
            assert_ne!(key(&more), base, "{more:?}");
        }
        let newer = SOURCE.replace("1.0.0", "1.0.1");
        assert_ne!(call(&newer, &[], None).key, base);
    }

    #[test]
    fn generated_sources_count_by_their_contents() {
        let [one, same, other] = ["one", "one", "other"].map(|contents| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("y.rs"), contents).unwrap();
            call(SOURCE, &[], Some(folder.path())).key
        });
        assert_eq!(one, same);
        assert_ne!(one, other);
    }

    #[test]
    fn crates_of_the_workspace_are_not_shared() {
        let emit = "--emit=dep-info,metadata,link";
        let suffix = ["-C", "extra-filename=-12"];
        let mut arguments = vec!["--crate-name", "x", "src/lib.rs", emit];
        arguments.extend(suffix);
        assert!(Call::of(&arguments, None).is_none());
        arguments[2] = SOURCE;
        assert!(Call::of(&arguments, None).is_some());
    }
}
