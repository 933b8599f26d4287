// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The method of a client that performs an operation.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{counters_name, error_type};
use crate::common;
use crate::syntax::{
    AttributedTy, Encoding, Error, Interface, Name, Operation, RecvStrategy,
    Reply,
};

/// The variables of a method, which must not hide its parameters.
struct Locals {
    args: Ident,
    message: Ident,
    message_len: Ident,
    leases: Ident,
    reply: Ident,
}

impl Locals {
    fn new(op: &Operation) -> Self {
        Self {
            args: common::fresh("args", op),
            message: common::fresh("message", op),
            message_len: common::fresh("message_len", op),
            leases: common::fresh("leases", op),
            reply: common::fresh("reply", op),
        }
    }
}

/// The method of a client that performs an operation.
pub struct Method<'a> {
    iface: &'a Interface,
    name: &'a Name,
    op: &'a Operation,
    /// Position of the operation, from 0.
    index: usize,
    counted: bool,
    locals: Locals,
}

impl<'a> Method<'a> {
    /// The method for the operation at position `index`, from 0.
    pub fn new(iface: &'a Interface, index: usize, counted: bool) -> Self {
        let (name, op) = iface.ops.get_index(index).expect("an operation");
        Self {
            iface,
            name,
            op,
            index,
            counted,
            locals: Locals::new(op),
        }
    }

    pub fn generate(&self) -> TokenStream {
        let Self { name, op, .. } = self;
        let doc = common::docs(&[
            &format!("operation: {name} ({})", self.index),
            "",
            if op.idempotent {
                "idempotent - repeated if the server dies in the middle"
            } else {
                "not idempotent - not repeated if the server dies in the middle"
            },
        ]);

        let args = op.args.iter().map(|(name, arg)| {
            let ty = &arg.ty;
            quote!(#name: #ty)
        });
        let leases = op.leases.iter().map(|(name, lease)| {
            let ty = &lease.ty;
            if lease.write {
                quote!(#name: &mut #ty)
            } else {
                quote!(#name: &#ty)
            }
        });
        let ok = &op.reply.ok().ty;
        let result = match error_type(&op.reply) {
            Some(error) => quote!(-> core::result::Result<#ok, #error>),
            None if ok.is_unit() => TokenStream::new(),
            None => quote!(-> #ok),
        };

        let limits = self.lease_limits();
        let message = self.message();
        let lease_table = self.lease_table();
        let exchange = self.exchange();
        quote! {
            #doc
            pub fn #name(&self, #(#args,)* #(#leases,)*) #result {
                #limits
                #message
                #lease_table
                #exchange
            }
        }
    }

    /// Checks the lengths of leases.
    fn lease_limits(&self) -> TokenStream {
        let checks = self.op.leases.iter().filter_map(|(name, lease)| {
            lease.element()?;
            let max_len = lease.max_len?.get();
            let max_len = Literal::u32_unsuffixed(max_len);
            Some(quote! {
                if #name.len() > #max_len {
                    panic!();
                }
            })
        });
        quote!(#(#checks)*)
    }

    /// Makes the arguments into bytes.
    fn message(&self) -> TokenStream {
        let Locals {
            args,
            message,
            message_len,
            ..
        } = &self.locals;
        if self.op.args.is_empty() {
            return quote! { let #message: &[u8] = &[]; };
        }

        let struct_name = common::args_name(self.iface, self.name);
        let attrs = match self.op.encoding {
            Encoding::Zerocopy => quote! {
                #[derive(zerocopy_derive::IntoBytes, zerocopy_derive::Immutable)]
                #[repr(C, packed)]
            },
            Encoding::Ssmarshal => quote!(#[derive(serde::Serialize)]),
            Encoding::Hubpack => quote! {
                #[derive(serde::Serialize, hubpack::SerializedSize)]
            },
        };
        let fields = self.op.args.iter().map(|(name, arg)| {
            let ty = &arg.ty;
            if ty.is_bool() {
                quote!(#name: u8)
            } else {
                quote!(#name: #ty)
            }
        });
        let values = self.op.args.iter().map(|(name, arg)| {
            if arg.ty.is_bool() {
                quote!(#name: u8::from(#name))
            } else {
                quote!(#name)
            }
        });
        let size_checks = self.op.args.values().filter_map(|arg| {
            let wire = match &arg.recv {
                RecvStrategy::FromBytes => return None,
                RecvStrategy::FromPrimitive(wire)
                | RecvStrategy::From(wire, _) => wire,
            };
            let ty = &arg.ty;
            Some(quote! {
                // The type has to look like the one that is received.
                const _: [(); core::mem::size_of::<#wire>()] =
                    [(); core::mem::size_of::<#ty>()];
            })
        });
        let serialize = match self.op.encoding {
            Encoding::Zerocopy => quote! {
                let #message = zerocopy::IntoBytes::as_bytes(&#args);
            },
            Encoding::Ssmarshal => quote! {
                let mut #message = [0u8; core::mem::size_of::<#struct_name>()];
                let #message_len =
                    ssmarshal::serialize(&mut #message, &#args).unwrap_lite();
                let #message = #message.get(..#message_len).unwrap_lite();
            },
            Encoding::Hubpack => quote! {
                let mut #message =
                    [0u8; <#struct_name as hubpack::SerializedSize>::MAX_SIZE];
                let #message_len =
                    hubpack::serialize(&mut #message, &#args).unwrap_lite();
                let #message = #message.get(..#message_len).unwrap_lite();
            },
        };

        quote! {
            #[allow(non_camel_case_types)]
            #attrs
            struct #struct_name {
                #(#fields,)*
            }
            #(#size_checks)*
            let #args = #struct_name {
                #(#values,)*
            };
            #serialize
        }
    }

    fn lease_table(&self) -> TokenStream {
        let table = &self.locals.leases;
        let count = Literal::usize_unsuffixed(self.op.leases.len());
        let leases = self.op.leases.iter().map(|(name, lease)| {
            let constructor = match (lease.read, lease.write) {
                (true, true) => quote!(read_write),
                (false, true) => quote!(write_only),
                _ => quote!(read_only),
            };
            // Bytes need not be made into bytes, nor the crate for that.
            let is_bytes = lease
                .element()
                .is_some_and(|element| *element == syn::parse_quote!(u8));
            let bytes = match lease.write {
                _ if is_bytes => quote!(#name),
                true => quote!(zerocopy::IntoBytes::as_mut_bytes(#name)),
                false => quote!(zerocopy::IntoBytes::as_bytes(#name)),
            };
            quote!(userlib::Lease::#constructor(#bytes))
        });
        quote! {
            let #table: [userlib::Lease<'_>; #count] = [#(#leases),*];
        }
    }

    /// Sends the message, follows the server if it has died, and evaluates to
    /// what the method returns.
    fn exchange(&self) -> TokenStream {
        let Locals {
            message,
            leases,
            reply,
            ..
        } = &self.locals;
        let op_enum = common::op_enum_name(self.iface);
        let name = self.name;
        let size = self.buffer_size();
        let len = if self.needs_reply_len() {
            quote!(len)
        } else {
            quote!(_)
        };
        let send = quote! {
            let (rc, #len) = sys_send(
                self.current_id.get(),
                #op_enum::#name as u16,
                #message,
                &mut #reply,
                &#leases,
            );
        };
        let follow = quote! {
            self.current_id.set(userlib::TaskId::for_index_and_gen(
                self.current_id.get().index(),
                generation,
            ));
        };

        let (count, outcome) = self.outcome();
        let exchange = if self.op.idempotent {
            quote! {
                loop {
                    #send
                    match userlib::extract_new_generation(rc) {
                        Some(generation) => { #follow }
                        None => {
                            #count
                            break #outcome;
                        }
                    }
                }
            }
        } else {
            let death = self.death();
            quote! {
                #send
                if let Some(generation) = userlib::extract_new_generation(rc) {
                    #follow
                    #death
                }
                #count
                #outcome
            }
        };
        quote! {
            let mut #reply = [0u8; #size];
            #exchange
        }
    }

    /// The size of the buffer for the reply.
    fn buffer_size(&self) -> TokenStream {
        let encoding = self.op.encoding;
        let ok = common::buffer_size(&self.op.reply.ok().wire(), encoding);
        match &self.op.reply {
            Reply::Result {
                err: Error::Complex(error),
                ..
            } => {
                let error = common::buffer_size(error, encoding);
                common::max_of([ok, error].into_iter())
            }
            _ => ok,
        }
    }

    /// Whether the length of the reply makes a difference.
    fn needs_reply_len(&self) -> bool {
        let is_complex = matches!(
            &self.op.reply,
            Reply::Result {
                err: Error::Complex(_),
                ..
            }
        );
        let has_value = !self.op.reply.ok().ty.is_unit();
        is_complex || (has_value && self.op.encoding != Encoding::Zerocopy)
    }

    /// What becomes of a dead code that is not an error code like any other.
    fn death(&self) -> TokenStream {
        let error = match &self.op.reply {
            Reply::Result {
                err: Error::ServerDeath,
                ..
            } => quote!(idol_runtime::ServerDeath),
            Reply::Result {
                err: Error::Complex(ty),
                ..
            } => quote! {
                <#ty as core::convert::From<idol_runtime::ServerDeath>>::from(
                    idol_runtime::ServerDeath,
                )
            },
            _ => return TokenStream::new(),
        };
        let (count, error) = self.counted_error(error);
        quote! {
            #count
            return Err(#error);
        }
    }

    /// Statements that count `error`, and an expression for it that is valid
    /// after them.
    fn counted_error(&self, error: TokenStream) -> (TokenStream, TokenStream) {
        if !self.counted {
            return (TokenStream::new(), error);
        }
        let count = self.count(quote!(.Err), quote!(error));
        (quote!(let error = #error; #count), quote!(error))
    }

    /// Counts `event`, which is what the operation's counters or the `field` of
    /// them count.
    fn count(&self, field: TokenStream, event: TokenStream) -> TokenStream {
        if !self.counted {
            return TokenStream::new();
        }
        let counters = counters_name(self.iface);
        let name = self.name;
        quote! { counters::count!(#counters.#name #field, #event); }
    }

    /// Statements that count, and an expression for what the method returns.
    fn outcome(&self) -> (TokenStream, TokenStream) {
        let ok = self.op.reply.ok();
        let Reply::Result { err, .. } = &self.op.reply else {
            let value = if ok.ty.is_unit() {
                TokenStream::new()
            } else {
                self.decode(ok)
            };
            return (self.count(TokenStream::new(), quote!(())), value);
        };
        let value = self.decode(ok);

        let error = match err {
            Error::CLike(ty) => Some(quote! {
                <#ty as core::convert::TryFrom<u32>>::try_from(rc).unwrap_lite()
            }),
            Error::Complex(ty) => Some(self.decode(&AttributedTy {
                ty: ty.clone(),
                recv: RecvStrategy::FromBytes,
            })),
            Error::ServerDeath => None,
        };
        let failure = match error {
            Some(error) => {
                let (count, error) = self.counted_error(error);
                quote! {
                    #count
                    Err(#error)
                }
            }
            None => quote!(panic!()),
        };
        let count = self.count(quote!(.Ok), quote!(()));
        let outcome = quote! {
            if rc == 0 {
                #count
                Ok(#value)
            } else {
                #failure
            }
        };
        (TokenStream::new(), outcome)
    }

    /// Evaluates to the value of type `ty` that is in the reply.
    fn decode(&self, ty: &AttributedTy) -> TokenStream {
        if ty.ty.is_unit() {
            return quote!(());
        }
        let reply = &self.locals.reply;
        let wire = ty.wire();
        let received = match self.op.encoding {
            Encoding::Zerocopy if wire.is_bool() => quote!(#reply != [0]),
            Encoding::Zerocopy => {
                quote!(zerocopy::transmute!(#reply))
            }
            Encoding::Ssmarshal => quote! {
                ssmarshal::deserialize::<#wire>(
                    #reply.get(..len).unwrap_lite(),
                )
                .unwrap_lite()
                .0
            },
            Encoding::Hubpack => quote! {
                hubpack::deserialize::<#wire>(#reply.get(..len).unwrap_lite())
                    .unwrap_lite()
                    .0
            },
        };

        let target = &ty.ty;
        match &ty.recv {
            RecvStrategy::FromBytes => received,
            RecvStrategy::FromPrimitive(primitive) => {
                let convert =
                    format_ident!("from_{}", quote!(#primitive).to_string());
                quote! {{
                    let value: #wire = #received;
                    <#target as userlib::FromPrimitive>::#convert(value)
                        .unwrap_lite()
                }}
            }
            RecvStrategy::From(_, None) => quote! {{
                let value: #wire = #received;
                <#wire as core::convert::Into<#target>>::into(value)
            }},
            RecvStrategy::From(_, Some(function)) => quote! {{
                let value: #wire = #received;
                #function(value)
            }},
        }
    }
}
