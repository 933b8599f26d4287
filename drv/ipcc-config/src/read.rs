// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From TOML to a checked configuration.

use crate::layout;
use crate::problem::Problem;
use crate::{
    CHANNELS_MAX, CONTROL_SIZE, Channel, Config, Format, Link, Side, StartPeer,
    Surroundings,
};
use toml::{Table, Value};

const KEYS: &[&str] = &[
    "side",
    "window",
    "start-peer",
    "sessions",
    "control",
    "poll-waiters",
    "channels",
];

/// Keys that make sense only where there is another core.
const LINK_KEYS: &[&str] =
    &["side", "window", "start-peer", "sessions", "control"];

const CHANNEL_KEYS: &[&str] = &[
    "number",
    "format",
    "rx-mailbox",
    "tx-mailbox",
    "rx-buffer",
    "tx-buffer",
    "access",
    "clients",
    "reopen",
];

/// Keys that make sense only where there are messages.
const SLOT_KEYS: &[&str] =
    &["rx-mailbox", "tx-mailbox", "rx-buffer", "tx-buffer"];

const MAILBOX_KEYS: &[&str] = &["address", "size"];

/// Most poll waiters per channel; each costs 12 bytes of RAM on each.
const POLL_WAITERS_MAX: u32 = 32;

/// Reads and checks the table.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub fn read(table: &Table, around: &Surroundings) -> Result<Config, Problem> {
    let top = Node {
        around,
        path: format!("tasks.{}.config", around.task),
        table,
    };
    top.check_keys(KEYS)?;
    if around.is_loopback
        && let Some(key) = LINK_KEYS.iter().find(|k| table.contains_key(**k))
    {
        return Err(top.problem(
            key,
            "the loopback has no other core".into(),
            "remove the key, or build the driver for a chip family".into(),
        ));
    }

    let poll_waiters = top.number("poll-waiters", 4, 1, POLL_WAITERS_MAX)?;

    let mut clients = Vec::new();
    for name in &around.clients {
        if let Some((_, index)) =
            around.tasks.iter().find(|(task, _)| task == name)
        {
            clients.push(*index);
        }
    }
    if clients.len() > 32 {
        return Err(top.problem(
            "",
            format!("{} tasks have a slot for this one", clients.len()),
            "the driver serves 32 client tasks at most".into(),
        ));
    }

    let nodes = top.channels()?;
    let mut channels: Vec<Channel> = Vec::new();
    for node in &nodes {
        let channel = read_channel(node)?;
        if channels.iter().any(|c| c.number == channel.number) {
            return Err(node.problem(
                "number",
                format!("{} is taken by a channel above", channel.number),
                "give each channel a number of its own".into(),
            ));
        }
        channels.push(channel);
    }
    let link = if around.is_loopback {
        None
    } else {
        Some(read_link(&top, &nodes, &mut channels)?)
    };
    Ok(Config {
        link,
        poll_waiters: poll_waiters as u8,
        clients,
        channels,
    })
}

/// Reads how the other core is reached, and places the mailboxes.
fn read_link(
    top: &Node<'_>,
    nodes: &[Node<'_>],
    channels: &mut [Channel],
) -> Result<Link, Problem> {
    let around = top.around;
    let side = top.choose(
        "side",
        None,
        &[("cpu1", Side::Cpu1), ("cpu2", Side::Cpu2)],
    )?;
    let window_name = top.text("window")?;
    let window = around
        .windows
        .iter()
        .find(|window| window.name == window_name)
        .ok_or_else(|| {
            top.problem(
                "window",
                format!("{window_name:?} is not among the extern-regions"),
                format!(
                    "write `extern-regions = [{window_name:?}]` in \
                     [tasks.{}]; the memory file has to define it",
                    around.task
                ),
            )
        })?;
    let start_peer = match top.table.get("start-peer") {
        None => None,
        Some(_) => Some(top.choose(
            "start-peer",
            None,
            &[
                ("at-start", StartPeer::AtStart),
                ("on-request", StartPeer::OnRequest),
            ],
        )?),
    };
    if start_peer.is_some() && side == Side::Cpu2 {
        return Err(top.problem(
            "start-peer",
            "CPU2 cannot start CPU1".into(),
            "remove the key, or correct `side`".into(),
        ));
    }
    layout::place(nodes, channels, window, side)?;
    let has_sessions = top.flag("sessions", true)?;
    if !has_sessions && top.table.contains_key("control") {
        return Err(top.problem(
            "control",
            "there is no control block without sessions".into(),
            "remove the key, or write `sessions = true`".into(),
        ));
    }
    let control = if has_sessions {
        let end = window.address.saturating_add(window.size);
        let default = end.saturating_sub(CONTROL_SIZE);
        let address = top.number("control", default, 0, u32::MAX)?;
        layout::check_control(top, address, nodes, channels, window)?;
        Some(address)
    } else {
        None
    };
    Ok(Link {
        side,
        window: window.clone(),
        start_peer,
        control,
    })
}

fn read_channel(node: &Node<'_>) -> Result<Channel, Problem> {
    node.check_keys(CHANNEL_KEYS)?;
    if !node.table.contains_key("number") {
        return Err(node.missing("number", "a number from 1"));
    }
    let number = node.number("number", 0, 1, u32::from(CHANNELS_MAX))?;
    let is_doorbell = node.choose(
        "format",
        Some(false),
        &[("slot", false), ("doorbell", true)],
    )?;
    let format = if is_doorbell {
        if let Some(key) =
            SLOT_KEYS.iter().find(|key| node.table.contains_key(**key))
        {
            return Err(node.problem(
                key,
                "a doorbell channel carries no messages".into(),
                "remove the key, or write `format = \"slot\"`".into(),
            ));
        }
        Format::Doorbell
    } else {
        Format::Slot {
            rx: node.mailbox("rx-mailbox")?,
            tx: node.mailbox("tx-mailbox")?,
            rx_buffer: node.number("rx-buffer", 0, 0, 0xFFFF)?,
            tx_buffer: node.number("tx-buffer", 0, 0, 0xFFFF)?,
        }
    };
    Ok(Channel {
        number: number as u8,
        format,
        is_exclusive: node.choose(
            "access",
            Some(false),
            &[("shared", false), ("exclusive", true)],
        )?,
        is_reopenable: node.flag("reopen", true)?,
        clients: node.clients()?,
    })
}

/// A table, with where it is.
pub(crate) struct Node<'a> {
    around: &'a Surroundings,
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

    fn missing(&self, key: &str, what: &str) -> Problem {
        self.problem(
            key,
            "the key is missing".into(),
            format!("add `{key} = ...`, {what}"),
        )
    }

    fn wrong_type(&self, key: &str, value: &Value, want: &str) -> Problem {
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

    fn text(&self, key: &str) -> Result<&'a str, Problem> {
        match self.table.get(key) {
            None => Err(self.missing(key, "a string")),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong_type(key, other, "a string")),
        }
    }

    fn choose<T: Copy>(
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

    fn flag(&self, key: &str, default: bool) -> Result<bool, Problem> {
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

    fn channels(&self) -> Result<Vec<Node<'a>>, Problem> {
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

    fn mailbox(&self, key: &str) -> Result<crate::Mailbox, Problem> {
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
        let size = node.number("size", crate::MAILBOX_SIZE, 8, 0x1_0000)?;
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
        Ok(crate::Mailbox { address, size })
    }

    fn clients(&self) -> Result<Vec<usize>, Problem> {
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
            clients.push(i);
        }
        Ok(clients)
    }
}
