// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the README and the guide quote is what there is.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"))
}

/// The contents of the fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    text.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block.to_string())
        .collect()
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    for entry in fs::read_dir(root().join("doc/src")).unwrap() {
        let name = entry.unwrap().file_name();
        if Path::new(&name).extension().is_some_and(|e| e == "md") {
            pages.push(Path::new("doc/src").join(name));
        }
    }
    pages
}

#[test]
fn the_readme_quotes_the_ping_task_whole() {
    let task = read("task/ping/src/main.rs");
    let (_, task) = task.split_once("\n\n").expect("a licence notice");
    assert_eq!(blocks(&read("README.md"), "rust"), [task]);
}

/// Whether everything in `part` is in `whole`; lists may be longer there.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Table(part), Value::Table(whole)) => {
            part.iter().all(|(key, value)| {
                whole.get(key).is_some_and(|w| is_part(value, w))
            })
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len()
                && part.iter().zip(whole).all(|(p, w)| is_part(p, w))
        }
        _ => part == whole,
    }
}

#[test]
fn the_readme_declares_the_task_as_the_demo_does() {
    let demo: Table = read("app.toml").parse().unwrap();
    let quotes = blocks(&read("README.md"), "toml");
    assert!(!quotes.is_empty());
    for quote in quotes {
        let quote: Table = quote.parse().unwrap();
        let demo = Value::Table(demo.clone());
        assert!(is_part(&Value::Table(quote.clone()), &demo), "{quote}");
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        for rest in text.split("](").skip(1) {
            let Some((target, _)) = rest.split_once(')') else {
                continue;
            };
            if target.starts_with("http") || target.starts_with('#') {
                continue;
            }
            let target = target.split('#').next().unwrap_or_default();
            let path = root().join(&page).parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target}", page.display());
        }
    }
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = read("doc/src/SUMMARY.md");
    for page in pages() {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        if page.starts_with("doc/src") && name != "SUMMARY.md" {
            assert!(summary.contains(&format!("({name})")), "{name}");
        }
    }
}

#[test]
fn every_folder_the_readme_names_exists() {
    let readme = read("README.md");
    for word in readme.split('`').skip(1).step_by(2) {
        let is_path = ["app/", "drv/", "lib/", "idl/", "chips/", "task/"]
            .iter()
            .any(|folder| word.starts_with(folder));
        if is_path {
            assert!(root().join(word).exists(), "{word}");
        }
    }
}

/// The names of all functions below a folder.
fn functions(folder: &Path, names: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let found = text.split("fn ").skip(1);
            names.extend(
                found.filter_map(|f| Some(f.split_once('(')?.0.into())),
            );
        }
    }
}

#[test]
fn every_test_that_the_guide_names_exists() {
    let mut names = HashSet::new();
    for folder in ["build", "drv", "lib", "test"] {
        functions(&root().join(folder), &mut names);
    }
    let text = read("doc/src/semantics.md");
    let mut rows = 0;
    for row in text.lines().filter(|l| l.starts_with("| ")) {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        if tests.trim() == "Tests" {
            continue;
        }
        rows += 1;
        let tests: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            assert!(names.contains(test), "there is no test {test}");
        }
    }
    assert!(rows > 50, "{rows} rows");
}

#[test]
fn every_defect_of_the_original_has_a_row() {
    let text = read("doc/src/semantics.md");
    for n in 1..=12 {
        assert!(text.contains(&format!("\n| D{n}: ")), "D{n}");
    }
}
