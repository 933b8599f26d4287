// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! From where a task is back to where it started.

use super::{Entry, View};
use crate::kernel::TaskMemory;
use crate::module::Module;
use crate::module::stubs::Stub;

const SP: usize = 13;
const LR: usize = 14;
const PC: usize = 15;

/// Words of an exception frame, and those added for floating point registers.
const FRAME: u32 = 32;
const FP_FRAME: u32 = 72;
/// xPSR: the processor has inserted a word to align the frame.
const ALIGNED: u32 = 1 << 9;

/// Frames after which something must be going in circles.
const LIMIT: usize = 64;

/// The functions a task is in, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Backtrace {
    /// Function and offset of each.
    pub frames: Vec<String>,
    /// Why it ends before the task's start, if it does.
    pub trouble: Option<String>,
    /// Whether the innermost one is that of a system call.
    pub(super) is_in_stub: bool,
    /// Whether there was no description of how to leave the innermost one.
    pub(super) is_without_frame: bool,
}

/// Registers of a task.
#[derive(Clone, Debug)]
pub(super) struct Registers {
    pub r: [u32; 16],
}

/// The registers of a task that is not running: most are in its entry, the
/// others on its stack.
pub(super) fn registers(
    view: View<'_>,
    entry: &Entry<'_>,
) -> Option<Registers> {
    let psp = entry.saved("psp").filter(|psp| *psp != 0)?;
    let word = |index: u32| view.memory().word(psp.checked_add(index * 4)?);
    let mut r = [0; 16];
    for (index, register) in r.iter_mut().enumerate().take(12) {
        *register = match index {
            0..4 => word(index as u32)?,
            _ => entry.saved(&format!("r{index}"))?,
        };
    }
    r[12] = word(4)?;
    r[LR] = word(5)?;
    r[PC] = word(6)?;
    let fp = match view.system.config.has_fp_frames() {
        true => FP_FRAME,
        false => 0,
    };
    let padding = if word(7)? & ALIGNED != 0 { 4 } else { 0 };
    r[SP] = psp.wrapping_add(FRAME + fp + padding);
    Some(Registers { r })
}

/// The registers of the processor, if it is executing the task's code.
fn live(view: View<'_>, entry: &Entry<'_>) -> Option<Registers> {
    let pc = view.dump.pc()?;
    let module = &view.system.modules[entry.index as usize];
    if !entry.is_current || !module.has_code_at(pc) {
        return None;
    }
    let mut r = [0; 16];
    for (id, register) in (0..).zip(&mut r) {
        *register = *view.dump.registers.get(&id)?;
    }
    Some(Registers { r })
}

/// Unwinds a task's stack.
pub(super) fn backtrace(view: View<'_>, entry: &Entry<'_>) -> Backtrace {
    let registers = live(view, entry).or_else(|| registers(view, entry));
    let mut backtrace = Backtrace::default();
    let Some(registers) = registers else {
        // A task that has not started is nowhere.
        let has_started = entry.saved("psp").is_some_and(|psp| psp != 0);
        backtrace.trouble =
            has_started.then(|| "its registers are not in the dump".into());
        return backtrace;
    };
    let walk = Walk {
        view,
        module: &view.system.modules[entry.index as usize],
        index: entry.index as usize,
        memory: &view.kernel.tasks[entry.index as usize],
    };
    walk.walk(registers, &mut backtrace);
    backtrace
}

struct Walk<'a> {
    view: View<'a>,
    module: &'a Module,
    index: usize,
    memory: &'a TaskMemory,
}

impl Walk<'_> {
    fn walk(&self, mut registers: Registers, backtrace: &mut Backtrace) {
        while backtrace.frames.len() < LIMIT {
            let pc = registers.r[PC] & !1;
            backtrace.frames.push(self.module.describe(pc));
            let is_first = backtrace.frames.len() == 1;
            let left = match self.view.system.frames(self.index).row(pc) {
                Some(row) => self.leave(&mut registers, row),
                None => match self.stub_at(pc) {
                    Some(stub) => {
                        // Before and behind the system call, the stack is not
                        // yet or no longer as it was in there.
                        backtrace.is_in_stub |=
                            is_first && pc == stub.returns_to;
                        backtrace.is_without_frame |=
                            is_first && pc != stub.returns_to;
                        self.leave_stub(&mut registers, &stub.saved)
                    }
                    None => {
                        backtrace.is_without_frame |= is_first;
                        Err(format!(
                            "nothing says how to leave {}",
                            self.module.describe(pc)
                        ))
                    }
                },
            };
            if let Err(trouble) = left {
                backtrace.trouble = Some(trouble);
                return;
            }
            if registers.r[SP] == self.memory.initial_stack {
                return;
            }
        }
        backtrace.trouble = Some("it does not end".into());
    }

    /// A word of the stack; only the region that it is in counts.
    fn word(&self, address: u32) -> Result<u32, String> {
        let missing = || format!("{address:#010x} is not on the stack");
        let stack = self.memory.region_at(address).ok_or_else(missing)?;
        let is_writable = stack.is_writable();
        let word = self.view.memory().word(address);
        word.filter(|_| is_writable).ok_or_else(missing)
    }

    /// Goes to the caller, as the description of a function says.
    fn leave(
        &self,
        registers: &mut Registers,
        row: &crate::dwarf::frames::Row,
    ) -> Result<(), String> {
        let (register, offset) = row.frame;
        let base = registers.r.get(usize::from(register));
        let frame = base.map(|base| base.wrapping_add(offset as u32));
        let frame = frame.ok_or("a frame hangs on no known register")?;
        let return_address = registers.r[LR];
        registers.r[PC] = return_address;
        for (register, offset) in &row.saved {
            let value = self.word(frame.wrapping_add(*offset as u32))?;
            match usize::from(*register) {
                LR => {
                    registers.r[LR] = value;
                    registers.r[PC] = value;
                }
                other => {
                    if let Some(register) = registers.r.get_mut(other) {
                        *register = value;
                    }
                }
            }
        }
        registers.r[SP] = frame;
        Ok(())
    }

    /// The stub for system calls that an address lies in.
    fn stub_at(&self, pc: u32) -> Option<Stub> {
        self.module.stub(self.module.function_at(pc)?)
    }

    /// Undoes what a stub for system calls has pushed.
    fn leave_stub(
        &self,
        registers: &mut Registers,
        saved: &[u8],
    ) -> Result<(), String> {
        for register in saved {
            let sp = registers.r[SP];
            registers.r[usize::from(*register)] = self.word(sp)?;
            registers.r[SP] = sp.wrapping_add(4);
        }
        registers.r[PC] = registers.r[LR];
        Ok(())
    }
}
