//! The `ipaddress` type of conditions.

use std::any::Any;
use std::net::IpAddr;

use cel::ExecutionError;
use cel::common::types::{CelBool, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use ipnet::IpNet;

static TYPE: Type = Type::new_unspecified_type("ipaddress");

/// An address as a CEL value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ip(IpAddr);

impl Ip {
    /// Reads an IPv4 or IPv6 address; an IPv4 address within IPv6 becomes IPv4.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse::<IpAddr>()
            .ok()
            .map(|address| Self(address.to_canonical()))
    }
}

impl Val for Ip {
    fn get_type(&self) -> &Type {
        &TYPE
    }

    fn cel_type() -> &'static Type {
        &TYPE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>() == Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Ip {}

/// `ip.in_cidr("10.0.0.0/8")`
#[expect(clippy::needless_pass_by_value, reason = "the library's signature")]
pub(super) fn in_cidr<'b, 'v>(
    arguments: Vec<CowVal<'b, 'v>>,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [address, range] = arguments.as_slice() else {
        return Err(ExecutionError::invalid_argument_count(2, arguments.len()));
    };
    let address = address.downcast_ref::<Ip>();
    let range = range.downcast_ref::<CelString>();
    let (Some(Ip(address)), Some(range)) = (address, range) else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let range = parse_cidr(range.inner())
        .ok_or_else(|| ExecutionError::function_error("in_cidr", not_a_range(range.inner())))?;
    Ok(CowVal::owned(CelBool::from(range.contains(address))))
}

/// Reads an address range; one written as IPv4 within IPv6 becomes IPv4, like the addresses.
pub(super) fn parse_cidr(text: &str) -> Option<IpNet> {
    let range: IpNet = text.parse().ok()?;
    match (
        range.addr().to_canonical(),
        range.prefix_len().checked_sub(96),
    ) {
        (address @ IpAddr::V4(_), Some(prefix)) if range.addr().is_ipv6() => {
            IpNet::new(address, prefix).ok()
        }
        _ => Some(range),
    }
}

pub(super) fn not_a_range(text: &str) -> String {
    format!("`{text}` is not an address range, as in `10.0.0.0/8`")
}
