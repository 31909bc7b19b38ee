//! JSON values to CEL values of a declared type. Text is borrowed, not copied.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull,
    CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::Value;

use super::duration;
use super::ip::Ip;
use super::parameter::ParameterType;

/// A CEL value that may borrow from the JSON it was read from.
pub(super) type Boxed<'v> = Box<dyn Val + 'v>;

/// Why a value was refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Completes "parameter `x` of condition `y` …".
    WrongType(String),
    /// The budget is used up.
    TooMany,
}

/// Converts one value; each value in it, at any depth, takes one from the budget.
pub(super) fn convert<'v>(
    json: &'v Value,
    expected: &ParameterType,
    budget: &mut usize,
) -> Result<Boxed<'v>, Refusal> {
    *budget = budget.checked_sub(1).ok_or(Refusal::TooMany)?;
    if let ParameterType::Any = expected {
        return any(json, budget);
    }
    let converted = match (expected, json) {
        (ParameterType::List(of), Value::Array(items)) => return list(items, of, budget),
        (ParameterType::Map(of), Value::Object(entries)) => return map(entries, of, budget),
        (ParameterType::Int, _) => int(json).map(|int| boxed(CelInt::from(int))),
        (ParameterType::Uint, _) => uint(json).map(|uint| boxed(CelUInt::from(uint))),
        (ParameterType::Double, _) => double(json).map(|double| boxed(CelDouble::from(double))),
        (ParameterType::Bool, Value::Bool(value)) => Some(boxed(CelBool::from(*value))),
        (_, Value::String(text)) => from_text(text, expected),
        _ => None,
    };
    converted.ok_or_else(|| wrong(json, expected))
}

fn from_text<'v>(text: &'v str, expected: &ParameterType) -> Option<Boxed<'v>> {
    match expected {
        ParameterType::String => Some(boxed(CelString::from(text))),
        ParameterType::Bytes => Some(boxed(CelBytes::from(STANDARD.decode(text).ok()?))),
        ParameterType::Duration => Some(boxed(CelDuration::from(duration::parse(text)?))),
        ParameterType::Timestamp => Some(boxed(CelTimestamp::from(utc(text)?))),
        ParameterType::IpAddress => Some(boxed(Ip::parse(text)?)),
        _ => None,
    }
}

fn boxed<'v>(value: impl Val + 'v) -> Boxed<'v> {
    Box::new(value)
}

/// A value without a declared type. Numbers are doubles, whole or not: JSON does not tell, and
/// a request's context arrives as doubles.
fn any<'v>(json: &'v Value, budget: &mut usize) -> Result<Boxed<'v>, Refusal> {
    match json {
        Value::Null => Ok(boxed(CelNull)),
        Value::Bool(value) => Ok(boxed(CelBool::from(*value))),
        Value::Number(number) => Ok(boxed(CelDouble::from(number.as_f64().unwrap_or(f64::NAN)))),
        Value::String(text) => Ok(boxed(CelString::from(text.as_str()))),
        Value::Array(items) => list(items, &ParameterType::Any, budget),
        Value::Object(entries) => map(entries, &ParameterType::Any, budget),
    }
}

fn list<'v>(
    items: &'v [Value],
    of: &ParameterType,
    budget: &mut usize,
) -> Result<Boxed<'v>, Refusal> {
    let items: Result<Vec<_>, _> = items.iter().map(|item| convert(item, of, budget)).collect();
    Ok(boxed(CelList::from(items?)))
}

fn map<'v>(
    entries: &'v serde_json::Map<String, Value>,
    of: &ParameterType,
    budget: &mut usize,
) -> Result<Boxed<'v>, Refusal> {
    let mut map: HashMap<CelMapKey<'v>, Boxed<'v>> = HashMap::with_capacity(entries.len());
    for (key, json) in entries {
        map.insert(CelMapKey::from(key.as_str()), convert(json, of, budget)?);
    }
    Ok(boxed(CelMap::from(map)))
}

fn int(json: &Value) -> Option<i64> {
    match json {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => digits(text)?.parse().ok(),
        _ => None,
    }
}

fn uint(json: &Value) -> Option<u64> {
    match json {
        Value::Number(number) => number.as_u64().or_else(|| whole_unsigned(number.as_f64()?)),
        Value::String(text) => digits(text)?.parse().ok(),
        _ => None,
    }
}

fn double(json: &Value) -> Option<f64> {
    match json {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => decimal(text),
        _ => None,
    }
}

/// A whole number in digits, without the zeros of a fraction: `42` of `42.0`. Exact, so no `1e3`.
fn digits(text: &str) -> Option<&str> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some(text);
    };
    let is_nothing = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    is_nothing.then_some(whole)
}

/// A finite number in digits; not `inf` or `nan`, which Rust reads too.
fn decimal(text: &str) -> Option<f64> {
    let is_decimal = text
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse()
        .ok()
        .filter(|number: &f64| is_decimal && number.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and within range, both checked"
)]
fn whole(number: f64) -> Option<i64> {
    // -2^63 and 2^63: the one is an i64, the other is the first number that is not.
    let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    (number.fract() == 0.0 && range.contains(&number)).then_some(number as i64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, positive and within range, all checked"
)]
fn whole_unsigned(number: f64) -> Option<u64> {
    let range = 0.0..18_446_744_073_709_551_616.0;
    (number.fract() == 0.0 && range.contains(&number)).then_some(number as u64)
}

/// RFC 3339 lets a reader take a blank for the `T`; one spelling is enough.
fn utc(text: &str) -> Option<DateTime<FixedOffset>> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.with_timezone(&Utc).fixed_offset())
}

fn wrong(json: &Value, expected: &ParameterType) -> Refusal {
    const SHOWN_CHARS: usize = 60;
    let text = json.to_string();
    let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let form = match expected {
        ParameterType::Int => " (a whole number, or one in a string)",
        ParameterType::Uint => " (a whole number from 0, or one in a string)",
        ParameterType::Double => " (a number, or one in a string)",
        ParameterType::Bytes => " (base64 text)",
        ParameterType::Duration => " (text like `1h30m`)",
        ParameterType::Timestamp => " (RFC 3339 text like `2030-01-31T12:00:00Z`)",
        ParameterType::IpAddress => " (text like `10.0.0.1`)",
        _ => "",
    };
    Refusal::WrongType(format!(
        "is {shown}, expected {}{form}",
        expected.with_article()
    ))
}
