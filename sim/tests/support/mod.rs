// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A small assembler for test programs: ARMv6-M instructions, so that they
//! run on either core.

#![allow(dead_code, reason = "each test file uses a part of it")]

use sim::Image;

/// Where CPU1's test programs start.
pub const CPU1: u32 = 0x0800_0000;
/// Where CPU2's test programs start: the factory setting.
pub const CPU2: u32 = 0x0802_0000;

/// A forward or backward branch target.
#[derive(Clone, Copy)]
pub struct Label(usize);

/// A program under construction. It begins with a vector table of 80 entries.
pub struct Asm {
    base: u32,
    code: Vec<u8>,
    labels: Vec<Option<u32>>,
    branches: Vec<(usize, Label)>,
    literals: Vec<(usize, u32)>,
}

const VECTORS: u32 = 80 * 4;

impl Asm {
    /// A program at `base` with its stack pointer at `stack`. All vectors
    /// lead to a handler that stays where it is.
    pub fn new(base: u32, stack: u32) -> Self {
        let mut asm = Asm {
            base,
            code: vec![0; VECTORS as usize],
            labels: Vec::new(),
            branches: Vec::new(),
            literals: Vec::new(),
        };
        let stay = asm.here();
        asm.half(0xe7fe);
        for n in 2..80 {
            asm.vector(n, stay);
        }
        asm.put(0, stack);
        asm.entry();
        asm
    }

    fn put(&mut self, at: usize, word: u32) {
        self.code[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// The address of the next instruction.
    pub fn here(&self) -> u32 {
        self.base + self.code.len() as u32
    }

    /// Execution starts at the next instruction.
    pub fn entry(&mut self) -> &mut Self {
        let here = self.here();
        self.vector(1, here);
        self
    }

    /// Exception `n` leads to `addr`.
    pub fn vector(&mut self, n: usize, addr: u32) -> &mut Self {
        self.put(4 * n, addr | 1);
        self
    }

    /// Exception `n` leads to the next instruction.
    pub fn handler(&mut self, n: usize) -> &mut Self {
        let here = self.here();
        self.vector(n, here)
    }

    /// Any halfword.
    pub fn half(&mut self, half: u16) -> &mut Self {
        self.code.extend(half.to_le_bytes());
        self
    }

    /// A 32-bit instruction.
    pub fn wide(&mut self, first: u16, second: u16) -> &mut Self {
        self.half(first).half(second)
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Defines `label` here.
    pub fn bind(&mut self, label: Label) -> &mut Self {
        self.labels[label.0] = Some(self.here());
        self
    }

    fn branch(&mut self, opcode: u16, label: Label) -> &mut Self {
        self.branches.push((self.code.len(), label));
        self.half(opcode)
    }

    pub fn b(&mut self, to: Label) -> &mut Self {
        self.branch(0xe000, to)
    }

    pub fn beq(&mut self, to: Label) -> &mut Self {
        self.branch(0xd000, to)
    }

    pub fn bne(&mut self, to: Label) -> &mut Self {
        self.branch(0xd100, to)
    }

    /// `ldr rd, =value`
    pub fn load(&mut self, rd: u16, value: u32) -> &mut Self {
        self.literals.push((self.code.len(), value));
        self.half(0x4800 | rd << 8)
    }

    /// `movs rd, #imm`
    pub fn mov(&mut self, rd: u16, imm: u16) -> &mut Self {
        self.half(0x2000 | rd << 8 | imm)
    }

    /// `adds rd, #imm`
    pub fn add(&mut self, rd: u16, imm: u16) -> &mut Self {
        self.half(0x3000 | rd << 8 | imm)
    }

    /// `subs rd, #imm`
    pub fn sub(&mut self, rd: u16, imm: u16) -> &mut Self {
        self.half(0x3800 | rd << 8 | imm)
    }

    /// `cmp rn, #imm`
    pub fn cmp(&mut self, rn: u16, imm: u16) -> &mut Self {
        self.half(0x2800 | rn << 8 | imm)
    }

    /// `tst rn, rm`
    pub fn tst(&mut self, rn: u16, rm: u16) -> &mut Self {
        self.half(0x4200 | rm << 3 | rn)
    }

    /// `ldr rt, [rn]`
    pub fn ldr(&mut self, rt: u16, rn: u16) -> &mut Self {
        self.half(0x6800 | rn << 3 | rt)
    }

    /// `str rt, [rn]`
    pub fn str(&mut self, rt: u16, rn: u16) -> &mut Self {
        self.half(0x6000 | rn << 3 | rt)
    }

    /// Stores `value` at `addr` by way of r0 and r1.
    pub fn poke(&mut self, addr: u32, value: u32) -> &mut Self {
        self.load(0, addr).load(1, value).str(1, 0)
    }

    /// Sets bits at `addr` by way of r0, r1 and r2.
    pub fn set(&mut self, addr: u32, bits: u32) -> &mut Self {
        self.load(0, addr).load(1, bits).ldr(2, 0);
        // orrs r2, r1
        self.half(0x430a).str(2, 0)
    }

    /// Copies the word at `from` to `to` by way of r0 and r1.
    pub fn copy(&mut self, from: u32, to: u32) -> &mut Self {
        self.load(0, from).ldr(1, 0).load(0, to).str(1, 0)
    }

    /// Adds 1 to the word at `addr` by way of r0 and r1.
    pub fn count(&mut self, addr: u32) -> &mut Self {
        self.load(0, addr).ldr(1, 0).add(1, 1).str(1, 0)
    }

    pub fn wfi(&mut self) -> &mut Self {
        self.half(0xbf30)
    }

    pub fn svc(&mut self) -> &mut Self {
        self.half(0xdf00)
    }

    pub fn udf(&mut self) -> &mut Self {
        self.half(0xde00)
    }

    /// Returns from a handler or function.
    pub fn ret(&mut self) -> &mut Self {
        self.half(0x4770)
    }

    /// `msr <special>, rn`
    pub fn msr(&mut self, sysm: u16, rn: u16) -> &mut Self {
        self.wide(0xf380 | rn, 0x8800 | sysm)
    }

    pub fn isb(&mut self) -> &mut Self {
        self.wide(0xf3bf, 0x8f6f)
    }

    /// Sleeps for ever.
    pub fn rest(&mut self) -> &mut Self {
        let again = self.label();
        self.bind(again).wfi().b(again)
    }

    /// Stays here for ever.
    pub fn stay(&mut self) -> &mut Self {
        self.half(0xe7fe)
    }

    /// Places the literals collected so far here.
    pub fn pool(&mut self) -> &mut Self {
        if !self.code.len().is_multiple_of(4) {
            self.half(0xbf00);
        }
        for (at, value) in std::mem::take(&mut self.literals) {
            let pool = self.code.len();
            let distance = (pool - ((at + 4) & !3)) / 4;
            assert!(distance < 256, "a literal is too far away");
            self.code[at] = distance as u8;
            self.code.extend(value.to_le_bytes());
        }
        self
    }

    /// Places the literals collected so far and jumps over them.
    pub fn pool_and_go_on(&mut self) -> &mut Self {
        let on = self.label();
        self.b(on).pool().bind(on)
    }

    /// The finished image.
    pub fn image(&mut self, name: &str) -> Image {
        self.pool();
        for (at, label) in std::mem::take(&mut self.branches) {
            let target = self.labels[label.0].expect("label is bound");
            let from = self.base + at as u32 + 4;
            let offset = (target as i32 - from as i32) / 2;
            let op = u16::from_le_bytes([self.code[at], self.code[at + 1]]);
            let field = if op & 0xf000 == 0xd000 { 0xff } else { 0x7ff };
            let op = op | offset as u16 & field;
            self.code[at..at + 2].copy_from_slice(&op.to_le_bytes());
        }
        let mut image = Image::new();
        image.add_bytes(name, self.base, &self.code);
        image
    }
}

/// Addresses of registers.
pub mod reg {
    pub const RCC_CR: u32 = 0x5800_0000;
    pub const RCC_AHB2ENR: u32 = 0x5800_004c;
    pub const RCC_AHB3ENR: u32 = 0x5800_0050;
    pub const RCC_APB1ENR2: u32 = 0x5800_005c;
    pub const RCC_CSR: u32 = 0x5800_0094;
    pub const RCC_C2AHB3ENR: u32 = 0x5800_0150;
    pub const PWR_CR4: u32 = 0x5800_040c;
    pub const PWR_SR2: u32 = 0x5800_0414;
    pub const IPCC_C1CR: u32 = 0x5800_0c00;
    pub const IPCC_C1MR: u32 = 0x5800_0c04;
    pub const IPCC_C1SCR: u32 = 0x5800_0c08;
    pub const IPCC_C1TOC2SR: u32 = 0x5800_0c0c;
    pub const IPCC_C2CR: u32 = 0x5800_0c10;
    pub const IPCC_C2MR: u32 = 0x5800_0c14;
    pub const IPCC_C2SCR: u32 = 0x5800_0c18;
    pub const IPCC_C2TOC1SR: u32 = 0x5800_0c1c;
    pub const LPUART1_CR1: u32 = 0x4000_8000;
    pub const LPUART1_BRR: u32 = 0x4000_800c;
    pub const LPUART1_ISR: u32 = 0x4000_801c;
    pub const LPUART1_RDR: u32 = 0x4000_8024;
    pub const LPUART1_TDR: u32 = 0x4000_8028;
    pub const SYST_CSR: u32 = 0xe000_e010;
    pub const SYST_RVR: u32 = 0xe000_e014;
    pub const NVIC_ISER0: u32 = 0xe000_e100;
    pub const NVIC_ISER1: u32 = 0xe000_e104;
    pub const ICTR: u32 = 0xe000_e004;
    pub const CPUID: u32 = 0xe000_ed00;
    pub const AIRCR: u32 = 0xe000_ed0c;
    pub const SHCSR: u32 = 0xe000_ed24;
    pub const CFSR: u32 = 0xe000_ed28;
    pub const MPU_CTRL: u32 = 0xe000_ed94;
    pub const MPU_RBAR: u32 = 0xe000_ed9c;
    pub const MPU_RASR: u32 = 0xe000_eda0;
}
