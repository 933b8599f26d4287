// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The instructions that access memory.

use super::bus::{Bail, PPB};
use super::exec::{Context, Done};
use rsemu::cpu::arm::v7m::isa::{Insn, MemOffset, Size};
use rsemu::cpu::arm::v7m::sys::Access;

impl Context<'_> {
    /// Executes one of them.
    #[inline]
    pub(super) fn transfer(&mut self, insn: Insn) -> Done {
        let hot = &*self.hot;
        match insn {
            Insn::LoadStore {
                load,
                size,
                signed,
                rt,
                rn,
                offset: by,
                index,
                add,
                wback,
                unpriv,
            } => {
                let by = match by {
                    MemOffset::Imm(v) => v,
                    MemOffset::Reg { rm, lsl } => hot.reg(rm) << u32::from(lsl),
                };
                let base = hot.reg(rn);
                let moved = offset(base, by, add);
                let addr = if index { moved } else { base };
                let privileged = hot.privileged && !unpriv;
                let bytes = size.bytes();
                if load {
                    let raw = self.load(addr, bytes, privileged)?;
                    let value = extend(raw, size, signed);
                    if rt == 15 {
                        let done = self.interwork(value)?;
                        if wback {
                            self.hot.set(rn, moved);
                        }
                        return Ok(done + 1);
                    }
                    if wback {
                        self.hot.set(rn, moved);
                    }
                    self.hot.set(rt, value);
                } else {
                    let value = hot.reg(rt);
                    self.store(addr, bytes, value, privileged)?;
                    if wback {
                        self.hot.set(rn, moved);
                    }
                }
                Ok(1)
            }
            Insn::LoadLiteral {
                size,
                signed,
                rt,
                imm,
                add,
            } => {
                let addr = offset(hot.r[15] & !3, imm, add);
                let raw = self.load(addr, size.bytes(), hot.privileged)?;
                let value = extend(raw, size, signed);
                if rt == 15 {
                    return Ok(self.interwork(value)? + 1);
                }
                self.hot.set(rt, value);
                Ok(1)
            }
            Insn::LoadStoreDual {
                load,
                rt,
                rt2,
                rn,
                imm,
                index,
                add,
                wback,
            } => {
                let base = if rn == 15 {
                    hot.r[15] & !3
                } else {
                    hot.reg(rn)
                };
                let moved = offset(base, imm, add);
                let addr = if index { moved } else { base };
                self.check_block(addr, 8, load)?;
                if load {
                    let a = self.word(addr)?;
                    let b = self.word(addr + 4)?;
                    self.hot.set(rt, a);
                    self.hot.set(rt2, b);
                } else {
                    let (a, b) = (self.hot.reg(rt), self.hot.reg(rt2));
                    self.bus.store(addr, 4, a, self.now)?;
                    self.bus.store(addr + 4, 4, b, self.now)?;
                }
                if wback {
                    self.hot.set(rn, moved);
                }
                Ok(2)
            }
            Insn::LoadStoreMultiple {
                load,
                rn,
                list,
                wback,
                before,
            } => self.block(load, rn, list, wback, before),
            Insn::LoadStoreExclusive {
                load,
                size,
                rd,
                rt,
                rn,
                imm,
            } => self.exclusive(load, size, rd, rt, hot.reg(rn) + imm),
            Insn::TableBranch { rn, rm, half } => {
                let base = hot.reg(rn);
                let index = hot.reg(rm);
                let (addr, size) = if half {
                    (base.wrapping_add(index << 1), 2)
                } else {
                    (base.wrapping_add(index), 1)
                };
                if !addr.is_multiple_of(size) {
                    return Err(Bail);
                }
                let entry = self.load(addr, size, hot.privileged)?;
                let target = self.hot.r[15].wrapping_add(2 * entry);
                Ok(self.branch(target) + 1)
            }
            _ => Err(Bail),
        }
    }

    fn block(
        &mut self,
        load: bool,
        rn: u8,
        list: u16,
        wback: bool,
        before: bool,
    ) -> Done {
        let count = list.count_ones();
        let base = self.hot.reg(rn);
        let span = count * 4;
        let low = if before {
            base.wrapping_sub(span)
        } else {
            base
        };
        let moved = if before { low } else { base.wrapping_add(span) };
        if count == 0 {
            return Err(Bail);
        }
        self.check_block(low, span, load)?;
        let mut branch = 0;
        if load && list >> 15 != 0 {
            let target = self.word(low + span - 4)?;
            branch = self.interwork(target)?;
        }
        if load && wback {
            self.hot.set(rn, moved);
        }
        let mut addr = low;
        let mut left = if load { list & 0x7fff } else { list };
        while left != 0 {
            let index = left.trailing_zeros() as u8;
            left &= left - 1;
            if load {
                let value = self.word(addr)?;
                self.hot.set(index, value);
            } else {
                let value = self.hot.reg(index);
                self.bus.store(addr, 4, value, self.now)?;
            }
            addr += 4;
        }
        if !load && wback {
            self.hot.set(rn, moved);
        }
        Ok(branch + u64::from(count))
    }

    fn exclusive(
        &mut self,
        load: bool,
        size: Size,
        rd: u8,
        rt: u8,
        addr: u32,
    ) -> Done {
        let bytes = size.bytes();
        if !addr.is_multiple_of(bytes) {
            return Err(Bail);
        }
        let privileged = self.hot.privileged;
        if load {
            let value = self.load(addr, bytes, privileged)?;
            self.hot.exclusive = Some(addr);
            self.hot.set(rt, value);
            return Ok(1);
        }
        let tagged = self.hot.exclusive == Some(addr);
        if tagged {
            let value = self.hot.reg(rt);
            self.store(addr, bytes, value, privileged)?;
        }
        self.hot.exclusive = None;
        self.hot.set(rd, u32::from(!tagged));
        Ok(u64::from(tagged))
    }

    /// Makes sure that a transfer of several words cannot fail half way.
    fn check_block(&mut self, addr: u32, len: u32, load: bool) -> Done {
        let access = if load { Access::Read } else { Access::Write };
        let fine = addr.is_multiple_of(4)
            && self.bus.is_memory(addr, len, !load)
            && self.mpu.permits_all(addr, len, access, self.hot.privileged);
        if fine { Ok(0) } else { Err(Bail) }
    }

    fn word(&self, addr: u32) -> Result<u32, Bail> {
        self.bus.load(addr, 4, self.now)
    }

    #[inline]
    fn check(
        &mut self,
        addr: u32,
        size: u32,
        access: Access,
        privileged: bool,
    ) -> Result<(), Bail> {
        let fine = !PPB.contains(&addr)
            && (addr.is_multiple_of(size) || !self.hot.trap_unaligned)
            && self.mpu.permits(addr, size, access, privileged);
        if fine { Ok(()) } else { Err(Bail) }
    }

    #[inline]
    fn load(
        &mut self,
        addr: u32,
        size: u32,
        privileged: bool,
    ) -> Result<u32, Bail> {
        self.check(addr, size, Access::Read, privileged)?;
        self.bus.load(addr, size, self.now)
    }

    #[inline]
    fn store(
        &mut self,
        addr: u32,
        size: u32,
        value: u32,
        privileged: bool,
    ) -> Result<(), Bail> {
        self.check(addr, size, Access::Write, privileged)?;
        self.bus.store(addr, size, value, self.now)
    }
}

/// `base` moved up or down.
pub(super) fn offset(base: u32, by: u32, add: bool) -> u32 {
    if add {
        base.wrapping_add(by)
    } else {
        base.wrapping_sub(by)
    }
}

fn extend(raw: u32, size: Size, signed: bool) -> u32 {
    match (size.bytes(), signed) {
        (1, true) => i32::from(raw as i8) as u32,
        (2, true) => i32::from(raw as i16) as u32,
        _ => raw,
    }
}
