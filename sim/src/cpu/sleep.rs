// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Sleep and events.
//!
//! `rsemu` wakes a core for any enabled interrupt, knows nothing of events
//! from elsewhere, and sleeps cycle by cycle. Here a core sleeps without it.

use super::{Cpu, Power, system};

/// Whether and how a core sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asleep {
    Awake,
    /// Until an interrupt.
    Wfi,
    /// Until an interrupt or an event.
    Wfe,
}

/// What is going to end a sleep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waker {
    /// A pending exception does.
    pending: bool,
    /// A pending exception counts as an event (SCR.SEVONPEND).
    event: bool,
    /// The cycle at which SysTick becomes pending, or the end of time.
    systick_at: u64,
}

impl Waker {
    pub const NONE: Waker = Waker {
        pending: false,
        event: false,
        systick_at: u64::MAX,
    };
}

impl Cpu {
    /// Executes WFI, or returns to sleep when the last handler ends.
    pub(super) fn wait_for_interrupt(&mut self) {
        self.asleep = Asleep::Wfi;
        self.look_for_wakers();
    }

    /// Executes WFE.
    pub(super) fn wait_for_event(&mut self) {
        if !std::mem::take(&mut self.event) {
            self.asleep = Asleep::Wfe;
            self.look_for_wakers();
        }
    }

    /// Executes SEV.
    pub(super) fn send_event(&mut self) {
        self.event = true;
        self.shared.chip().send_event(self.id);
        self.shared.ask_attention();
    }

    /// Sets the event register, as an event from outside.
    pub fn signal_event(&mut self) {
        self.event = true;
    }

    /// Finds out what ends the sleep, if the core sleeps. To be called when
    /// interrupts become pending, and when time has passed without SysTick.
    pub(crate) fn look_for_wakers(&mut self) {
        if self.asleep == Asleep::Awake {
            return;
        }
        let regs = self.arm.regs();
        let (levels, now) = (self.levels, self.local);
        self.waker = self.arm.with_sys(|sys| {
            system::latch(sys, levels);
            Waker {
                pending: system::ends_sleep(sys, &regs),
                event: sys.scr & system::SCR_SEVONPEND != 0
                    && sys.pending.iter().any(|&w| w != 0),
                systick_at: system::systick_in(sys)
                    .map_or(u64::MAX, |left| now + left),
            }
        });
    }

    /// Whether the core sleeps and nothing wakes it.
    pub fn is_asleep(&self) -> bool {
        let wakes = match self.asleep {
            Asleep::Awake => true,
            Asleep::Wfi => self.waker.pending,
            Asleep::Wfe => self.waker.pending || self.waker.event || self.event,
        };
        self.power == Power::On && !wakes
    }

    /// Whether the core has nothing to do: it sleeps or does not run at all.
    pub fn is_idle(&self) -> bool {
        self.power != Power::On || self.is_asleep()
    }

    /// The cycle at which SysTick is going to wake a sleeping core.
    pub fn systick_at(&self) -> Option<u64> {
        let at = self.waker.systick_at;
        (self.is_asleep() && at != u64::MAX).then_some(at)
    }

    /// Ends a sleep that [`Cpu::is_asleep`] says is over.
    pub(super) fn wake(&mut self) {
        if self.asleep == Asleep::Wfe {
            self.event = false;
        }
        self.asleep = Asleep::Awake;
    }

    /// Lets time pass until `horizon` or SysTick.
    pub(super) fn sleep(&mut self, horizon: u64) {
        let until = if self.no_skip {
            self.local + 1
        } else {
            horizon.min(self.waker.systick_at)
        };
        let cycles = until - self.local;
        self.local = until;
        self.counters.sleep_cycles += cycles;
        self.arm.with_sys(|sys| system::tick(sys, cycles));
        if self.local == self.waker.systick_at {
            self.look_for_wakers();
        }
    }
}
