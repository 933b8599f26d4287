// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From a checked configuration to the driver's constants.

use crate::{Config, Format, Side, StartPeer};
use std::fmt::Write;

/// The constants, as Rust source to be included in a module.
pub fn generate(config: &Config) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, config);
    out
}

fn write(out: &mut String, config: &Config) -> std::fmt::Result {
    let side = match config.side {
        Side::Cpu1 => "Cpu1",
        Side::Cpu2 => "Cpu2",
    };
    let starts_peer = config.start_peer.is_some();
    let starts_peer_now = config.start_peer == Some(StartPeer::AtStart);
    let base = config.window.address;
    let channels = &config.channels;
    writeln!(out, "pub const SIDE: Side = Side::{side};")?;
    writeln!(out, "pub const WINDOW_BASE: usize = {base:#x};")?;
    writeln!(
        out,
        "pub const WINDOW_SIZE: usize = {:#x};",
        config.window.size
    )?;
    writeln!(out, "pub const STARTS_PEER: bool = {starts_peer};")?;
    writeln!(out, "pub const STARTS_PEER_NOW: bool = {starts_peer_now};")?;
    writeln!(out, "pub const GEOMETRY: u32 = {:#x};", geometry(config))?;
    match config.control {
        None => writeln!(out, "pub const CONTROL: Option<usize> = None;")?,
        Some(address) => writeln!(
            out,
            "pub const CONTROL: Option<usize> = Some({:#x});",
            address - base
        )?,
    }
    writeln!(out, "pub const WAITERS: usize = {};", config.poll_waiters)?;
    writeln!(
        out,
        "pub const TASKS: [u16; {}] = {:?};",
        config.clients.len(),
        config.clients
    )?;
    writeln!(
        out,
        "pub static CHANNELS: [ChannelConfig; {}] = [",
        channels.len()
    )?;
    for channel in channels {
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
    writeln!(out, "pub const PORTS: [PortConfig; {}] = [", channels.len())?;
    for channel in channels {
        let number = channel.number;
        let slots = match channel.format {
            Format::Doorbell => "None".to_string(),
            Format::Slot { rx, tx, .. } => format!(
                "Some(SlotConfig {{ rx: ({:#x}, {:#x}), tx: ({:#x}, {:#x}) \
                 }})",
                rx.address - base,
                rx.size,
                tx.address - base,
                tx.size
            ),
        };
        writeln!(
            out,
            "    PortConfig {{ channel: {}, slots: {slots} }},",
            number - 1
        )?;
    }
    writeln!(out, "];")?;
    let buffers: Vec<(u32, u32)> = channels
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
        "pub const BUFFERS: [(usize, usize); {}] = {buffers:?};",
        channels.len()
    )
}

/// A number that both sides come to if, and almost only if, they agree on
/// where every message is: FNV-1a over the channels' numbers and mailboxes,
/// in the order of the numbers and as CPU1 sees them.
fn geometry(config: &Config) -> u32 {
    let mut channels: Vec<_> = config.channels.iter().collect();
    channels.sort_by_key(|channel| channel.number);
    let mut hash = 0x811C_9DC5_u32;
    for channel in channels {
        let mut words = vec![u32::from(channel.number)];
        if let Format::Slot { rx, tx, .. } = channel.format {
            let (from_cpu2, from_cpu1) = match config.side {
                Side::Cpu1 => (rx, tx),
                Side::Cpu2 => (tx, rx),
            };
            for mailbox in [from_cpu2, from_cpu1] {
                words.push(mailbox.address - config.window.address);
                words.push(mailbox.size);
            }
        }
        for byte in words.iter().flat_map(|word| word.to_le_bytes()) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}
