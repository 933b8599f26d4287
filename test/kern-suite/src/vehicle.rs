// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What differs between the boards.

/// A timer that asserts its interrupt until it is told not to: the peripheral
/// `level`.
#[cfg_attr(feature = "wl55", path = "vehicle/tim2.rs")]
#[cfg_attr(feature = "an386", path = "vehicle/timer0.rs")]
pub mod level;
