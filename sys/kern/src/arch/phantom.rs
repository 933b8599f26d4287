// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System calls that are none (ARMv6-M).
//!
//! If a task makes a system call on a bad stack, the fault is taken first, and
//! SVCall is still pending when its handler returns. There is no way to ask for
//! that, or to undo it. So the handler of the fault makes PendSV pending, too.
//! SVCall comes before it, because it has the smaller number, and the next task
//! only after both. An SVCall before that PendSV is a phantom.

use core::sync::atomic::AtomicBool;

/// A fault has been handled, and no task has run since.
pub static FAULT_IS_FRESH: AtomicBool = AtomicBool::new(false);
