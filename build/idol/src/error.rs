// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What can be wrong with an interface, told to a person.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::source;
use crate::syntax::Name;

/// A defect of an interface, or a failure to read or write a file.
///
/// `Debug` prints what `Display` prints: an error that a build script returns
/// is shown by `Debug`.
pub struct Error(Box<Report>);

struct Report {
    file: Option<PathBuf>,
    /// Line and, where it is known, column; both count from 1.
    position: Option<(usize, Option<usize>)>,
    place: Place,
    problem: String,
    help: Option<String>,
}

/// The part of an interface that an error is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    op: Option<String>,
    /// The field of the operation, and the entry in it.
    item: Option<(&'static str, String)>,
}

impl Place {
    pub fn interface() -> Self {
        Self::default()
    }

    pub fn op(name: impl fmt::Display) -> Self {
        Self {
            op: Some(name.to_string()),
            item: None,
        }
    }

    pub fn arg(op: &Name, arg: &Name) -> Self {
        Self {
            item: Some(("args", arg.to_string())),
            ..Self::op(op)
        }
    }

    pub fn lease(op: &Name, lease: &Name) -> Self {
        Self {
            item: Some(("leases", lease.to_string())),
            ..Self::op(op)
        }
    }

    /// The keys that lead to this place in a file.
    fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        if let Some(op) = &self.op {
            keys.extend(["ops", op]);
        }
        if let Some((field, name)) = &self.item {
            keys.extend([field, name.as_str()]);
        }
        keys
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(op) = &self.op {
            write!(f, "operation `{op}`: ")?;
        }
        match &self.item {
            Some(("leases", name)) => write!(f, "lease `{name}`: "),
            Some((_, name)) => write!(f, "argument `{name}`: "),
            None => Ok(()),
        }
    }
}

impl Error {
    pub(crate) fn new(place: Place, problem: impl Into<String>) -> Self {
        Self(Box::new(Report {
            file: None,
            position: None,
            place,
            problem: problem.into(),
            help: None,
        }))
    }

    /// Adds the way out.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// An error found while reading `text`.
    pub(crate) fn syntax(error: ron::error::SpannedError, text: &str) -> Self {
        use ron::Error as Ron;

        let (line, column) = (error.position.line, error.position.col);
        let keys = source::keys_at(text, line, column);
        let place = match keys.as_slice() {
            [ops, op, ..] if ops == "ops" => Place::op(op),
            _ => Place::interface(),
        };
        let problem = match &error.code {
            Ron::MissingStructField { field, .. } => {
                format!("expected a field `{field}`, which is missing")
            }
            Ron::DuplicateStructField { field, .. } => {
                format!("duplicate key `{field}`")
            }
            Ron::NoSuchEnumVariant {
                expected, found, ..
            } => format!(
                "expected one of {}, but found `{found}`",
                expected.join(", ")
            ),
            Ron::ExpectedIdentifier => expected_at(&keys).into(),
            Ron::Message(message) => message.clone(),
            other => lower_first(&other.to_string()),
        };
        let mut report = Self::new(place, problem);
        report.0.position = Some((line, Some(column)));
        match error.code {
            Ron::ExpectedOption => {
                report.help("optional values are written `Some(...)` or `None`")
            }
            _ => report,
        }
    }

    /// Says that the error is in the file `path`, which contains `text`.
    pub(crate) fn in_file(mut self, path: &Path, text: &str) -> Self {
        if self.0.position.is_none() {
            self.0.position = source::line_of(text, &self.0.place.keys())
                .map(|line| (line, None));
        }
        self.0.file = Some(path.to_path_buf());
        self
    }

    /// A failure to `action` the file `path`.
    pub(crate) fn io(
        action: &str,
        path: &Path,
        error: &std::io::Error,
    ) -> Self {
        let problem = format!("cannot {action} this file: {error}");
        let mut report = Self::new(Place::interface(), problem);
        report.0.file = Some(path.to_path_buf());
        report
    }
}

/// What is expected as the value of the last of `keys`, which is an enum.
fn expected_at(keys: &[String]) -> &'static str {
    match keys.last().map(String::as_str) {
        Some("reply") => {
            "expected `Simple(...)` or `Result(ok: ..., err: ...)`"
        }
        Some("err") => "expected `CLike(...)`, `Complex(...)` or `ServerDeath`",
        Some("recv") => {
            "expected `FromBytes`, `FromPrimitive(...)` or `From(...)`"
        }
        Some("encoding") => "expected `Zerocopy`, `Ssmarshal` or `Hubpack`",
        _ => "expected an identifier",
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            file,
            position,
            place,
            problem,
            help,
        } = &*self.0;
        if let Some(file) = file {
            write!(f, "{}:", file.display())?;
        }
        match position {
            Some((line, Some(column))) => write!(f, "{line}:{column}: ")?,
            Some((line, None)) => write!(f, "{line}: ")?,
            None if file.is_some() => write!(f, " ")?,
            None => {}
        }
        write!(f, "{place}{problem}")?;
        match help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
