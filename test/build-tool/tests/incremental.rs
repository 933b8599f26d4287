// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What is built again after what.

use std::fs::{self, File};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;
use test_build_tool::{APP, xtask};
use test_images::root;

/// Builds the image, and returns its archive and the packages compiled.
fn build() -> (Vec<u8>, Vec<String>) {
    let output = xtask(&["dist", "--verbose", "--image-name", "a", APP]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let archive = String::from_utf8_lossy(&output.stdout);
    let archive = root().join(archive.trim_end());
    let compiled = said
        .lines()
        .filter_map(|line| line.strip_prefix("Compiling "))
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    (fs::read(archive).unwrap(), compiled)
}

/// A source that looks edited until this is dropped. If it stayed so, all
/// images would have to be looked at again.
struct Edited {
    source: File,
    before: SystemTime,
}

impl Edited {
    fn new() -> Self {
        let source = root().join("test/build-features/src/main.rs");
        let source = File::options().write(true).open(source).unwrap();
        let before = source.metadata().unwrap().modified().unwrap();
        source.set_modified(SystemTime::now()).unwrap();
        Self { source, before }
    }
}

impl Drop for Edited {
    fn drop(&mut self) {
        self.source.set_modified(self.before).unwrap();
    }
}

/// One test's edits are no business of the other's.
static TURN: Mutex<()> = Mutex::new(());

/// Runs the default application. Returns whether it was taken as it was.
fn is_up_to_date() -> bool {
    let output = xtask(&["run"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let is_up_to_date = said.contains("wl55-cpu1 is up to date");
    assert_ne!(is_up_to_date, said.contains("wl55-cpu1 [1/"), "{said}");
    is_up_to_date
}

#[test]
fn who_waited_for_a_build_does_not_build_again() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let _edited = Edited::new();
    let both = thread::scope(|scope| {
        let first = scope.spawn(is_up_to_date);
        [is_up_to_date(), first.join().unwrap()]
    });
    assert!(both[0] != both[1], "{both:?}");
}

#[test]
fn who_only_runs_an_image_has_it_built_after_an_edit_and_not_otherwise() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(is_up_to_date() || is_up_to_date());
    let edited = Edited::new();
    assert!(!is_up_to_date());
    assert!(is_up_to_date());
    drop(edited);
    assert!(!is_up_to_date());
}

#[test]
fn an_edit_of_a_task_compiles_that_task_and_nothing_else() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (first, _) = build();
    let (second, compiled) = build();
    assert!(compiled.is_empty(), "nothing was edited: {compiled:?}");

    let _edited = Edited::new();
    let (third, compiled) = build();
    // Two tasks are built from the package.
    assert_eq!(compiled, ["test-build-features"; 2]);

    assert!(first == second && second == third, "the archives differ");
}
