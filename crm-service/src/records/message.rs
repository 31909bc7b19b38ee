//! What is done with any record's message alike: merging a masked change, comparing, keeping as text.

use super::violations::{Violations, quote};
use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use prost_types::FieldMask;
use std::collections::BTreeSet;

/// A record's message, and what callers may do with its fields.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Full name: `menshen.crm.v1.Customer`.
    pub(crate) message: &'static str,
    /// The name of its field in requests: `customer`.
    pub(crate) name: &'static str,
    /// The fields that an update mask may name.
    pub(crate) updatable: &'static [&'static str],
    /// Fields that change in another way, and by which.
    pub(crate) elsewhere: &'static [(&'static str, &'static str)],
    /// Fields that say nothing about the record itself: left out of `changed_fields`.
    pub(crate) bookkeeping: &'static [&'static str],
}

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

impl Shape {
    fn descriptor(&self) -> Result<MessageDescriptor, MessageError> {
        descriptor(self.message)
    }

    /// The paths of an update mask, each once.
    ///
    /// # Errors
    /// An empty mask; a path that is unknown, inside a field, or not to be changed.
    pub(crate) fn paths(&self, mask: Option<&FieldMask>) -> Result<BTreeSet<String>, Violations> {
        let mut violations = Violations::default();
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if paths.is_empty() {
            let fields = self.updatable.join("`, `");
            let remedy = format!("is empty; name the fields to change, of `{fields}`");
            violations.add("update_mask", remedy);
        }
        for path in paths
            .iter()
            .filter(|path| !self.updatable.contains(&path.as_str()))
        {
            violations.add("update_mask", self.refusal(path));
        }
        violations.or(paths.iter().cloned().collect())
    }

    fn refusal(&self, path: &str) -> String {
        let quoted = quote(path);
        if let Some((_, how)) = self.elsewhere.iter().find(|(field, _)| *field == path) {
            return format!("{quoted} is not changed by an update; {how}");
        }
        let whole = path.split('.').next().unwrap_or_default();
        if whole != path && self.updatable.contains(&whole) {
            return format!("{quoted} is part of a field; name the whole field `{whole}`");
        }
        let exists = self
            .descriptor()
            .is_ok_and(|d| d.get_field_by_name(path).is_some());
        let problem = if exists {
            "is output only"
        } else {
            "is not a field"
        };
        let fields = self.updatable.join("`, `");
        format!("{quoted} {problem}; name any of `{fields}`")
    }

    /// `current` with the fields in `paths` as `request` has them.
    pub(crate) fn merge<M: Message + Default>(
        &self,
        current: &M,
        request: &M,
        paths: &BTreeSet<String>,
    ) -> Result<M, MessageError> {
        let descriptor = self.descriptor()?;
        let mut merged = dynamic(&descriptor, current)?;
        let wanted = dynamic(&descriptor, request)?;
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

    /// The names of the fields that differ, bookkeeping left out.
    pub(crate) fn changed<M: Message>(
        &self,
        before: &M,
        after: &M,
    ) -> Result<Vec<String>, MessageError> {
        let descriptor = self.descriptor()?;
        let (before, after) = (dynamic(&descriptor, before)?, dynamic(&descriptor, after)?);
        Ok(descriptor
            .fields()
            .filter(|field| !self.bookkeeping.contains(&field.name()))
            .filter(|field| before.get_field(field) != after.get_field(field))
            .map(|field| field.name().to_owned())
            .collect())
    }

    /// The message as JSON text, as the database keeps it.
    pub(crate) fn to_text<M: Message>(&self, message: &M) -> Result<String, MessageError> {
        to_text(self.message, message)
    }

    /// Back from [`Shape::to_text`]. Fields that the contract no longer has are dropped.
    pub(crate) fn read_text<M: Message + Default>(&self, text: &str) -> Result<M, MessageError> {
        from_text(self.message, text)
    }
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

fn descriptor(name: &'static str) -> Result<MessageDescriptor, MessageError> {
    menshen_proto::descriptors()
        .get_message_by_name(name)
        .ok_or(MessageError::Unknown(name))
}

fn dynamic<M: Message>(
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

    const SHAPE: Shape = Shape {
        message: "menshen.crm.v1.Customer",
        name: "customer",
        updatable: &["display_name", "credit_limit", "level"],
        elsewhere: &[("owner", "use TransferCustomer")],
        bookkeeping: &["etag"],
    };

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask {
            paths: paths.iter().map(ToString::to_string).collect(),
        }
    }

    fn refused(paths: &[&str]) -> String {
        let violations = SHAPE.paths(Some(&mask(paths))).unwrap_err();
        violations.found().remove(0).description
    }

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
        let paths = SHAPE
            .paths(Some(&mask(&["display_name", "credit_limit"])))
            .unwrap();
        let merged = SHAPE.merge(&current, &request, &paths).unwrap();
        assert_eq!((&*merged.display_name, &*merged.level), ("New", "A"));
        assert_eq!(merged.credit_limit, None);
        assert_eq!(
            SHAPE.changed(&current, &merged).unwrap(),
            ["display_name", "credit_limit"]
        );
    }

    #[test]
    fn a_mask_must_name_fields_that_may_change() {
        assert!(SHAPE.paths(None).is_err());
        assert!(refused(&[]).starts_with("is empty"));
        assert!(refused(&["displayname"]).contains("is not a field; name any of `display_name`"));
        assert!(refused(&["created_at"]).contains("is output only"));
        assert!(refused(&["owner"]).contains("use TransferCustomer"));
        assert!(
            refused(&["credit_limit.currency"]).contains("name the whole field `credit_limit`")
        );
        assert!(refused(&["*"]).contains("is not a field"));
    }

    #[test]
    fn a_message_survives_as_text() {
        let customer = Customer {
            display_name: "云帆".into(),
            teams: vec!["T-Alpha".into()],
            ..Customer::default()
        };
        let text = SHAPE.to_text(&customer).unwrap();
        assert_eq!(SHAPE.read_text::<Customer>(&text).unwrap(), customer);
        let newer = text.replacen('{', "{\"fieldOfTomorrow\":1,", 1);
        assert_eq!(SHAPE.read_text::<Customer>(&newer).unwrap(), customer);
    }
}
