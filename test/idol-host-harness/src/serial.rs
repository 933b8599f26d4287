// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Arguments and replies in the encodings of `ssmarshal` and `hubpack`.
//!
//! Both interfaces are the same but for the encoding, and so are the types and
//! the tests.

use derive_idol_err::IdolError;
use serde::{Deserialize, Serialize};
use userlib::FromPrimitive;

#[derive(
    Copy,
    Clone,
    Debug,
    PartialEq,
    Serialize,
    Deserialize,
    hubpack::SerializedSize,
)]
pub enum Shape {
    Point,
    Circle { radius: u32 },
    Square(u16),
}

#[derive(Copy, Clone, Debug, PartialEq, FromPrimitive, IdolError)]
pub enum SerialError {
    Odd = 1,
}

/// A type that travels as a `u16`, one less than what it is.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, hubpack::SerializedSize)]
pub struct Wrapped(u16);

impl From<u16> for Wrapped {
    fn from(raw: u16) -> Self {
        Self(raw + 1)
    }
}

/// Defines a server for the client `$Client`, and the tests.
#[cfg(test)]
macro_rules! tests {
    ($Client:ident, $Trait:path) => {
        use core::convert::Infallible;
        use idol_runtime::{Leased, R, RequestError};
        use userlib::kernel::{self, Outcome};
        use userlib::{Lease, RecvMessage, ReplyFaultReason};

        struct Server;

        impl $Trait for Server {
            fn shape(
                &mut self,
                _: &RecvMessage,
                shape: Shape,
                scale: Option<i16>,
            ) -> Result<Shape, RequestError<Infallible>> {
                Ok(match (shape, scale) {
                    (Shape::Circle { radius }, Some(scale)) => Shape::Circle {
                        radius: radius.wrapping_add_signed(scale.into()),
                    },
                    (Shape::Point, _) => Shape::Square(0x102),
                    _ => Shape::Point,
                })
            }

            fn flip(
                &mut self,
                _: &RecvMessage,
                flag: bool,
                number: u64,
            ) -> Result<bool, RequestError<SerialError>> {
                if number % 2 == 0 {
                    Ok(!flag)
                } else {
                    Err(SerialError::Odd.into())
                }
            }

            fn tuple(
                &mut self,
                _: &RecvMessage,
                (a, b): (u8, u32),
                tail: Leased<R, [u8]>,
            ) -> Result<(u32, u8), RequestError<Infallible>> {
                Ok((b + tail.len() as u32, a))
            }

            fn convert(
                &mut self,
                _: &RecvMessage,
            ) -> Result<Wrapped, RequestError<Infallible>> {
                Ok(Wrapped(7))
            }

            fn nothing(
                &mut self,
                _: &RecvMessage,
            ) -> Result<(), RequestError<Infallible>> {
                Ok(())
            }
        }

        crate::no_notifications!(Server);

        fn client() -> $Client {
            $Client::from(crate::start_server!(idl, Server))
        }

        /// Sends `message` for operation `op`; returns what becomes of it and
        /// the reply.
        fn send(op: u16, message: &[u8]) -> (Outcome, Vec<u8>) {
            let mut reply = vec![0; 16];
            let target = crate::start_server!(idl, Server);
            let outcome = kernel::send(target, op, message, &mut reply, &[]);
            if let Outcome::Reply { len, .. } = outcome {
                reply.truncate(len);
            }
            (outcome, reply)
        }

        const BAD_CONTENTS: Outcome =
            Outcome::Fault(ReplyFaultReason::BadMessageContents);

        #[test]
        fn enums_with_data_and_options_make_the_round_trip() {
            let client = client();
            let circle = Shape::Circle { radius: 10 };
            let expected = Shape::Circle { radius: 7 };
            assert_eq!(client.shape(circle, Some(-3)), expected);
            assert_eq!(client.shape(circle, None), Shape::Point);
            let expected = Shape::Square(0x102);
            assert_eq!(client.shape(Shape::Point, Some(1)), expected);
        }

        #[test]
        fn bools_integers_and_errors_make_the_round_trip() {
            let client = client();
            assert_eq!(client.flip(true, 2 << 40), Ok(false));
            assert_eq!(client.flip(false, 0), Ok(true));
            assert_eq!(client.flip(false, 1), Err(SerialError::Odd));
        }

        #[test]
        fn tuples_and_leases_make_the_round_trip() {
            assert!(matches!(
                client().tuple((3, 0x100), &[0; 5]),
                Ok((0x105, 3))
            ));
        }

        #[test]
        fn a_reply_is_converted_from_what_travels() {
            assert_eq!(client().convert(), Wrapped(8));
        }

        #[test]
        fn nothing_makes_the_round_trip() {
            client().nothing();
            assert_eq!(send(5, &[1, 2]).0, Outcome::Reply { code: 0, len: 0 });
        }

        #[test]
        fn variants_are_numbered_by_position_and_nothing_is_padded() {
            // Circle, its radius; Some, the scale.
            let (outcome, reply) = send(1, &[1, 1, 0, 0, 0, 1, 0xFF, 0]);
            assert_eq!(outcome, Outcome::Reply { code: 0, len: 5 });
            assert_eq!(reply, [1, 0, 1, 0, 0]);
            // Point; None.
            assert_eq!(send(1, &[0, 0]).1, [2, 2, 1]);
        }

        #[test]
        fn a_bool_argument_is_true_if_it_is_not_zero() {
            for (byte, expected) in [(0, 1), (1, 0), (0x80, 0)] {
                let message = [byte, 0, 0, 0, 0, 0, 0, 0, 0];
                assert_eq!(send(2, &message).1, [expected]);
            }
        }

        #[test]
        fn surplus_bytes_are_ignored() {
            let (outcome, _) = send(1, &[0, 0, 9]);
            assert_eq!(outcome, Outcome::Reply { code: 0, len: 3 });
        }

        #[test]
        fn a_message_that_cannot_be_decoded_is_a_fault() {
            assert_eq!(send(1, &[]).0, BAD_CONTENTS);
            assert_eq!(send(1, &[3, 0]).0, BAD_CONTENTS);
            assert_eq!(send(1, &[0, 2]).0, BAD_CONTENTS);
            assert_eq!(send(2, &[0; 8]).0, BAD_CONTENTS);
        }

        #[test]
        fn a_reply_buffer_for_the_longest_value_is_asked_for() {
            let target = crate::start_server!(idl, Server);
            let mut reply = [0; idl::SHAPE_REPLY_SIZE];
            let (_, short) = reply.split_first_mut().unwrap();
            let outcome = kernel::send(target, 1, &[0, 0], short, &[]);
            let expected = ReplyFaultReason::ReplyBufferTooSmall;
            assert_eq!(outcome, Outcome::Fault(expected));
        }

        proptest::proptest! {
            #[test]
            fn no_message_harms_the_server(
                op in 0..8u16,
                message in proptest::collection::vec(0..=255u8, 0..20),
            ) {
                let (outcome, _) = send(op, &message);
                assert_ne!(outcome, Outcome::Blocked);
            }
        }

        #[test]
        fn leases_come_with_any_encoding() {
            let target = crate::start_server!(idl, Server);
            let lease = Lease::read_write(&mut []);
            let outcome =
                kernel::send(target, 3, &[0; 5], &mut [0; 8], &[lease]);
            assert_eq!(outcome, Outcome::Reply { code: 0, len: 5 });
        }
    };
}
#[cfg(test)]
use tests;

pub mod ssmarshal_encoded {
    use super::{SerialError, Shape, Wrapped};
    use userlib::sys_send;
    include!(concat!(env!("OUT_DIR"), "/ssmarshal_client.rs"));

    mod idl {
        use super::{SerialError, Shape, Wrapped};
        include!(concat!(env!("OUT_DIR"), "/ssmarshal_server.rs"));
    }

    #[cfg(test)]
    super::tests!(Ssmarshal, idl::InOrderSsmarshalImpl);

    #[test]
    fn buffers_have_the_sizes_of_the_types_in_memory() {
        assert_eq!(idl::SHAPE_MSG_SIZE, size_of::<(Shape, Option<i16>)>());
        assert_eq!(idl::SHAPE_REPLY_SIZE, size_of::<Shape>());
        assert_eq!(idl::FLIP_REPLY_SIZE, 1);
        assert_eq!(idl::NOTHING_MSG_SIZE, 0);
        assert_eq!(idl::NOTHING_REPLY_SIZE, 0);
        assert_eq!(idl::INCOMING_SIZE, 16);
    }
}

pub mod hubpack_encoded {
    use super::{SerialError, Shape, Wrapped};
    use userlib::sys_send;
    include!(concat!(env!("OUT_DIR"), "/hubpack_client.rs"));

    mod idl {
        use super::{SerialError, Shape, Wrapped};
        include!(concat!(env!("OUT_DIR"), "/hubpack_server.rs"));
    }

    #[cfg(test)]
    super::tests!(Hubpack, idl::InOrderHubpackImpl);

    #[test]
    fn buffers_have_the_sizes_of_the_longest_encodings() {
        assert_eq!(idl::SHAPE_MSG_SIZE, 5 + 3);
        assert_eq!(idl::SHAPE_REPLY_SIZE, 5);
        assert_eq!(idl::FLIP_MSG_SIZE, 9);
        assert_eq!(idl::FLIP_REPLY_SIZE, 1);
        assert_eq!(idl::NOTHING_MSG_SIZE, 0);
        assert_eq!(idl::NOTHING_REPLY_SIZE, 0);
        assert_eq!(idl::INCOMING_SIZE, 9);
    }
}
