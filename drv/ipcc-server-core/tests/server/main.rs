// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the server does in a world of modelled clients, with a modelled other
//! core.

mod life;
mod lost_wake_ups;
mod peers;
mod polls;
mod sessions;
mod settling;
mod streams;
mod world;
