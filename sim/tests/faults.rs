// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Faults and exceptions, in particular what `rsemu` alone gets wrong.

mod support;

use sim::{CoreId, CpuKind, FaultKind, Faults, Image, Soc, Stop};
use support::{Asm, CPU1, reg};

const STACK: u32 = 0x2000_8000;
/// The process stack of the unprivileged code.
const PSP: u32 = 0x2000_5000;
const OUT: u32 = 0x2000_0100;
const OUT2: u32 = 0x2000_0104;

const MEMFAULTENA: u32 = 1 << 16;
const BUSFAULTENA: u32 = 1 << 17;
const USGFAULTENA: u32 = 1 << 18;

fn boot(image: Image, kind: CpuKind) -> Soc {
    let mut soc = Soc::builder()
        .cpu1(image)
        .kind(CoreId::Cpu1, kind)
        .build()
        .unwrap();
    soc.run_for(20_000).unwrap();
    soc
}

/// Regions 0 and 1 open flash and the first 16 KiB of SRAM, region 2 opens
/// the next 16 KiB with `rasr`.
fn protect(a: &mut Asm, rasr: u32) {
    for (n, base, rasr) in [
        (0, 0x0800_0000, 0x0600_0000 | 17 << 1 | 1),
        (1, 0x2000_0000, 0x1300_0000 | 13 << 1 | 1),
        (2, 0x2000_4000, rasr),
    ] {
        a.poke(reg::MPU_RBAR, base | 0x10 | n)
            .poke(reg::MPU_RASR, rasr);
    }
    a.poke(reg::MPU_CTRL, 5).isb();
}

/// Drops privilege and moves to the process stack.
fn go_unprivileged(a: &mut Asm) {
    a.load(0, PSP).msr(9, 0).mov(0, 3).msr(20, 0).isb();
}

#[test]
fn each_fault_has_its_handler_on_armv7m_and_none_on_armv6m() {
    type Write = fn(&mut Asm);
    let cases: [(Write, FaultKind, &str); 3] = [
        (
            |a| _ = a.copy(0x6000_0000, OUT),
            FaultKind::Bus,
            "PRECISERR",
        ),
        (|a| _ = a.udf(), FaultKind::Usage, "UNDEFINSTR"),
        (
            |a| _ = a.copy(0x2000_7000, OUT),
            FaultKind::MemManage,
            "DACCVIOL",
        ),
    ];
    for (write, kind, reason) in cases {
        let mut a = Asm::new(CPU1, 0x2000_4000);
        protect(&mut a, 0);
        a.poke(0x2000_4000 - 4, 0);
        a.set(reg::SHCSR, MEMFAULTENA | BUSFAULTENA | USGFAULTENA);
        let data = reason == "DACCVIOL";
        if data {
            // Privileged code would get through by the background region.
            a.poke(reg::MPU_CTRL, 1).isb();
        }
        let pc = a.here();
        write(&mut a);
        a.stay();
        let image = a.image("cpu1");
        let soc = boot(image.clone(), CpuKind::CortexM4);
        let [fault] = soc.faults() else {
            panic!("{:?}", soc.faults());
        };
        assert_eq!(fault.kind, kind);
        assert!(fault.reasons().contains(&reason), "{fault}");
        assert!((pc..pc + 8).contains(&fault.pc), "{fault}");

        let soc = boot(image, CpuKind::CortexM0Plus);
        let kinds: Vec<_> = soc.faults().iter().map(|f| f.kind).collect();
        assert_eq!(kinds, [FaultKind::Hard]);
    }
}

#[test]
fn a_stack_in_forbidden_memory_is_a_memmanage_fault_of_its_own() {
    let mut a = Asm::new(CPU1, 0x2000_4000);
    // The handler of SVCall must not run before the one of MemManage.
    a.handler(11).poke(OUT2, 1).ret();
    a.handler(4).copy(reg::CFSR, OUT).stay();
    a.pool().entry();
    // SVCall has a lower priority than MemManage.
    a.poke(0xe000_ed1c, 0x8000_0000);
    protect(&mut a, 0x1000_0000 | 13 << 1 | 1);
    a.set(reg::SHCSR, MEMFAULTENA);
    go_unprivileged(&mut a);
    let svc = a.here();
    a.svc().stay();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    let [fault] = soc.faults() else {
        panic!("{:?}", soc.faults());
    };
    assert_eq!(fault.kind, FaultKind::MemManage);
    assert_eq!(fault.reasons(), ["MSTKERR"]);
    assert_eq!((fault.pc, fault.sp), (svc, PSP));
    assert_eq!(soc.read_u32(OUT), Some(1 << 4));
    assert_eq!(soc.read_u32(OUT2), Some(0));
    // SVCall waits behind it, and PSP has moved by the frame.
    assert_eq!(soc.registers(CoreId::Cpu1).psp, PSP - 32);
}

#[test]
fn without_a_memmanage_handler_a_bad_stack_is_a_hardfault() {
    for kind in [CpuKind::CortexM4, CpuKind::CortexM0Plus] {
        let mut a = Asm::new(CPU1, 0x2000_4000);
        protect(&mut a, 0x1000_0000 | 13 << 1 | 1);
        go_unprivileged(&mut a);
        a.svc().stay();
        let soc = boot(a.image("cpu1"), kind);
        let kinds: Vec<_> = soc.faults().iter().map(|f| f.kind).collect();
        assert_eq!(kinds, [FaultKind::Hard]);
        assert_eq!(soc.registers(CoreId::Cpu1).exception(), 3);
    }
}

#[test]
fn a_return_from_forbidden_memory_is_a_memmanage_fault() {
    let mut a = Asm::new(CPU1, 0x2000_4000);
    // SVCall closes the process stack and returns to it.
    a.handler(11).poke(reg::MPU_RBAR, 0x2000_4012);
    a.poke(reg::MPU_RASR, 0x1000_0000 | 13 << 1 | 1).isb().ret();
    a.handler(4).copy(reg::CFSR, OUT).stay();
    a.pool().entry();
    protect(&mut a, 0x1300_0000 | 13 << 1 | 1);
    a.set(reg::SHCSR, MEMFAULTENA);
    go_unprivileged(&mut a);
    a.svc().stay();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    assert_eq!(soc.read_u32(OUT), Some(1 << 3));
    let [fault] = soc.faults() else {
        panic!("{:?}", soc.faults());
    };
    assert_eq!(fault.reasons(), ["MUNSTKERR"]);
    let registers = soc.registers(CoreId::Cpu1);
    assert_eq!(registers.psp, PSP - 32);
    assert_eq!(registers.r[14], 0xffff_fffd);
}

#[test]
fn unprivileged_code_cannot_reach_the_system_control_space() {
    for (addr, write) in [
        (reg::AIRCR, true),
        (reg::CPUID, false),
        (reg::SYST_CSR, true),
    ] {
        let mut a = Asm::new(CPU1, 0x2000_4000);
        protect(&mut a, 0x1300_0000 | 13 << 1 | 1);
        a.set(reg::SHCSR, BUSFAULTENA);
        go_unprivileged(&mut a);
        if write {
            a.poke(addr, 0x05fa_0004);
        } else {
            a.copy(addr, OUT);
        }
        a.stay();
        let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
        let [fault] = soc.faults() else {
            panic!("{:?}", soc.faults());
        };
        assert_eq!(fault.kind, FaultKind::Bus);
        assert_eq!(fault.bfar, Some(addr));
        assert_eq!(soc.resets(), 0);
    }
}

#[test]
fn an_interrupt_inside_an_it_block_does_not_end_the_block() {
    let mut a = Asm::new(CPU1, STACK);
    a.handler(15).count(OUT2).ret().pool().entry();
    a.poke(reg::SYST_RVR, 36).poke(reg::SYST_CSR, 7);
    let again = a.label();
    a.load(3, OUT).mov(4, 0).bind(again);
    // cmp r4, #1; ITTTT EQ: four instructions that must never execute.
    a.cmp(4, 1).half(0xbf01);
    a.add(5, 1).add(5, 1).add(5, 1).add(5, 1);
    // ITEEE NE: one that does, three that do not.
    a.half(0xbf11);
    a.add(6, 1).add(5, 1).add(5, 1).add(5, 1);
    a.str(5, 3).b(again);
    let mut soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    soc.run_for(200_000).unwrap();
    assert!(soc.read_u32(OUT2).is_some_and(|n| n > 1000));
    assert_eq!(soc.read_u32(OUT), Some(0));
}

#[test]
fn a_cortex_m0_plus_does_not_have_the_instructions_of_an_m4() {
    type Write = fn(&mut Asm);
    let absent: [Write; 5] = [
        |a| _ = a.wide(0xf04f, 0x0001), // mov.w r0, #1
        |a| _ = a.half(0xbf08).half(0xbf00), // it eq; nop
        |a| _ = a.half(0xb100),         // cbz r0, .+4
        |a| _ = a.wide(0xfbb0, 0xf0f1), // udiv r0, r0, r1
        |a| _ = a.wide(0xf3ef, 0x8011), // mrs r0, BASEPRI
    ];
    for write in absent {
        let mut a = Asm::new(CPU1, STACK);
        let pc = a.here();
        write(&mut a);
        a.rest();
        let image = a.image("cpu1");
        assert_eq!(boot(image.clone(), CpuKind::CortexM4).faults(), []);
        let soc = boot(image, CpuKind::CortexM0Plus);
        let [fault] = soc.faults() else {
            panic!("{:?}", soc.faults());
        };
        assert_eq!((fault.kind, fault.pc), (FaultKind::Hard, pc));
    }
}

#[test]
fn a_cortex_m0_plus_faults_on_unaligned_accesses_whatever_ccr_says() {
    let mut a = Asm::new(CPU1, STACK);
    a.poke(0xe000_ed14, 0).copy(0x2000_0201, OUT).rest();
    let image = a.image("cpu1");
    assert_eq!(boot(image.clone(), CpuKind::CortexM4).faults(), []);
    let soc = boot(image, CpuKind::CortexM0Plus);
    assert_eq!(soc.faults().len(), 1);
    assert_eq!(soc.faults()[0].kind, FaultKind::Hard);
}

#[test]
fn a_fault_in_the_hardfault_handler_locks_the_core_up() {
    type Write = fn(&mut Asm);
    let last: [Write; 3] =
        [|a| _ = a.udf(), |a| _ = a.svc(), |a| _ = a.half(0xbe00)];
    for kind in [CpuKind::CortexM4, CpuKind::CortexM0Plus] {
        for write in last {
            let mut a = Asm::new(CPU1, STACK);
            a.handler(3).count(OUT);
            write(&mut a);
            a.stay().pool().entry().udf();
            let mut soc = Soc::builder()
                .cpu1(a.image("cpu1"))
                .kind(CoreId::Cpu1, kind)
                .build()
                .unwrap();
            let stop = soc.run_for(20_000);
            assert!(
                matches!(
                    &stop,
                    Err(Stop::Lockup {
                        core: CoreId::Cpu1,
                        fault: Some(f)
                    }) if f.kind == FaultKind::Hard
                ),
                "{stop:?}"
            );
            assert_eq!(soc.read_u32(OUT), Some(1));
        }
    }
}

#[test]
fn a_fault_can_end_the_run() {
    let mut a = Asm::new(CPU1, STACK);
    a.udf();
    let mut soc = Soc::builder()
        .cpu1(a.image("cpu1"))
        .faults(Faults::Stop)
        .build()
        .unwrap();
    assert!(matches!(soc.run_for(1000), Err(Stop::Faulted(_))));
}

#[test]
fn sleep_on_exit_returns_to_sleep() {
    let mut a = Asm::new(CPU1, STACK);
    a.handler(15).count(OUT).ret().pool().entry();
    a.poke(reg::SYST_RVR, 999).poke(reg::SYST_CSR, 7);
    a.poke(0xe000_ed10, 2).wfi();
    // Never reached.
    a.count(OUT2).stay();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    assert_eq!(soc.read_u32(OUT), Some(19));
    assert_eq!(soc.read_u32(OUT2), Some(0));
    assert!(soc.is_sleeping(CoreId::Cpu1));
}

#[test]
fn wfi_ends_for_an_interrupt_that_primask_holds_back() {
    let mut a = Asm::new(CPU1, STACK);
    a.handler(15).count(OUT).ret().pool().entry();
    a.half(0xb672); // cpsid i
    a.poke(reg::SYST_RVR, 499).poke(reg::SYST_CSR, 7).wfi();
    a.copy(OUT, OUT2 + 4).count(OUT2);
    a.half(0xb662); // cpsie i
    a.rest();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    assert_eq!(soc.read_u32(OUT2), Some(1));
    assert_eq!(soc.read_u32(OUT2 + 4), Some(0));
    assert!(soc.read_u32(OUT).is_some_and(|n| n > 10));
}

#[test]
fn device_memory_takes_aligned_accesses_and_no_code() {
    let mut a = Asm::new(CPU1, STACK);
    a.handler(6).count(OUT).stay();
    a.handler(4).count(OUT2).stay().pool().entry();
    a.set(reg::SHCSR, MEMFAULTENA | USGFAULTENA);
    a.copy(reg::RCC_CR + 2, 0x2000_0200).stay();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    assert_eq!(soc.faults()[0].reasons(), ["UNALIGNED"]);
    assert_eq!(soc.read_u32(OUT), Some(1));

    let mut a = Asm::new(CPU1, STACK);
    a.handler(4).count(OUT2).stay().pool().entry();
    a.set(reg::SHCSR, MEMFAULTENA | USGFAULTENA);
    // bx r0
    a.load(0, 0x4800_0001).half(0x4700).stay();
    let soc = boot(a.image("cpu1"), CpuKind::CortexM4);
    let [fault] = soc.faults() else {
        panic!("{:?}", soc.faults());
    };
    assert_eq!(fault.reasons(), ["IACCVIOL"]);
    assert_eq!(fault.pc, 0x4800_0000);
    assert_eq!(soc.read_u32(OUT2), Some(1));
}

#[test]
fn a_cortex_m0_plus_has_no_mpu_regions_below_256_bytes() {
    for (kind, size, expected) in [
        (CpuKind::CortexM0Plus, 7, 1),
        (CpuKind::CortexM0Plus, 6, 0),
        (CpuKind::CortexM4, 6, 1),
    ] {
        let mut a = Asm::new(CPU1, 0x2000_4000);
        protect(&mut a, 0x1300_0000 | size << 1 | 1);
        a.load(0, 0x2000_4080).msr(9, 0).mov(0, 3).msr(20, 0).isb();
        a.poke(0x2000_4040, 1).stay();
        let soc = boot(a.image("cpu1"), kind);
        assert_eq!(soc.read_u32(0x2000_4040), Some(expected));
        // The stack is out of reach as well, which does not lock up.
        let faults = if expected == 0 { 1 } else { 0 };
        assert_eq!(soc.faults().len(), faults);
    }
}
