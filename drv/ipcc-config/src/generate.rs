// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From a checked configuration to the driver's constants.

use crate::{Channel, Config, Format, Link, Mailbox, Side, StartPeer};
use std::fmt::{Result, Write};

/// The constants, as Rust source to be included in a module.
pub fn generate(config: &Config) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, config);
    out
}

fn write(out: &mut String, config: &Config) -> Result {
    match &config.link {
        Some(link) => write_link(out, &config.channels, link)?,
        None => write_loopback(out, &config.channels)?,
    }
    let n = config.channels.len();
    writeln!(out, "pub const WAITERS: usize = {};", config.poll_waiters)?;
    let tasks = &config.clients;
    writeln!(out, "pub const TASKS: [u16; {}] = {tasks:?};", tasks.len())?;
    writeln!(out, "pub static CHANNELS: [ChannelConfig; {n}] = [")?;
    for channel in &config.channels {
        let kind = match channel.format {
            Format::Slot { .. } => "Stream",
            Format::Doorbell => "Doorbell",
        };
        let clients: u32 = channel.clients.iter().map(|i| 1 << i).sum();
        writeln!(
            out,
            "    ChannelConfig {{ number: {}, kind: Kind::{kind}, \
             is_exclusive: {}, is_reopenable: {}, clients: {clients:#b} }},",
            channel.number, channel.is_exclusive, channel.is_reopenable,
        )?;
    }
    writeln!(out, "];")?;
    let buffers: Vec<(u32, u32)> = config
        .channels
        .iter()
        .map(|channel| match channel.format {
            Format::Slot {
                rx_buffer,
                tx_buffer,
                ..
            } => (rx_buffer, tx_buffer),
            Format::Doorbell => (0, 0),
        })
        .collect();
    let total: u32 = buffers.iter().map(|(rx, tx)| rx + tx).sum();
    writeln!(out, "pub const BUFFER_BYTES: usize = {total};")?;
    writeln!(
        out,
        "pub const BUFFERS: [(usize, usize); {n}] = {buffers:?};"
    )
}

fn write_link(out: &mut String, channels: &[Channel], link: &Link) -> Result {
    let base = link.window.address;
    let start = link.start_peer;
    let starts_now = start == Some(StartPeer::AtStart);
    let control = link.control.map(|address| address - base);
    writeln!(out, "pub const SIDE: Side = Side::{:?};", link.side)?;
    writeln!(out, "pub const WINDOW_BASE: usize = {base:#x};")?;
    writeln!(
        out,
        "pub const WINDOW_SIZE: usize = {:#x};",
        link.window.size
    )?;
    writeln!(out, "pub const STARTS_PEER: bool = {};", start.is_some())?;
    writeln!(out, "pub const STARTS_PEER_NOW: bool = {starts_now};")?;
    writeln!(out, "pub const CONTROL: Option<usize> = {control:?};")?;
    let geometry = geometry(channels, link);
    writeln!(out, "pub const GEOMETRY: u32 = {geometry:#x};")?;
    writeln!(out, "pub const PORTS: [PortConfig; {}] = [", channels.len())?;
    for channel in channels {
        let place = |m: Mailbox| (m.address - base, m.size);
        let slots = match channel.format {
            Format::Doorbell => "None".to_string(),
            Format::Slot { rx, tx, .. } => format!(
                "Some(SlotConfig {{ rx: {:?}, tx: {:?} }})",
                place(rx),
                place(tx)
            ),
        };
        writeln!(
            out,
            "    PortConfig {{ channel: {}, slots: {slots} }},",
            channel.number - 1
        )?;
    }
    writeln!(out, "];")
}

fn write_loopback(out: &mut String, channels: &[Channel]) -> Result {
    // What is sent is what is received, so one memory serves both directions.
    let messages: Vec<u32> = channels
        .iter()
        .map(|channel| match channel.format {
            Format::Slot { tx, .. } => tx.size - 4,
            Format::Doorbell => 0,
        })
        .collect();
    let n = messages.len();
    let total: u32 = messages.iter().sum();
    writeln!(out, "pub const STARTS_PEER: bool = false;")?;
    writeln!(out, "pub const STARTS_PEER_NOW: bool = false;")?;
    writeln!(out, "pub const MESSAGES: [usize; {n}] = {messages:?};")?;
    writeln!(out, "pub const MESSAGE_BYTES: usize = {total};")
}

/// A number that both sides come to if, and almost only if, they agree on
/// where every message is: FNV-1a over the channels' numbers and mailboxes,
/// in the order of the numbers, CPU2's mailbox first.
fn geometry(channels: &[Channel], link: &Link) -> u32 {
    let mut channels: Vec<_> = channels.iter().collect();
    channels.sort_by_key(|channel| channel.number);
    let mut hash = 0x811C_9DC5_u32;
    for channel in channels {
        let mut words = vec![u32::from(channel.number)];
        if let Format::Slot { rx, tx, .. } = channel.format {
            let (from_cpu2, from_cpu1) = match link.side {
                Side::Cpu1 => (rx, tx),
                Side::Cpu2 => (tx, rx),
            };
            for mailbox in [from_cpu2, from_cpu1] {
                words.push(mailbox.address - link.window.address);
                words.push(mailbox.size);
            }
        }
        for byte in words.iter().flat_map(|word| word.to_le_bytes()) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}
