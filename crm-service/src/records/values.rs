//! Values between a record's message and its columns.

use super::column::folded;
use super::etag;
use super::field::Holds;
use super::kind::Kind;
use super::message::MessageError;
use super::place::Place;
use super::plan::{COMMON, Plan, Planned};
use super::time::{micros, timestamp};
use prost_reflect::{DeserializeOptions, DynamicMessage, FieldDescriptor, ReflectMessage, Value};
use prost_types::Timestamp;
use service_kit::db::{Cells, Col};

/// A row, read.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) deleted_at_us: Option<i64>,
    /// Empty where it goes with its parents.
    pub(crate) place: Place,
    pub(crate) message: DynamicMessage,
}

impl Plan {
    /// The written columns of a message, in the order of the statements.
    ///
    /// # Errors
    /// A message that does not become JSON.
    pub(crate) fn columns_of(&self, message: &DynamicMessage) -> Result<Vec<Col>, MessageError> {
        let mut columns = Vec::with_capacity(self.fields.len() + 1);
        for planned in self.fields.iter().filter(|one| one.field.is_written()) {
            let column = planned.column_of(message)?;
            let searched = match (&column, planned.field.is_searched) {
                (Col::Text(text), true) => Some(Col::from(text.as_deref().map(folded))),
                _ => None,
            };
            columns.push(column);
            columns.extend(searched);
        }
        Ok(columns)
    }

    /// A row of [`Plan::by_ids`].
    ///
    /// # Errors
    /// A JSON column that does not read.
    pub(crate) fn row_of(&self, kind: &Kind, cells: &Cells) -> Result<Row, MessageError> {
        let text = |at: usize| cells.text(at).map(str::to_owned);
        let place = if kind.is_owned {
            Place::read(cells, COMMON.len())
        } else {
            Place::default()
        };
        let mut row = Row {
            id: text(0).unwrap_or_default(),
            version: cells.integer(1).unwrap_or_default(),
            deleted_at_us: cells.integer(6),
            place,
            message: DynamicMessage::new(self.descriptor.clone()),
        };
        let first = COMMON.len() + if kind.is_owned { Place::COLUMNS } else { 0 };
        for (planned, at) in self.fields.iter().zip(first..) {
            planned.set(&mut row.message, cells, at)?;
        }
        self.complete_money(&mut row.message);
        let texts = [
            ("id", Some(row.id.clone())),
            ("etag", Some(etag::of(row.version))),
            ("created_by", text(3)),
            ("updated_by", text(5)),
            ("owner", row.place.owner.clone()),
            ("department", row.place.department.clone()),
        ];
        for (name, text) in texts {
            set_common(&mut row.message, name, |_| text.map(Value::String));
        }
        let teams = row.place.teams.iter().cloned().map(Value::String);
        let teams = Value::List(teams.collect());
        set_common(&mut row.message, "teams", |_| Some(teams));
        let times = [
            ("created_at", cells.integer(2)),
            ("updated_at", cells.integer(4)),
            ("deleted_at", row.deleted_at_us),
        ];
        for (name, micros) in times {
            set_common(&mut row.message, name, |field| time(field, micros?));
        }
        Ok(row)
    }

    /// Amounts are kept without their currency: it is the record's.
    pub(crate) fn complete_money(&self, message: &mut DynamicMessage) {
        let currency = message
            .get_field_by_name("currency")
            .and_then(|value| value.as_str().map(str::to_owned));
        let Some(currency) = currency else { return };
        for planned in &self.fields {
            let is_money = matches!(planned.field.holds, Holds::Money);
            if !is_money || !message.has_field(&planned.descriptor) {
                continue;
            }
            if let Some(amount) = message.get_field_mut(&planned.descriptor).as_message_mut() {
                amount.set_field_by_name("currency", Value::String(currency.clone()));
            }
        }
    }
}

impl Planned {
    /// The column that keeps this field of a message.
    fn column_of(&self, message: &DynamicMessage) -> Result<Col, MessageError> {
        let is_set = message.has_field(&self.descriptor);
        let value = message.get_field(&self.descriptor);
        Ok(match self.field.holds {
            Holds::Json if is_set => Col::Text(Some(self.json_of(message)?)),
            Holds::Json => Col::Text(None),
            Holds::Money => Col::Integer(value.as_message().filter(|_| is_set).and_then(amount_of)),
            Holds::Time | Holds::Past => {
                Col::Integer(value.as_message().filter(|_| is_set).and_then(micros_of))
            }
            Holds::Flag => Col::Bool(Some(value.as_bool().unwrap_or_default())),
            Holds::Number(..) if self.descriptor.supports_presence() && !is_set => {
                Col::Integer(None)
            }
            Holds::Number(..) | Holds::Choice(_) => Col::Integer(Some(number_of(&value))),
            Holds::Person { .. } | Holds::Parent(_) | Holds::Link(..) | Holds::Home(_) => {
                let id = value.as_str().filter(|id| !id.is_empty());
                Col::Text(id.map(str::to_owned))
            }
            Holds::Line(..)
            | Holds::Text(..)
            | Holds::Word(_)
            | Holds::Email
            | Holds::Phone
            | Holds::Url
            | Holds::Date
            | Holds::PastDate => Col::Text(value.as_str().map(str::to_owned)),
        })
    }

    /// Sets this field of a message to what a column holds.
    fn set(
        &self,
        message: &mut DynamicMessage,
        cells: &Cells,
        at: usize,
    ) -> Result<(), MessageError> {
        let value = match self.field.holds {
            Holds::Json => {
                if let Some(text) = cells.text(at) {
                    self.set_json(message, text)?;
                }
                return Ok(());
            }
            Holds::Money => cells.integer(at).and_then(|minor| self.money(minor)),
            Holds::Time | Holds::Past => cells
                .integer(at)
                .and_then(|at_us| time(&self.descriptor, at_us)),
            Holds::Flag => Some(Value::Bool(cells.integer(at) == Some(1))),
            Holds::Number(..) => cells.integer(at).map(|number| self.number(number)),
            Holds::Choice(_) => {
                let number = cells
                    .integer(at)
                    .and_then(|number| i32::try_from(number).ok());
                number.map(Value::EnumNumber)
            }
            _ => cells.text(at).map(|text| Value::String(text.to_owned())),
        };
        if let Some(value) = value {
            message.set_field(&self.descriptor, value);
        }
        Ok(())
    }

    /// The message with this field alone, as JSON.
    fn json_of(&self, message: &DynamicMessage) -> Result<String, MessageError> {
        let mut alone = DynamicMessage::new(message.descriptor());
        let value = message.get_field(&self.descriptor).into_owned();
        alone.set_field(&self.descriptor, value);
        Ok(serde_json::to_string(&alone)?)
    }

    fn set_json(&self, message: &mut DynamicMessage, text: &str) -> Result<(), MessageError> {
        let lenient = DeserializeOptions::new().deny_unknown_fields(false);
        let mut json = serde_json::Deserializer::from_str(text);
        let descriptor = message.descriptor();
        let alone = DynamicMessage::deserialize_with_options(descriptor, &mut json, &lenient)?;
        let value = alone.get_field(&self.descriptor).into_owned();
        message.set_field(&self.descriptor, value);
        Ok(())
    }

    fn money(&self, minor: i64) -> Option<Value> {
        let kind = self.descriptor.kind();
        let mut money = DynamicMessage::new(kind.as_message()?.clone());
        money.set_field_by_name("amount_minor", Value::I64(minor));
        Some(Value::Message(money))
    }

    fn number(&self, number: i64) -> Value {
        use prost_reflect::Kind as Wire;
        match self.descriptor.kind() {
            Wire::Int64 | Wire::Sint64 | Wire::Sfixed64 => Value::I64(number),
            Wire::Uint32 | Wire::Fixed32 => Value::U32(u32::try_from(number).unwrap_or_default()),
            Wire::Uint64 | Wire::Fixed64 => Value::U64(u64::try_from(number).unwrap_or_default()),
            _ => Value::I32(i32::try_from(number).unwrap_or_default()),
        }
    }
}

/// A whole number, of whatever width.
pub(crate) fn number_of(value: &Value) -> i64 {
    match value {
        Value::I32(number) | Value::EnumNumber(number) => i64::from(*number),
        Value::I64(number) => *number,
        Value::U32(number) => i64::from(*number),
        Value::U64(number) => i64::try_from(*number).unwrap_or(i64::MAX),
        _ => 0,
    }
}

/// The minor units of a `Money`.
pub(crate) fn amount_of(money: &DynamicMessage) -> Option<i64> {
    money.get_field_by_name("amount_minor")?.as_i64()
}

/// A `Timestamp`.
pub(crate) fn micros_of(message: &DynamicMessage) -> Option<i64> {
    micros(&message.transcode_to::<Timestamp>().ok()?)
}

fn time(field: &FieldDescriptor, at_us: i64) -> Option<Value> {
    let kind = field.kind();
    let mut message = DynamicMessage::new(kind.as_message()?.clone());
    message.transcode_from(&timestamp(at_us)).ok()?;
    Some(Value::Message(message))
}

/// Sets a field that most messages have.
fn set_common(
    message: &mut DynamicMessage,
    name: &str,
    value: impl FnOnce(&FieldDescriptor) -> Option<Value>,
) {
    let Some(field) = message.descriptor().get_field_by_name(name) else {
        return;
    };
    if let Some(value) = value(&field) {
        message.set_field(&field, value);
    }
}
