//! The fields of any message that a caller may not read, for answers that the guard cannot look into.

use super::refusal::Refusal;
use crate::crm::Crm;
use menshen_proto::rules::{FieldRule, fields_of};
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, ReflectMessage, Value};
use service_kit::caller::Caller;
use service_kit::guard::decider::{Answer, Question};
use std::collections::{BTreeMap, BTreeSet};

/// Field rules whose reading was decided on for one caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(Vec<&'static FieldRule>);

/// Those of these messages, and of the messages in them, that the caller may not read.
///
/// # Errors
/// No decision could be had.
pub(crate) async fn hidden<'a>(
    crm: &Crm,
    caller: &Caller,
    messages: impl IntoIterator<Item = &'a MessageDescriptor>,
) -> Result<Hidden, Refusal> {
    let mut names = BTreeSet::new();
    for message in messages {
        collect(message, &mut names);
    }
    let rules: Vec<&'static FieldRule> = names.iter().flat_map(|name| fields_of(name)).collect();
    let rights: BTreeSet<(&str, &str)> = rules
        .iter()
        .map(|rule| (rule.read, rule.resource))
        .collect();
    if rights.is_empty() {
        return Ok(Hidden::default());
    }
    let question = |(permission, resource): &(&str, &str)| Question {
        subject: String::new(),
        permission: (*permission).to_owned(),
        resource: (*resource).to_owned(),
        contextual: Vec::new(),
    };
    let questions = rights.iter().map(question).collect();
    let answers = crm.decider.check(caller, questions).await?;
    let answered: BTreeMap<_, _> = rights.into_iter().zip(answers).collect();
    let is_hidden = |rule: &&'static FieldRule| {
        !matches!(
            answered.get(&(rule.read, rule.resource)),
            Some(Answer::Allowed)
        )
    };
    Ok(Hidden(rules.into_iter().filter(is_hidden).collect()))
}

fn collect(message: &MessageDescriptor, names: &mut BTreeSet<String>) {
    if !names.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if let Kind::Message(inner) = field.kind() {
            collect(&inner, names);
        }
    }
}

impl Hidden {
    /// Whether this field of this message may not be read.
    pub(crate) fn has(&self, message: &str, field: &str) -> bool {
        let mut rules = self.0.iter();
        rules.any(|rule| rule.message == message && rule.field == field)
    }

    /// Takes out of a message, and of those in it, what may not be read.
    pub(crate) fn take_out(&self, message: &mut DynamicMessage) {
        let descriptor = message.descriptor();
        for field in descriptor.fields() {
            if self.has(descriptor.full_name(), field.name()) {
                message.clear_field(&field);
            } else if matches!(field.kind(), Kind::Message(_)) && message.has_field(&field) {
                self.take_out_of(message.get_field_mut(&field));
            }
        }
    }

    fn take_out_of(&self, value: &mut Value) {
        match value {
            Value::Message(message) => self.take_out(message),
            Value::List(values) => values.iter_mut().for_each(|value| self.take_out_of(value)),
            Value::Map(values) => values
                .values_mut()
                .for_each(|value| self.take_out_of(value)),
            _ => {}
        }
    }
}
