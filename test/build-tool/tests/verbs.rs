// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What each verb does, and what it says if it cannot.

use insta::assert_snapshot;
use serde_json::Value;
use std::fs;
use std::path::Path;
use test_build_tool::{APP, complaint, stdout};

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
    let folder = tempfile::TempDir::new().unwrap();
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
