// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Interpreter for HIF, the little language in which a debugger asks a running
//! system to call functions.
//!
//! A program is a sequence of operations, one byte each, some followed by an
//! operand. It works on a stack of words that may be empty ([`None`]), jumps to
//! labels, and calls numbered functions that it is given; what they return is
//! appended to a buffer of results. See [`run`].
//!
//! This crate knows neither tasks nor debuggers, hence its tests run on the
//! host. Whatever the program, it neither panics nor reaches outside its
//! buffers; but a program may well run for ever.

#![no_std]
#![forbid(unsafe_code)]

mod arguments;
mod machine;
mod op;

pub use arguments::SendArguments;
pub use machine::{Function, LABELS, STACK_DEPTH, run};

/// The version of HIF, whose first two numbers a debugger compares.
pub const VERSION_MAJOR: u32 = 0;
/// See [`VERSION_MAJOR`].
pub const VERSION_MINOR: u32 = 3;
/// See [`VERSION_MAJOR`].
pub const VERSION_PATCH: u32 = 1;

/// Why a program, or a function that it called, failed.
///
/// The order of the variants, here and below, is part of what debuggers show.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Failure {
    /// An operation that can be read but not carried out.
    IllegalOp(IllegalOp),
    /// An operation that went wrong with the values that it met.
    Fault(Fault),
    /// The program's text makes no sense; it may be for another version.
    Invalid,
    /// A function failed with this code. That is part of the results and does
    /// not end the program.
    FunctionError(u32),
}

/// An operation that can be read but not carried out.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum IllegalOp {
    /// A jump to a label that is not in the program.
    NoTarget,
    /// A label number of [`LABELS`] or more.
    BadTarget,
    /// A call of a function that does not exist.
    BadFunction,
}

/// An operation that went wrong with the values that it met.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// More than [`STACK_DEPTH`] values on the stack.
    StackOverflow,
    /// An operation needs more values than there are.
    StackUnderflow,
    /// Arithmetic or comparison with an empty value.
    OperationOnNone,
    /// Nothing, or not enough, to drop.
    DropUnderflow,
    /// Nothing to duplicate.
    DupUnderflow,
    /// A function needs more parameters than there are values.
    MissingParameters,
    /// A function cannot work with this parameter (counted from 0).
    BadParameter(u8),
    /// This parameter (counted from 0) is empty.
    EmptyParameter(u8),
    /// A function would return more than there is room for.
    ReturnValueOverflow,
    /// No room among the results for what a function returned.
    ReturnStackOverflow,
    /// No room among the results for the end mark.
    DoneStackOverflow,
    /// A function was asked to use memory outside its buffers.
    AccessOutOfBounds,
}

impl From<IllegalOp> for Failure {
    fn from(illegal: IllegalOp) -> Self {
        Self::IllegalOp(illegal)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
