// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A kernel without the feature for dumps.

use test_kern_api::call;
use test_kern_suite::cases;
use test_kern_suite::world::{ASSIST, RUNNER, room, usage};
use userlib::{Kipcnum, UsageError};

cases! { no_dump:
    dump_regions_are_an_unknown_operation,
    dumps_are_an_unknown_operation_even_to_the_supervisor,
}

fn dump_regions_are_an_unknown_operation() {
    let call = call::kipc(Kipcnum::GetTaskDumpRegion);
    ASSIST.call(call.message(room(0)).reply_to(room(1)));
    assert_eq!(ASSIST.fault(), usage(UsageError::BadKernelMessage));
}

fn dumps_are_an_unknown_operation_even_to_the_supervisor() {
    let call = call::kipc(Kipcnum::ReadTaskDumpRegion);
    RUNNER.call(call.message(room(0)).reply_to(room(1)));
    assert_eq!(RUNNER.fault(), usage(UsageError::BadKernelMessage));
    RUNNER.renew();
}
