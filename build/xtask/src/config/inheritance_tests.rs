// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What becomes of files that inherit from others.

use super::sample::{APP, Repository};
use insta::assert_snapshot;

fn derived(text: &str) -> Repository {
    let top = format!("inherit = \"base.toml\"\n{text}");
    Repository::new(&top).with("base.toml", APP)
}

#[test]
fn scalars_replace_and_arrays_append() {
    let app = derived(
        "name = \"other\"\n[tasks.driver]\npriority = 2\n\
         notifications = [\"timer\"]\n",
    )
    .load()
    .unwrap();
    assert_eq!(app.toml.name, "other");
    let driver = &app.toml.tasks["driver"];
    assert_eq!(driver.priority, 2);
    assert_eq!(driver.notifications, ["rx-irq", "timer"]);
    assert_eq!(driver.name, "drv-widget-server");
    assert_eq!(app.task_index("driver"), Some(1));
}

#[test]
fn tasks_are_added_behind_the_inherited_ones() {
    let app = derived(
        "[tasks.added]\nname = \"task-idle\"\npriority = 2\n\
         [tasks.driver]\nstart = false\n",
    )
    .load()
    .unwrap();
    let order = ["jefe", "driver", "idle", "added"];
    assert_eq!(app.toml.tasks.keys().collect::<Vec<_>>(), order);
    let text = app.documents.app.text();
    let places = order.map(|name| text.find(&format!("[tasks.{name}]")));
    assert!(places.is_sorted() && places[0].is_some(), "{text}");
}

#[test]
fn files_are_merged_from_left_to_right() {
    let repository = Repository::new("inherit = [\"a.toml\", \"b.toml\"]")
        .with("a.toml", APP)
        .with("b.toml", "name = \"b\"\n[tasks.driver]\nstart = false\n");
    let app = repository.load().unwrap();
    assert_eq!(app.toml.name, "b");
    assert!(!app.toml.tasks["driver"].start);
}

#[test]
fn a_mistake_is_blamed_on_the_file_that_made_it() {
    assert_snapshot!(derived("[tasks.driver]\npriority = 3\n").error(), @r"
    error: app.toml:3: tasks.driver.priority (3) is not below that of idle (3), so driver might never run
      help: give idle a priority above 3
    ");
    let repository = Repository::new("inherit = \"base.toml\"")
        .with("base.toml", &APP.replace("[\"jefe\"]", "[\"jeff\"]"));
    assert_snapshot!(repository.error(), @r#"
    error: base.toml:23: tasks.driver.task-slots ("jeff") is no task
      help: did you mean "jefe"?
    "#);
}

#[test]
fn an_inline_table_cannot_be_changed() {
    assert_snapshot!(derived("[kernel]\nrequires = { flash = 1 }\n").error(), @r"
    error: app.toml: kernel.requires: an inline table cannot be changed by inheritance
      help: write it as a [table] in the inherited file
    ");
}

#[test]
fn a_type_cannot_change() {
    assert_snapshot!(derived("[tasks]\ndriver = 1\n").error(), @r"
    error: app.toml: tasks.driver: is of type integer here but of type table in base.toml
      help: give both the same type
    ");
}

#[test]
fn an_inherited_file_has_to_exist() {
    let error = Repository::new("# \ninherit = [\"none.toml\"]\n").error();
    assert_snapshot!(error, @r"
    error: app.toml:2: inherit leads to none.toml, which does not exist
      help: paths are relative to the file that inherits
    ");
}

#[test]
fn a_file_is_inherited_once() {
    let repository = Repository::new("inherit = [\"a.toml\", \"b.toml\"]")
        .with("a.toml", "inherit = \"base.toml\"\n")
        .with("b.toml", "inherit = \"base.toml\"\n")
        .with("base.toml", APP);
    assert_snapshot!(repository.error(), @r"
    error: base.toml: inherited more than once
      help: list each file in one `inherit` only
    ");
}

#[test]
fn the_merged_text_is_an_application_file_of_its_own() {
    let repository = derived("[tasks.driver]\npriority = 2\n");
    let merged = repository.load().unwrap().documents.app.text();
    let app = Repository::new(&merged).load().unwrap();
    assert_eq!(app.toml.tasks["driver"].priority, 2);
    assert_eq!(app.task_index("idle"), Some(2));
}
