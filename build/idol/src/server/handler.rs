// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The part of a server that turns a message into a call and its result into a
//! reply.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{message, trait_name};
use crate::syntax::{
    AttributedTy, Encoding, Error, Interface, Lease, Name, Operation,
    RecvStrategy, Reply, Ty,
};
use crate::{Generator, common};

/// Generates the counters of the server.
pub fn counters(generator: &Generator, iface: &Interface) -> TokenStream {
    let combined = generator.counters.combined;
    let more = combined.then(|| {
        quote! {
            ClientError(#[count(children)] idol_runtime::ClientError),
        }
    });
    common::counters(
        iface,
        &counters_name(iface),
        |op| match op.reply {
            Reply::Simple(_) => None,
            Reply::Result { .. } => {
                let error = super::error_type(&op.reply);
                Some(if combined {
                    error
                } else {
                    quote!(idol_runtime::RequestError<#error>)
                })
            }
        },
        quote!(#more),
    )
}

/// Generates the implementation of `Server`.
pub fn generate(
    generator: &Generator,
    iface: &Interface,
    allowed_callers: &BTreeMap<String, Vec<usize>>,
) -> TokenStream {
    let trait_name = trait_name(iface);
    let op_enum = common::op_enum_name(iface);
    let arms = iface.ops.iter().map(|(name, op)| {
        let arm = Arm {
            generator,
            iface,
            name,
            op,
        };
        let body = arm.generate(allowed_callers.get(&name.to_string()));
        quote! { #op_enum::#name => { #body } }
    });
    // Without an operation, nobody looks at the message.
    let allowed = iface
        .ops
        .is_empty()
        .then(|| quote!(#[allow(unused_variables)]));
    quote! {
        impl<S: #trait_name> idol_runtime::Server<#op_enum>
            for (core::marker::PhantomData<#op_enum>, &'_ mut S)
        {
            fn recv_source(&self) -> core::option::Option<userlib::TaskId> {
                #trait_name::recv_source(self.1)
            }

            fn closed_recv_fail(&mut self) {
                #trait_name::closed_recv_fail(self.1)
            }

            #allowed
            fn handle(
                &mut self,
                op: #op_enum,
                incoming: &[u8],
                rm: &userlib::RecvMessage,
            ) -> core::result::Result<(), idol_runtime::RequestError<u16>> {
                match op {
                    #(#arms)*
                }
            }
        }
    }
}

fn counters_name(iface: &Interface) -> Ident {
    let name = iface.name.to_uppercase();
    format_ident!("__{name}_SERVER_COUNTERS")
}

/// The handling of one operation.
struct Arm<'a> {
    generator: &'a Generator,
    iface: &'a Interface,
    name: &'a Name,
    op: &'a Operation,
}

impl Arm<'_> {
    fn generate(&self, allowed_callers: Option<&Vec<usize>>) -> TokenStream {
        let trait_name = trait_name(self.iface);
        let name = self.name;
        let access = allowed_callers.map(|callers| access_check(callers));
        let reader = message::reader_name(name);
        let args = (!self.op.args.is_empty()).then(|| quote!(let args =));
        let arg_values = self.op.args.iter().map(|(name, arg)| {
            let local = format_ident!("arg_{}", name.0);
            let value = argument(name, arg);
            quote! { let #local = #value; }
        });
        let leases =
            self.op.leases.iter().enumerate().map(|(i, (name, lease))| {
                let local = format_ident!("lease_{}", name.0);
                let value = leased(i, lease);
                quote! { let #local = #value; }
            });
        let arg_names = self
            .op
            .args
            .keys()
            .map(|name| format_ident!("arg_{}", name.0));
        let lease_names = self
            .op
            .leases
            .keys()
            .map(|name| format_ident!("lease_{}", name.0));
        let count = self.count();
        let success = self.success();
        let failure = self.failure();
        quote! {
            #access
            #args #reader(incoming)
                .ok_or(idol_runtime::ClientError::BadMessageContents.fail())?;
            #(#arg_values)*
            #(#leases)*
            let result = #trait_name::#name(
                self.1,
                rm,
                #(#arg_names,)*
                #(#lease_names,)*
            );
            #count
            match result {
                Ok(value) => {
                    #success
                    Ok(())
                }
                #failure
            }
        }
    }

    /// Counts `result`.
    fn count(&self) -> TokenStream {
        let settings = &self.generator.counters;
        if !settings.server {
            return TokenStream::new();
        }
        let name = self.name;
        let counters = counters_name(self.iface);
        let is_simple = matches!(self.op.reply, Reply::Simple(_));
        match (is_simple, settings.combined) {
            (true, false) => quote! {
                counters::count!(#counters.#name, ());
            },
            (false, false) => quote! {
                match &result {
                    Ok(_) => counters::count!(#counters.#name.Ok, ()),
                    Err(error) => {
                        counters::count!(#counters.#name.Err, *error);
                    }
                }
            },
            (true, true) => quote! {
                match &result {
                    Err(idol_runtime::RequestError::Fail(error)) => {
                        counters::count!(#counters.ClientError, *error);
                    }
                    _ => counters::count!(#counters.#name, ()),
                }
            },
            (false, true) => quote! {
                match &result {
                    Ok(_) => counters::count!(#counters.#name.Ok, ()),
                    Err(idol_runtime::RequestError::Runtime(error)) => {
                        counters::count!(#counters.#name.Err, *error);
                    }
                    Err(idol_runtime::RequestError::Fail(error)) => {
                        counters::count!(#counters.ClientError, *error);
                    }
                }
            },
        }
    }

    /// Sends `value`.
    fn success(&self) -> TokenStream {
        if self.op.reply.ok().ty.is_unit() {
            return quote! {
                let () = value;
                userlib::sys_reply(rm.sender, 0, &[]);
            };
        }
        match self.op.encoding {
            Encoding::Zerocopy => quote! {
                userlib::sys_reply(
                    rm.sender,
                    0,
                    zerocopy::IntoBytes::as_bytes(&value),
                );
            },
            encoding => {
                let size = message::reply_size_name(self.name);
                serialized_reply(encoding, &quote!(0), &quote!(#size))
            }
        }
    }

    /// The arms of the match that take an error.
    fn failure(&self) -> TokenStream {
        match &self.op.reply {
            Reply::Result {
                err: Error::CLike(_),
                ..
            } => quote! {
                Err(error) => Err(error.map_runtime(u16::from)),
            },
            Reply::Result {
                err: Error::Complex(ty),
                ..
            } => {
                let size = common::buffer_size(ty, self.op.encoding);
                let reply =
                    serialized_reply(self.op.encoding, &quote!(1), &size);
                quote! {
                    Err(idol_runtime::RequestError::Runtime(value)) => {
                        #reply
                        Ok(())
                    }
                    Err(idol_runtime::RequestError::Fail(error)) => {
                        Err(error.fail())
                    }
                }
            }
            Reply::Simple(_)
            | Reply::Result {
                err: Error::ServerDeath,
                ..
            } => quote! {
                Err(error) => Err(error.map_runtime(|never| match never {})),
            },
        }
    }
}

fn access_check(callers: &[usize]) -> TokenStream {
    let callers = callers.iter().copied().map(Literal::usize_unsuffixed);
    quote! {
        const ALLOWED_CALLERS: &[usize] = &[#(#callers),*];
        if !ALLOWED_CALLERS.contains(&rm.sender.index()) {
            return Err(idol_runtime::ClientError::AccessViolation.fail());
        }
    }
}

/// Evaluates to an argument, converted from its field.
fn argument(name: &Name, arg: &AttributedTy) -> TokenStream {
    let field = message::field_name(name, arg);
    let received = if arg.wire().is_bool() {
        quote!(args.#field != 0)
    } else {
        quote!(args.#field)
    };
    convert(received, &arg.ty, &arg.recv)
}

fn convert(
    received: TokenStream,
    target: &Ty,
    recv: &RecvStrategy,
) -> TokenStream {
    match recv {
        RecvStrategy::FromBytes => received,
        RecvStrategy::FromPrimitive(primitive) => {
            let from = format_ident!("from_{}", quote!(#primitive).to_string());
            quote! {
                <#target as userlib::FromPrimitive>::#from(#received)
                    .ok_or(idol_runtime::ClientError::BadMessageContents.fail())?
            }
        }
        RecvStrategy::From(wire, None) => quote! {
            <#wire as core::convert::Into<#target>>::into(#received)
        },
        RecvStrategy::From(_, Some(function)) => quote!(#function(#received)),
    }
}

/// Evaluates to the lease with number `index`, validated.
fn leased(index: usize, lease: &Lease) -> TokenStream {
    let index = Literal::usize_unsuffixed(index);
    let constructor = match (lease.read, lease.write) {
        (true, true) => "read_write",
        (false, true) => "write_only",
        _ => "read_only",
    };
    let (constructor, more) = if lease.element().is_none() {
        (format_ident!("{constructor}"), TokenStream::new())
    } else {
        let max_len = match lease.max_len {
            None => quote!(None),
            Some(max_len) => {
                let max_len = Literal::u32_unsuffixed(max_len.get());
                quote!(core::num::NonZeroU32::new(#max_len))
            }
        };
        (format_ident!("{constructor}_slice"), max_len)
    };
    let bad_lease = quote!(idol_runtime::ClientError::BadLease.fail());
    let limit = lease.max_len.map(|_| {
        quote! {
            .and_then(|lease| core::convert::TryInto::try_into(lease).ok())
        }
    });
    quote! {
        idol_runtime::Leased::#constructor(rm.sender, #index, #more)
            #limit
            .ok_or(#bad_lease)?
    }
}

/// Serialises `value` and sends it with response code `code`.
fn serialized_reply(
    encoding: Encoding,
    code: &TokenStream,
    size: &TokenStream,
) -> TokenStream {
    let serializer = match encoding {
        Encoding::Ssmarshal => quote!(ssmarshal),
        _ => quote!(hubpack),
    };
    quote! {
        let mut reply = [0u8; #size];
        let len = #serializer::serialize(&mut reply, &value).unwrap_lite();
        userlib::sys_reply(
            rm.sender,
            #code,
            reply.get(..len).unwrap_lite(),
        );
    }
}
