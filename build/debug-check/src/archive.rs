// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The archive as a container: format, members and their order.

use crate::rule::{Findings, Rule};
use std::io::{Cursor, Read};
use zip::{CompressionMethod, ZipArchive};

/// What the comment of the ZIP file starts with; a number follows.
const FORMAT: &str = "hubris build archive v";

/// The newest format that the debugger knows.
const NEWEST: u32 = 11;

/// Where an ELF file is a task.
const TASK_FOLDER: &str = "task";

/// Members without which no archive is opened.
const NEEDED: [&str; 3] = ["app.toml", "elf/kernel", "img/final.elf"];

/// The members of a build archive.
pub(crate) struct Archive {
    members: Vec<(String, Vec<u8>)>,
}

impl Archive {
    /// Unpacks an archive. `None` if it is none.
    pub fn open(bytes: &[u8], findings: &mut Findings) -> Option<Self> {
        let mut zip = match ZipArchive::new(Cursor::new(bytes)) {
            Ok(zip) => zip,
            Err(error) => {
                findings.add(Rule::A1, "archive", error.to_string());
                return None;
            }
        };
        check_format(zip.comment(), findings);

        let mut members = Vec::new();
        for index in 0..zip.len() {
            let unpacked = zip.by_index(index).map_err(std::io::Error::from);
            let unpacked = unpacked.and_then(|mut file| {
                let name = file.name().to_owned();
                let mut contents = Vec::new();
                file.read_to_end(&mut contents)?;
                Ok((name, file.compression(), contents))
            });
            let (name, method, contents) = match unpacked {
                Ok(unpacked) => unpacked,
                Err(error) => {
                    let place = format!("member {index}");
                    findings.add(Rule::A1, place, error.to_string());
                    continue;
                }
            };
            check_method(&name, method, findings);
            if name.contains('\\') {
                let what = "the separator of a path is \"/\"";
                findings.add(Rule::A1, name.as_str(), what);
            }
            members.push((name, contents));
        }
        let archive = Self { members };
        archive.check_members(findings);
        Some(archive)
    }

    /// The contents of a member.
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        let member = self.members.iter().find(|(known, _)| known == name);
        member.map(|(_, contents)| contents.as_slice())
    }

    /// A member of text.
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.member(name)?).ok()
    }

    /// The tasks: name, member and contents, in the order that numbers them.
    pub fn tasks(&self) -> impl Iterator<Item = (&str, &str, &[u8])> {
        self.members.iter().filter_map(|(name, contents)| {
            Some((task_name(name)?, name.as_str(), contents.as_slice()))
        })
    }

    fn check_members(&self, findings: &mut Findings) {
        for name in NEEDED {
            if self.member(name).is_none() {
                findings.add(Rule::A2, name, "the member is missing");
            }
        }
        if self.tasks().next().is_none() {
            findings.add(Rule::A2, "elf/task/*", "there is no task");
        }
        for name in ["git-rev", "image-name"] {
            let Some(contents) = self.member(name) else {
                continue;
            };
            match std::str::from_utf8(contents) {
                Err(_) => findings.add(Rule::A2, name, "it is not UTF-8"),
                Ok(text) if text.ends_with('\n') => {
                    findings.add(Rule::A2, name, "it ends in a newline");
                }
                Ok(_) => {}
            }
        }
        for (_, member, contents) in self.tasks() {
            if !contents.starts_with(b"\x7fELF") {
                let what = "it would be taken for a task, but is no ELF file";
                findings.add(Rule::A4, member, what);
            }
        }
        let names: Vec<_> = self.tasks().map(|(name, ..)| name).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let what = format!("there are two tasks \"{name}\"");
                findings.add(Rule::A4, "elf/task/*", what);
            }
        }
    }
}

/// The name of the task that a member is taken for.
fn task_name(member: &str) -> Option<&str> {
    let mut parts = member.trim_end_matches('/').rsplit('/');
    let name = parts.next()?;
    (parts.next()? == TASK_FOLDER).then_some(name)
}

fn check_format(comment: &[u8], findings: &mut Findings) {
    let version = std::str::from_utf8(comment)
        .ok()
        .and_then(|comment| comment.strip_prefix(FORMAT))
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|number| number.parse::<u32>().ok());
    let comment = String::from_utf8_lossy(comment);
    match version {
        None => findings.add(
            Rule::A1,
            "comment",
            format!("{comment:?} is not \"{FORMAT}{NEWEST}\""),
        ),
        Some(version) if version > NEWEST => findings.add(
            Rule::A1,
            "comment",
            format!("format {version} is newer than {NEWEST}"),
        ),
        Some(_) => {}
    }
}

fn check_method(
    member: &str,
    method: CompressionMethod,
    findings: &mut Findings,
) {
    use CompressionMethod::{Bzip2, Deflated, Stored};

    if !matches!(method, Stored | Deflated | Bzip2) {
        let what = format!("it is compressed by {method:?}");
        findings.add(Rule::A1, member, what);
    }
}

#[cfg(test)]
mod tests {
    use super::task_name;

    #[test]
    fn a_task_is_what_lies_in_a_folder_called_task() {
        assert_eq!(task_name("elf/task/jefe"), Some("jefe"));
        assert_eq!(task_name("x/y/task/foo"), Some("foo"));
        assert_eq!(task_name("elf/task/foo/"), Some("foo"));
        assert_eq!(task_name("stuff/task/readme.txt"), Some("readme.txt"));
        assert_eq!(task_name("task/pong/file.txt"), None);
        assert_eq!(task_name("elf/kernel"), None);
        assert_eq!(task_name("task"), None);
    }
}
