// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The fast path against `rsemu`, instruction by instruction.

use crate::chip::map::WINDOWS;
use crate::chip::{Chip, Port, Shared};
use crate::config::ChipConfig;
use crate::cpu::{CoreId, Cpu, CpuKind, Pause};
use crate::memory::{FLASH_BASE, FLASH_SIZE, SRAM_SIZE, SRAM1_BASE};
use crate::rand::Rand;
use rsemu::core::space::{AddressSpace, Perms, RamStore, Region};
use std::sync::Arc;

/// Random code starts here, behind vectors and handlers.
const CODE: u32 = FLASH_BASE + 0x200;
const CODE_LEN: u32 = 0x400;
const STACK: u32 = SRAM1_BASE + 0x4000;

/// A core with memories of its own and no peripherals.
struct Bench {
    cpu: Cpu,
    sram: Arc<RamStore>,
}

/// What has to be equal.
#[derive(Debug, PartialEq)]
struct State {
    local: u64,
    registers: crate::Registers,
    counters: crate::CoreCounters,
    sram: Vec<u8>,
}

impl Bench {
    fn new(kind: CpuKind, plain: bool, flash_image: &[u8]) -> Self {
        let flash = Arc::new(RamStore::new(FLASH_SIZE.into()));
        let sram = Arc::new(RamStore::new(SRAM_SIZE.into()));
        flash.write_at(0, flash_image).unwrap();
        let space = AddressSpace::new("bench", 32);
        let mut map = space.topology();
        for (base, perms, store) in [
            (FLASH_BASE, Perms::RX, &flash),
            (SRAM1_BASE, Perms::RWX, &sram),
        ] {
            let region = Region::ram("memory", Arc::clone(store));
            map.map_with_perms(region, base.into(), perms).unwrap();
        }
        let chip = Chip::new(
            ChipConfig::default(),
            Arc::clone(&flash),
            Arc::clone(&sram),
        );
        let shared = Shared::new(chip);
        for (name, base, size) in WINDOWS {
            let core = CoreId::Cpu1;
            let port = Port::peripherals(Arc::clone(&shared), core, base);
            let region = Region::io(name, size.into(), Arc::new(port));
            map.map_with_perms(region, base.into(), Perms::RW).unwrap();
        }
        drop(map);
        let mut cpu = Cpu::new(
            CoreId::Cpu1,
            kind,
            Arc::new(space),
            shared,
            flash,
            Arc::clone(&sram),
        );
        cpu.pace.plain = plain;
        cpu.release(FLASH_BASE, 0);
        cpu.bus.shared.attend();
        cpu.run_to(1);
        Bench { cpu, sram }
    }

    fn run_to(&mut self, cycle: u64) -> bool {
        while self.cpu.local < cycle {
            self.cpu.bus.shared.attend();
            if self.cpu.run_to(cycle) == Pause::Lockup {
                return false;
            }
        }
        true
    }

    fn state(&mut self) -> State {
        let mut sram = vec![0; SRAM_SIZE as usize];
        self.sram.read_at(0, &mut sram).unwrap();
        State {
            local: self.cpu.local,
            registers: self.cpu.registers(),
            counters: self.cpu.counters.clone(),
            sram,
        }
    }
}

/// Vectors, handlers that step over faults and count ticks, random code.
fn image(rand: &mut Rand) -> Vec<u8> {
    let mut image = vec![0u8; 0x200];
    let put = |image: &mut Vec<u8>, at: usize, words: &[u32]| {
        for (i, w) in words.iter().enumerate() {
            let at = at + 4 * i;
            image[at..at + 4].copy_from_slice(&w.to_le_bytes());
        }
    };
    put(&mut image, 0, &[STACK, CODE | 1]);
    let fault = FLASH_BASE + 0x100 + 1;
    let tick = FLASH_BASE + 0x120 + 1;
    for n in 2..16 {
        put(&mut image, 4 * n, &[fault]);
    }
    put(&mut image, 4 * 15, &[tick]);
    let halves = |image: &mut Vec<u8>, at: usize, code: &[u16]| {
        for (i, h) in code.iter().enumerate() {
            let at = at + 2 * i;
            image[at..at + 2].copy_from_slice(&h.to_le_bytes());
        }
    };
    // The fault handler finds the frame, sets the stacked PC to the next
    // slot of the random code and a good xPSR.
    halves(
        &mut image,
        0x100,
        &[
            0x2004, // movs r0, #4
            0x4671, // mov r1, lr
            0x4201, // tst r1, r0
            0xd002, // beq 1f
            0xf3ef, 0x8109, // mrs r1, psp
            0xe000, // b 2f
            0x4669, // 1: mov r1, sp
            0x6988, // 2: ldr r0, [r1, #24]
            0x3002, // adds r0, #2
            0x6188, // str r0, [r1, #24]
            0x2001, // movs r0, #1
            0x0600, // lsls r0, r0, #24
            0x61c8, // str r0, [r1, #28]
            0x4770, // bx lr
        ],
    );
    halves(
        &mut image,
        0x120,
        &[
            0x4901, // ldr r1, [pc, #4]
            0x6808, // ldr r0, [r1]
            0x3001, // adds r0, #1
            0x6008, // str r0, [r1]
            0x4770, // bx lr
            0xbf00, // (nop)
        ],
    );
    put(&mut image, 0x128, &[0x4770_6008, SRAM1_BASE + 0xff00]);
    for _ in 0..CODE_LEN / 2 {
        let half = random_half(rand);
        image.extend(half.to_le_bytes());
    }
    // Back to the start.
    for _ in 0..8 {
        image.extend([0xff, 0xf7, 0xfe, 0xbb]);
    }
    image
}

/// A halfword of code: mostly 16-bit instructions, some IT, some prefixes.
fn random_half(rand: &mut Rand) -> u16 {
    let any = rand.next_u32() as u16;
    match rand.in_range(0, 19) {
        // IT with any condition and mask.
        0 => 0xbf00 | any & 0xff,
        // Long data processing, loads and stores, multiplications.
        1 => 0xf000 | any & 0x01ff,
        2 => 0xea00 | any & 0x01ff,
        3 => 0xf800 | any & 0x01ff,
        4 => 0xe800 | any & 0x01ff,
        5 => 0xfb00 | any & 0x01ff,
        6 => 0xfa00 | any & 0x00ff,
        // Short arithmetic, shifts, immediates.
        7..=12 => any & 0x47ff,
        // Short loads and stores, PUSH and POP.
        13..=16 => 0x5000 | any & 0x6fff,
        _ => any,
    }
}

/// Random registers that mostly point into the SRAM.
fn shuffle(rand: &mut Rand, benches: [&mut Bench; 2]) {
    let values: Vec<u32> = (0..13)
        .map(|_| match rand.in_range(0, 3) {
            0 => rand.next_u32(),
            1 => rand.in_range(0, 64),
            _ => SRAM1_BASE + rand.in_range(0, 0xf000),
        })
        .collect();
    for bench in benches {
        bench.cpu.hot.r[..13].copy_from_slice(&values);
        bench.cpu.hot_is_newer = true;
    }
}

fn compare(kind: CpuKind, seed: u64, prepare: impl Fn(&mut Cpu)) {
    let rand = &mut Rand::new(seed);
    let image = image(rand);
    let mut fast = Bench::new(kind, false, &image);
    let mut plain = Bench::new(kind, true, &image);
    for cpu in [&mut fast.cpu, &mut plain.cpu] {
        prepare(cpu);
    }
    let mut cycle = 10;
    for chunk in 0..60 {
        if chunk % 4 == 0 {
            shuffle(rand, [&mut fast, &mut plain]);
        }
        cycle += u64::from(rand.in_range(1, 120));
        let going = fast.run_to(cycle);
        assert_eq!(going, plain.run_to(cycle), "seed {seed}");
        let (a, b) = (fast.state(), plain.state());
        if a != b {
            let pc = b.registers.r[15];
            assert_eq!(
                (a.registers, a.local, a.counters),
                (b.registers, b.local, b.counters),
                "seed {seed}, chunk {chunk}, near pc {pc:#x}"
            );
            let at = (0..a.sram.len()).find(|&i| a.sram[i] != b.sram[i]);
            panic!("seed {seed}, chunk {chunk}: memory differs at {at:x?}");
        }
        if !going {
            return;
        }
    }
}

/// SysTick every few hundred cycles.
fn tick(cpu: &mut Cpu) {
    cpu.arm.with_sys(|sys| {
        sys.syst_rvr = 193;
        sys.syst_csr = 7;
    });
    cpu.view_is_stale = true;
}

#[test]
fn random_code_runs_as_in_rsemu() {
    for seed in 0..400 {
        compare(CpuKind::CortexM4, seed, tick);
    }
}

#[test]
fn random_code_runs_as_in_rsemu_on_the_baseline() {
    for seed in 1000..1300 {
        compare(CpuKind::CortexM0Plus, seed, tick);
    }
}

#[test]
fn random_code_without_privilege_runs_as_in_rsemu() {
    for seed in 2000..2400 {
        compare(CpuKind::CortexM4, seed, |cpu| {
            tick(cpu);
            cpu.arm.with_sys(|sys| {
                // All faults have handlers; flash and half of the SRAM are
                // open, a slice of it read-only.
                sys.shcsr = 7 << 16;
                let regions = [
                    (FLASH_BASE, 0x0600_0000 | 17 << 1 | 1),
                    (SRAM1_BASE, 0x1300_0000 | 14 << 1 | 1),
                    (SRAM1_BASE + 0x1000, 0x1200_8100 | 11 << 1 | 1),
                ];
                for (n, (base, rasr)) in regions.into_iter().enumerate() {
                    sys.mpu_rbar[n] = base;
                    sys.mpu_rasr[n] = rasr;
                }
                sys.mpu_ctrl = 5;
            });
            let mut regs = cpu.hot.store();
            regs.psp = SRAM1_BASE + 0x7000;
            regs.control = 3;
            cpu.arm.set_regs(regs);
            cpu.hot.reload(&cpu.arm.regs());
            cpu.hot_is_newer = false;
        });
    }
}

/// A loop whose IT block must never execute its instruction, interrupted at
/// every possible place by a handler that returns from within an IT block.
#[test]
fn an_interrupt_does_not_disturb_an_it_block() {
    for plain in [false, true] {
        let mut image = vec![0u8; 0x200];
        let mut put = |at: usize, bytes: &[u8]| {
            image[at..at + bytes.len()].copy_from_slice(bytes);
        };
        put(0, &STACK.to_le_bytes());
        put(4, &(CODE | 1).to_le_bytes());
        put(60, &((FLASH_BASE + 0x120) | 1).to_le_bytes());
        put(0x120, &0x2005u16.to_le_bytes()); // movs r0, #5
        put(0x122, &0x2809u16.to_le_bytes()); // cmp r0, #9
        put(0x124, &0xbf3cu16.to_le_bytes()); // itt lo
        put(0x126, &0x2007u16.to_le_bytes()); // movlo r0, #7
        put(0x128, &0x4770u16.to_le_bytes()); // bxlo lr
        for half in [
            0x2005u16, // 1: movs r0, #5
            0x2809,    // cmp r0, #9
            0xbf28,    // it hs
            0x2001,    // movhs r0, #1
            0x2805,    // cmp r0, #5
            0xd101,    // bne 2f
            0x3401,    // adds r4, #1
            0xe7f7,    // b 1b
            0xe7fe,    // 2: b .
        ] {
            image.extend(half.to_le_bytes());
        }
        let mut bench = Bench::new(CpuKind::CortexM4, plain, &image);
        bench.cpu.arm.with_sys(|sys| {
            sys.syst_rvr = 82;
            sys.syst_csr = 7;
        });
        bench.cpu.view_is_stale = true;
        for cycle in 1..2000 {
            bench.run_to(cycle * 37);
            let pc = bench.state().registers.r[15];
            assert_ne!(pc, CODE + 16, "plain {plain}, cycle {cycle}");
        }
    }
}
