// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Functions that make system calls.
//!
//! The debugger takes such a function for straight-line code: what it pushes
//! before the SVC instruction is on the stack at the exception.

use super::thumb::{Effect, LR, effect, length};
use super::{Module, Symbol};

/// What is known of a function with an SVC instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stub {
    /// The registers whose contents are on the stack at the SVC instruction,
    /// ascending with the address.
    pub saved: Vec<u8>,
    /// Why it cannot be unwound through, if so.
    pub trouble: Option<&'static str>,
    /// Where the SVC instruction returns to.
    pub returns_to: u32,
}

impl Module {
    /// The instructions of a function.
    ///
    /// # Errors
    ///
    /// What cannot be made out.
    pub(super) fn effects(
        &self,
        function: &Symbol,
    ) -> Result<Vec<Effect>, String> {
        let mut effects = Vec::new();
        self.walk(function, |_, effect| effects.push(effect))?;
        Ok(effects)
    }

    /// Whether the last thing in a function is a call, so that the return
    /// address is already in the next one.
    pub(super) fn ends_with_call(&self, function: &Symbol) -> bool {
        let mut last = None;
        let walked = self.walk(function, |end, effect| {
            last = Some((end, effect));
        });
        let end = function.address.wrapping_add(function.size);
        walked.is_ok() && last == Some((end, Effect::Call))
    }

    /// Visits the instructions of a function: where each ends, and what it
    /// does.
    fn walk(
        &self,
        function: &Symbol,
        mut visit: impl FnMut(u32, Effect),
    ) -> Result<(), String> {
        let end = function
            .address
            .checked_add(function.size)
            .ok_or("it reaches beyond the end of memory")?;
        let code = self
            .bytes_at(function.address, function.size)
            .ok_or("the file does not have all of it")?;
        let halfword = |address: u32| {
            let at = (address - function.address) as usize;
            let bytes = code.get(at..at + 2)?;
            Some(u16::from_le_bytes(bytes.try_into().ok()?))
        };
        let mut marks = self.marks(function.address, end).iter().peekable();
        let mut address = function.address;
        let mut is_data = false;
        while address < end {
            while let Some(mark) = marks.next_if(|mark| mark.0 <= address) {
                is_data = mark.1;
            }
            let until = marks.peek().map_or(end, |mark| mark.0);
            if is_data {
                address = until;
                continue;
            }
            let first = halfword(address).ok_or("its size is odd")?;
            let size = length(first);
            if address + size > until {
                return Err(format!(
                    "the instruction at {address:#010x} crosses its end, or \
                     that of the code before data"
                ));
            }
            let second = (size == 4).then(|| halfword(address + 2)).flatten();
            address += size;
            visit(address, effect(first, second));
        }
        Ok(())
    }

    /// What is known of a function, if it makes a system call.
    pub(crate) fn stub(&self, function: &Symbol) -> Option<Stub> {
        let mut effects = Vec::new();
        let mut returns_to = None;
        let walked = self.walk(function, |end, effect| {
            if effect == Effect::Svc {
                returns_to.get_or_insert(end);
            }
            effects.push(effect);
        });
        walked.ok()?;
        let svc = effects.iter().position(|e| *e == Effect::Svc)?;
        let mut stub = follow(&effects[..svc]);
        stub.returns_to = returns_to?;
        if effects[svc + 1..].contains(&Effect::Svc) {
            stub.trouble = Some("it has more than one SVC instruction");
        }
        Some(stub)
    }
}

/// What a function has on the stack after these instructions.
fn follow(effects: &[Effect]) -> Stub {
    // Whose value, on entry, each register holds.
    let mut holds: [u8; 16] = std::array::from_fn(|register| register as u8);
    let mut stub = Stub::default();
    for effect in effects {
        match effect {
            Effect::Push(registers) => {
                let saved = registers.iter().map(|&r| holds[usize::from(r)]);
                stub.saved.splice(0..0, saved);
            }
            Effect::Pop(registers) => {
                for &register in registers {
                    if stub.saved.is_empty() {
                        stub.trouble = Some("it pops what it did not push");
                        break;
                    }
                    let value = stub.saved.remove(0);
                    holds[usize::from(register)] = value;
                    if register == LR && value != LR {
                        stub.trouble = Some("it changes the link register");
                    }
                }
            }
            Effect::Move { to, from } => {
                holds[usize::from(*to)] = holds[usize::from(*from)];
            }
            Effect::Branch | Effect::Call => {
                stub.trouble = Some("it branches before the SVC instruction");
            }
            Effect::MoveSp => {
                stub.trouble = Some("it moves the stack pointer otherwise");
            }
            Effect::ClobberLr => {
                stub.trouble = Some("it changes the link register");
            }
            Effect::Svc | Effect::Other => {}
        }
    }
    stub
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_last_is_lowest() {
        let low = (4..8).map(|n| Effect::Move { to: n, from: n + 4 });
        let mut effects = vec![Effect::Push(vec![4, 5, 6, 7, LR])];
        effects.extend(low);
        effects.push(Effect::Push(vec![4, 5, 6, 7]));

        let stub = follow(&effects);

        assert_eq!(stub.saved, [8, 9, 10, 11, 4, 5, 6, 7, LR]);
        assert_eq!(stub.trouble, None);
    }

    #[test]
    fn a_stub_that_cannot_be_followed_is_in_trouble() {
        for effect in [
            Effect::Branch,
            Effect::MoveSp,
            Effect::ClobberLr,
            Effect::Pop(vec![4]),
        ] {
            assert!(follow(&[effect]).trouble.is_some());
        }
        let balanced = [Effect::Push(vec![4]), Effect::Pop(vec![4])];
        assert_eq!(follow(&balanced), Stub::default());
    }
}
