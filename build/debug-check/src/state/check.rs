// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Rules for what a dump says, as opposed to what is in an archive.

use super::{Entry, Margin, Task, View, unwind};
use crate::rule::{Findings, Rule};

/// EXC_RETURN: the frame has no floating point registers.
const BASIC_FRAME: u32 = 1 << 4;

/// Whether a dump has what is needed, and is one of this image. If it is not,
/// nothing in it can be told.
pub(crate) fn check(view: View<'_>, findings: &mut Findings) -> bool {
    check_contents(view, findings);
    let kernel = view.kernel;
    let id = &kernel.image_id_bytes;
    let found = view.memory().read(kernel.image_id, id.len() as u32);
    if found != Some(id) {
        let what = match found {
            Some(found) => format!(
                "the number of the image is {found:02x?}, in the archive \
                 {id:02x?}"
            ),
            None => "the number of the image is missing".into(),
        };
        findings.add(Rule::E4, "dump", what);
        return false;
    }
    if view.dump.task.is_some() {
        return true;
    }
    if let Some(pc) = view.dump.pc()
        && view.system.module_at(pc).is_none()
    {
        let what = format!("pc {pc:#010x} is in no program");
        findings.add(Rule::E4, "dump", what);
    }
    check_flag(view, findings);
    check_current(view, findings);
    true
}

fn check_flag(view: View<'_>, findings: &mut Findings) {
    let flag = view.kernel.failed.and_then(|at| view.memory().read(at, 1));
    if let Some([flag]) = flag
        && *flag > 1
    {
        let what = format!("KERNEL_HAS_FAILED is {flag}, neither 0 nor 1");
        findings.add(Rule::C5, "kernel", what);
    }
}

fn check_current(view: View<'_>, findings: &mut Findings) {
    let Some(current) = view.memory().word(view.kernel.current) else {
        return;
    };
    let mut entries =
        (0..view.kernel.task_count).map(|index| view.kernel.entry(index));
    if current != 0 && !entries.any(|entry| entry == current) {
        let what =
            format!("CURRENT_TASK_PTR ({current:#010x}) points at no task");
        findings.add(Rule::C5, "kernel", what);
    }
}

/// The dump must have all memory that belongs to the system.
fn check_contents(view: View<'_>, findings: &mut Findings) {
    let kernel = view.kernel;
    let mut missing = |place: &str, name: &str, base: u32, size: u32| {
        if view.memory().read(base, size).is_none() {
            let what = format!(
                "{name}, {size:#x} bytes at {base:#010x}, is not in the dump"
            );
            findings.add(Rule::E3, place, what);
        }
    };
    let id_size = kernel.image_id_bytes.len() as u32;
    missing("kernel", "HUBRIS_IMAGE_ID", kernel.image_id, id_size);
    let (base, size) = kernel.descriptors;
    missing("kernel", "HUBRIS_TASK_DESCS", base, size);
    let (base, size) = kernel.regions;
    missing("kernel", "HUBRIS_REGION_DESCS", base, size);
    if view.dump.task.is_some() {
        return;
    }
    let table_size = kernel.task_count * kernel.task_size;
    missing("kernel", "the task table", kernel.table, table_size);
    missing("kernel", "CURRENT_TASK_PTR", kernel.current, 4);
    missing("kernel", "TICKS", kernel.ticks, 8);
    if let Some(failed) = kernel.failed {
        missing("kernel", "KERNEL_HAS_FAILED", failed, 1);
    }
    if let Some((base, size)) = kernel.epitaph {
        missing("kernel", "KERNEL_EPITAPH", base, size);
    }
    for &(base, size) in &kernel.memory {
        missing("kernel", "memory", base, size);
    }
    for task in &kernel.tasks {
        for region in task.regions.iter().filter(|r| r.is_memory()) {
            missing(&task.name, "a region", region.base, region.size);
        }
    }
}

/// Checks the saved state of the tasks.
pub(crate) fn check_tasks(
    view: View<'_>,
    entries: &[Entry<'_>],
    tasks: &[Task],
    findings: &mut Findings,
) {
    for (entry, task) in entries.iter().zip(tasks) {
        let is_started =
            entry.sched().is_some_and(|(name, _)| name != "Stopped");
        if !is_started {
            continue;
        }
        check_frame(view, entry, findings);
        // While the kernel comes or goes, the registers of the current task
        // are neither in the processor nor yet, or still, in its entry.
        if !entry.is_current || is_running(view, entry) {
            check_backtrace(entry, task, findings);
        }
    }
}

/// Whether the debugger finds a task's registers where they are.
fn check_frame(view: View<'_>, entry: &Entry<'_>, findings: &mut Findings) {
    let fp = view.system.config.has_fp_frames();
    let is_basic = entry
        .saved("exc_return")
        .filter(|value| *value != 0)
        .map(|value| value & BASIC_FRAME != 0);
    if is_basic.is_some_and(|is_basic| is_basic == fp) {
        let (found, wanted) = match fp {
            true => ("without", "with"),
            false => ("with", "without"),
        };
        let what = format!(
            "its exception frames are {found} floating point registers, but \
             for the target {} the debugger takes them to be {wanted}",
            view.system.config.target
        );
        findings.add(Rule::C5, entry.name, what);
    }
    // A task in the processor has nothing saved, and one that was stopped by
    // a fault may have been anywhere.
    if entry.is_current || entry.is_faulted() {
        return;
    }
    let module = &view.system.modules[entry.index as usize];
    let pc = unwind::registers(view, entry).map(|registers| registers.r[15]);
    match pc {
        None => {
            let psp = entry.saved("psp").unwrap_or(0);
            let what =
                format!("there is no exception frame at its psp, {psp:#010x}");
            findings.add(Rule::C5, entry.name, what);
        }
        Some(pc) if !module.has_code_at(pc & !1) => {
            let what = format!("its saved pc, {pc:#010x}, is not in its code");
            findings.add(Rule::C5, entry.name, what);
        }
        Some(_) => {}
    }
}

/// Whether the processor is executing the task's own code.
fn is_running(view: View<'_>, entry: &Entry<'_>) -> bool {
    let module = &view.system.modules[entry.index as usize];
    view.dump.pc().is_some_and(|pc| module.has_code_at(pc))
}

fn check_backtrace(entry: &Entry<'_>, task: &Task, findings: &mut Findings) {
    let Some(trouble) = &task.backtrace.trouble else {
        return;
    };
    // From a wild jump or out of a stack that is used up there is no way
    // back; and code without a description is allowed to exist.
    let is_lost = entry.fault() == Some("IllegalText");
    if is_lost || may_have_no_stack(entry) || task.backtrace.is_without_frame {
        return;
    }
    let rule = match task.backtrace.is_in_stub {
        true if task.backtrace.frames.len() <= 2 => Rule::D5,
        _ => Rule::BUnwind,
    };
    let what = format!("its stack cannot be unwound: {trouble}");
    findings.add(rule, entry.name, what);
}

/// Whether a task is out of service for a reason that may be a lack of stack;
/// ARMv6-M knows no reasons.
fn may_have_no_stack(entry: &Entry<'_>) -> bool {
    matches!(
        entry.fault(),
        Some(
            "StackOverflow" | "MemoryAccess" | "BusError" | "InvalidOperation"
        )
    )
}

/// Checks that stacks were painted before use.
pub(crate) fn check_margins(
    entries: &[Entry<'_>],
    margins: &[Margin],
    findings: &mut Findings,
) {
    for margin in margins {
        let entry = entries.iter().find(|entry| entry.name == margin.task);
        let Some(entry) = entry else { continue };
        let is_started =
            entry.sched().is_some_and(|(name, _)| name != "Stopped");
        if margin.free() == 0 && is_started && !may_have_no_stack(entry) {
            let what = format!(
                "its stack of {:#x} bytes at {:#010x} is used up, or was not \
                 painted",
                margin.size, margin.base
            );
            findings.add(Rule::C5, entry.name, what);
        }
    }
}
