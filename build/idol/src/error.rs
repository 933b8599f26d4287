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
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
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
        Self {
            file: None,
            position: None,
            place,
            problem: problem.into(),
            help: None,
        }
    }

    /// Adds the way out.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
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
            Ron::Message(message) => message.clone(),
            other => lower_first(&other.to_string()),
        };
        let help = match &error.code {
            Ron::ExpectedOption => {
                Some("optional values are written `Some(...)` or `None`".into())
            }
            _ => None,
        };
        Self {
            position: Some((line, Some(column))),
            help,
            ..Self::new(place, problem)
        }
    }

    /// Says that the error is in the file `path`, which contains `text`.
    pub(crate) fn in_file(mut self, path: &Path, text: &str) -> Self {
        if self.position.is_none() {
            self.position = source::line_of(text, &self.place.keys())
                .map(|line| (line, None));
        }
        self.file = Some(path.to_path_buf());
        self
    }

    /// A failure to `action` the file `path`.
    pub(crate) fn io(
        action: &str,
        path: &Path,
        error: &std::io::Error,
    ) -> Self {
        let problem = format!("cannot {action} this file: {error}");
        Self {
            file: Some(path.to_path_buf()),
            ..Self::new(Place::interface(), problem)
        }
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
        match (&self.file, self.position) {
            (Some(file), Some((line, Some(column)))) => {
                write!(f, "{}:{line}:{column}: ", file.display())?;
            }
            (Some(file), Some((line, None))) => {
                write!(f, "{}:{line}: ", file.display())?;
            }
            (Some(file), None) => write!(f, "{}: ", file.display())?,
            (None, Some((line, _))) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        write!(f, "{}{}", self.place, self.problem)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
