//! The types that a condition's parameters can have.

use std::fmt;

/// A declared type, and what is known of an expression's type when it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// Anything; numbers are doubles.
    Any,
    /// `true` or `false`.
    Bool,
    /// Text.
    String,
    /// A whole number of 64 bits, from a number or a decimal string.
    Int,
    /// A whole number of 64 bits from 0, from a number or a decimal string.
    Uint,
    /// A number, from a number or a string.
    Double,
    /// Bytes, from base64.
    Bytes,
    /// A span of time, from text like `1h30m`.
    Duration,
    /// A time, from RFC 3339 text.
    Timestamp,
    /// An IPv4 or IPv6 address; an IPv4 address within IPv6 counts as IPv4.
    IpAddress,
    /// A list of values of one type.
    List(Box<ParameterType>),
    /// A map from strings to values of one type.
    Map(Box<ParameterType>),
}

/// A type that could not be understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownType {
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

const SIMPLE: [(&str, ParameterType); 10] = [
    ("any", ParameterType::Any),
    ("bool", ParameterType::Bool),
    ("string", ParameterType::String),
    ("int", ParameterType::Int),
    ("uint", ParameterType::Uint),
    ("double", ParameterType::Double),
    ("bytes", ParameterType::Bytes),
    ("duration", ParameterType::Duration),
    ("timestamp", ParameterType::Timestamp),
    ("ipaddress", ParameterType::IpAddress),
];

impl ParameterType {
    /// The type of this name with these type arguments.
    pub(crate) fn named(name: &str, mut arguments: Vec<Self>) -> Result<Self, UnknownType> {
        let refused = |message: String, suggestion: Option<String>| {
            Err(UnknownType {
                message,
                suggestion,
            })
        };
        match (name, arguments.len()) {
            ("list", 1) => Ok(Self::List(Box::new(arguments.remove(0)))),
            ("map", 1) => Ok(Self::Map(Box::new(arguments.remove(0)))),
            ("list" | "map", _) => refused(
                format!("`{name}` takes one type, that of its values"),
                Some(format!("write `{name}<string>` or `{name}<any>`")),
            ),
            (_, count) => match SIMPLE.iter().find(|(known, _)| *known == name) {
                Some((_, found)) if count == 0 => Ok(found.clone()),
                Some(_) => refused(format!("`{name}` takes no types in `<>`"), None),
                None => {
                    let known = SIMPLE
                        .iter()
                        .map(|(known, _)| *known)
                        .chain(["list", "map"]);
                    let nearest = crate::engine::schema::nearest(name, known.clone());
                    let known = known
                        .map(|known| format!("`{known}`"))
                        .collect::<Vec<_>>()
                        .join(", ");
                    let suggestion = match nearest {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => format!("the types are {known}"),
                    };
                    refused(
                        format!("there is no parameter type `{name}`"),
                        Some(suggestion),
                    )
                }
            },
        }
    }

    /// "an `int`", "a `list<string>`"
    pub(crate) fn with_article(&self) -> String {
        let name = self.to_string();
        let article = if name.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        format!("{article} `{name}`")
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(of) => write!(f, "list<{of}>"),
            Self::Map(of) => write!(f, "map<{of}>"),
            simple => {
                let name = SIMPLE.iter().find(|(_, known)| known == simple);
                f.write_str(name.map_or("any", |(name, _)| name))
            }
        }
    }
}
