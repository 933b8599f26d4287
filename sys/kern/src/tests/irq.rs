// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::world::{Recv, Setup};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::machine::NextTask::Same;
use crate::tests::world::World;
use abi::{Sysnum, UsageError};
use std::vec::Vec;

const SUP: usize = 0;
const DRIVER: usize = 1;
const CLIENT: usize = 2;

const RX: u32 = 1 << 0;
const TX: u32 = 1 << 5;

/// Two interrupts lead to TX, one to RX.
fn boot() -> Kernel<World> {
    Setup::new(&[0, 2, 3, 9])
        .irq(7, DRIVER, RX)
        .irq(40, DRIVER, TX)
        .irq(41, DRIVER, TX)
        .irq(3, CLIENT, RX)
        .boot()
}

fn control(k: &mut Kernel<World>, mask: u32, arg: u32) {
    k.call(DRIVER, Sysnum::IrqControl, &[mask, arg]);
}

fn status(k: &mut Kernel<World>, mask: u32) -> u32 {
    k.call(DRIVER, Sysnum::IrqStatus, &[mask]);
    k.task(DRIVER).save.r4
}

#[test]
fn an_interrupt_is_disabled_and_posted_to_its_owner() {
    let mut k = boot();
    control(&mut k, TX, 1);
    assert!(k.machine.is_irq_enabled(40) && k.machine.is_irq_enabled(41));
    k.do_recv(
        DRIVER,
        Recv {
            mask: TX,
            ..Recv::default()
        },
    );
    assert!(k.interrupt(40));
    assert_eq!(k.got(DRIVER).operation, TX);
    assert!(!k.machine.is_irq_enabled(40));
    assert!(k.machine.is_irq_enabled(41));
}

#[test]
fn an_interrupt_of_a_busy_task_wakes_nobody() {
    let mut k = boot();
    assert!(!k.interrupt(7));
    assert_eq!(k.task(DRIVER).notifications, RX);
}

#[test]
fn the_kernel_leaves_the_pending_bit_to_the_hardware() {
    let mut k = boot();
    k.machine.pending.insert(7);
    k.interrupt(7);
    assert!(k.machine.is_irq_pending(7));
}

#[test]
#[should_panic(expected = "unhandled IRQ 0x8")]
fn an_interrupt_that_nobody_owns_stops_the_kernel() {
    boot().interrupt(8);
}

#[test]
#[should_panic(expected = "unhandled IRQ")]
fn an_interrupt_beyond_the_table_stops_the_kernel() {
    boot().interrupt(400);
}

#[test]
fn enabling_leaves_pending_interrupts_alone_unless_asked() {
    let mut k = boot();
    k.machine.pending.extend([40, 41]);
    control(&mut k, TX, 1);
    assert!(k.machine.enabled.is_superset(&[40, 41].into()));
    assert!(k.machine.pending.is_superset(&[40, 41].into()));
    control(&mut k, TX, 3);
    assert!(k.machine.enabled.is_superset(&[40, 41].into()));
    assert!(k.machine.pending.is_empty());
}

#[test]
fn disabling_leaves_pending_interrupts_alone_unless_asked() {
    let mut k = boot();
    control(&mut k, TX, 1);
    k.machine.pending.extend([40, 41]);
    control(&mut k, TX, 0);
    assert!(k.machine.enabled.is_empty());
    assert!(k.machine.pending.is_superset(&[40, 41].into()));
    control(&mut k, TX, 2);
    assert!(k.machine.pending.is_empty());
}

#[test]
fn the_mask_must_be_exactly_one_that_is_configured() {
    // All mapped bits at once, a mapped and an unmapped one, none, another's.
    for mask in [RX | TX, RX | 2, 0, 2] {
        let mut k = boot();
        control(&mut k, mask, 1);
        assert_eq!(k.fault(DRIVER), UsageError::NoIrq.into());
        assert!(k.machine.enabled.is_empty());

        let mut k = boot();
        status(&mut k, mask);
        assert_eq!(k.fault(DRIVER), UsageError::NoIrq.into());
    }
}

#[test]
fn interrupts_of_another_task_are_out_of_reach() {
    let mut k = boot();
    k.call(CLIENT, Sysnum::IrqControl, &[TX, 1]);
    assert_eq!(k.fault(CLIENT), UsageError::NoIrq.into());
}

#[test]
fn unknown_control_bits_fault_the_caller() {
    for arg in [4, 5, 0x8000_0000] {
        let mut k = boot();
        control(&mut k, RX, arg);
        assert_eq!(k.fault(DRIVER), UsageError::NoIrq.into());
    }
}

#[test]
fn status_combines_all_interrupts_of_the_mask() {
    let mut k = boot();
    assert_eq!(status(&mut k, TX), 0);
    k.machine.enabled.insert(41);
    assert_eq!(status(&mut k, TX), 1);
    k.machine.pending.insert(40);
    assert_eq!(status(&mut k, TX), 3);
    k.machine.pending.insert(7);
    assert_eq!(status(&mut k, TX), 3);
    assert_eq!(status(&mut k, RX), 2);
}

#[test]
fn status_tells_whether_the_notification_is_posted() {
    let mut k = boot();
    k.interrupt(41);
    assert_eq!(status(&mut k, TX), 4);
    assert_eq!(status(&mut k, RX), 0);
}

#[test]
fn neither_call_switches_tasks() {
    let mut k = boot();
    assert_eq!(k.call(DRIVER, Sysnum::IrqControl, &[RX, 1]), Same);
    assert_eq!(k.call(DRIVER, Sysnum::IrqStatus, &[RX]), Same);
}

#[test]
fn a_restart_leaves_interrupts_as_they_are_and_loses_notifications() {
    let mut k = boot();
    control(&mut k, TX, 1);
    k.interrupt(7);
    k.machine.pending.insert(41);
    k.restart_task(DRIVER);
    assert_eq!(status(&mut k, TX), 3);
    assert_eq!(status(&mut k, RX), 0);
}

#[test]
fn a_software_interrupt_makes_all_of_its_group_pending() {
    let mut k = boot();
    let request: Vec<u8> = [DRIVER as u32, TX]
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .collect();
    assert_eq!(k.kipc(SUP, 8, &request, 0), Same);
    assert_eq!(k.code_and_len(SUP), (0, 0));
    assert_eq!(k.machine.pending, [40, 41].into());
    assert_eq!(k.task(DRIVER).notifications, 0);
}

#[test]
fn a_software_interrupt_needs_the_supervisor_and_an_exact_match() {
    let request = |task: u32, mask: u32| -> Vec<u8> {
        [task, mask].iter().flat_map(|w| w.to_le_bytes()).collect()
    };
    let mut k = boot();
    k.kipc(DRIVER, 8, &request(1, TX), 0);
    assert_eq!(k.fault(DRIVER), UsageError::NotSupervisor.into());
    for (task, mask) in [(1, RX | TX), (2, TX), (9, RX), (u32::MAX, 0)] {
        let mut k = boot();
        k.kipc(SUP, 8, &request(task, mask), 0);
        assert_eq!(k.fault(SUP), UsageError::NoIrq.into());
    }
}
