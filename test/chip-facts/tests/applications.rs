// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the applications give their tasks of the chips.

use std::fs;
use std::path::Path;
use toml::Table;

#[test]
fn the_sys_task_of_every_application_can_read_the_unique_identifier() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut files = vec![root.join("app.toml")];
    for folder in fs::read_dir(root.join("app")).unwrap() {
        files.push(folder.unwrap().path().join("app.toml"));
    }
    // The program without a kernel has no application file.
    files.retain(|file| file.is_file());
    assert_eq!(files.len(), 5);
    for file in files {
        let app: Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let uses = app["tasks"]["sys"]["uses"].as_array().unwrap();
        let has_identifier = |used: &toml::Value| {
            matches!(used.as_str(), Some("system_flash" | "bsec"))
        };
        assert!(uses.iter().any(has_identifier), "{}", file.display());
    }
}
