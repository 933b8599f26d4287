// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A table of the file, and how its values are taken and refused.

use crate::problem::Problem;
use crate::{MAILBOX_SIZE, Mailbox, Surroundings};
use toml::{Table, Value};

const MAILBOX_KEYS: &[&str] = &["address", "size"];

/// A table, with where it is.
pub(crate) struct Node<'a> {
    pub(crate) around: &'a Surroundings,
    pub(crate) path: String,
    pub(crate) table: &'a Table,
}

impl<'a> Node<'a> {
    pub(crate) fn problem(
        &self,
        key: &str,
        what: String,
        help: String,
    ) -> Problem {
        let dot = if key.is_empty() { "" } else { "." };
        Problem {
            what: format!(
                "{}: {}{dot}{key}: {what}",
                self.around.file, self.path
            ),
            help,
        }
    }

    pub(crate) fn missing(&self, key: &str, what: &str) -> Problem {
        self.problem(
            key,
            "the key is missing".into(),
            format!("add `{key} = ...`, {what}"),
        )
    }

    pub(crate) fn wrong_type(
        &self,
        key: &str,
        value: &Value,
        want: &str,
    ) -> Problem {
        self.problem(
            key,
            format!("expected {want}, found {} {value}", value.type_str()),
            format!("write {want}"),
        )
    }

    pub(crate) fn check_keys(&self, known: &[&str]) -> Result<(), Problem> {
        for key in self.table.keys() {
            if !known.contains(&key.as_str()) {
                let nearest = known
                    .iter()
                    .max_by(|a, b| {
                        strsim::jaro(a, key).total_cmp(&strsim::jaro(b, key))
                    })
                    .filter(|near| strsim::jaro(near, key) > 0.7);
                let help = match nearest {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known keys: {}", known.join(", ")),
                };
                return Err(self.problem(key, "unknown key".into(), help));
            }
        }
        Ok(())
    }

    pub(crate) fn text(&self, key: &str) -> Result<&'a str, Problem> {
        match self.table.get(key) {
            None => Err(self.missing(key, "a string")),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong_type(key, other, "a string")),
        }
    }

    pub(crate) fn choose<T: Copy>(
        &self,
        key: &str,
        default: Option<T>,
        choices: &[(&str, T)],
    ) -> Result<T, Problem> {
        let names: Vec<String> = choices
            .iter()
            .map(|(name, _)| format!("{name:?}"))
            .collect();
        let names = names.join(" or ");
        if !self.table.contains_key(key) {
            return default.ok_or_else(|| self.missing(key, &names));
        }
        let text = self.text(key)?;
        choices
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| {
                self.problem(
                    key,
                    format!("{text:?} is not a choice"),
                    format!("write {names}"),
                )
            })
    }

    pub(crate) fn flag(
        &self,
        key: &str,
        default: bool,
    ) -> Result<bool, Problem> {
        match self.table.get(key) {
            None => Ok(default),
            Some(Value::Boolean(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong_type(key, other, "true or false")),
        }
    }

    pub(crate) fn number(
        &self,
        key: &str,
        default: u32,
        min: u32,
        max: u32,
    ) -> Result<u32, Problem> {
        match self.table.get(key) {
            None => Ok(default),
            Some(Value::Integer(n)) => u32::try_from(*n)
                .ok()
                .filter(|n| (min..=max).contains(n))
                .ok_or_else(|| {
                    self.problem(
                        key,
                        format!("{n} is out of range"),
                        format!("write a number from {min} to {max}"),
                    )
                }),
            Some(other) => Err(self.wrong_type(key, other, "a number")),
        }
    }

    pub(crate) fn channels(&self) -> Result<Vec<Node<'a>>, Problem> {
        let help = "a [[...channels]] table per channel";
        let list = match self.table.get("channels") {
            None => return Err(self.missing("channels", help)),
            Some(Value::Array(list)) if list.is_empty() => {
                return Err(self.missing("channels", help));
            }
            Some(Value::Array(list)) => list,
            Some(other) => {
                return Err(self.wrong_type("channels", other, help));
            }
        };
        list.iter()
            .enumerate()
            .map(|(i, value)| match value {
                Value::Table(table) => Ok(Node {
                    around: self.around,
                    path: format!("{}.channels[{i}]", self.path),
                    table,
                }),
                other => Err(self.wrong_type("channels", other, help)),
            })
            .collect()
    }

    pub(crate) fn mailbox(&self, key: &str) -> Result<Mailbox, Problem> {
        let empty = Table::new();
        let table = match self.table.get(key) {
            None => &empty,
            Some(Value::Table(table)) => table,
            Some(other) => {
                let want = "{ address = ..., size = ... }";
                return Err(self.wrong_type(key, other, want));
            }
        };
        let node = Node {
            around: self.around,
            path: format!("{}.{key}", self.path),
            table,
        };
        node.check_keys(MAILBOX_KEYS)?;
        let size = node.number("size", MAILBOX_SIZE, 8, 0x1_0000)?;
        // An address of 0 is none: `layout` fills it in.
        let address = node.number("address", 0, 1, u32::MAX)?;
        if address != 0 && self.around.is_loopback {
            return Err(node.problem(
                "address",
                "the loopback's messages have no fixed place".into(),
                "remove the key".into(),
            ));
        }
        for (key, value) in [("size", size), ("address", address)] {
            if !value.is_multiple_of(4) {
                return Err(node.problem(
                    key,
                    format!("{value:#x} is not a multiple of 4"),
                    "the length word in front of a message has to be \
                     word-aligned"
                        .into(),
                ));
            }
        }
        Ok(Mailbox { address, size })
    }

    pub(crate) fn clients(&self) -> Result<Vec<usize>, Problem> {
        let around = self.around;
        let list = match self.table.get("clients") {
            None => return Ok((0..around.clients.len()).collect()),
            Some(Value::Array(list)) => list,
            Some(other) => {
                let want = "a list of task names";
                return Err(self.wrong_type("clients", other, want));
            }
        };
        let mut clients = Vec::new();
        for value in list {
            let Value::String(name) = value else {
                return Err(self.wrong_type("clients", value, "a task name"));
            };
            let known = around.tasks.iter().any(|(task, _)| task == name);
            let Some(i) = around.clients.iter().position(|c| c == name) else {
                let help = if known {
                    format!(
                        "write `task-slots = [{:?}]` in [tasks.{name}]",
                        around.task
                    )
                } else {
                    "list tasks of this application".into()
                };
                let what = if known {
                    format!("task {name:?} has no slot for {:?}", around.task)
                } else {
                    format!("there is no task {name:?}")
                };
                return Err(self.problem("clients", what, help));
            };
            if clients.contains(&i) {
                return Err(self.problem(
                    "clients",
                    format!("task {name:?} is listed twice"),
                    "list each task once".into(),
                ));
            }
            clients.push(i);
        }
        Ok(clients)
    }
}
