// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::sys_get_timer;

/// The notification bits that ended a receive.
#[derive(Copy, Clone)]
#[repr(transparent)]
pub struct NotificationBits(u32);

impl NotificationBits {
    /// Wraps raw bits.
    pub fn new(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits as a number.
    pub fn get_raw_bits(&self) -> u32 {
        self.0
    }

    /// Whether any bit of `mask` was posted.
    pub fn check_notification_mask(&self, mask: u32) -> bool {
        self.0 & mask != 0
    }

    /// Whether any bit of `mask` was posted and `cond` holds.
    ///
    /// Notifications can be left over from an earlier cause, or be posted by
    /// anyone; `cond` asks the source itself. It is called only if a bit of
    /// `mask` was posted.
    pub fn check_condition<F>(&self, mask: u32, cond: F) -> bool
    where
        F: Fn() -> bool,
    {
        self.check_notification_mask(mask) && cond()
    }

    /// Whether a bit of `timer_mask` was posted and the timer really is spent.
    pub fn has_timer_fired(&self, timer_mask: u32) -> bool {
        self.check_condition(timer_mask, || sys_get_timer().deadline.is_none())
    }
}
