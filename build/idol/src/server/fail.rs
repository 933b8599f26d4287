// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! A server that fails every request.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{lease_type, result_type, trait_name};
use crate::error::Place;
use crate::syntax::{self, Interface, Reply, Ty};
use crate::{ErrorServer, Generator};

/// Generates `FailServer`, if it is wanted and possible.
pub fn generate(
    generator: &Generator,
    iface: &Interface,
) -> Result<Option<TokenStream>, crate::Error> {
    match (generator.error_server, common_error(iface)) {
        (ErrorServer::Never, _) | (ErrorServer::IfPossible, Err(_)) => Ok(None),
        (_, Ok(error)) => Ok(Some(fail_server(iface, error))),
        (ErrorServer::Always, Err(error)) => Err(error),
    }
}

/// The error type that all operations have in common.
fn common_error(iface: &Interface) -> Result<&Ty, crate::Error> {
    let mut common: Option<&syntax::Error> = None;
    for (name, op) in &iface.ops {
        let problem = match (&op.reply, common) {
            (Reply::Simple(_), _) => "this operation cannot fail",
            (
                Reply::Result {
                    err: syntax::Error::ServerDeath,
                    ..
                },
                _,
            ) => "this operation fails by the server's death alone",
            (Reply::Result { err, .. }, Some(first)) if err != first => {
                "this operation has an error type unlike those before it"
            }
            (Reply::Result { err, .. }, _) => {
                common = Some(err);
                continue;
            }
        };
        return Err(crate::Error::new(
            Place::op(name),
            format!(
                "a `FailServer` needs operations that all have the same \
                 error type, but {problem}"
            ),
        ));
    }
    match common {
        Some(syntax::Error::CLike(ty) | syntax::Error::Complex(ty)) => Ok(ty),
        _ => Err(crate::Error::new(
            Place::interface(),
            "a `FailServer` needs operations",
        )),
    }
}

fn fail_server(iface: &Interface, error: &Ty) -> TokenStream {
    let trait_name = trait_name(iface);
    let methods = iface.ops.iter().map(|(name, op)| {
        let args = op.args.values().map(|arg| arg.ty.to_token_stream());
        let leases = op.leases.values().map(lease_type);
        let result = result_type(op);
        quote! {
            fn #name(
                &mut self,
                _: &userlib::RecvMessage,
                #(_: #args,)*
                #(_: #leases,)*
            ) -> #result {
                Err(self.err.into())
            }
        }
    });
    quote! {
        #[doc = " A server that answers every request with the same error."]
        #[allow(dead_code)]
        pub struct FailServer {
            err: #error,
        }

        #[allow(dead_code)]
        impl FailServer {
            pub fn new(err: #error) -> Self {
                Self { err }
            }
        }

        impl #trait_name for FailServer {
            #(#methods)*
        }

        impl idol_runtime::NotificationHandler for FailServer {
            fn current_notification_mask(&self) -> u32 {
                0
            }

            fn handle_notification(&mut self, _: userlib::NotificationBits) {}
        }
    }
}
