// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Reads and checks the IPCC driver's table in `app.toml`, on behalf of its
//! build script.
//!
//! ```toml
//! [tasks.ipcc.config]
//! side = "cpu1"                    # or "cpu2"
//! window = "ipcc_window"           # one of the task's extern-regions
//! start-peer = "at-start"          # or "on-request"; absent: not ours
//! sessions = true                  # tell a peer like us of restarts
//! control = 0x20008fe0             # default: the end of the window
//! poll-waiters = 4                 # per channel
//!
//! [[tasks.ipcc.config.channels]]
//! number = 1                       # from 1
//! format = "slot"                  # or "doorbell", which has nothing below
//! rx-mailbox = { address = 0x20008000, size = 256 }
//! tx-mailbox = { address = 0x20008100, size = 256 }
//! rx-buffer = 512                  # bytes; 0, the default: unbuffered
//! tx-buffer = 512
//! access = "shared"                # or "exclusive"
//! clients = ["console"]            # default: all tasks with a slot for us
//! reopen = true                    # after a shutdown
//! ```
//!
//! Mailboxes that are left out, or whose address is, follow each other from
//! the start of the window in the order of the channels: for each channel the
//! one that CPU2 sends from, then the one that CPU1 sends from. Both images
//! come to the same addresses, and so does NuttX with its defaults.
//!
//! A driver built with feature `loopback` has no other core: it takes only
//! `poll-waiters` and the channels, and no mailbox addresses.

#![forbid(unsafe_code)]

mod generate;
mod layout;
mod node;
mod problem;
mod read;

pub use generate::generate;
pub use problem::Problem;
pub use read::read;
pub use toml::Table;

/// Most channels that a chip with this controller has (`HWCFGR`).
pub const CHANNELS_MAX: u8 = 6;

/// Bytes of the control block.
pub const CONTROL_SIZE: u32 = 32;

/// Bytes of a mailbox whose size is not given, as in NuttX.
pub const MAILBOX_SIZE: u32 = 256;

/// What the build knows beside the table itself.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Name of the application file, for messages.
    pub file: String,
    /// Our task's name.
    pub task: String,
    /// Our task's external regions.
    pub windows: Vec<Region>,
    /// All tasks by name and index.
    pub tasks: Vec<(String, u16)>,
    /// Names of the tasks with a slot for us.
    pub clients: Vec<String>,
    /// The driver is built to talk to itself: no hardware, no second core.
    pub is_loopback: bool,
}

/// A named piece of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name in the memory file.
    pub name: String,
    /// First address.
    pub address: u32,
    /// Bytes.
    pub size: u32,
}

/// Which core the driver runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that starts first.
    Cpu1,
    /// The other.
    Cpu2,
}

/// When the other core is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartPeer {
    /// As soon as the driver can receive.
    AtStart,
    /// When a client asks for it.
    OnRequest,
}

/// The table, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The way to the other core; `None` for the loopback.
    pub link: Option<Link>,
    /// Poll waiters per channel.
    pub poll_waiters: u8,
    /// Task indices of all clients; channels refer to them by position.
    pub clients: Vec<u16>,
    /// The channels.
    pub channels: Vec<Channel>,
}

/// The way to the other core, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which core the driver runs on.
    pub side: Side,
    /// The shared memory.
    pub window: Region,
    /// When the other core is started, if that is ours to do.
    pub start_peer: Option<StartPeer>,
    /// Address of the control block, if sessions are on.
    pub control: Option<u32>,
}

/// One channel, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Hardware channel, from 1.
    pub number: u8,
    /// What it carries.
    pub format: Format,
    /// One client at a time.
    pub is_exclusive: bool,
    /// Can be opened again after a shutdown.
    pub is_reopenable: bool,
    /// Positions in [`Config::clients`].
    pub clients: Vec<usize>,
}

/// What a channel carries, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Messages.
    Slot {
        /// What we receive from.
        rx: Mailbox,
        /// What we send from.
        tx: Mailbox,
        /// Bytes of the receive buffer.
        rx_buffer: u32,
        /// Bytes of the send buffer.
        tx_buffer: u32,
    },
    /// Rings.
    Doorbell,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// First address.
    pub address: u32,
    /// Bytes, length word included.
    pub size: u32,
}
