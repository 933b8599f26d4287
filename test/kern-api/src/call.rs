// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! System calls with every argument spelled out, right or wrong.
//!
//! Slices are a base and a length, and default to nothing at address 0.

use crate::Registers;
use userlib::{Kipcnum, Sysnum, TaskId};

/// A base address and a length (in bytes, or in leases).
pub type Span = (u32, u32);

/// No slice at all.
pub const NOTHING: Span = (0, 0);

fn number(n: Sysnum) -> Registers {
    Registers {
        r11: n as u32,
        ..Registers::default()
    }
}

/// SEND.
pub fn send(to: TaskId, operation: u16) -> Registers {
    Registers {
        r4: u32::from(to.0) << 16 | u32::from(operation),
        ..number(Sysnum::Send)
    }
}

/// SEND to the kernel.
pub fn kipc(operation: Kipcnum) -> Registers {
    send(TaskId::KERNEL, operation as u16)
}

impl Registers {
    /// SEND: the message.
    pub fn message(self, (base, length): Span) -> Self {
        Self {
            r5: base,
            r6: length,
            ..self
        }
    }

    /// SEND: where the reply goes.
    pub fn reply_to(self, (base, length): Span) -> Self {
        Self {
            r7: base,
            r8: length,
            ..self
        }
    }

    /// SEND: the lease table.
    pub fn leases(self, (base, count): Span) -> Self {
        Self {
            r9: base,
            r10: count,
            ..self
        }
    }
}

/// An open RECV.
pub fn recv((base, length): Span, mask: u32) -> Registers {
    Registers {
        r4: base,
        r5: length,
        r6: mask,
        ..number(Sysnum::Recv)
    }
}

/// A RECV from one task.
pub fn recv_from(sender: TaskId, buffer: Span, mask: u32) -> Registers {
    Registers {
        r7: 1 << 31 | u32::from(sender.0),
        ..recv(buffer, mask)
    }
}

/// REPLY.
pub fn reply(to: TaskId, code: u32, (base, length): Span) -> Registers {
    Registers {
        r4: u32::from(to.0),
        r5: code,
        r6: base,
        r7: length,
        ..number(Sysnum::Reply)
    }
}

/// REPLY_FAULT.
pub fn reply_fault(to: TaskId, reason: u32) -> Registers {
    Registers {
        r4: u32::from(to.0),
        r5: reason,
        ..number(Sysnum::ReplyFault)
    }
}

/// SET_TIMER.
pub fn set_timer(enable: u32, deadline: u64, set: u32) -> Registers {
    Registers {
        r4: enable,
        r5: deadline as u32,
        r6: (deadline >> 32) as u32,
        r7: set,
        ..number(Sysnum::SetTimer)
    }
}

/// GET_TIMER.
pub fn get_timer() -> Registers {
    number(Sysnum::GetTimer)
}

fn borrow(
    n: Sysnum,
    lender: TaskId,
    index: u32,
    offset: u32,
    (base, length): Span,
) -> Registers {
    Registers {
        r4: u32::from(lender.0),
        r5: index,
        r6: offset,
        r7: base,
        r8: length,
        ..number(n)
    }
}

/// BORROW_READ.
pub fn borrow_read(
    lender: TaskId,
    index: u32,
    offset: u32,
    to: Span,
) -> Registers {
    borrow(Sysnum::BorrowRead, lender, index, offset, to)
}

/// BORROW_WRITE.
pub fn borrow_write(
    lender: TaskId,
    index: u32,
    offset: u32,
    from: Span,
) -> Registers {
    borrow(Sysnum::BorrowWrite, lender, index, offset, from)
}

/// BORROW_INFO, with something in the register of the offset.
pub fn borrow_info(lender: TaskId, index: u32, ignored: u32) -> Registers {
    borrow(Sysnum::BorrowInfo, lender, index, ignored, NOTHING)
}

/// IRQ_CONTROL.
pub fn irq_control(mask: u32, argument: u32) -> Registers {
    Registers {
        r4: mask,
        r5: argument,
        ..number(Sysnum::IrqControl)
    }
}

/// IRQ_STATUS.
pub fn irq_status(mask: u32) -> Registers {
    Registers {
        r4: mask,
        ..number(Sysnum::IrqStatus)
    }
}

/// PANIC.
pub fn panic((base, length): Span) -> Registers {
    Registers {
        r4: base,
        r5: length,
        ..number(Sysnum::Panic)
    }
}

/// REFRESH_TASK_ID.
pub fn refresh_task_id(id: TaskId) -> Registers {
    Registers {
        r4: u32::from(id.0),
        ..number(Sysnum::RefreshTaskId)
    }
}

/// POST.
pub fn post(to: TaskId, bits: u32) -> Registers {
    Registers {
        r4: u32::from(to.0),
        r5: bits,
        ..number(Sysnum::Post)
    }
}

/// A system call that may not exist.
pub fn syscall(number: u32) -> Registers {
    Registers {
        r11: number,
        ..Registers::default()
    }
}
