// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The controller and what surrounds it on the chip.

use crate::config;
use drv_stm32xx_ipcc::{IPCC_BASE, Ipcc};
use drv_stm32xx_sys_api::{Peripheral, Sys};
use ipcc_channel::{
    ControlBlock, Discipline, Port, RxSlot, Sessions, Slots, TxSlot, Window,
    control,
};
use userlib::{UnwrapLite, task_slot};

#[cfg(not(feature = "family-stm32mp1"))]
use drv_stm32xx_ipcc::{PWR_BASE, SecondCore};

task_slot!(SYS, sys);

/// The controller with the configured channels.
pub type Controller = Slots<Ipcc, { config::CHANNELS.len() }>;

/// What only one task may hold.
pub struct Hardware {
    window: Window,
    is_cold: bool,
    #[cfg(not(feature = "family-stm32mp1"))]
    second_core: SecondCore,
}

impl Hardware {
    /// Takes it, with the controller's clock on. To be called once.
    pub fn claim() -> Self {
        #[cfg(not(feature = "family-stm32mp1"))]
        // SAFETY: where the other core is ours to start, `app.toml` maps the
        // power controller to this task and to no other; elsewhere nothing
        // is done with it.
        let second_core = unsafe { SecondCore::new(PWR_BASE as *mut u32) };
        #[cfg(not(feature = "family-stm32mp1"))]
        let is_cold = config::STARTS_PEER && !second_core.is_requested();
        #[cfg(feature = "family-stm32mp1")]
        let is_cold = false;

        let sys = Sys::from(SYS.get_task_id());
        sys.enable_clock(Peripheral::Ipcc);
        if is_cold {
            // The reset is for both directions and both cores, so it is for
            // who comes first, and only before the other has started.
            sys.enter_reset(Peripheral::Ipcc);
            sys.leave_reset(Peripheral::Ipcc);
        }

        let base = config::WINDOW_BASE as *mut u8;
        // SAFETY: the build maps this region to this task, readable and
        // writable, and places nothing in it.
        let window = unsafe { Window::new(base, config::WINDOW_SIZE) };
        Self {
            window,
            is_cold,
            #[cfg(not(feature = "family-stm32mp1"))]
            second_core,
        }
    }

    /// Whether the other core has never run since the last reset.
    pub fn is_cold(&self) -> bool {
        self.is_cold
    }

    /// The controller, all channels masked.
    pub fn controller(&self) -> Controller {
        // SAFETY: the build maps the controller to this task and to no
        // other, and `claim` has turned its clock on.
        let mut ipcc =
            unsafe { Ipcc::new(IPCC_BASE as *mut u32, config::SIDE) };
        ipcc.start();
        #[cfg(feature = "wake")]
        // SAFETY: `exti` is mapped to this task; others in this core that
        // use it do so through tasks that have not started, or leave the
        // second mask register alone.
        unsafe {
            drv_stm32xx_ipcc::unmask_wake_up(
                drv_stm32xx_ipcc::EXTI_BASE as *mut u32,
                config::SIDE,
            );
        }
        Slots::new(
            ipcc,
            config::PORTS.map(|port| Port {
                channel: port.channel,
                discipline: match port.slots {
                    Some(slots) => Discipline::Slot {
                        rx: RxSlot::new(self.part(slots.rx)),
                        tx: TxSlot::new(self.part(slots.tx)),
                    },
                    None => Discipline::Doorbell,
                },
            }),
        )
    }

    /// Our sessions, if `app.toml` wants them.
    pub fn sessions(&self, is_cold: bool) -> Option<Sessions> {
        let offset = config::CONTROL?;
        let cpu1 = self.part((offset, control::HALF));
        let cpu2 = self.part((offset + control::HALF, control::HALF));
        let block = match config::SIDE {
            drv_stm32xx_ipcc::Side::Cpu1 => ControlBlock::new(cpu1, cpu2),
            drv_stm32xx_ipcc::Side::Cpu2 => ControlBlock::new(cpu2, cpu1),
        };
        Some(Sessions::start(block, config::GEOMETRY, is_cold))
    }

    /// A part of the window. The build has checked that it is inside.
    fn part(&self, (offset, size): (usize, usize)) -> Window {
        self.window.part(offset, size).unwrap_lite()
    }

    /// Starts the other core, if that is ours to do.
    pub fn start_peer(&mut self) {
        #[cfg(not(feature = "family-stm32mp1"))]
        if config::STARTS_PEER {
            self.second_core.start();
        }
    }

    /// Whether the other core has started, as far as that is ours to know.
    pub fn is_peer_up(&self) -> bool {
        #[cfg(not(feature = "family-stm32mp1"))]
        if config::STARTS_PEER {
            return self.second_core.is_up();
        }
        false
    }
}
