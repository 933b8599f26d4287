// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From TOML to a checked configuration.

use crate::layout;
use crate::node::Node;
use crate::problem::Problem;
use crate::{
    CHANNELS_MAX, CONTROL_SIZE, Channel, Config, Format, Link, Side, StartPeer,
    Surroundings,
};
use toml::Table;

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
