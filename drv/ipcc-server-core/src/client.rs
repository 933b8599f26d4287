// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! One task that may call us.

use crate::calls::Call;
use abi::TaskId;

/// One task that may call us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// The task's index, which never changes.
    pub(crate) task: u16,
    /// The id it called with last; another generation is another client.
    pub(crate) id: TaskId,
    /// The call it waits in.
    pub(crate) call: Option<Call>,
    /// The kernel says that it waits no more: what it holds is to be released.
    pub(crate) is_gone: bool,
}

impl Client {
    /// A task that has not called yet.
    pub(crate) const UNKNOWN: Self = Self {
        task: 0,
        id: TaskId::UNBOUND,
        call: None,
        is_gone: false,
    };
}
