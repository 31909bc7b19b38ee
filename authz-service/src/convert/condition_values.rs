//! `google.protobuf.Struct` to JSON and back.
//!
//! A `Struct` knows only doubles, JSON knows integers: a whole number becomes one, so that an `int`
//! parameter takes `3` as people write it.

use crate::engine::relationship::Context;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as Given};
use serde_json::Value;

/// Above it a double no longer tells whole numbers apart.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a struct as the context of conditions.
///
/// # Errors
/// A number that JSON cannot spell: infinite, or none at all.
pub fn context(given: &Struct) -> Result<Context, String> {
    given
        .fields
        .iter()
        .map(|(name, given)| Ok((name.clone(), value(name, given)?)))
        .collect()
}

/// A context as a struct.
pub fn structure(context: &Context) -> Struct {
    let fields = context
        .iter()
        .map(|(name, value)| (name.clone(), message(value)));
    Struct {
        fields: fields.collect(),
    }
}

fn value(name: &str, given: &Given) -> Result<Value, String> {
    Ok(match &given.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => Value::Bool(*flag),
        Some(Kind::StringValue(text)) => Value::String(text.clone()),
        Some(Kind::NumberValue(number)) => self::number(name, *number)?,
        Some(Kind::StructValue(inner)) => Value::Object(context(inner)?),
        Some(Kind::ListValue(list)) => {
            let values = list.values.iter().map(|inner| value(name, inner));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
    })
}

fn number(name: &str, number: f64) -> Result<Value, String> {
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within the exact range"
        )]
        return Ok(Value::from(number as i64));
    }
    serde_json::Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| format!("`{name}` is {number}: give a finite number"))
}

fn message(value: &Value) -> Given {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(*flag),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ListValue(ListValue {
            values: items.iter().map(message).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(structure(fields)),
    };
    Given { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_integers() {
        assert_eq!(number("n", 3.0), Ok(Value::from(3_i64)));
        assert_eq!(number("n", -0.0), Ok(Value::from(0_i64)));
        assert_eq!(number("n", 1.5), Ok(Value::from(1.5)));
        assert_eq!(number("n", 1e300), Ok(Value::from(1e300)));
        assert!(number("n", f64::NAN).is_err());
    }

    #[test]
    fn context_survives_the_way_out_and_in() {
        let json = serde_json::json!({"a": 1, "b": [true, null, "x"], "c": {"d": 1.5}});
        let Value::Object(map) = json else {
            panic!("an object")
        };
        assert_eq!(context(&structure(&map)), Ok(map));
    }
}
