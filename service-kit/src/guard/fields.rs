//! Which field rules a path, a message or a value touches.

use menshen_proto::rules::{FieldRule, fields_of};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use std::collections::BTreeSet;

/// How far a name may be from a field's to be taken for a slip of it.
const CLOSE_ENOUGH: f64 = 0.7;

/// A path names a field that its message does not have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no field `{name}` in {message}{}", suggestion.as_deref().map(|close| format!("; did you mean `{close}`?")).unwrap_or_default())]
pub(super) struct UnknownField {
    pub(super) name: String,
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
}

/// The rules of every field along a dotted path, and of every field below its end: who names a
/// message names all that is in it.
pub(super) fn rules_of_path(
    message: &MessageDescriptor,
    path: &str,
) -> Result<Vec<&'static FieldRule>, UnknownField> {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = message
        .get_field_by_name(name)
        .ok_or_else(|| unknown(message, name))?;
    let mut rules: Vec<_> = rule_of(&field).into_iter().collect();
    match (field.kind(), rest) {
        (Kind::Message(inner), Some(rest)) => rules.extend(rules_of_path(&inner, rest)?),
        (Kind::Message(inner), None) => rules.extend(rules_below(&inner)),
        (_, Some(rest)) => return Err(no_such_part(&field, rest)),
        (_, None) => {}
    }
    Ok(rules)
}

/// The rules of every field of a message and of the messages in it.
pub(super) fn rules_below(message: &MessageDescriptor) -> Vec<&'static FieldRule> {
    messages_below(message)
        .iter()
        .flat_map(|message| fields_of(message.full_name()))
        .collect()
}

/// A message and every message that can occur in it, each once, the outermost first.
pub(super) fn messages_below(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let mut found = vec![message.clone()];
    let mut seen = BTreeSet::from([message.full_name().to_owned()]);
    let mut next = 0;
    while let Some(message) = found.get(next).cloned() {
        next += 1;
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind()
                && seen.insert(inner.full_name().to_owned())
            {
                found.push(inner);
            }
        }
    }
    found
}

/// The rules of every field that is set in a value.
pub(super) fn rules_set_in(message: &DynamicMessage) -> Vec<&'static FieldRule> {
    let mut rules = Vec::new();
    for (field, value) in message.fields() {
        rules.extend(rule_of(&field));
        match value {
            Value::Message(inner) => rules.extend(rules_set_in(inner)),
            Value::List(items) => rules.extend(
                items
                    .iter()
                    .filter_map(Value::as_message)
                    .flat_map(rules_set_in),
            ),
            Value::Map(entries) => rules.extend(
                entries
                    .values()
                    .filter_map(Value::as_message)
                    .flat_map(rules_set_in),
            ),
            _ => {}
        }
    }
    rules
}

fn rule_of(field: &FieldDescriptor) -> Option<&'static FieldRule> {
    fields_of(field.parent_message().full_name()).find(|rule| rule.field == field.name())
}

fn unknown(message: &MessageDescriptor, name: &str) -> UnknownField {
    let suggestion = message
        .fields()
        .map(|field| {
            (
                strsim::jaro_winkler(name, field.name()),
                field.name().to_owned(),
            )
        })
        .filter(|(closeness, _)| *closeness >= CLOSE_ENOUGH)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, close)| close);
    UnknownField {
        name: name.to_owned(),
        message: message.name().to_owned(),
        suggestion,
    }
}

fn no_such_part(field: &FieldDescriptor, rest: &str) -> UnknownField {
    UnknownField {
        name: format!("{}.{rest}", field.name()),
        message: field.parent_message().name().to_owned(),
        suggestion: Some(field.name().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::{Customer, Money, Purchase, PurchaseLine};
    use prost::Message;

    fn descriptor(name: &str) -> MessageDescriptor {
        menshen_proto::descriptors()
            .get_message_by_name(name)
            .unwrap()
    }

    fn names(rules: &[&FieldRule]) -> Vec<String> {
        rules.iter().map(|rule| rule.field.to_owned()).collect()
    }

    #[test]
    fn path_into_a_guarded_message_is_guarded() {
        let customer = descriptor("menshen.crm.v1.Customer");
        let rules = rules_of_path(&customer, "credit_limit.amount_minor").unwrap();
        assert_eq!(names(&rules), ["credit_limit"]);
        assert!(rules_of_path(&customer, "display_name").unwrap().is_empty());
    }

    #[test]
    fn path_that_ends_at_a_message_takes_in_what_is_below() {
        let purchase = descriptor("menshen.crm.v1.Purchase");
        let rules = rules_of_path(&purchase, "lines").unwrap();
        assert_eq!(names(&rules), ["unit_price", "discount_basis_points"]);
        assert!(
            rules_of_path(&purchase, "lines.quantity")
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn unknown_field_is_answered_with_the_closest_one() {
        let customer = descriptor("menshen.crm.v1.Customer");
        let refused = rules_of_path(&customer, "credit_limt").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no field `credit_limt` in Customer; did you mean `credit_limit`?"
        );
        let refused = rules_of_path(&customer, "display_name.first").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no field `display_name.first` in Customer; did you mean `display_name`?"
        );
    }

    #[test]
    fn only_the_fields_that_are_set_count_nested_ones_included() {
        let lines = vec![PurchaseLine {
            unit_price: Some(Money::default()),
            ..PurchaseLine::default()
        }];
        let purchase = Purchase {
            lines,
            ..Purchase::default()
        };
        let value = DynamicMessage::decode(
            descriptor("menshen.crm.v1.Purchase"),
            purchase.encode_to_vec().as_slice(),
        )
        .unwrap();
        assert_eq!(names(&rules_set_in(&value)), ["unit_price"]);
        let value = DynamicMessage::decode(
            descriptor("menshen.crm.v1.Customer"),
            Customer::default().encode_to_vec().as_slice(),
        )
        .unwrap();
        assert!(rules_set_in(&value).is_empty());
    }
}
