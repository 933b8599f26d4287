// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What each verb does, and what it says if it cannot.

use insta::assert_snapshot;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use test_build_tool::{APP, complaint, stdout, xtask};
use test_images::root;

/// Words, one space apart: columns are as wide as what is in them.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn build_lists_tasks_with_their_packages() {
    assert_snapshot!(words(&stdout(&["build", "-l", APP])), @r"
    jefe task-jefe
    one test-build-features
    two test-build-features
    idle task-idle
    kernel wl55-cpu1
    ");
}

#[test]
fn print_knows_the_archive_of_each_image() {
    let path = |arguments: &[&str]| {
        let text = stdout(&[&["print", "--archive"], arguments].concat());
        let names = text.lines().map(|line| {
            let path = Path::new(line);
            let tail: Vec<_> = path.iter().rev().take(3).collect();
            let tail: Vec<_> = tail.iter().rev().map(|p| p.to_str()).collect();
            tail.into_iter()
                .map(Option::unwrap)
                .collect::<Vec<_>>()
                .join("/")
        });
        names.collect::<Vec<_>>()
    };
    let a = "dist/a/build-build-features-image-a.zip";
    let b = "dist/b/build-build-features-image-b.zip";
    assert_eq!(path(&[APP]), [a, b]);
    assert_eq!(path(&[APP, "--image-name", "b"]), [b]);
}

#[test]
fn print_shows_what_is_inherited() {
    let file = "test/kern-conformance/m4-ipc.toml";
    let text = stdout(&["print", "--expanded-config", file]);
    assert!(!text.contains("inherit"), "{text}");
    assert!(text.contains("[tasks.idle]"), "{text}");
}

#[test]
fn a_graph_is_drawn_in_both_forms() {
    let folder = TempDir::new().unwrap();
    let draw = |name: &str| {
        let file = folder.path().join(name);
        stdout(&["graph", "-o", file.to_str().unwrap(), "app.toml"]);
        fs::read_to_string(file).unwrap()
    };
    let dot = draw("tasks.dot");
    assert!(dot.contains("digraph") && dot.contains("->"), "{dot}");
    assert!(draw("tasks.svg").starts_with("<svg"));
}

#[test]
fn the_slots_of_a_built_task_are_bound() {
    let archive = stdout(&["dist", "--image-name", "a", APP]);
    let image = Path::new(archive.trim_end()).parent().unwrap();
    let slots = |task: &str| {
        let text = stdout(&["task-slots", image.join(task).to_str().unwrap()]);
        let (_, slot) = text.trim_end().split_once("  ").unwrap();
        slot.to_owned()
    };
    assert_eq!(slots("one"), "peer  task 1");
    assert_eq!(slots("two"), "peer  task 2");
}

/// A file that is the application with other values.
fn variant(folder: &TempDir, name: &str, more: &str) -> String {
    let base = root().join(APP);
    let file = folder.path().join("app.toml");
    let text = format!("inherit = {base:?}\nname = {name:?}\n{more}");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_task_can_be_built_before_anything_else_of_its_application() {
    let folder = TempDir::new().unwrap();
    let app = variant(&folder, "build-features-first", "");
    let outputs = root().join("target/build-features-first");
    let _ = fs::remove_dir_all(&outputs);
    stdout(&["build", &app, "idle"]);
    assert!(outputs.join("dist/idle.elf").is_file());
    fs::remove_dir_all(&outputs).unwrap();
}

/// A minimal toolchain comes without clippy; then the way to it is named.
#[test]
fn clippy_looks_at_a_task_as_its_image_has_it() {
    let output = xtask(&["clippy", APP, "idle"]);
    let said = String::from_utf8_lossy(&output.stderr);
    let is_missing = said.contains("rustup component add clippy");
    assert!(output.status.success() || is_missing, "{said}");
}

#[test]
fn humility_looks_at_what_was_built_last() {
    let with_echo = |app: &str| {
        let mut xtask = test_images::xtask();
        xtask.args(["humility", app, "--image-name", "a", "--", "tasks"]);
        let output = xtask.env("HUBRIS_HUMILITY_PATH", "echo").output();
        let output = output.unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    };
    let archive = stdout(&["print", "--archive", "--image-name", "a", APP]);
    stdout(&["dist", "--image-name", "a", APP]);
    let archive = root().join(archive.trim_end());
    let expected = format!("--archive {} tasks\n", archive.display());
    assert_eq!(with_echo(APP), expected);

    let folder = TempDir::new().unwrap();
    let said = with_echo(&variant(&folder, "build-features-never", ""));
    assert!(said.contains("-image-a.zip is not built"), "{said}");
    assert!(said.contains("help: cargo xtask dist"), "{said}");
}

#[test]
fn what_a_build_script_does_not_like_is_said_of_its_task() {
    let folder = TempDir::new().unwrap();
    let config = "[tasks.jefe.config]\ntasks-to-hold = [\"nobody\"]\n";
    let app = variant(&folder, "build-features-wrong", config);
    let said = complaint(&["build", &app, "jefe"]);
    let expected = format!(
        "error: {app}: tasks.jefe: config.tasks-to-hold: the image has no \
         task \"nobody\"; it has jefe, one, two, idle\n"
    );
    assert!(said.ends_with(&expected), "{said}");
    let outputs = root().join("target/build-features-wrong");
    fs::remove_dir_all(outputs).unwrap();
}

#[test]
fn sizes_shows_each_part_and_what_has_changed() {
    let image = ["--image-name", "a", APP];
    let text = stdout(&[&["sizes", "--save", "--stacks"], &image[..]].concat());
    for part in ["kernel", "jefe", "one", "two", "idle", "total"] {
        assert!(text.contains(&format!("\n  {part} ")), "{part}: {text}");
    }
    assert!(text.contains("an interruption"), "{text}");
    let again = stdout(&[&["sizes", "--compare"], &image[..]].concat());
    assert!(!again.contains('+'), "nothing has changed: {again}");
}

#[test]
fn an_editor_is_told_what_a_file_is_built_for() {
    let ask = |file: &str| -> Value {
        serde_json::from_str(&stdout(&["lsp", file])).unwrap()
    };
    let answer = &ask("drv/ipcc-server/src/main.rs")["Ok"];
    assert_eq!(answer["app"], "app.toml");
    assert_eq!(answer["task"], "ipcc");
    assert_eq!(answer["target"], "thumbv7em-none-eabi");
    assert_eq!(answer["features"][0], "family-stm32wl5");
    assert_eq!(answer["extraEnv"]["HUBRIS_TASK_NAME"], "ipcc");
    assert_eq!(answer["buildOverrideCommand"][1], "check");
    // A library is seen as part of a task that uses it.
    let of_library = &ask("lib/mailbox/src/lib.rs")["Ok"];
    assert_eq!(of_library["app"], "app.toml");
    let hash = answer["hash"].as_str().unwrap();
    assert_eq!(hash.len(), 16);
}

#[test]
fn mistakes_on_the_command_line_are_answered_with_the_way_out() {
    assert_snapshot!(complaint(&["build", APP, "jeef"]), @r#"
    error: test/build-features/app.toml has no task "jeef"
      help: did you mean "jefe"?
    "#);
    assert_snapshot!(complaint(&["dist", "test/build-features"]), @r"
    error: test/build-features: no such application file
      help: that is a folder; name test/build-features/app.toml
    ");
    assert_snapshot!(complaint(&["dist", APP, "--image-name", "c"]), @r#"
    error: test/build-features/app.toml has no image "c"
      help: images are a, b
    "#);
    assert_snapshot!(complaint(&["print", APP]), @r"
    error: there is nothing to print
      help: say --archive or --expanded-config
    ");
    assert_snapshot!(complaint(&["test", "--noflash"]), @r"
    error: --noflash is about a board
      help: name an application file, too
    ");
    assert_snapshot!(complaint(&["rust-analyzer", "app.toml"]), @r"
    error: app.toml names no task
      help: write APP.TOML:TASK, such as app.toml:ipcc
    ");
}
