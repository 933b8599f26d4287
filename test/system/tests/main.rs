// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the system as a whole does, a folder of facts per topic.

mod answers;
mod back_pressure;
mod build_features;
mod crash_sweep;
mod demo;
mod doorbell;
mod driver_cycles;
mod embedded_io;
mod hostile_peer;
mod interrupts;
mod isolation;
mod kernel_cycles;
mod loopback;
mod low_power;
mod nuttx;
mod restarts;
mod soak;
mod trace;
