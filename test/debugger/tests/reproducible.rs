// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Archives say nothing of the machine and the folder they were made in.

use debug_check::check_archive;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use test_debugger::Build;
use test_debugger::tamper::Members;
use test_images::root;

/// Builds an application in a checkout, with its outputs elsewhere if wanted,
/// and tells where its archive is.
fn dist(root: &Path, app: &Path, target: Option<&Path>) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["xtask", "dist"]).arg(app);
    if let Some(target) = target {
        cargo.env("CARGO_TARGET_DIR", target);
    }
    let output = cargo.output().expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    root.join(stdout.lines().last().expect("the path of the archive"))
}

/// Folders of this machine that the compiler sees.
fn folders() -> Vec<String> {
    let mut folders = vec![root()];
    for variable in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"] {
        folders.extend(env::var_os(variable).map(PathBuf::from));
    }
    folders.push(env::temp_dir());
    folders
        .into_iter()
        .filter(|folder| folder.components().count() > 1)
        .map(|folder| format!("{}/", folder.display()))
        .collect()
}

#[test]
fn no_folder_of_this_machine_is_named_in_an_archive() {
    for build in [Build::V7m, Build::Fpu, Build::V6m] {
        for (name, contents) in Members::unpack(&build.archive()).list {
            for folder in folders() {
                let mut windows = contents.windows(folder.len());
                let found = windows.any(|it| it == folder.as_bytes());
                assert!(!found, "{build:?}: {name} names {folder}");
            }
        }
    }
}

#[test]
fn the_same_image_built_again_is_the_same_archive() {
    let before = Build::V6m.archive();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let archive = dist(&root(), &here.join("v6m.toml"), None);
    assert!(before == fs::read(archive).unwrap());
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    let output = git.current_dir(root).args(arguments).output();
    let output = output.expect("git");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("names of files")
}

/// Makes a checkout with the same commit and the same changes.
fn copy_checkout(to: &Path) {
    let root = root();
    let destination = to.to_str().expect("a path of characters");
    git(&root, &["clone", "--quiet", ".", destination]);
    let listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
    for name in git(&root, &listed).lines() {
        let copy = to.join(name);
        if !root.join(name).exists() {
            fs::remove_file(copy).expect("a file that is gone here");
            continue;
        }
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        // The same contents must not look like a change.
        let contents = fs::read(root.join(name)).unwrap();
        if fs::read(&copy).ok().as_deref() != Some(&contents) {
            fs::copy(root.join(name), copy).unwrap();
        }
    }
}

/// Applications for each kind of processor.
const APPS: [&str; 3] = [
    "app.toml",
    "app/wl55-cpu2/app.toml",
    "test/debugger/fpu.toml",
];

#[test]
#[ignore = "compiles everything, for minutes: cargo test -- --ignored"]
fn a_checkout_in_another_folder_gives_the_same_archives() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("a folder of another name");
    copy_checkout(&copy);
    let target = folder.path().join("outputs");
    for app in APPS {
        let here = fs::read(dist(&root(), Path::new(app), None)).unwrap();
        let there = dist(&copy, Path::new(app), Some(&target));
        let there = fs::read(there).unwrap();
        assert_eq!(differences(&here, &there), [""; 0], "{app}");
        assert!(here == there, "{app}: containers differ");
        assert!(check_archive(&there).findings.is_empty());
    }
}

/// The members in which two archives differ.
fn differences(one: &[u8], other: &[u8]) -> Vec<String> {
    let [one, other] = [one, other].map(Members::unpack);
    let names = |members: &Members| -> Vec<String> {
        members.list.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&one), names(&other));
    let pairs = one.list.into_iter().zip(other.list);
    let different = pairs.filter(|(one, other)| one.1 != other.1);
    different.map(|((name, _), _)| name).collect()
}
