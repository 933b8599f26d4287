// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Finding `rust-lld`.

use super::compiler::Compiler;
use crate::command;
use crate::diagnostic::Diagnostic;
use anyhow::Result;
use std::path::PathBuf;

/// The linker that comes with the compiler, with any other one of rustup's,
/// or with the system.
pub fn find(compiler: &Compiler) -> Result<PathBuf> {
    let of = |compiler: &Compiler| {
        compiler
            .sysroot
            .join("lib/rustlib")
            .join(&compiler.host)
            .join("bin/rust-lld")
    };
    let mut candidates = vec![of(compiler)];
    candidates.extend(Compiler::active().ok().as_ref().map(of));
    // Debian's compiler has a link of this name, which leads nowhere unless
    // LLVM's linker is installed as well.
    candidates.push("/usr/bin/rust-lld".into());
    candidates.extend(command::find_program("ld.lld"));
    candidates.extend((15..=30).rev().filter_map(|version| {
        command::find_program(&format!("ld.lld-{version}"))
    }));
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Diagnostic::new(
                "no linker for firmware: neither rust-lld nor ld.lld was found",
            )
            .help("on Debian, as root: apt-get install lld")
            .into()
        })
}
