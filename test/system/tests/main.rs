// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the system as a whole does, a folder of facts per topic.

mod back_pressure;
mod build_features;
mod demo;
mod isolation;
mod restarts;
mod run_verb;
