// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The configuration, which the build script generates from `HUBRIS_KCONFIG`.

use super::TaskPtr;
use crate::config::{Config, IrqTable};
use crate::descs::TaskDesc;
use crate::region::{RegionAttributes, RegionDesc};
use crate::set::{Order, place};
use crate::sizes::TASK_COUNT;

include!(concat!(env!("OUT_DIR"), "/kconfig.rs"));
