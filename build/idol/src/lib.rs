// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The Idol compiler.
//!
//! An interface between tasks is defined in a `.idol` file; see
//! [`syntax::Interface`]. Build scripts call this crate to generate Rust from
//! it, which the crate then includes:
//!
//! ```no_run
//! // build.rs of a client crate:
//! fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     idol::client::build_client_stub(
//!         "../../idl/gauge.idol",
//!         "client_stub.rs",
//!     )
//! }
//! // src/lib.rs:
//! // include!(concat!(env!("OUT_DIR"), "/client_stub.rs"));
//! ```
//!
//! ```no_run
//! // build.rs of a server:
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! idol::Generator::new()
//!     .with_counters(
//!         idol::CounterSettings::default().with_server_counters(false),
//!     )
//!     .build_server_support(
//!         "../../idl/gauge.idol",
//!         "server_stub.rs",
//!         idol::server::ServerStyle::InOrder,
//!     )
//! # }
//! ```

#![forbid(unsafe_code)]

mod check;
pub mod client;
pub mod common;
mod error;
pub mod server;
mod source;
pub mod syntax;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;

pub use crate::error::Error;
use crate::server::ServerStyle;
use crate::syntax::Interface;

type Result<T> =
    std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Generates clients and servers.
///
/// By default the code is formatted, counts events, and contains a `FailServer`
/// where that is possible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Generator {
    counters: CounterSettings,
    unformatted: bool,
    error_server: ErrorServer,
    op_enum_derives: Vec<syn::Path>,
}

/// Whether a server stub contains a `FailServer`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum ErrorServer {
    #[default]
    IfPossible,
    Always,
    Never,
}

/// Which events generated code counts.
///
/// By default clients and servers count operations and their errors, unless the
/// crate feature `no-counters` is set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct CounterSettings {
    client: bool,
    server: bool,
    combined: bool,
}

impl Default for CounterSettings {
    fn default() -> Self {
        let on = !cfg!(feature = "no-counters");
        Self {
            client: on,
            server: on,
            combined: false,
        }
    }
}

impl CounterSettings {
    /// Sets whether clients count.
    pub fn with_client_counters(self, on: bool) -> Self {
        Self { client: on, ..self }
    }

    /// Sets whether servers count.
    pub fn with_server_counters(self, on: bool) -> Self {
        Self { server: on, ..self }
    }

    /// Sets whether servers count the faults of their clients (`ClientError`)
    /// once for the whole interface, instead of for each operation.
    pub fn combine_client_errors(self, on: bool) -> Self {
        Self {
            combined: on,
            ..self
        }
    }
}

impl Generator {
    /// A generator with default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which events generated code counts.
    pub fn with_counters(self, counters: CounterSettings) -> Self {
        Self { counters, ..self }
    }

    /// Sets whether generated code is formatted.
    pub fn with_fmt(self, fmt: bool) -> Self {
        Self {
            unformatted: !fmt,
            ..self
        }
    }

    /// Leaves `FailServer` out of server stubs.
    pub fn without_error_server(self) -> Self {
        Self {
            error_server: ErrorServer::Never,
            ..self
        }
    }

    /// Makes it an error if there can be no `FailServer`.
    pub fn with_error_server(self) -> Self {
        Self {
            error_server: ErrorServer::Always,
            ..self
        }
    }

    /// Adds derives to the enum of operations.
    ///
    /// # Errors
    /// If one of them is not a path.
    pub fn with_op_enum_derives<T: AsRef<str>>(
        mut self,
        derives: impl IntoIterator<Item = T>,
    ) -> std::result::Result<Self, syn::Error> {
        for derive in derives {
            self.op_enum_derives.push(syn::parse_str(derive.as_ref())?);
        }
        Ok(self)
    }

    /// See [`client::build_client_stub`].
    ///
    /// # Errors
    /// If a file cannot be read or written, or the interface is not valid.
    pub fn build_client_stub(
        &self,
        source: &str,
        stub_name: &str,
    ) -> Result<()> {
        let mut stub = Vec::new();
        self.generate_client_stub_from_file(source, &mut stub)?;
        write_stub(source, stub_name, &stub)
    }

    /// See [`client::generate_client_stub_from_file`].
    ///
    /// # Errors
    /// If the file cannot be read, the interface is not valid, or writing
    /// fails.
    pub fn generate_client_stub_from_file(
        &self,
        source: impl AsRef<Path>,
        mut out: impl Write,
    ) -> Result<()> {
        let source = source.as_ref();
        let text = read(source)?;
        let stub = text
            .parse()
            .and_then(|iface| client::stub(self, &iface))
            .map_err(|error| error.in_file(source, &text))?;
        out.write_all(self.print(stub)?.as_bytes())?;
        Ok(())
    }

    /// See [`client::generate_client_stub`].
    ///
    /// # Errors
    /// If the interface is not valid, or writing fails.
    pub fn generate_client_stub(
        &self,
        iface: &Interface,
        mut out: impl Write,
    ) -> Result<()> {
        let stub = client::stub(self, iface)?;
        out.write_all(self.print(stub)?.as_bytes())?;
        Ok(())
    }

    /// See [`server::build_server_support`].
    ///
    /// # Errors
    /// If a file cannot be read or written, or the interface is not valid.
    pub fn build_server_support(
        &self,
        source: &str,
        stub_name: &str,
        style: ServerStyle,
    ) -> Result<()> {
        self.build_restricted_server_support(
            source,
            stub_name,
            style,
            &BTreeMap::new(),
        )
    }

    /// See [`server::build_restricted_server_support`].
    ///
    /// # Errors
    /// If a file cannot be read or written, the interface is not valid, or
    /// `allowed_callers` names an operation that the interface lacks.
    pub fn build_restricted_server_support(
        &self,
        source: &str,
        stub_name: &str,
        style: ServerStyle,
        allowed_callers: &BTreeMap<String, Vec<usize>>,
    ) -> Result<()> {
        let ServerStyle::InOrder = style;
        let path = Path::new(source);
        let text = read(path)?;
        let stub = text
            .parse()
            .and_then(|iface| {
                server::stub(self, &iface, &text, allowed_callers)
            })
            .map_err(|error| error.in_file(path, &text))?;
        write_stub(source, stub_name, self.print(stub)?.as_bytes())
    }

    fn print(&self, stub: TokenStream) -> Result<String> {
        if self.unformatted {
            return Ok(stub.to_string());
        }
        Ok(prettyplease::unparse(&syn::parse2(stub)?))
    }
}

fn read(path: &Path) -> std::result::Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))
}

/// Writes a stub to `OUT_DIR` of the build script that runs this, and has cargo
/// run it again when `source` changes.
fn write_stub(source: &str, stub_name: &str, stub: &[u8]) -> Result<()> {
    println!("cargo:rerun-if-changed={source}");
    let out_dir = env::var_os("OUT_DIR").ok_or(
        "the environment variable OUT_DIR is not set: stubs can be built by \
         build scripts only",
    )?;
    let path = PathBuf::from(out_dir).join(stub_name);
    fs::write(&path, stub)
        .map_err(|error| Error::io("write", &path, &error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
