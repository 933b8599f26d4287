// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! What the runtime does that no generated server shows.

mod tests {
    use core::convert::Infallible;
    use core::sync::atomic::Ordering::Relaxed;

    use counters::Count;
    use idol_runtime::{ClientError, RequestError, ServerDeath};
    use userlib::ReplyFaultReason;

    const ALL: [ClientError; 7] = [
        ClientError::UnknownOperation,
        ClientError::BadMessageSize,
        ClientError::BadLease,
        ClientError::WentAway,
        ClientError::BadMessageContents,
        ClientError::ReplyBufferTooSmall,
        ClientError::AccessViolation,
    ];

    #[derive(Copy, Clone, Debug, PartialEq)]
    struct Error(u16);

    impl From<Error> for u16 {
        fn from(error: Error) -> Self {
            error.0
        }
    }

    #[test]
    fn client_errors_have_the_values_specified() {
        let values = ALL.map(u32::from);
        assert_eq!(values[0], 0xFFFF_FE00);
        assert!(values.is_sorted_by(|a, b| a + 1 == *b));
    }

    #[test]
    fn client_errors_become_faults() {
        use ReplyFaultReason as Reason;
        assert_eq!(
            ALL.map(ClientError::into_fault),
            [
                Some(Reason::UndefinedOperation),
                Some(Reason::BadMessageSize),
                Some(Reason::BadLeases),
                None,
                Some(Reason::BadMessageContents),
                Some(Reason::ReplyBufferTooSmall),
                Some(Reason::AccessViolation),
            ]
        );
    }

    #[test]
    fn request_errors_convert() {
        fn fails() -> Result<Infallible, RequestError<Error>> {
            Err(Error(7))?
        }
        let runtime = fails().unwrap_err();
        assert_eq!(runtime, RequestError::Runtime(Error(7)));
        assert_eq!(u32::from(runtime), 7);
        let mapped = runtime.map_runtime(|Error(n)| n + 1);
        assert_eq!(mapped, RequestError::Runtime(8));

        let fail = RequestError::<Error>::went_away();
        assert_eq!(fail, ClientError::WentAway.fail());
        assert_eq!(u32::from(fail), 0xFFFF_FE03);
        assert_eq!(
            fail.map_runtime(|_| -> u8 { unreachable!() }),
            RequestError::Fail(ClientError::WentAway)
        );
    }

    #[test]
    fn request_errors_count_their_causes() {
        counters::counters!(COUNTERS, RequestError<bool>);
        counters::count!(COUNTERS, RequestError::Runtime(true));
        let fail: RequestError<bool> = ClientError::BadLease.fail();
        counters::count!(COUNTERS, fail);
        assert_eq!(COUNTERS.Runtime.r#true.load(Relaxed), 1);
        assert_eq!(COUNTERS.Runtime.r#false.load(Relaxed), 0);
        assert_eq!(COUNTERS.Fail.BadLease.load(Relaxed), 1);
    }

    #[test]
    fn the_death_of_a_server_is_counted() {
        counters::counters!(COUNTERS, ServerDeath);
        ServerDeath.count(&COUNTERS);
        assert_eq!(COUNTERS.load(Relaxed), 1);
    }
}
