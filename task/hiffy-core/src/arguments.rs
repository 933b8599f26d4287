// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The parameters of the functions that send a message.

use crate::{Failure, Fault};

/// Bytes of a message, at most.
pub const MAX_PAYLOAD: usize = 32;

/// What to send, and what to expect back.
///
/// On the stack are, from the bottom: the task's index, the operation, each
/// byte of the message as a value of its own, their number, the length of the
/// reply, and the lengths of `LEASES` leases.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct SendArguments<const LEASES: usize> {
    pub task_index: u16,
    pub operation: u16,
    payload: [u8; MAX_PAYLOAD],
    payload_length: usize,
    pub reply_length: usize,
    pub lease_lengths: [usize; LEASES],
}

/// Numbers of the parameters, as failures name them. The leases follow.
const TASK: u8 = 0;
const OPERATION: u8 = 1;
const PAYLOAD: u8 = 2;
const REPLY: u8 = 3;

impl<const LEASES: usize> SendArguments<LEASES> {
    /// Takes the parameters from the end of `stack`, which may hold more.
    ///
    /// # Errors
    ///
    /// [`Fault::MissingParameters`], [`Fault::EmptyParameter`], or
    /// [`Fault::BadParameter`] for a value out of range.
    pub fn parse(stack: &[Option<u32>]) -> Result<Self, Failure> {
        const MISSING: Fault = Fault::MissingParameters;

        let (rest, leases) =
            stack.split_last_chunk::<LEASES>().ok_or(MISSING)?;
        let mut lease_lengths = [0; LEASES];
        for (number, (length, value)) in
            (REPLY + 1..).zip(lease_lengths.iter_mut().zip(leases))
        {
            *length = number_at(*value, number)?;
        }

        let (rest, &[payload_length, reply_length]) =
            rest.split_last_chunk().ok_or(MISSING)?;
        let reply_length = number_at(reply_length, REPLY)?;
        let payload_length: usize = number_at(payload_length, PAYLOAD)?;

        let mut payload = [0; MAX_PAYLOAD];
        let used = payload
            .get_mut(..payload_length)
            .ok_or(Fault::BadParameter(PAYLOAD))?;
        let split = rest.len().checked_sub(payload_length).ok_or(MISSING)?;
        let (rest, values) = rest.split_at_checked(split).ok_or(MISSING)?;
        for (byte, value) in used.iter_mut().zip(values) {
            *byte = number_at(*value, PAYLOAD)?;
        }

        let (_, &[task_index, operation]) =
            rest.split_last_chunk().ok_or(MISSING)?;
        Ok(Self {
            task_index: number_at(task_index, TASK)?,
            operation: number_at(operation, OPERATION)?,
            payload,
            payload_length,
            reply_length,
            lease_lengths,
        })
    }

    /// The message.
    pub fn payload(&self) -> &[u8] {
        self.payload.get(..self.payload_length).unwrap_or_default()
    }
}

/// The value of a parameter, which must be there and in the range of `T`.
fn number_at<T: TryFrom<u32>>(
    value: Option<u32>,
    parameter: u8,
) -> Result<T, Fault> {
    let value = value.ok_or(Fault::EmptyParameter(parameter))?;
    T::try_from(value).map_err(|_| Fault::BadParameter(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 10, 20, 30 to operation 4 of task 7; the reply has 8 bytes.
    const SEND: [Option<u32>; 7] = [
        Some(7),
        Some(4),
        Some(10),
        Some(20),
        Some(30),
        Some(3),
        Some(8),
    ];

    fn fault(stack: &[Option<u32>]) -> Fault {
        match SendArguments::<0>::parse(stack) {
            Err(Failure::Fault(fault)) => fault,
            other => panic!("expected a fault, got {other:?}"),
        }
    }

    #[test]
    fn parameters_come_in_the_order_of_the_debugger() {
        let arguments = SendArguments::<0>::parse(&SEND).unwrap();

        assert_eq!(arguments.task_index, 7);
        assert_eq!(arguments.operation, 4);
        assert_eq!(arguments.payload(), [10, 20, 30]);
        assert_eq!(arguments.reply_length, 8);
    }

    #[test]
    fn lease_lengths_come_last() {
        let mut stack = [Some(0); 9];
        stack[..7].copy_from_slice(&SEND);
        stack[7] = Some(100);
        stack[8] = Some(200);

        let arguments = SendArguments::<2>::parse(&stack).unwrap();

        assert_eq!(arguments.task_index, 7);
        assert_eq!(arguments.lease_lengths, [100, 200]);
    }

    #[test]
    fn values_below_the_parameters_do_not_matter() {
        let mut stack = [None; 9];
        stack[2..].copy_from_slice(&SEND);
        let arguments = SendArguments::<0>::parse(&stack).unwrap();
        assert_eq!(arguments.task_index, 7);
    }

    #[test]
    fn a_message_may_be_empty() {
        let stack = [Some(7), Some(4), Some(0), Some(0)];
        let arguments = SendArguments::<0>::parse(&stack).unwrap();
        assert_eq!(arguments.payload(), []);
    }

    #[test]
    fn each_missing_value_is_noticed() {
        for skipped in 1..=SEND.len() {
            assert_eq!(
                fault(&SEND[skipped..]),
                Fault::MissingParameters,
                "without the first {skipped}"
            );
        }
    }

    #[test]
    fn empty_parameters_are_named() {
        for (place, parameter) in
            [(0, 0), (1, 1), (2, 2), (4, 2), (5, 2), (6, 3)]
        {
            let mut stack = SEND;
            stack[place] = None;
            assert_eq!(fault(&stack), Fault::EmptyParameter(parameter));
        }
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        for (place, value, parameter) in
            [(0, 0x1_0000, 0), (1, 0x1_0000, 1), (2, 256, 2), (5, 33, 2)]
        {
            let mut stack = SEND;
            stack[place] = Some(value);
            assert_eq!(fault(&stack), Fault::BadParameter(parameter));
        }
    }
}
