//! Which keys there are: the fields of the structs that they are read into.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The field names of a struct that derives `Deserialize`, without `#[serde(flatten)]`.
pub(super) fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = Names(&[]);
    // Always an error: there is no value, only the question which fields are asked for.
    let _ = T::deserialize(&mut names);
    names.0
}

/// The key that was meant by a name that is none, or all there are.
pub(super) fn remedy(unknown: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|key| (strsim::damerau_levenshtein(unknown, key), key))
        .filter(|(distance, key)| *distance <= 1 + key.len() / 4)
        .min();
    match near {
        Some((_, key)) => format!("did you mean `{key}`?"),
        None => format!("there are: {}", known.join(", ")),
    }
}

struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no value"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        Err(Error::custom("no value"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
