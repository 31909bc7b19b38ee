//! What an interaction is: values that are valid, however they came in.

use crate::records::message::Shape;
use crate::records::time::micros;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, InteractionChannel, InteractionDirection};

/// How an interaction's message is kept. It never changes.
pub(crate) const SHAPE: Shape = Shape {
    message: "menshen.crm.v1.Interaction",
    name: "interaction",
    updatable: &[],
    elsewhere: &[],
    bookkeeping: &[],
};

/// 1900-01-01T00:00:00Z: what is before it is a slip.
const FIRST_US: i64 = -2_208_988_800_000_000;
/// How far a client's clock may be ahead of ours.
const CLOCK_SKEW_US: i64 = 60_000_000;

/// What callers decide about an interaction. Every value keeps the limits of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InteractionFields {
    /// Empty: with nobody in particular.
    pub(crate) contact: String,
    pub(crate) channel: InteractionChannel,
    pub(crate) direction: InteractionDirection,
    pub(crate) at_us: i64,
    pub(crate) duration_seconds: i32,
    pub(crate) summary: String,
    pub(crate) next_step: String,
    /// Empty: it corrects nothing.
    pub(crate) amends: String,
}

impl InteractionFields {
    /// Reads a proposed interaction.
    ///
    /// # Errors
    /// Every field that breaks its limit.
    pub(crate) fn parse(message: &v1::Interaction, now_us: i64) -> Result<Self, Violations> {
        let mut violations = Violations::of(SHAPE.name);
        violations.optional_id("contact", &message.contact);
        violations.optional_id("amends", &message.amends);
        violations.number(
            "duration_seconds",
            message.duration_seconds.into(),
            0..=i32::MAX.into(),
        );
        violations.text("summary", &message.summary, 1..=10_000);
        violations.text("next_step", &message.next_step, 0..=1_000);
        let at_us = past("at", message.at.as_ref(), now_us, &mut violations).unwrap_or(now_us);
        let channel = channel(message.channel, &mut violations);
        let direction = violations
            .known("direction", message.direction)
            .filter(|direction| *direction != InteractionDirection::Unspecified)
            .unwrap_or(InteractionDirection::Outbound);
        violations.or(Self {
            contact: message.contact.clone(),
            channel,
            direction,
            at_us,
            duration_seconds: message.duration_seconds,
            summary: message.summary.clone(),
            next_step: message.next_step.clone(),
            amends: message.amends.clone(),
        })
    }
}

fn channel(given: i32, violations: &mut Violations) -> InteractionChannel {
    let channel = violations.known("channel", given);
    if channel == Some(InteractionChannel::Unspecified) {
        violations.add(
            "channel",
            "is due; say how it took place, for example `INTERACTION_CHANNEL_CALL`",
        );
    }
    channel.unwrap_or_default()
}

/// A time that is not in the future, nor before there were telephones. `None`: not given.
pub(crate) fn past(
    field: &str,
    given: Option<&prost_types::Timestamp>,
    now_us: i64,
    violations: &mut Violations,
) -> Option<i64> {
    let given = given?;
    let Some(at_us) = micros(given) else {
        violations.add(
            field,
            "is not a time; give one between the years 1 and 9999",
        );
        return None;
    };
    if at_us < FIRST_US {
        violations.add(
            field,
            "is before 1900; give the time at which it took place",
        );
    }
    if at_us > now_us.saturating_add(CLOCK_SKEW_US) {
        violations.add(
            field,
            "is in the future; give the time at which it took place",
        );
    }
    Some(at_us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::time::timestamp;

    const NOW: i64 = 1_764_000_000_000_000;

    fn valid() -> v1::Interaction {
        v1::Interaction {
            channel: InteractionChannel::Call.into(),
            summary: "talked\nabout prices".into(),
            ..v1::Interaction::default()
        }
    }

    #[test]
    fn what_is_unset_is_taken_as_the_contract_says() {
        let fields = InteractionFields::parse(&valid(), NOW).unwrap();
        assert_eq!(fields.at_us, NOW);
        assert_eq!(fields.direction, InteractionDirection::Outbound);
    }

    #[test]
    fn every_field_keeps_its_limit() {
        type Change = fn(&mut v1::Interaction);
        let cases: [(&str, Change); 9] = [
            ("interaction.channel", |i| i.channel = 0),
            ("interaction.channel", |i| i.channel = 77),
            ("interaction.summary", |i| i.summary = "\n".into()),
            ("interaction.summary", |i| i.summary = "x".repeat(10_001)),
            ("interaction.next_step", |i| i.next_step = "x".repeat(1_001)),
            ("interaction.duration_seconds", |i| i.duration_seconds = -1),
            ("interaction.contact", |i| i.contact = "no such id".into()),
            ("interaction.at", |i| {
                i.at = Some(timestamp(NOW + 61_000_000));
            }),
            ("interaction.at", |i| {
                i.at = Some(timestamp(-62_135_596_800_000_000));
            }),
        ];
        for (field, change) in cases {
            let mut message = valid();
            change(&mut message);
            let found = InteractionFields::parse(&message, NOW).unwrap_err().found();
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].field, field);
        }
    }
}
