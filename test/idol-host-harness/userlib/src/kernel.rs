// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The kernel, as far as one client and one server can see it.
//!
//! Each thread, hence each test, has a kernel of its own. A fault of the server
//! is a panic with a [`ServerFault`], one of the client, where the client was
//! generated, a panic with a [`ReplyFaultReason`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::panic_any;

use abi::{
    DEFECT, Generation, LeaseAttributes, ReplyFaultReason, TaskId, UsageError,
    dead_response_code,
};

use crate::{BorrowInfo, Lease, RecvMessage};

/// The task that serves.
pub const SERVER: usize = 3;

/// What a client learns from a send.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Reply {
        code: u32,
        len: usize,
    },
    Fault(ReplyFaultReason),
    /// There was no reply.
    Blocked,
}

/// The panic of a client that would wait for ever.
#[derive(Debug, PartialEq, Eq)]
pub struct Blocked;

/// The panic of a server that has done what the kernel does not permit.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerFault(pub UsageError);

/// A task and all that it is waiting for.
struct Request {
    sender: TaskId,
    operation: u16,
    message: *const [u8],
    reply: *mut [u8],
    leases: Vec<(LeaseAttributes, *mut [u8])>,
    state: State,
}

enum State {
    Sending,
    AwaitingReply,
    Done(Outcome),
}

#[derive(Default)]
struct Kernel {
    server: Option<Box<dyn FnMut()>>,
    generation: Generation,
    /// How often the server dies instead of receiving.
    deaths: usize,
    client: Option<TaskId>,
    request: Option<Request>,
    /// Notifications posted to the server.
    posted: u32,
    dead_peer: Option<Generation>,
    borrow_failures: VecDeque<Option<u32>>,
    borrows: usize,
    reports_sent_length: bool,
}

thread_local! {
    static KERNEL: RefCell<Kernel> = RefCell::default();
}

fn with<T>(f: impl FnOnce(&mut Kernel) -> T) -> T {
    KERNEL.with_borrow_mut(f)
}

/// Starts the server: `step` receives once, as `idol_runtime::dispatch` does.
///
/// Returns the server's id.
pub fn start_server(step: impl FnMut() + 'static) -> TaskId {
    with(|k| k.server = Some(Box::new(step)));
    server_id()
}

/// The server's current id.
pub fn server_id() -> TaskId {
    with(|k| TaskId::for_index_and_gen(SERVER, k.generation))
}

/// Has the server die, and be restarted, at the next `times` sends.
pub fn kill_server(times: usize) {
    with(|k| k.deaths = times);
}

/// Makes `id` the sender of what is sent from now on.
pub fn set_client(id: TaskId) {
    with(|k| k.client = Some(id));
}

/// Runs the server until its next receive, with `bits` posted to it.
pub fn notify(bits: u32) {
    with(|k| k.posted |= bits);
    step();
}

/// Runs the server with the task it receives from dead.
pub fn fail_closed_recv(generation: Generation) {
    with(|k| k.dead_peer = Some(generation));
    step();
    with(|k| k.dead_peer = None);
}

/// Scripts the next borrow calls other than those for information: the code
/// that each fails with, or `None` to let it pass.
pub fn script_borrows(codes: impl IntoIterator<Item = Option<u32>>) {
    with(|k| k.borrow_failures = codes.into_iter().collect());
}

/// How many reads and writes of leases there have been.
pub fn borrows() -> usize {
    with(|k| k.borrows)
}

/// Has receives report the length sent, as no kernel does, instead of the one
/// copied.
pub fn report_sent_length() {
    with(|k| k.reports_sent_length = true);
}

fn step() {
    // The server calls back, so the kernel must not be borrowed meanwhile.
    let mut server = with(|k| k.server.take()).expect("a server was started");
    server();
    with(|k| k.server = Some(server));
}

/// Sends, and returns what becomes of it.
pub fn send(
    target: TaskId,
    operation: u16,
    outgoing: &[u8],
    incoming: &mut [u8],
    leases: &[Lease<'_>],
) -> Outcome {
    assert_eq!(target.index(), SERVER);
    let dead_code = with(|k| {
        if k.deaths > 0 {
            k.deaths -= 1;
            k.generation = k.generation.next();
        }
        (target.generation() != k.generation)
            .then(|| dead_response_code(k.generation))
    });
    if let Some(code) = dead_code {
        return Outcome::Reply { code, len: 0 };
    }

    with(|k| {
        let default = TaskId::for_index_and_gen(5, Generation::ZERO);
        k.request = Some(Request {
            sender: k.client.unwrap_or(default),
            operation,
            message: outgoing,
            reply: incoming,
            leases: leases
                .iter()
                .map(|lease| {
                    let memory = std::ptr::slice_from_raw_parts_mut(
                        lease.base, lease.len,
                    );
                    (lease.attributes, memory)
                })
                .collect(),
            state: State::Sending,
        });
    });
    step();
    match with(|k| k.request.take()).map(|request| request.state) {
        Some(State::Done(outcome)) => outcome,
        _ => Outcome::Blocked,
    }
}

pub(crate) fn recv(
    buffer: &mut [u8],
    mask: u32,
    source: Option<TaskId>,
) -> Result<RecvMessage, u32> {
    with(|k| {
        if k.posted & mask != 0 {
            let bits = k.posted & mask;
            k.posted &= !mask;
            return Ok(RecvMessage {
                sender: TaskId::KERNEL,
                operation: bits,
                message_len: 0,
                response_capacity: 0,
                lease_count: 0,
            });
        }
        if let (Some(_), Some(generation)) = (source, k.dead_peer) {
            return Err(dead_response_code(generation));
        }

        let request = k.request.as_mut().expect("somebody is sending");
        assert!(
            source.is_none_or(|id| id == request.sender),
            "the server would wait for another client"
        );
        request.state = State::AwaitingReply;
        // SAFETY: the sender holds on to its slices until `send` returns, which
        // takes the request away first. No server has access to them but
        // through this kernel, one call at a time.
        let message = unsafe { &*request.message };
        let len = usize::min(message.len(), buffer.len());
        buffer[..len].copy_from_slice(&message[..len]);
        Ok(RecvMessage {
            sender: request.sender,
            operation: u32::from(request.operation),
            message_len: if k.reports_sent_length {
                message.len()
            } else {
                len
            },
            response_capacity: request.reply.len(),
            lease_count: request.leases.len(),
        })
    })
}

/// The request of `id`, if it is waiting for a reply.
fn waiting(k: &mut Kernel, id: TaskId) -> Option<&mut Request> {
    k.request.as_mut().filter(|request| {
        request.sender == id && matches!(request.state, State::AwaitingReply)
    })
}

pub(crate) fn reply(peer: TaskId, code: u32, message: &[u8]) {
    with(|k| {
        let Some(request) = waiting(k, peer) else {
            return;
        };
        if message.len() > request.reply.len() {
            panic_any(ServerFault(UsageError::ReplyTooBig));
        }
        // SAFETY: as in `recv`.
        let reply = unsafe { &mut *request.reply };
        let len = message.len();
        reply[..len].copy_from_slice(message);
        request.state = State::Done(Outcome::Reply { code, len });
    });
}

pub(crate) fn reply_fault(peer: TaskId, reason: ReplyFaultReason) {
    with(|k| {
        if let Some(request) = waiting(k, peer) {
            request.state = State::Done(Outcome::Fault(reason));
        }
    });
}

pub(crate) fn borrow_info(lender: TaskId, index: usize) -> Option<BorrowInfo> {
    with(|k| {
        let (attributes, memory) = lease(k, lender, index, 0).ok()?;
        Some(BorrowInfo {
            attributes,
            len: memory.len(),
        })
    })
}

pub(crate) fn borrow_read(
    lender: TaskId,
    index: usize,
    offset: usize,
    dest: &mut [u8],
) -> (u32, usize) {
    let right = LeaseAttributes::READ;
    match access(lender, index, offset, right) {
        Err(code) => (code, 0),
        Ok((memory, len)) => {
            let len = usize::min(len, dest.len());
            // SAFETY: `access` returns memory that is still lent, for reading;
            // the server's `dest` is not the client's memory.
            unsafe { memory.copy_to_nonoverlapping(dest.as_mut_ptr(), len) };
            (0, len)
        }
    }
}

pub(crate) fn borrow_write(
    lender: TaskId,
    index: usize,
    offset: usize,
    src: &[u8],
) -> (u32, usize) {
    let right = LeaseAttributes::WRITE;
    match access(lender, index, offset, right) {
        Err(code) => (code, 0),
        Ok((memory, len)) => {
            let len = usize::min(len, src.len());
            // SAFETY: `access` returns memory that is still lent, for writing;
            // the server's `src` is not the client's memory.
            unsafe { memory.copy_from_nonoverlapping(src.as_ptr(), len) };
            (0, len)
        }
    }
}

/// The memory from `offset` to the end of the lease, if it is lent with the
/// right `right`.
fn access(
    lender: TaskId,
    index: usize,
    offset: usize,
    right: LeaseAttributes,
) -> Result<(*mut u8, usize), u32> {
    with(|k| {
        k.borrows += 1;
        if let Some(Some(code)) = k.borrow_failures.pop_front() {
            return Err(code);
        }
        let (attributes, memory) = lease(k, lender, index, offset)?;
        if !attributes.contains(right) {
            return Err(DEFECT);
        }
        Ok((
            memory.cast::<u8>().wrapping_add(offset),
            memory.len() - offset,
        ))
    })
}

fn lease(
    k: &mut Kernel,
    lender: TaskId,
    index: usize,
    offset: usize,
) -> Result<(LeaseAttributes, *mut [u8]), u32> {
    let request = waiting(k, lender).ok_or(DEFECT)?;
    let Some(&(attributes, memory)) = request.leases.get(index) else {
        panic_any(ServerFault(UsageError::LeaseOutOfRange));
    };
    if offset > memory.len() {
        panic_any(ServerFault(UsageError::OffsetOutOfRange));
    }
    Ok((attributes, memory))
}
