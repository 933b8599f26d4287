// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Where the mailboxes are.

use crate::node::Node;
use crate::problem::Problem;
use crate::{CONTROL_SIZE, Channel, Format, Mailbox, Region, Side};

/// Gives an address to every mailbox that has none, and checks them all.
pub(crate) fn place(
    nodes: &[Node<'_>],
    channels: &mut [Channel],
    window: &Region,
    side: Side,
) -> Result<(), Problem> {
    let mut next = window.address;
    for channel in &mut *channels {
        if let Format::Slot { rx, tx, .. } = &mut channel.format {
            let (from_cpu2, from_cpu1) = match side {
                Side::Cpu1 => (rx, tx),
                Side::Cpu2 => (tx, rx),
            };
            for mailbox in [from_cpu2, from_cpu1] {
                if mailbox.address == 0 {
                    mailbox.address = next;
                    next = next.saturating_add(mailbox.size);
                }
            }
        }
    }

    let all = mailboxes(channels);
    for (i, (index, key, mailbox)) in all.iter().enumerate() {
        let node = &nodes[*index];
        if !is_inside(mailbox.address, mailbox.size, window) {
            return Err(node.problem(
                key,
                format!(
                    "({:#010x}, {} bytes) is not inside {} ({:#010x}, {} \
                     bytes)",
                    mailbox.address,
                    mailbox.size,
                    window.name,
                    window.address,
                    window.size
                ),
                "make the mailboxes smaller, or the window larger".into(),
            ));
        }
        for (other, other_key, before) in &all[..i] {
            if overlap(*mailbox, *before) {
                return Err(node.problem(
                    key,
                    format!(
                        "({:#010x}, {} bytes) overlaps \
                         channels[{other}].{other_key} ({:#010x}, {} bytes)",
                        mailbox.address,
                        mailbox.size,
                        before.address,
                        before.size
                    ),
                    format!(
                        "channel mailboxes must be disjoint; the next free \
                         address is {:#010x}",
                        after_last(&all)
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Checks that the control block lies in the window, clear of mailboxes.
pub(crate) fn check_control(
    top: &Node<'_>,
    address: u32,
    nodes: &[Node<'_>],
    channels: &[Channel],
    window: &Region,
) -> Result<(), Problem> {
    let block = Mailbox {
        address,
        size: CONTROL_SIZE,
    };
    if !address.is_multiple_of(4) || !is_inside(address, CONTROL_SIZE, window) {
        return Err(top.problem(
            "control",
            format!(
                "({address:#010x}, {CONTROL_SIZE} bytes) is not inside {} \
                 ({:#010x}, {} bytes), or not word-aligned",
                window.name, window.address, window.size
            ),
            "leave the key out to put the block at the end of the window"
                .into(),
        ));
    }
    for (index, key, mailbox) in mailboxes(channels) {
        if overlap(mailbox, block) {
            return Err(top.problem(
                "control",
                format!(
                    "({address:#010x}, {CONTROL_SIZE} bytes) overlaps \
                     {}.{key} ({:#010x}, {} bytes)",
                    nodes[index].path, mailbox.address, mailbox.size
                ),
                "make the mailboxes smaller, move the block, or write \
                 `sessions = false` to do without it"
                    .into(),
            ));
        }
    }
    Ok(())
}

/// All mailboxes with their channel's index and key.
fn mailboxes(channels: &[Channel]) -> Vec<(usize, &'static str, Mailbox)> {
    let mut all = Vec::new();
    for (index, channel) in channels.iter().enumerate() {
        if let Format::Slot { rx, tx, .. } = channel.format {
            all.push((index, "rx-mailbox", rx));
            all.push((index, "tx-mailbox", tx));
        }
    }
    all
}

fn is_inside(address: u32, size: u32, window: &Region) -> bool {
    address
        .checked_sub(window.address)
        .and_then(|offset| offset.checked_add(size))
        .is_some_and(|end| end <= window.size)
}

fn overlap(a: Mailbox, b: Mailbox) -> bool {
    let end = |m: Mailbox| u64::from(m.address) + u64::from(m.size);
    u64::from(a.address) < end(b) && u64::from(b.address) < end(a)
}

fn after_last(all: &[(usize, &str, Mailbox)]) -> u32 {
    all.iter()
        .map(|(_, _, m)| m.address.saturating_add(m.size))
        .max()
        .unwrap_or(0)
}
