//! What a rule needs to know of a request: the values at the paths that it names.

use crate::status;
use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value};
use tonic::Status;

/// A decoded request.
pub(super) struct Asked(DynamicMessage);

impl Asked {
    /// Decodes a request.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` where the bytes are not such a message.
    pub(super) fn decode(descriptor: &MessageDescriptor, message: Bytes) -> Result<Self, Status> {
        DynamicMessage::decode(descriptor.clone(), message)
            .map(Self)
            .map_err(|error| status::unreadable(&error.to_string()))
    }

    /// Every text at a path, through repeated fields. An unset field or message counts as empty.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.0, path, &mut found);
        found
    }

    /// The text at a path without repeated fields.
    pub(super) fn text(&self, path: &str) -> String {
        self.texts(path).into_iter().next().unwrap_or_default()
    }

    /// The text at a path, which must not be empty.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the field.
    pub(super) fn due_text(&self, path: &str) -> Result<String, Status> {
        let text = self.text(path);
        if text.is_empty() {
            return Err(status::invalid_field(path, "is empty; give an id"));
        }
        Ok(text)
    }

    /// The message at a path without repeated fields, if it is set.
    pub(super) fn message(&self, path: &str) -> Option<DynamicMessage> {
        path.split('.').try_fold(self.0.clone(), |message, name| {
            let field = message.descriptor().get_field_by_name(name)?;
            message
                .has_field(&field)
                .then(|| message.get_field(&field).as_message().cloned())?
        })
    }
}

/// `INVALID_ARGUMENT`: the bytes are not a message of the method.
pub(super) fn malformed() -> Status {
    status::invalid_field(
        "request",
        "is not a message of this method; check the client's protos",
    )
}

fn collect(message: &DynamicMessage, path: &str, found: &mut Vec<String>) {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(value) = message.get_field_by_name(name) else {
        return;
    };
    let items = match value.as_ref() {
        Value::List(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    for item in items {
        match (item, rest) {
            (Value::Message(inner), Some(rest)) => collect(inner, rest, found),
            (Value::String(text), None) => found.push(text.clone()),
            // INVARIANT: the build refuses a rule whose path ends at anything but a text.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::authz::v1::{BatchCheckRequest, CheckRequest};
    use menshen_proto::crm::v1::UpdateCustomerRequest;
    use prost::Message;

    fn asked(name: &str, message: &impl Message) -> Asked {
        let descriptor = menshen_proto::descriptors()
            .get_message_by_name(name)
            .unwrap();
        Asked::decode(&descriptor, message.encode_to_vec().into()).unwrap()
    }

    #[test]
    fn texts_are_found_through_repeated_messages() {
        let check = |subject: &str| CheckRequest {
            subject: subject.into(),
            ..Default::default()
        };
        let checks = vec![check("user:a"), check("")];
        let request = BatchCheckRequest {
            checks,
            ..Default::default()
        };
        let asked = asked("menshen.authz.v1.BatchCheckRequest", &request);
        assert_eq!(asked.texts("checks.subject"), ["user:a", ""]);
    }

    #[test]
    fn unset_message_on_the_way_counts_as_empty() {
        let asked = asked(
            "menshen.crm.v1.UpdateCustomerRequest",
            &UpdateCustomerRequest::default(),
        );
        assert_eq!(asked.texts("customer.id"), [""]);
        assert!(asked.message("customer").is_none());
        let refused = asked.due_text("customer.id").unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        let descriptor = menshen_proto::descriptors()
            .get_message_by_name("menshen.crm.v1.GetCustomerRequest")
            .unwrap();
        let refused = Asked::decode(&descriptor, Bytes::from_static(&[0x0b]))
            .err()
            .unwrap();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}
