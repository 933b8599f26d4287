// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Carries programs out.

use crate::op::{Op, split_first};
use crate::{Failure, Fault, IllegalOp};

/// Values that the stack has room for.
pub const STACK_DEPTH: usize = 32;

/// Labels that a program can have: numbers below this.
pub const LABELS: usize = 4;

/// A function that programs can call.
///
/// It gets the whole stack, with its last parameter at the end, the input data,
/// and a buffer for what it returns, and says how many bytes of that it used.
/// A [`Failure::FunctionError`] is reported to the debugger as the result of
/// the call; any other failure ends the program.
pub type Function =
    fn(&[Option<u32>], &[u8], &mut [u8]) -> Result<usize, Failure>;

/// Marks in the results.
const SUCCESS: u8 = 0;
const ERROR: u8 = 1;
const DONE: u8 = 2;

/// Carries out the program at the start of `text`, until its `Done`.
///
/// `data` and `scratch` are passed on to the functions. For each call,
/// `results` gets a mark and then, if it was successful, the number of bytes
/// returned in LEB128 and the bytes, else the four bytes of the error code; and
/// another mark at the end.
///
/// # Errors
///
/// The first failure that is not a function's own. What is in `results` by then
/// has no end mark.
pub fn run(
    text: &[u8],
    functions: &[Function],
    data: &[u8],
    scratch: &mut [u8],
    results: &mut [u8],
) -> Result<(), Failure> {
    let mut machine = Machine::new(text, functions, data, scratch, results);
    while !machine.step()? {}
    Ok(())
}

struct Machine<'a> {
    /// The program from the next operation on.
    text: &'a [u8],
    labels: Labels<'a>,
    stack: Stack,
    functions: &'a [Function],
    data: &'a [u8],
    scratch: &'a mut [u8],
    results: Results<'a>,
}

impl<'a> Machine<'a> {
    fn new(
        text: &'a [u8],
        functions: &'a [Function],
        data: &'a [u8],
        scratch: &'a mut [u8],
        results: &'a mut [u8],
    ) -> Self {
        Self {
            text,
            labels: find_labels(text),
            stack: Stack::new(),
            functions,
            data,
            scratch,
            results: Results { rest: results },
        }
    }

    /// Carries out one operation. Returns whether it was the last.
    fn step(&mut self) -> Result<bool, Failure> {
        let (op, rest) = split_first(self.text).ok_or(Failure::Invalid)?;
        self.text = rest;
        let stack = &mut self.stack;
        match op {
            // The way here went past `find_labels`, which ignores such labels.
            Op::Label(label) if usize::from(label) >= LABELS => {
                return Err(IllegalOp::BadTarget.into());
            }
            Op::Label(_) => {}
            Op::Call(function) => self.call(function)?,
            Op::Drop => {
                stack.pop().ok_or(Fault::DropUnderflow)?;
            }
            Op::DropN(count) => {
                for _ in 0..count {
                    stack.pop().ok_or(Fault::DropUnderflow)?;
                }
            }
            Op::Push(value) => stack.push(Some(value))?,
            Op::PushNone => stack.push(None)?,
            Op::Swap => {
                let [below, top] = stack.pop_two()?;
                stack.push(top)?;
                stack.push(below)?;
            }
            Op::Dup => {
                let top = stack.values().last().copied();
                stack.push(top.ok_or(Fault::DupUnderflow)?)?;
            }
            Op::Binary(operation) => {
                let (below, top) = numbers(stack.pop_two()?)?;
                stack.push(Some(operation.apply(below, top)))?;
            }
            Op::BranchIf(comparison, label) => {
                let (below, top) = numbers(stack.top_two()?)?;
                if comparison.holds(top, below) {
                    self.jump(label)?;
                }
            }
            Op::BranchAlways(label) => self.jump(label)?,
            Op::Done => {
                self.results.push_done()?;
                return Ok(true);
            }
            Op::Expand32 => {
                let value = stack.pop_number()?;
                for byte in value.to_le_bytes() {
                    stack.push(Some(byte.into()))?;
                }
            }
            Op::Collect32 => {
                let mut value = 0;
                for _ in 0..size_of::<u32>() {
                    value = value << 8 | stack.pop_number()? & 0xFF;
                }
                stack.push(Some(value))?;
            }
        }
        Ok(false)
    }

    fn call(&mut self, function: u8) -> Result<(), Failure> {
        let function = self
            .functions
            .get(usize::from(function))
            .ok_or(IllegalOp::BadFunction)?;
        match function(self.stack.values(), self.data, self.scratch) {
            Ok(length) => {
                let value = self.scratch.get(..length);
                let value = value.ok_or(Fault::ReturnValueOverflow)?;
                self.results.push_success(value)?;
                Ok(())
            }
            Err(Failure::FunctionError(code)) => {
                self.results.push_error(code)?;
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    fn jump(&mut self, label: u8) -> Result<(), IllegalOp> {
        self.text = self
            .labels
            .get(usize::from(label))
            .ok_or(IllegalOp::BadTarget)?
            .ok_or(IllegalOp::NoTarget)?;
        Ok(())
    }
}

/// The text behind each label of the program.
type Labels<'a> = [Option<&'a [u8]>; LABELS];

/// Finds the labels, so that a program can jump forward.
///
/// Behind the program there may be leftovers of a longer one, so the first
/// label of each number counts, and what cannot be read ends the search.
fn find_labels(text: &[u8]) -> Labels<'_> {
    let mut labels = [None; LABELS];
    let mut rest = text;
    while let Some((op, after)) = split_first(rest) {
        rest = after;
        if let Op::Label(label) = op
            && let Some(place) = labels.get_mut(usize::from(label))
        {
            place.get_or_insert(rest);
        }
    }
    labels
}

/// Two values from the stack that must not be empty.
fn numbers([below, top]: [Option<u32>; 2]) -> Result<(u32, u32), Fault> {
    below.zip(top).ok_or(Fault::OperationOnNone)
}

struct Stack {
    values: [Option<u32>; STACK_DEPTH],
    depth: usize,
}

impl Stack {
    fn new() -> Self {
        Self {
            values: [None; STACK_DEPTH],
            depth: 0,
        }
    }

    /// All values, the top last.
    fn values(&self) -> &[Option<u32>] {
        self.values.get(..self.depth).unwrap_or_default()
    }

    fn push(&mut self, value: Option<u32>) -> Result<(), Fault> {
        *self
            .values
            .get_mut(self.depth)
            .ok_or(Fault::StackOverflow)? = value;
        self.depth += 1;
        Ok(())
    }

    /// Takes the top, which may be empty, if there is one.
    fn pop(&mut self) -> Option<Option<u32>> {
        self.depth = self.depth.checked_sub(1)?;
        self.values.get(self.depth).copied()
    }

    /// Takes the top, which must not be empty.
    fn pop_number(&mut self) -> Result<u32, Fault> {
        let top = self.pop().ok_or(Fault::StackUnderflow)?;
        top.ok_or(Fault::OperationOnNone)
    }

    /// The top and the value below it, the top last.
    fn top_two(&self) -> Result<[Option<u32>; 2], Fault> {
        self.values()
            .last_chunk()
            .copied()
            .ok_or(Fault::StackUnderflow)
    }

    fn pop_two(&mut self) -> Result<[Option<u32>; 2], Fault> {
        let two = self.top_two()?;
        self.pop();
        self.pop();
        Ok(two)
    }
}

/// The unused part of the results.
struct Results<'a> {
    rest: &'a mut [u8],
}

impl Results<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.rest
            .split_off_mut(..bytes.len())
            .ok_or(Fault::ReturnStackOverflow)?
            .copy_from_slice(bytes);
        Ok(())
    }

    fn push_success(&mut self, value: &[u8]) -> Result<(), Fault> {
        self.push(&[SUCCESS])?;
        let mut length = value.len();
        while length > 0x7F {
            self.push(&[length as u8 | 0x80])?;
            length >>= 7;
        }
        self.push(&[length as u8])?;
        self.push(value)
    }

    fn push_error(&mut self, code: u32) -> Result<(), Fault> {
        self.push(&[ERROR])?;
        self.push(&code.to_le_bytes())
    }

    fn push_done(&mut self) -> Result<(), Failure> {
        self.push(&[DONE])
            .map_err(|_| Fault::DoneStackOverflow.into())
    }
}

#[cfg(test)]
mod tests;
