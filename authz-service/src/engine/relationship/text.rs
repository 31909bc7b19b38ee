//! The text form: `type:id#relation@type:id[#relation][condition[:{json}]][expiration:RFC3339]`.
//!
//! The brackets of the condition and the expiry are part of the text.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat};

use super::{ConditionUse, Context, Relationship};
use crate::engine::reference::{InvalidReference, ObjectRef, SubjectRef, name};

/// A text that is not a relationship.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelationship {
    /// The `#` or the `@` is missing.
    #[error(
        "`{text}` is not a relationship: write `type:id#relation@type:id`, as in `customer:42#owner@user:alice`"
    )]
    Shape {
        /// The text as given, shortened to 200 characters.
        text: String,
    },
    /// The resource, relation, subject or condition name breaks the naming rules.
    #[error(transparent)]
    Reference(#[from] InvalidReference),
    /// What follows the subject is not `[condition]`, `[condition:{…}]` or `[expiration:…]`.
    #[error("`{text}` after the subject is not understood: {problem}")]
    Trait {
        /// The rest of the text, shortened to 200 characters.
        text: String,
        /// What is wrong with it, and how it should look.
        problem: String,
    },
}

const EXPIRATION: &str = "[expiration:";

impl Relationship {
    /// Parses the text form.
    ///
    /// # Errors
    /// A part is missing or breaks the naming rules, the values are not a JSON object, or the
    /// expiry is not an RFC 3339 time.
    pub fn parse(text: &str) -> Result<Self, InvalidRelationship> {
        let shape = || InvalidRelationship::Shape {
            text: shortened(text),
        };
        let (resource, rest) = text.split_once('#').ok_or_else(shape)?;
        let (relation, rest) = rest.split_once('@').ok_or_else(shape)?;
        let (subject, traits) = rest.split_at(rest.find('[').unwrap_or(rest.len()));
        name::check_relation(relation)?;
        let (condition, traits) = parse_condition(traits)?;
        Ok(Self {
            resource: ObjectRef::parse(resource)?,
            relation: relation.into(),
            subject: SubjectRef::parse(subject)?,
            condition,
            expires_at_us: parse_expiration(traits)?,
        })
    }
}

/// Takes a leading `[name]` or `[name:{…}]`; gives back what follows it.
fn parse_condition(text: &str) -> Result<(Option<ConditionUse>, &str), InvalidRelationship> {
    let is_expiration = text.starts_with(EXPIRATION) && !text.starts_with("[expiration:{");
    let Some(inner) = text.strip_prefix('[').filter(|_| !is_expiration) else {
        return Ok((None, text));
    };
    let unclosed = || {
        wrong(
            text,
            "a condition is written `[name]` or `[name:{\"key\":1}]`",
        )
    };
    let end = inner.find([':', ']']).ok_or_else(unclosed)?;
    let (condition, rest) = inner.split_at(end);
    name::check_condition(condition)?;
    let (context, rest) = match rest.strip_prefix(':') {
        Some(json) => parse_context(json)?,
        None => (Context::new(), rest),
    };
    let rest = rest.strip_prefix(']').ok_or_else(unclosed)?;
    Ok((
        Some(ConditionUse {
            name: condition.into(),
            context,
        }),
        rest,
    ))
}

/// Reads one JSON object, which may itself contain `]`, and gives back what follows it.
fn parse_context(text: &str) -> Result<(Context, &str), InvalidRelationship> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Context>();
    match values.next() {
        Some(Ok(context)) => Ok((
            context,
            text.get(values.byte_offset()..).unwrap_or_default(),
        )),
        Some(Err(error)) => Err(wrong(
            text,
            format!("the values of a condition are a JSON object: {error}"),
        )),
        None => Err(wrong(
            text,
            "the values of a condition are missing after the colon",
        )),
    }
}

fn parse_expiration(text: &str) -> Result<Option<i64>, InvalidRelationship> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = text
        .strip_prefix(EXPIRATION)
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or_else(|| wrong(text, "write `[expiration:2030-01-31T12:00:00Z]` last"))?;
    let time = DateTime::parse_from_rfc3339(time).map_err(|_| {
        wrong(
            text,
            "the expiry is an RFC 3339 time, as in `2030-01-31T12:00:00Z`",
        )
    })?;
    Ok(Some(time.timestamp_micros()))
}

fn wrong(text: &str, problem: impl Into<String>) -> InvalidRelationship {
    InvalidRelationship::Trait {
        text: shortened(text),
        problem: problem.into(),
    }
}

fn shortened(text: &str) -> String {
    InvalidReference::new(text, "", "").text
}

impl FromStr for Relationship {
    type Err = InvalidRelationship;

    fn from_str(text: &str) -> Result<Self, InvalidRelationship> {
        Self::parse(text)
    }
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}@{}", self.resource, self.relation, self.subject)?;
        if let Some(condition) = &self.condition {
            write!(f, "[{}", condition.name)?;
            if !condition.context.is_empty() {
                let json = serde_json::to_string(&condition.context).map_err(|_| fmt::Error)?;
                write!(f, ":{json}")?;
            }
            f.write_str("]")?;
        }
        match self.expires_at_us.map(DateTime::from_timestamp_micros) {
            None => Ok(()),
            Some(Some(time)) => {
                write!(
                    f,
                    "{EXPIRATION}{}]",
                    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
                )
            }
            // Beyond what a calendar can spell, and refused by `Schema::validate`.
            Some(None) => write!(
                f,
                "{EXPIRATION}{}us]",
                self.expires_at_us.unwrap_or_default()
            ),
        }
    }
}
