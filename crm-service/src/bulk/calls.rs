//! The requests of the methods for one record.

use crate::records::kind::Kind;
use crate::records::message::{MessageError, descriptor, dynamic};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{Selection, TotalMode};
use prost_reflect::{DynamicMessage, FieldDescriptor, MethodDescriptor, ServiceDescriptor, Value};
use prost_types::{FieldMask, Struct};

/// A method's request for the record with an id.
pub(super) struct Calls {
    pub(super) method: MethodDescriptor,
    /// But for what differs from record to record.
    request: DynamicMessage,
    /// The record in it, where the id goes; else it goes into the request.
    record: Option<FieldDescriptor>,
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
        let mut calls = Self::of(kind, "Update")?;
        calls.record = calls.method.input().get_field_by_name(kind.name);
        if let Some(record) = record {
            calls.set(kind.name, Value::Message(fitting(kind, record)?));
        }
        if let Some(mask) = mask {
            let mask = dynamic(&descriptor("google.protobuf.FieldMask")?, mask)?;
            calls.set("update_mask", Value::Message(mask));
        }
        Ok(calls)
    }

    /// Of `DeleteX`.
    ///
    /// # Errors
    /// The kind has no such method.
    pub(super) fn deleting(kind: &'static Kind) -> Result<Self, Refusal> {
        Self::of(kind, "Delete")
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
        let mut calls = Self::of(kind, "Transfer")?;
        calls.set("owner", Value::String(owner.to_owned()));
        calls.set("department", Value::String(department.to_owned()));
        calls.set("keep_shares", Value::Bool(keep_shares));
        Ok(calls)
    }

    fn of(kind: &'static Kind, verb: &str) -> Result<Self, Refusal> {
        let method = method(kind, verb)?;
        Ok(Self {
            request: DynamicMessage::new(method.input()),
            method,
            record: None,
            request_id: String::new(),
        })
    }

    fn set(&mut self, field: &str, value: Value) {
        self.request.set_field_by_name(field, value);
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
        self.set("validate_only", Value::Bool(validate_only));
        violations.or(self)
    }

    /// The request for one record.
    pub(super) fn request(&self, id: &str) -> DynamicMessage {
        let mut request = self.request.clone();
        let id_of = |named: &mut DynamicMessage| {
            named.set_field_by_name("id", Value::String(id.to_owned()));
        };
        match &self.record {
            None => id_of(&mut request),
            Some(record) => {
                if let Value::Message(record) = request.get_field_mut(record) {
                    id_of(record);
                }
            }
        }
        if !self.request_id.is_empty() {
            let request_id = Value::String(format!("{}/{id}", self.request_id));
            request.set_field_by_name("request_id", request_id);
        }
        request
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
    let mut request = DynamicMessage::new(method.input());
    let page_size = i32::try_from(page_size).unwrap_or(i32::MAX);
    let asked = [
        ("filter", Value::String(selection.filter.clone())),
        ("page_size", Value::I32(page_size)),
        ("order_by", Value::String("created_at".to_owned())),
        ("total", Value::EnumNumber(TotalMode::None.into())),
    ];
    for (field, value) in asked {
        request.set_field_by_name(field, value);
    }
    Ok((method, request))
}

fn service(kind: &'static Kind) -> Result<ServiceDescriptor, Refusal> {
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

/// A record of the kind with these values.
fn fitting(kind: &'static Kind, values: &Struct) -> Result<DynamicMessage, Refusal> {
    let values = dynamic(&descriptor("google.protobuf.Struct")?, values)?;
    let values = serde_json::to_value(&values).map_err(MessageError::from)?;
    let record = kind.plan()?.descriptor.clone();
    DynamicMessage::deserialize(record, values).map_err(|error| {
        let mut violations = Violations::default();
        violations.add("record", format!("does not fit the kind: {error}"));
        violations.into()
    })
}
