//! Rows of history as one caller may read them.

use super::source::{Row, Source};
use crate::crm::Crm;
use crate::records::hidden::{Hidden, hidden};
use crate::records::message::MessageError;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{FieldChange, TimelineEvent};
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use service_kit::caller::Caller;

/// The events that rows tell of, without what the caller may not read.
///
/// # Errors
/// No decision could be had; a row does not read.
pub(super) async fn events(
    crm: &Crm,
    caller: &Caller,
    source: &Source,
    rows: &[Row],
) -> Result<Vec<TimelineEvent>, Refusal> {
    let mut messages = Vec::new();
    for row in rows {
        if let Some(kind) = source.kind(row) {
            messages.push(&kind.plan()?.descriptor);
        }
    }
    let hidden = hidden(crm, caller, messages).await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(kind) = source.kind(row) {
            events.push(event(row, &kind.plan()?.descriptor, &hidden)?);
        }
    }
    Ok(events)
}

fn event(
    row: &Row,
    descriptor: &MessageDescriptor,
    hidden: &Hidden,
) -> Result<TimelineEvent, Refusal> {
    let mut after = read(row, descriptor)?;
    hidden.take_out(&mut after);
    let values = serde_json::to_value(&after).map_err(MessageError::from)?;
    let names = row
        .changed_fields
        .split(',')
        .filter(|name| !name.is_empty());
    let is_hidden = |name: &&str| hidden.has(descriptor.full_name(), name);
    let (redacted, open): (Vec<&str>, Vec<&str>) = names.partition(is_hidden);
    let change = |name: &str| {
        let field = descriptor.get_field_by_name(name);
        let value = field.and_then(|field| values.get(field.json_name()).cloned());
        FieldChange {
            field: name.to_owned(),
            value: value.map(|value| value.to_string()).unwrap_or_default(),
        }
    };
    Ok(TimelineEvent {
        record_type: row.record_type.clone(),
        record: row.record_id.clone(),
        action: i32::try_from(row.action).unwrap_or_default(),
        at: Some(timestamp(row.at_us)),
        actor: row.actor.clone(),
        changes: open.into_iter().map(change).collect(),
        reason: row.reason.clone(),
        redacted_fields: redacted.into_iter().map(str::to_owned).collect(),
    })
}

fn read(row: &Row, descriptor: &MessageDescriptor) -> Result<DynamicMessage, MessageError> {
    let lenient = DeserializeOptions::new().deny_unknown_fields(false);
    let mut json = serde_json::Deserializer::from_str(&row.after);
    Ok(DynamicMessage::deserialize_with_options(
        descriptor.clone(),
        &mut json,
        &lenient,
    )?)
}
