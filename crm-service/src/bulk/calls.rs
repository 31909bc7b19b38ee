//! The requests of the methods for one record.

use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::Selection;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, Value};
use prost_types::{FieldMask, Struct};
use serde_json::json;

/// A method's request for the record with an id.
pub(super) struct Calls {
    pub(super) method: MethodDescriptor,
    /// As JSON, but for what differs from record to record.
    body: serde_json::Value,
    /// Where the id goes: `id`, or `customer.id`.
    record: Option<&'static str>,
    request_id: String,
}

/// Above it the id of a record would not fit behind it.
const REQUEST_ID_CHARS: usize = 60;

impl Calls {
    /// Of `UpdateX`.
    ///
    /// # Errors
    /// The kind has no such method; the values do not fit it.
    pub(super) fn updating(
        kind: &'static Kind,
        record: Option<&Struct>,
        mask: Option<&FieldMask>,
    ) -> Result<Self, Refusal> {
        let nothing = Struct::default();
        let mut body = serde_json::Map::new();
        body.insert(kind.name.to_owned(), object(record.unwrap_or(&nothing)));
        let paths = mask.map(|mask| {
            mask.paths
                .iter()
                .map(|path| camel(path))
                .collect::<Vec<_>>()
        });
        body.insert(
            "updateMask".to_owned(),
            paths.unwrap_or_default().join(",").into(),
        );
        Self::of(kind, "Update", body.into(), Some(kind.name))
    }

    /// Of `DeleteX`.
    ///
    /// # Errors
    /// The kind has no such method.
    pub(super) fn deleting(kind: &'static Kind) -> Result<Self, Refusal> {
        Self::of(kind, "Delete", json!({}), None)
    }

    /// Of `TransferX`.
    ///
    /// # Errors
    /// The kind has no such method.
    pub(super) fn transferring(
        kind: &'static Kind,
        owner: &str,
        department: &str,
        keep_shares: bool,
    ) -> Result<Self, Refusal> {
        let body = json!({"owner": owner, "department": department, "keepShares": keep_shares});
        Self::of(kind, "Transfer", body, None)
    }

    fn of(
        kind: &'static Kind,
        verb: &str,
        body: serde_json::Value,
        record: Option<&'static str>,
    ) -> Result<Self, Refusal> {
        let calls = Self {
            method: method(kind, verb)?,
            body,
            record,
            request_id: String::new(),
        };
        calls.message("x")?;
        Ok(calls)
    }

    /// Recognises retries, and only asks if so wanted.
    ///
    /// # Errors
    /// The request id is too long.
    pub(super) fn with(
        mut self,
        request_id: &str,
        validate_only: bool,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        violations.line("request_id", request_id, 0..=REQUEST_ID_CHARS);
        request_id.clone_into(&mut self.request_id);
        if let Some(body) = self.body.as_object_mut() {
            body.insert("validateOnly".to_owned(), validate_only.into());
        }
        violations.or(self)
    }

    /// The request for one record.
    ///
    /// # Errors
    /// The values do not fit the kind.
    pub(super) fn message(&self, id: &str) -> Result<DynamicMessage, Refusal> {
        let mut message = parsed(self.method.input(), &self.body)?;
        match self.record {
            None => message.set_field_by_name("id", Value::String(id.to_owned())),
            Some(record) => {
                let field = self.method.input().get_field_by_name(record);
                let part = field.map(|field| message.get_field_mut(&field));
                if let Some(Value::Message(part)) = part {
                    part.set_field_by_name("id", Value::String(id.to_owned()));
                }
            }
        }
        if !self.request_id.is_empty() {
            let request_id = format!("{}/{id}", self.request_id);
            message.set_field_by_name("request_id", Value::String(request_id));
        }
        Ok(message)
    }
}

/// The list of a kind, and a request for what a selection selects of it.
///
/// # Errors
/// The kind has no list.
pub(super) fn listing(
    kind: &'static Kind,
    selection: &Selection,
    page_size: usize,
) -> Result<(MethodDescriptor, DynamicMessage), Refusal> {
    let service = service(kind)?;
    let is_list = |method: &MethodDescriptor| {
        let output = method.output();
        output.get_field_by_name("next_page_token").is_some()
            && output.get_field_by_name("total_size").is_some()
    };
    let method = service
        .methods()
        .find(is_list)
        .ok_or_else(|| unknown(kind, "List"))?;
    let body = json!({
        "filter": selection.filter,
        "pageSize": page_size,
        "orderBy": "created_at",
        "total": "TOTAL_MODE_NONE",
    });
    let message = parsed(method.input(), &body)?;
    Ok((method, message))
}

fn service(kind: &'static Kind) -> Result<prost_reflect::ServiceDescriptor, Refusal> {
    let service = format!("{}Service", kind.message);
    let found = menshen_proto::descriptors().get_service_by_name(&service);
    found.ok_or_else(|| unknown(kind, ""))
}

fn method(kind: &'static Kind, verb: &str) -> Result<MethodDescriptor, Refusal> {
    let name = kind.message.rsplit('.').next().unwrap_or_default();
    let called = format!("{verb}{name}");
    let mut methods = service(kind)?.methods().collect::<Vec<_>>().into_iter();
    let found = methods.find(|method| method.name() == called);
    found.ok_or_else(|| unknown(kind, verb))
}

fn unknown(kind: &Kind, verb: &str) -> Refusal {
    let mut violations = Violations::of("selection");
    let verb = verb.to_lowercase();
    let problem = format!(
        "there is no way to {verb} a `{}`; name another type",
        kind.name
    );
    violations.add("type", problem);
    violations.into()
}

fn parsed(
    descriptor: MessageDescriptor,
    body: &serde_json::Value,
) -> Result<DynamicMessage, Refusal> {
    DynamicMessage::deserialize(descriptor, body).map_err(|error| {
        let mut violations = Violations::default();
        violations.add("record", format!("does not fit the kind: {error}"));
        violations.into()
    })
}

fn object(object: &Struct) -> serde_json::Value {
    let fields = object.fields.iter();
    fields
        .map(|(name, value)| (name.clone(), json_of(value)))
        .collect()
}

fn json_of(value: &prost_types::Value) -> serde_json::Value {
    use prost_types::value::Kind as Of;
    match &value.kind {
        None | Some(Of::NullValue(_)) => serde_json::Value::Null,
        Some(Of::BoolValue(flag)) => (*flag).into(),
        Some(Of::NumberValue(number)) => (*number).into(),
        Some(Of::StringValue(text)) => text.as_str().into(),
        Some(Of::ListValue(list)) => list.values.iter().map(json_of).collect(),
        Some(Of::StructValue(inner)) => object(inner),
    }
}

/// `display_name` as `displayName`, as the JSON form of a mask has it.
fn camel(path: &str) -> String {
    let mut camel = String::new();
    let mut is_start = false;
    for letter in path.chars() {
        if letter == '_' {
            is_start = true;
        } else if is_start {
            camel.push(letter.to_ascii_uppercase());
            is_start = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}
