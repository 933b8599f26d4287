// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

extern crate std;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const LABEL: u8 = 0x00;
const CALL: u8 = 0x01;
const DROP: u8 = 0x02;
const DROP_N: u8 = 0x03;
const PUSH: u8 = 0x04;
const PUSH32: u8 = 0x06;
const PUSH_NONE: u8 = 0x07;
const SWAP: u8 = 0x08;
const DUP: u8 = 0x09;
const ADD: u8 = 0x0A;
const AND: u8 = 0x0B;
const OR: u8 = 0x0C;
const XOR: u8 = 0x0D;
const IF_LESS: u8 = 0x0E;
const IF_LESS_OR_EQUAL: u8 = 0x0F;
const IF_GREATER: u8 = 0x10;
const IF_GREATER_OR_EQUAL: u8 = 0x11;
const IF_EQUAL: u8 = 0x12;
const ALWAYS: u8 = 0x13;
const DONE_OP: u8 = 0x14;
const EXPAND: u8 = 0x15;
const COLLECT: u8 = 0x16;

/// Numbers of the functions below.
const SHOW: u8 = 0;
const FAIL: u8 = 1;
const DATA: u8 = 2;
const LIE: u8 = 3;
const DIE: u8 = 4;
const FUNCTIONS: [Function; 5] = [show, fail, copy_data, lie, die];

/// Returns the stack: four bytes for a value, one 0xFF for an empty one.
fn show(
    stack: &[Option<u32>],
    _: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    let mut bytes = vec![];
    for value in stack {
        match value {
            Some(value) => bytes.extend(value.to_le_bytes()),
            None => bytes.push(0xFF),
        }
    }
    scratch[..bytes.len()].copy_from_slice(&bytes);
    Ok(bytes.len())
}

/// Fails with the code on the top of the stack.
fn fail(
    stack: &[Option<u32>],
    _: &[u8],
    _: &mut [u8],
) -> Result<usize, Failure> {
    let code = stack.last().copied().flatten().unwrap_or_default();
    Err(Failure::FunctionError(code))
}

/// Returns the input data.
fn copy_data(
    _: &[Option<u32>],
    data: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    scratch[..data.len()].copy_from_slice(data);
    Ok(data.len())
}

/// Claims to have returned more than fits.
fn lie(
    _: &[Option<u32>],
    _: &[u8],
    scratch: &mut [u8],
) -> Result<usize, Failure> {
    Ok(scratch.len() + 1)
}

/// Refuses its parameter 3.
fn die(_: &[Option<u32>], _: &[u8], _: &mut [u8]) -> Result<usize, Failure> {
    Err(Fault::BadParameter(3).into())
}

/// Carries out a program and returns its results.
fn results_of(text: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut results = [0xEE; 256];
    run(text, &FUNCTIONS, b"input", &mut [0; 200], &mut results)?;
    let used = results.iter().rposition(|byte| *byte != 0xEE).unwrap() + 1;
    Ok(results[..used].to_vec())
}

/// Carries out `ops` and returns the numbers that are on the stack then.
fn stack_after(ops: &[u8]) -> Result<Vec<u32>, Failure> {
    let text = [ops, &[CALL, SHOW, DONE_OP]].concat();
    let results = results_of(&text)?;
    let (&[mark, length], rest) = results.split_first_chunk().unwrap();
    assert_eq!((mark, usize::from(length)), (SUCCESS, rest.len() - 1));
    assert_eq!(rest.last(), Some(&super::DONE));
    let words = rest[..rest.len() - 1].chunks_exact(4);
    assert!(words.remainder().is_empty(), "no empty values");
    Ok(words
        .map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()))
        .collect())
}

/// Why `ops` fail.
fn fault_of(ops: &[u8]) -> Fault {
    match results_of(&[ops, &[DONE_OP]].concat()) {
        Err(Failure::Fault(fault)) => fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

#[test]
fn an_empty_program_leaves_only_the_end_mark() {
    assert_eq!(results_of(&[DONE_OP]), Ok(vec![2]));
}

#[test]
fn text_that_makes_no_sense_is_invalid() {
    assert_eq!(results_of(&[]), Err(Failure::Invalid));
    assert_eq!(results_of(&[0x17]), Err(Failure::Invalid));
    assert_eq!(results_of(&[PUSH32, 1, 2, 3]), Err(Failure::Invalid));
    assert_eq!(results_of(&[PUSH, 1]), Err(Failure::Invalid), "no Done");
}

#[test]
fn values_are_pushed_dropped_swapped_and_duplicated() {
    assert_eq!(stack_after(&[PUSH, 1, PUSH, 2]), Ok(vec![1, 2]));
    assert_eq!(stack_after(&[PUSH, 1, PUSH, 2, DROP]), Ok(vec![1]));
    assert_eq!(stack_after(&[PUSH, 1, PUSH, 2, DROP_N, 2]), Ok(vec![]));
    assert_eq!(stack_after(&[PUSH, 1, PUSH, 2, SWAP]), Ok(vec![2, 1]));
    assert_eq!(stack_after(&[PUSH, 7, DUP]), Ok(vec![7, 7]));
}

#[test]
fn functions_see_empty_values() {
    assert_eq!(
        results_of(&[PUSH_NONE, DUP, CALL, SHOW, DONE_OP]),
        Ok(vec![0, 2, 0xFF, 0xFF, 2])
    );
}

#[test]
fn arithmetic_takes_two_values_and_leaves_one() {
    let on_6_and_3 = |op| stack_after(&[PUSH, 6, PUSH, 3, op]);
    assert_eq!(on_6_and_3(ADD), Ok(vec![9]));
    assert_eq!(on_6_and_3(AND), Ok(vec![2]));
    assert_eq!(on_6_and_3(OR), Ok(vec![7]));
    assert_eq!(on_6_and_3(XOR), Ok(vec![5]));
    assert_eq!(
        stack_after(&[PUSH32, 255, 255, 255, 255, PUSH, 2, ADD]),
        Ok(vec![1])
    );
}

#[test]
fn expand_pushes_the_least_significant_byte_first_and_collect_undoes_it() {
    let expanded = [PUSH32, 0x78, 0x56, 0x34, 0x12, EXPAND];
    assert_eq!(stack_after(&expanded), Ok(vec![0x78, 0x56, 0x34, 0x12]));
    assert_eq!(
        stack_after(&[&expanded[..], &[COLLECT]].concat()),
        Ok(vec![0x1234_5678])
    );
}

#[test]
fn branches_compare_the_top_with_the_value_below_and_keep_both() {
    for (op, below, equal, above) in [
        (IF_LESS, true, false, false),
        (IF_LESS_OR_EQUAL, true, true, false),
        (IF_GREATER, false, false, true),
        (IF_GREATER_OR_EQUAL, false, true, true),
        (IF_EQUAL, false, true, false),
        (ALWAYS, true, true, true),
    ] {
        for (top, jumps) in [(4, below), (5, equal), (6, above)] {
            let stack =
                stack_after(&[PUSH, 5, PUSH, top, op, 0, PUSH, 99, LABEL, 0])
                    .unwrap();
            let expected: &[u32] = &[5, u32::from(top), 99];
            assert_eq!(
                stack,
                expected[..if jumps { 2 } else { 3 }],
                "operation {op:#x}, top {top}, below 5"
            );
        }
    }
}

#[test]
fn a_loop_runs_until_its_condition_fails() {
    // Shows the limit and a counter ten times.
    let text = [
        PUSH, 10, PUSH, 0, LABEL, 0, CALL, SHOW, PUSH, 1, ADD, IF_LESS, 0,
        DONE_OP,
    ];
    let results = results_of(&text).unwrap();
    assert_eq!(results.len(), 10 * (2 + 8) + 1);
}

#[test]
fn jumps_need_a_label_in_the_program() {
    assert_eq!(
        results_of(&[ALWAYS, 3, DONE_OP]),
        Err(IllegalOp::NoTarget.into())
    );
    assert_eq!(
        results_of(&[ALWAYS, 4, DONE_OP]),
        Err(IllegalOp::BadTarget.into())
    );
    assert_eq!(
        results_of(&[LABEL, 4, DONE_OP]),
        Err(IllegalOp::BadTarget.into())
    );
}

#[test]
fn leftovers_behind_the_program_do_not_matter() {
    assert_eq!(
        results_of(&[ALWAYS, 0, LABEL, 0, DONE_OP, LABEL, 0, 0xFF, 0xFF]),
        Ok(vec![2])
    );
}

#[test]
fn the_stack_holds_32_values() {
    let full = [PUSH, 0].repeat(32);
    let fits = [&full[..], &[DONE_OP]].concat();
    assert_eq!(results_of(&fits), Ok(vec![2]));
    let over = [&full[..], &[PUSH_NONE]].concat();
    assert_eq!(fault_of(&over), Fault::StackOverflow);
    let over = [&full[..], &[EXPAND]].concat();
    assert_eq!(fault_of(&over), Fault::StackOverflow);
}

#[test]
fn operations_that_find_too_few_values_fail() {
    for op in [ADD, AND, OR, XOR, SWAP] {
        assert_eq!(fault_of(&[PUSH, 1, op]), Fault::StackUnderflow);
    }
    assert_eq!(fault_of(&[PUSH, 1, IF_EQUAL, 0]), Fault::StackUnderflow);
    assert_eq!(fault_of(&[EXPAND]), Fault::StackUnderflow);
    assert_eq!(fault_of(&[PUSH, 1, COLLECT]), Fault::StackUnderflow);
    assert_eq!(fault_of(&[DROP]), Fault::DropUnderflow);
    assert_eq!(fault_of(&[PUSH, 1, DROP_N, 2]), Fault::DropUnderflow);
    assert_eq!(fault_of(&[DUP]), Fault::DupUnderflow);
}

#[test]
fn operations_that_need_numbers_refuse_empty_values() {
    for ops in [
        &[PUSH_NONE, PUSH, 1, ADD][..],
        &[PUSH, 1, PUSH_NONE, XOR],
        &[PUSH, 1, PUSH_NONE, IF_EQUAL, 0],
        &[PUSH_NONE, EXPAND],
        &[PUSH, 1, PUSH, 2, PUSH_NONE, PUSH, 4, COLLECT],
    ] {
        assert_eq!(fault_of(ops), Fault::OperationOnNone);
    }
}

#[test]
fn a_functions_error_is_a_result_and_the_program_goes_on() {
    assert_eq!(
        results_of(&[
            PUSH32, 4, 3, 2, 1, CALL, FAIL, DROP, CALL, SHOW, DONE_OP
        ]),
        Ok(vec![1, 4, 3, 2, 1, 0, 0, 2])
    );
}

#[test]
fn any_other_failure_of_a_function_ends_the_program() {
    assert_eq!(fault_of(&[CALL, DIE]), Fault::BadParameter(3));
}

#[test]
fn functions_must_exist_and_return_no_more_than_fits() {
    assert_eq!(
        results_of(&[CALL, 5, DONE_OP]),
        Err(IllegalOp::BadFunction.into())
    );
    assert_eq!(fault_of(&[CALL, LIE]), Fault::ReturnValueOverflow);
}

#[test]
fn functions_get_the_input_data() {
    assert_eq!(
        results_of(&[CALL, DATA, DONE_OP]),
        Ok(b"\x00\x05input\x02".to_vec())
    );
}

#[test]
fn lengths_of_128_and_more_take_two_bytes() {
    let text = [&[PUSH, 0].repeat(32)[..], &[CALL, SHOW, DONE_OP]].concat();
    let results = results_of(&text).unwrap();
    assert_eq!(results[..3], [0, 0x80, 0x01]);
    assert_eq!(results.len(), 3 + 128 + 1);
}

#[test]
fn results_that_do_not_fit_end_the_program() {
    let run_with = |room: usize, text: &[u8]| {
        run(text, &FUNCTIONS, b"ab", &mut [0; 8], &mut vec![0; room])
    };
    let ok = [CALL, DATA, DONE_OP];
    assert_eq!(run_with(5, &ok), Ok(()));
    assert_eq!(run_with(4, &ok), Err(Fault::DoneStackOverflow.into()));
    for room in 0..4 {
        assert_eq!(
            run_with(room, &ok),
            Err(Fault::ReturnStackOverflow.into()),
            "{room} bytes"
        );
    }
    let error = [CALL, FAIL, DONE_OP];
    assert_eq!(run_with(6, &error), Ok(()));
    assert_eq!(run_with(4, &error), Err(Fault::ReturnStackOverflow.into()));
}

proptest! {
    #[test]
    fn no_program_panics(
        text in prop::collection::vec(
            // Mostly operations, so that programs get somewhere.
            prop_oneof![4 => 0..=0x16u8, 1 => any::<u8>()],
            0..200,
        ),
        room in 0..64usize,
    ) {
        let mut scratch = [0; 200];
        let mut results = vec![0; room];
        let mut machine = Machine::new(
            &text, &FUNCTIONS, b"input", &mut scratch, &mut results,
        );
        for _ in 0..1000 {
            if !matches!(machine.step(), Ok(false)) {
                break;
            }
        }
    }

    #[test]
    fn collect_undoes_expand(value: u32) {
        let [a, b, c, d] = value.to_le_bytes();
        let ops = [PUSH32, a, b, c, d, EXPAND, COLLECT];
        prop_assert_eq!(stack_after(&ops), Ok(vec![value]));
    }
}
