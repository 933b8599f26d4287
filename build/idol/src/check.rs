// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Rules for interfaces that their syntax does not express.

use indexmap::IndexMap;

use crate::Error;
use crate::error::Place;
use crate::syntax::{
    self, Encoding, Interface, Lease, Name, Operation, RecvStrategy, Reply,
};

/// Checks what a client relies on.
pub fn client(iface: &Interface) -> Result<(), Error> {
    both(iface)?;
    for (name, op) in &iface.ops {
        if op.idempotent {
            idempotence(name, op)?;
        } else if matches!(op.reply, Reply::Simple(_)) {
            return Err(Error::new(
                Place::op(name),
                "expected a `Result` reply: the operation is not idempotent, \
                 so the client has to report when the server dies",
            )
            .help(
                "write `idempotent: true` if repeating the operation is \
                 harmless, or `Result(ok: ..., err: ServerDeath)`",
            ));
        }
    }
    Ok(())
}

/// Checks what a server relies on.
pub fn server(iface: &Interface) -> Result<(), Error> {
    both(iface)?;
    for (op_name, op) in &iface.ops {
        for (name, arg) in &op.args {
            if op.encoding != Encoding::Zerocopy
                && arg.recv != RecvStrategy::FromBytes
            {
                return Err(Error::new(
                    Place::arg(op_name, name),
                    format!(
                        "expected no `recv` but `FromBytes`: the encoding \
                         {:?} converts arguments by itself",
                        op.encoding
                    ),
                ));
            }
        }
        for (name, lease) in &op.leases {
            if lease.max_len.is_some() && lease.element().is_none() {
                return Err(Error::new(
                    Place::lease(op_name, name),
                    "expected no `max_len`: the type has a fixed size",
                )
                .help("a lease of varying length has a type like \"[u8]\""));
            }
        }
    }
    Ok(())
}

/// Checks that `table`, of operations with restricted callers, names
/// operations that exist.
pub fn allowed_callers<'a>(
    iface: &Interface,
    table: impl Iterator<Item = &'a String>,
) -> Result<(), Error> {
    for name in table {
        if !iface.ops.keys().any(|op| op.0 == name) {
            let known: Vec<String> =
                iface.ops.keys().map(|op| format!("`{op}`")).collect();
            return Err(Error::new(
                Place::interface(),
                format!(
                    "the allowed callers are given for an operation `{name}`, \
                     which does not exist"
                ),
            )
            .help(format!("the operations are {}", known.join(", "))));
        }
    }
    Ok(())
}

fn both(iface: &Interface) -> Result<(), Error> {
    for (name, op) in &iface.ops {
        distinct_parameters(name, op)?;
        for (lease_name, lease) in &op.leases {
            direction(name, lease_name, lease)?;
        }
        if let Reply::Result {
            err: syntax::Error::Complex(_),
            ..
        } = op.reply
            && op.encoding != Encoding::Hubpack
        {
            return Err(Error::new(
                Place::op(name),
                format!(
                    "expected `encoding: Hubpack`, which a `Complex` error \
                     needs, but found {:?}",
                    op.encoding
                ),
            ));
        }
    }
    Ok(())
}

fn idempotence(name: &Name, op: &Operation) -> Result<(), Error> {
    for (lease_name, lease) in &op.leases {
        if lease.read && lease.write {
            return Err(Error::new(
                Place::lease(name, lease_name),
                "expected either `read` or `write`: the operation is \
                 idempotent, but a repetition would read what the first \
                 attempt wrote",
            ));
        }
    }
    if let Reply::Result {
        err: syntax::Error::ServerDeath,
        ..
    } = op.reply
    {
        return Err(Error::new(
            Place::op(name),
            "expected an error other than `ServerDeath`: the operation is \
             idempotent, so the client repeats it when the server dies",
        )
        .help("reply with `Simple` if the operation cannot fail"));
    }
    Ok(())
}

fn direction(op: &Name, name: &Name, lease: &Lease) -> Result<(), Error> {
    if lease.read || lease.write {
        return Ok(());
    }
    Err(Error::new(
        Place::lease(op, name),
        "expected `read: true`, `write: true`, or both",
    ))
}

/// Arguments and leases become the parameters of one function.
fn distinct_parameters(name: &Name, op: &Operation) -> Result<(), Error> {
    fn common<'a, A, B>(
        a: &'a IndexMap<Name, A>,
        b: &IndexMap<Name, B>,
    ) -> Option<&'a Name> {
        a.keys().find(|name| b.contains_key(*name))
    }

    match common(&op.leases, &op.args) {
        None => Ok(()),
        Some(lease) => Err(Error::new(
            Place::lease(name, lease),
            "expected another name: an argument of the operation has this one",
        )),
    }
}
