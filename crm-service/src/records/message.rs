//! What is done with any record's message alike: merging a masked change, comparing, keeping as text.

use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use std::collections::BTreeSet;

/// Fields that say nothing about the record itself.
const BOOKKEEPING: [&str; 4] = ["etag", "updated_at", "updated_by", "redacted_fields"];

/// A message that cannot be kept or read back: only a broken build or a damaged row causes it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// The descriptors lack the message.
    #[error("`{0}` is not in the contract")]
    Unknown(&'static str),
    /// It does not decode.
    #[error("a stored message cannot be read: {0}")]
    Decode(#[from] prost::DecodeError),
    /// The kept text does not parse.
    #[error("a stored message cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// `current` with the fields in `paths` as `request` has them.
pub(crate) fn merge<M: Message + Default>(
    descriptor: &MessageDescriptor,
    current: &M,
    request: &M,
    paths: &BTreeSet<String>,
) -> Result<M, MessageError> {
    let mut merged = dynamic(descriptor, current)?;
    let wanted = dynamic(descriptor, request)?;
    for field in descriptor
        .fields()
        .filter(|field| paths.contains(field.name()))
    {
        if wanted.has_field(&field) {
            merged.set_field(&field, wanted.get_field(&field).into_owned());
        } else {
            merged.clear_field(&field);
        }
    }
    Ok(merged.transcode_to()?)
}

/// The names of the fields that differ, but for those that say nothing about the record itself.
pub(crate) fn changed<M: Message>(
    descriptor: &MessageDescriptor,
    before: &M,
    after: &M,
) -> Result<Vec<String>, MessageError> {
    let (before, after) = (dynamic(descriptor, before)?, dynamic(descriptor, after)?);
    Ok(descriptor
        .fields()
        .filter(|field| !BOOKKEEPING.contains(&field.name()))
        .filter(|field| before.get_field(field) != after.get_field(field))
        .map(|field| field.name().to_owned())
        .collect())
}

/// A message as JSON text (the proto3 mapping).
pub(crate) fn to_text<M: Message>(name: &'static str, message: &M) -> Result<String, MessageError> {
    Ok(serde_json::to_string(&dynamic(
        &descriptor(name)?,
        message,
    )?)?)
}

/// Back from [`to_text`].
pub(crate) fn from_text<M: Message + Default>(
    name: &'static str,
    text: &str,
) -> Result<M, MessageError> {
    let lenient = DeserializeOptions::new().deny_unknown_fields(false);
    let mut json = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize_with_options(descriptor(name)?, &mut json, &lenient)?;
    Ok(message.transcode_to()?)
}

/// A message of the contract, by its full name.
pub(crate) fn descriptor(name: &'static str) -> Result<MessageDescriptor, MessageError> {
    menshen_proto::descriptors()
        .get_message_by_name(name)
        .ok_or(MessageError::Unknown(name))
}

/// A message whose fields can be named.
pub(crate) fn dynamic<M: Message>(
    descriptor: &MessageDescriptor,
    message: &M,
) -> Result<DynamicMessage, MessageError> {
    let mut dynamic = DynamicMessage::new(descriptor.clone());
    dynamic.transcode_from(message)?;
    Ok(dynamic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::{Customer, Money};

    const CUSTOMER: &str = "menshen.crm.v1.Customer";

    #[test]
    fn only_masked_fields_change() {
        let money = |amount_minor| Money {
            currency: "CNY".into(),
            amount_minor,
        };
        let current = Customer {
            display_name: "Old".into(),
            level: "A".into(),
            credit_limit: Some(money(5)),
            ..Customer::default()
        };
        let request = Customer {
            display_name: "New".into(),
            level: "B".into(),
            ..Customer::default()
        };
        let paths = BTreeSet::from(["display_name", "credit_limit"].map(str::to_owned));
        let descriptor = descriptor(CUSTOMER).unwrap();
        let merged = merge(&descriptor, &current, &request, &paths).unwrap();
        assert_eq!((&*merged.display_name, &*merged.level), ("New", "A"));
        assert_eq!(merged.credit_limit, None);
        assert_eq!(
            changed(&descriptor, &current, &merged).unwrap(),
            ["display_name", "credit_limit"]
        );
    }

    #[test]
    fn a_message_survives_as_text() {
        let customer = Customer {
            display_name: "云帆".into(),
            teams: vec!["T-Alpha".into()],
            ..Customer::default()
        };
        let text = to_text(CUSTOMER, &customer).unwrap();
        assert_eq!(from_text::<Customer>(CUSTOMER, &text).unwrap(), customer);
        let newer = text.replacen('{', "{\"fieldOfTomorrow\":1,", 1);
        assert_eq!(from_text::<Customer>(CUSTOMER, &newer).unwrap(), customer);
    }
}
