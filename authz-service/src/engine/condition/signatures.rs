//! The functions of expressions, and what they take: the CEL standard, and two of our own.

use std::fmt;

use super::parameter::ParameterType as Type;

/// A way to call a function.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    /// What it is called on, as in `text.size()`. Empty: on nothing, as in `size(text)`.
    pub(super) target: &'static [Shape],
    pub(super) arguments: &'static [&'static [Shape]],
    pub(super) result: Shape,
}

/// A type without the types within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Any,
    Bool,
    String,
    Int,
    Uint,
    Double,
    Bytes,
    Duration,
    Timestamp,
    IpAddress,
    List,
    Map,
}

use Shape::{
    Any, Bool, Bytes, Double, Duration, Int, IpAddress, List, Map, String, Timestamp, Uint,
};

/// What the parser replaces, before types are looked at.
const MACROS: [&str; 4] = ["all", "exists", "exists_one", "has"];
const SIZED: &[Shape] = &[String, Bytes, List, Map];
const TEXT: &[Shape] = &[String];
const TIME: &[Shape] = &[Timestamp];
const TIME_OR_SPAN: &[Shape] = &[Timestamp, Duration];
const ZONE: &[&[Shape]] = &[TEXT];

/// Every way to call every function, macros aside.
const SIGNATURES: [Signature; 39] = [
    on(SIZED, "size", &[], Int),
    of("size", &[SIZED], Int),
    on(TEXT, "contains", &[TEXT], Bool),
    on(TEXT, "startsWith", &[TEXT], Bool),
    on(TEXT, "endsWith", &[TEXT], Bool),
    on(TEXT, MATCHES, &[TEXT], Bool),
    of(MATCHES, &[TEXT, TEXT], Bool),
    on(&[IpAddress], "in_cidr", &[TEXT], Bool),
    on(&[Map], "isSubtreeOf", &[&[Map]], Bool),
    on(TIME, "getFullYear", &[], Int),
    on(TIME, "getFullYear", ZONE, Int),
    on(TIME, "getMonth", &[], Int),
    on(TIME, "getMonth", ZONE, Int),
    on(TIME, "getDate", &[], Int),
    on(TIME, "getDate", ZONE, Int),
    on(TIME, "getDayOfMonth", &[], Int),
    on(TIME, "getDayOfMonth", ZONE, Int),
    on(TIME, "getDayOfWeek", &[], Int),
    on(TIME, "getDayOfWeek", ZONE, Int),
    on(TIME, "getDayOfYear", &[], Int),
    on(TIME, "getDayOfYear", ZONE, Int),
    on(TIME_OR_SPAN, "getHours", &[], Int),
    on(TIME, "getHours", ZONE, Int),
    on(TIME_OR_SPAN, "getMinutes", &[], Int),
    on(TIME, "getMinutes", ZONE, Int),
    on(TIME_OR_SPAN, "getSeconds", &[], Int),
    on(TIME, "getSeconds", ZONE, Int),
    on(TIME_OR_SPAN, "getMilliseconds", &[], Int),
    on(TIME, "getMilliseconds", ZONE, Int),
    of("bool", &[&[Bool, String]], Bool),
    of("bytes", &[&[Bytes, String]], Bytes),
    of("double", &[&[Double, Int, Uint, String]], Double),
    of("duration", &[&[Duration, String]], Duration),
    of("int", &[&[Int, Uint, Double, String, Timestamp]], Int),
    of(
        "string",
        &[&[String, Bool, Int, Uint, Double, Bytes, Timestamp, Duration]],
        String,
    ),
    of("type", &[&[Any]], Any),
    of("timestamp", &[&[Timestamp, String, Int]], Timestamp),
    of("uint", &[&[Uint, Int, Double, String]], Uint),
    of("dyn", &[&[Any]], Any),
];

/// What asks for a pattern.
pub(super) const MATCHES: &str = "matches";

const fn on(
    target: &'static [Shape],
    name: &'static str,
    arguments: &'static [&'static [Shape]],
    result: Shape,
) -> Signature {
    Signature {
        name,
        target,
        arguments,
        result,
    }
}

const fn of(
    name: &'static str,
    arguments: &'static [&'static [Shape]],
    result: Shape,
) -> Signature {
    on(&[], name, arguments, result)
}

/// Everything that an expression may name as a function.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().map(|one| one.name).chain(MACROS)
}

/// The ways to call a function.
pub(super) fn signatures(name: &str) -> impl Iterator<Item = &'static Signature> {
    SIGNATURES.iter().filter(move |one| one.name == name)
}

impl Signature {
    /// Whether a call with values of these types fits.
    pub(super) fn takes(&self, target: Option<&Type>, arguments: &[Type]) -> bool {
        let fits = |(shapes, given): (&&[Shape], &Type)| takes(shapes, given);
        let is_target = match target {
            None => self.target.is_empty(),
            Some(given) => takes(self.target, given),
        };
        is_target
            && self.arguments.len() == arguments.len()
            && self.arguments.iter().zip(arguments).all(fits)
    }
}

fn takes(shapes: &[Shape], given: &Type) -> bool {
    shapes.iter().any(|shape| {
        let given = Shape::of(given);
        *shape == Any || given == Any || *shape == given
    })
}

impl Shape {
    fn of(given: &Type) -> Self {
        match given {
            Type::Any => Any,
            Type::Bool => Bool,
            Type::String => String,
            Type::Int => Int,
            Type::Uint => Uint,
            Type::Double => Double,
            Type::Bytes => Bytes,
            Type::Duration => Duration,
            Type::Timestamp => Timestamp,
            Type::IpAddress => IpAddress,
            Type::List(_) => List,
            Type::Map(_) => Map,
        }
    }

    /// A value of this shape, as far as that is known.
    pub(super) fn to_type(self) -> Type {
        match self {
            Any => Type::Any,
            Bool => Type::Bool,
            String => Type::String,
            Int => Type::Int,
            Uint => Type::Uint,
            Double => Type::Double,
            Bytes => Type::Bytes,
            Duration => Type::Duration,
            Timestamp => Type::Timestamp,
            IpAddress => Type::IpAddress,
            List => Type::List(Box::new(Type::Any)),
            Map => Type::Map(Box::new(Type::Any)),
        }
    }
}

impl fmt::Display for Signature {
    /// `size(string or bytes or list or map)`, `(timestamp).getHours(string)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.target.is_empty() {
            write!(f, "({}).", joined(self.target))?;
        }
        let arguments: Vec<_> = self.arguments.iter().map(|one| joined(one)).collect();
        write!(f, "{}({})", self.name, arguments.join(", "))
    }
}

fn joined(shapes: &[Shape]) -> std::string::String {
    let names: Vec<_> = shapes.iter().map(|shape| shape.name()).collect();
    names.join(" or ")
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Any => "any",
            Bool => "bool",
            String => "string",
            Int => "int",
            Uint => "uint",
            Double => "double",
            Bytes => "bytes",
            Duration => "duration",
            Timestamp => "timestamp",
            IpAddress => "ipaddress",
            List => "list",
            Map => "map",
        }
    }
}
