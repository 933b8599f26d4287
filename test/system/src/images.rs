// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the images are.

use sim::Image;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The image of the application called `name`.
///
/// `cargo xtask test` has built all images and says where each is. Under a
/// plain `cargo test` this has them built first.
///
/// # Panics
///
/// If it cannot be built.
pub fn image(name: &str) -> Image {
    static OPEN: Mutex<Option<HashMap<String, Image>>> = Mutex::new(None);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let images = open.get_or_insert_default();
    if let Some(image) = images.get(name) {
        return image.clone();
    }
    let image = Image::open(image_path(name)).unwrap_or_else(|e| panic!("{e}"));
    images.insert(name.into(), image.clone());
    image
}

/// The directory or the program of an application.
///
/// # Panics
///
/// If it cannot be built.
pub fn image_path(name: &str) -> PathBuf {
    if let Some(path) = test_images::announced(name) {
        return path;
    }
    static BUILT: LazyLock<Built> = LazyLock::new(Built::new);
    match BUILT.paths.get(&test_images::variable(name)) {
        Some(path) => path.clone(),
        None => panic!("there is no image {name}\n{}", BUILT.log),
    }
}

/// What `cargo xtask images` has come to.
struct Built {
    /// By the variables that `cargo xtask test` would set.
    paths: HashMap<String, PathBuf>,
    log: String,
}

impl Built {
    fn new() -> Self {
        let output = test_images::xtask()
            .arg("images")
            .output()
            .unwrap_or_else(|e| panic!("running cargo xtask images: {e}"));
        let stdout = String::from_utf8_lossy(&output.stdout);
        let pairs = stdout.lines().filter_map(|line| line.split_once('='));
        Self {
            paths: pairs
                .map(|(variable, path)| (variable.into(), path.into()))
                .collect(),
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
