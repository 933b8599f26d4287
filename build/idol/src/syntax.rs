// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The contents of a `.idol` file.
//!
//! The file is RON; fields that are not described here are ignored, which is
//! how interfaces are documented (`doc: "..."`). See [`Interface`].

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::str::FromStr;

use indexmap::IndexMap;
use indexmap::map::Entry;
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use syn::ext::IdentExt;

/// An interface: a set of operations that clients can ask a server for.
///
/// ```text
/// Interface(
///     name: "Gauge",
///     ops: {
///         "sample": (
///             doc: "Read one channel.",
///             args: { "channel": (type: "Channel", recv: FromPrimitive("u8")) },
///             reply: Result(ok: "u32", err: CLike("GaugeError")),
///             idempotent: true,
///         ),
///     },
/// )
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Interface {
    /// Name of the interface, by convention in upper camel case.
    pub name: Name,
    /// The operations; the first one has number 1.
    #[serde(deserialize_with = "unique_keys")]
    pub ops: IndexMap<Name, Operation>,
}

impl FromStr for Interface {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ron::from_str(text).map_err(|error| crate::Error::syntax(error, text))
    }
}

/// An operation of an interface.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Operation {
    /// The arguments, which travel in the message.
    #[serde(default, deserialize_with = "unique_keys")]
    pub args: IndexMap<Name, AttributedTy>,
    /// The memory lent to the server while it handles the operation.
    #[serde(default, deserialize_with = "unique_keys")]
    pub leases: IndexMap<Name, Lease>,
    /// What the server answers.
    pub reply: Reply,
    /// Whether a client may repeat the operation when it does not know if the
    /// server has carried it out.
    #[serde(default)]
    pub idempotent: bool,
    /// How arguments and reply are made into bytes.
    #[serde(default)]
    pub encoding: Encoding,
}

/// A type, and how to make a value of it from what was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributedTy {
    /// What client and server see.
    pub ty: Ty,
    /// How the receiver makes one.
    pub recv: RecvStrategy,
}

/// How a value is made from what was received.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum RecvStrategy {
    /// It is what was received.
    #[default]
    FromBytes,
    /// A primitive type was received; `FromPrimitive` converts it.
    FromPrimitive(#[serde(deserialize_with = "primitive")] Ty),
    /// The type given was received; the function given, or `Into`, converts it.
    From(Ty, #[serde(default)] Option<Function>),
}

/// Memory lent to the server.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Lease {
    /// Type of the memory's contents; `[T]` if its length varies.
    #[serde(rename = "type")]
    pub ty: Ty,
    /// Whether the server may read it.
    #[serde(default)]
    pub read: bool,
    /// Whether the server may write it.
    #[serde(default)]
    pub write: bool,
    /// Upper limit of the number of elements.
    #[serde(default)]
    pub max_len: Option<NonZeroU32>,
}

/// What a server answers.
#[allow(clippy::large_enum_variant)] // There are but a few at a time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub enum Reply {
    /// A value; the operation cannot fail.
    Simple(AttributedTy),
    /// A value or an error.
    Result {
        /// The type of the value.
        ok: AttributedTy,
        /// How the operation fails.
        err: Error,
    },
}

/// How an operation fails.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub enum Error {
    /// With an error that travels as the response code.
    CLike(Ty),
    /// With an error that has an encoding of its own.
    Complex(Ty),
    /// By the server's death alone.
    ServerDeath,
}

/// How arguments and reply are made into bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Encoding {
    /// They are copied as they are in memory, without padding.
    #[default]
    Zerocopy,
    /// By the crate `ssmarshal`.
    Ssmarshal,
    /// By the crate `hubpack`.
    Hubpack,
}

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(pub Ident);

impl Name {
    /// The name in upper case, as a part of the names of constants.
    pub(crate) fn to_uppercase(&self) -> String {
        self.0.unraw().to_string().to_uppercase()
    }
}

/// A Rust type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ty(pub syn::Type);

/// The path of a Rust function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function(pub syn::Path);

impl AttributedTy {
    /// The type that travels: what the receiver converts from.
    pub fn wire(&self) -> Ty {
        match &self.recv {
            RecvStrategy::FromPrimitive(wire) | RecvStrategy::From(wire, _) => {
                wire.clone()
            }
            RecvStrategy::FromBytes => self.ty.clone(),
        }
    }
}

impl Lease {
    /// The type of the elements if their number varies.
    pub fn element(&self) -> Option<&syn::Type> {
        match &self.ty.0 {
            syn::Type::Slice(slice) => Some(&slice.elem),
            _ => None,
        }
    }
}

impl Reply {
    /// The type of the value that reports success.
    pub fn ok(&self) -> &AttributedTy {
        match self {
            Self::Simple(ok) | Self::Result { ok, .. } => ok,
        }
    }
}

impl Ty {
    /// Whether this is the type written `bool`.
    pub fn is_bool(&self) -> bool {
        matches!(&self.0, syn::Type::Path(path) if path.path.is_ident("bool"))
    }

    /// Whether this is the type written `()`.
    pub fn is_unit(&self) -> bool {
        matches!(&self.0, syn::Type::Tuple(tuple) if tuple.elems.is_empty())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl ToTokens for Ty {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        parse(source, "a Rust identifier").map(Self)
    }
}

impl<'de> Deserialize<'de> for Ty {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        parse(source, "a Rust type").map(Self)
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        parse(source, "the path of a Rust function").map(Self)
    }
}

/// Accepts the name of a type that `FromPrimitive` converts from.
fn primitive<'de, D: Deserializer<'de>>(source: D) -> Result<Ty, D::Error> {
    const PRIMITIVES: [&str; 14] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
        "i128", "isize", "f32", "f64",
    ];
    let ty = Ty::deserialize(source)?;
    let name = ty.to_token_stream().to_string();
    if PRIMITIVES.contains(&name.as_str()) {
        Ok(ty)
    } else {
        Err(de::Error::custom(format_args!(
            "expected a primitive type, one of {}, but found `{name}`",
            PRIMITIVES.join(", ")
        )))
    }
}

/// Accepts a string, the contents of which parse as Rust.
fn parse<'de, D, T>(source: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: syn::parse::Parse,
{
    let text = source.deserialize_str(Text { expected })?;
    syn::parse_str(&text).map_err(|error| {
        de::Error::custom(format_args!(
            "expected {expected}, but found {text:?}: {error}"
        ))
    })
}

/// Accepts a string.
struct Text {
    expected: &'static str,
}

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, in a string", self.expected)
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_string())
    }
}

impl<'de> Deserialize<'de> for AttributedTy {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct StringOrStruct;

        impl<'de> Visitor<'de> for StringOrStruct {
            type Value = AttributedTy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type: \"...\" or (type: \"...\", recv: ...)")
            }

            fn visit_str<E: de::Error>(
                self,
                text: &str,
            ) -> Result<AttributedTy, E> {
                Ok(AttributedTy {
                    ty: Ty::deserialize(de::value::StrDeserializer::new(text))?,
                    recv: RecvStrategy::default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                fields: A,
            ) -> Result<AttributedTy, A::Error> {
                #[derive(serde::Deserialize)]
                struct Fields {
                    #[serde(rename = "type")]
                    ty: Ty,
                    #[serde(default)]
                    recv: RecvStrategy,
                }

                let Fields { ty, recv } =
                    Fields::deserialize(MapAccessDeserializer::new(fields))?;
                Ok(AttributedTy { ty, recv })
            }
        }

        source.deserialize_any(StringOrStruct)
    }
}

/// Accepts a map in which no key occurs twice.
fn unique_keys<'de, D, K, V>(source: D) -> Result<IndexMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Hash + Eq + fmt::Display,
    V: Deserialize<'de>,
{
    struct UniqueKeys<K, V>(std::marker::PhantomData<(K, V)>);

    impl<'de, K, V> Visitor<'de> for UniqueKeys<K, V>
    where
        K: Deserialize<'de> + Hash + Eq + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = IndexMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from names to values")
        }

        fn visit_map<A: MapAccess<'de>>(
            self,
            mut entries: A,
        ) -> Result<Self::Value, A::Error> {
            let mut map = IndexMap::new();
            while let Some(key) = entries.next_key()? {
                match map.entry(key) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(entries.next_value()?);
                    }
                    Entry::Occupied(first) => {
                        return Err(de::Error::custom(format_args!(
                            "duplicate key `{}`",
                            first.key()
                        )));
                    }
                }
            }
            Ok(map)
        }
    }

    source.deserialize_map(UniqueKeys(std::marker::PhantomData))
}
