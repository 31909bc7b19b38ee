//! Values that the environment can only give as text.

use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::str::FromStr;

/// For `#[serde(default, deserialize_with = "parsed")]` on an optional number or truth value: `8` as
/// well as `"8"`.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display> + Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<T> {
        Value(T),
        Text(String),
    }
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Written::Value(value)) => Ok(Some(value)),
        Some(Written::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}
