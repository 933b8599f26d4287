// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Why the simulation stopped.

use crate::core_id::CoreId;
use crate::cpu::Change;
use crate::fault::Fault;
use crate::image::Location;
use std::fmt;

/// The reason a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The condition came true.
    Satisfied,
    /// The time allowed for the run is over.
    LimitReached,
    /// Both cores sleep and nothing is ever going to wake them.
    Idle,
    /// A core locked up: it faulted while handling a fault.
    Lockup {
        /// The core.
        core: CoreId,
        /// The last fault it took, if any was recorded.
        fault: Option<Box<Fault>>,
    },
    /// A core took a fault exception and the configuration asks to stop.
    Faulted(Box<Fault>),
    /// Strict mode: the guest used a register that is not modelled.
    Unmodelled(Unmodelled),
    /// A core reached a breakpoint.
    Breakpoint {
        /// The core.
        core: CoreId,
        /// The address.
        pc: u32,
    },
    /// A core changed a watched word.
    Watch {
        /// The core.
        core: CoreId,
        /// What changed.
        change: Change,
    },
    /// The chip was reset more often than the configuration allows.
    ResetLoop {
        /// Resets since power-on.
        resets: u32,
    },
    /// The input of a UART ran dry, see [`Soc::stop_when_starved`].
    ///
    /// [`Soc::stop_when_starved`]: crate::Soc::stop_when_starved
    InputNeeded,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Satisfied => f.write_str("the condition is met"),
            Stop::LimitReached => f.write_str("the time limit was reached"),
            Stop::Idle => f.write_str("both cores sleep for ever"),
            Stop::Lockup { core, fault } => {
                write!(f, "{core} locked up")?;
                match fault {
                    Some(fault) => write!(f, " after {fault}"),
                    None => Ok(()),
                }
            }
            Stop::Faulted(fault) => fault.fmt(f),
            Stop::Unmodelled(u) => u.fmt(f),
            Stop::Breakpoint { core, pc } => {
                write!(f, "{core} reached {pc:#010x}")
            }
            Stop::Watch { core, change } => write!(f, "{core}: {change}"),
            Stop::ResetLoop { resets } => {
                write!(f, "the chip was reset {resets} times")
            }
            Stop::InputNeeded => f.write_str("a UART waits for input"),
        }
    }
}

impl std::error::Error for Stop {}

/// The first access of a core to a register that no model covers, or to an
/// address in a peripheral where there is no register. It read as zero, or
/// the write was ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmodelled {
    /// The core.
    pub core: CoreId,
    /// The register's address.
    pub addr: u32,
    /// Whether the guest wrote it.
    pub is_write: bool,
    /// The chip has no register there either: strict mode goes on.
    pub is_reserved: bool,
    /// The instruction after the access.
    pub pc: u32,
    /// Module and symbol of the instruction.
    pub at: Option<Location>,
}

impl fmt::Display for Unmodelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_write { "wrote" } else { "read" };
        let why = if self.is_reserved {
            "where the chip has no register"
        } else {
            "a register that is not modelled"
        };
        write!(
            f,
            "{} {what} {:#010x}, {why}, at pc {:#010x}",
            self.core, self.addr, self.pc
        )?;
        match &self.at {
            Some(at) => write!(f, " ({at})"),
            None => Ok(()),
        }
    }
}
