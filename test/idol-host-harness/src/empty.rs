// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! An interface without operations.

include!(concat!(env!("OUT_DIR"), "/empty_client.rs"));

mod idl {
    include!(concat!(env!("OUT_DIR"), "/empty_server.rs"));
}

#[cfg(test)]
mod tests {
    use userlib::ReplyFaultReason;
    use userlib::kernel::{self, Outcome};

    use super::{Empty, EmptyOperation, idl};
    use crate::{no_notifications, start_server};

    struct Server;

    impl idl::InOrderEmptyImpl for Server {}

    no_notifications!(Server);

    #[test]
    fn whatever_is_asked_is_a_fault() {
        assert_eq!(size_of::<EmptyOperation>(), 0);
        assert_eq!(idl::INCOMING_SIZE, 0);
        let target = start_server!(idl, Server);
        let _ = Empty::from(target);
        for op in [0, 1, 0xFFFF] {
            let outcome = kernel::send(target, op, &[], &mut [], &[]);
            let expected = ReplyFaultReason::UndefinedOperation;
            assert_eq!(outcome, Outcome::Fault(expected));
        }
    }
}
