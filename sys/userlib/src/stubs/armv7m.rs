// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use super::{RawBorrowInfo, RawRecvMessage, RawTimerState};
use abi::{Sysnum, ULease};
use core::arch::naked_asm;

/// Defines a stub whose arguments all arrive in registers and which returns
/// at most the first two results.
macro_rules! register_stub {
    ($name:ident($a0:ident: $t0:ty), $num:ident $(, -> $ret:ty)?) => {
        register_stub!(@ $name($a0: $t0), $num, "{{r4, r5, r11}}",
            ["mov r4, r0"] $(, $ret)?);
    };
    ($name:ident($a0:ident: $t0:ty, $a1:ident: $t1:ty),
     $num:ident $(, -> $ret:ty)?) => {
        register_stub!(@ $name($a0: $t0, $a1: $t1), $num, "{{r4, r5, r11}}",
            ["mov r4, r0", "mov r5, r1"] $(, $ret)?);
    };
    ($name:ident($a0:ident: $t0:ty, $a1:ident: $t1:ty, $a2:ident: $t2:ty,
                 $a3:ident: $t3:ty),
     $num:ident $(, -> $ret:ty)?) => {
        register_stub!(@ $name($a0: $t0, $a1: $t1, $a2: $t2, $a3: $t3), $num,
            "{{r4-r7, r11}}",
            ["mov r4, r0", "mov r5, r1", "mov r6, r2", "mov r7, r3"]
            $(, $ret)?);
    };
    (@ $name:ident($($arg:ident: $ty:ty),*), $num:ident, $saved:literal,
     [$($mov:literal),*] $(, $ret:ty)?) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
            naked_asm!(
                concat!("push ", $saved),
                $($mov,)*
                "mov r11, #{number}",
                "svc #0",
                "mov r0, r4",
                "mov r1, r5",
                concat!("pop ", $saved),
                "bx lr",
                number = const Sysnum::$num as u32,
            )
        }
    };
}

register_stub!(
    sys_reply_stub(peer: u32, code: u32, base: *const u8, len: usize),
    Reply
);
register_stub!(sys_reply_fault_stub(peer: u32, reason: u32), ReplyFault);
register_stub!(
    sys_set_timer_stub(
        enable: u32,
        deadline_lo: u32,
        deadline_hi: u32,
        notifications: u32
    ),
    SetTimer
);
register_stub!(sys_irq_control_stub(mask: u32, arg: u32), IrqControl);
register_stub!(sys_irq_status_stub(mask: u32), IrqStatus, -> u32);
register_stub!(sys_refresh_task_id_stub(id: u32), RefreshTaskId, -> u32);
register_stub!(sys_post_stub(id: u32, bits: u32), Post, -> u32);

/// Sends; returns the code (low word) and the length of the reply.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn sys_send_stub(
    target_and_operation: u32,
    base: *const u8,
    len: usize,
    reply_base: *mut u8,
    reply_len: usize,
    leases: *const ULease,
    lease_count: usize,
) -> u64 {
    naked_asm!(
        "push {{r4-r11}}",
        "mov r4, r0",
        "mov r5, r1",
        "mov r6, r2",
        "mov r7, r3",
        "add r12, sp, #32",
        "ldm r12, {{r8-r10}}",
        "mov r11, #{number}",
        "svc #0",
        "mov r0, r4",
        "mov r1, r5",
        "pop {{r4-r11}}",
        "bx lr",
        number = const Sysnum::Send as u32,
    )
}

/// Receives; returns the code and fills `out`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn sys_recv_stub(
    base: *mut u8,
    len: usize,
    mask: u32,
    out: *mut RawRecvMessage,
    specific: u32,
) -> u32 {
    naked_asm!(
        "push {{r4-r9, r11}}",
        "mov r4, r0",
        "mov r5, r1",
        "mov r6, r2",
        "ldr r7, [sp, #28]",
        "mov r11, #{number}",
        "svc #0",
        "stm r3, {{r5-r9}}",
        "mov r0, r4",
        "pop {{r4-r9, r11}}",
        "bx lr",
        number = const Sysnum::Recv as u32,
    )
}

/// Defines a stub that copies between a lease and memory of the task; it
/// returns the code (low word) and the length.
macro_rules! borrow_stub {
    ($name:ident($ptr:ty), $num:ident) => {
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn $name(
            lender: u32,
            index: usize,
            offset: usize,
            base: $ptr,
            len: usize,
        ) -> u64 {
            naked_asm!(
                "push {{r4-r8, r11}}",
                "mov r4, r0",
                "mov r5, r1",
                "mov r6, r2",
                "mov r7, r3",
                "ldr r8, [sp, #24]",
                "mov r11, #{number}",
                "svc #0",
                "mov r0, r4",
                "mov r1, r5",
                "pop {{r4-r8, r11}}",
                "bx lr",
                number = const Sysnum::$num as u32,
            )
        }
    };
}

borrow_stub!(sys_borrow_read_stub(*mut u8), BorrowRead);
borrow_stub!(sys_borrow_write_stub(*const u8), BorrowWrite);

/// Looks at a lease and fills `out`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn sys_borrow_info_stub(
    lender: u32,
    index: usize,
    out: *mut RawBorrowInfo,
) {
    naked_asm!(
        "push {{r4-r6, r11}}",
        "mov r4, r0",
        "mov r5, r1",
        "movs r6, #0",
        "mov r11, #{number}",
        "svc #0",
        "stm r2, {{r4-r6}}",
        "pop {{r4-r6, r11}}",
        "bx lr",
        number = const Sysnum::BorrowInfo as u32,
    )
}

/// Reads the clock and the timer into `out`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn sys_get_timer_stub(out: *mut RawTimerState) {
    naked_asm!(
        "push {{r4-r9, r11}}",
        "mov r11, #{number}",
        "svc #0",
        "stm r0, {{r4-r9}}",
        "pop {{r4-r9, r11}}",
        "bx lr",
        number = const Sysnum::GetTimer as u32,
    )
}

/// Panics with a message.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn sys_panic_stub(
    base: *const u8,
    len: usize,
) -> ! {
    naked_asm!(
        // Nobody needs these again, but a debugger shows the caller's.
        "push {{r4, r5, r11, lr}}",
        "mov r4, r0",
        "mov r5, r1",
        "mov r11, #{number}",
        "svc #0",
        "udf #0xad",
        number = const Sysnum::Panic as u32,
    )
}
