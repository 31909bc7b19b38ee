//! What a caller wants granted or revoked, read from the request.

use crate::convert::{self, text};
use crate::decisions::{Asker, contextual};
use crate::engine::relationship::Relationship;
use crate::model::RESERVED_PREFIX;
use crate::refusal::{Refusal, Violation};
use crate::store::Pattern;
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{Expectation, GrantRequest, RevokeRequest};
use prost::Message as _;
use ring::digest;
use rustc_hash::FxHashMap;
use service_kit::caller::Caller;

/// Most relationships of one call.
const MAX_RELATIONSHIPS: usize = 5000;
/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 2000;
/// Longest request id, in characters.
const MAX_REQUEST_ID_CHARS: usize = 128;
/// Most preconditions of one call.
const MAX_PRECONDITIONS: usize = 100;

/// To write or to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Write.
    Grant,
    /// Delete.
    Revoke,
}

/// A change to relationships, well-formed and not yet allowed.
#[derive(Clone, Debug)]
pub struct Order {
    /// To write or to delete.
    pub kind: Kind,
    /// Who and why.
    pub author: Author,
    /// At least one.
    pub relationships: Vec<Relationship>,
    /// The application's facts, for authorizing it.
    pub contextual: Vec<Relationship>,
    /// What must hold.
    pub preconditions: Vec<(Expectation, Pattern)>,
    /// SHA-256 of method and content, hexadecimal.
    pub body_hash: String,
    /// Only say whether it would be accepted.
    pub validate_only: bool,
}

/// What both requests have.
struct Parts<'a> {
    relationships: &'a [proto::Relationship],
    reason: &'a str,
    request_id: &'a str,
    validate_only: bool,
    preconditions: &'a [proto::Precondition],
    contextual: &'a [proto::Relationship],
}

impl Order {
    /// Reads a `GrantRequest`.
    ///
    /// # Errors
    /// Every field that cannot be right, and contextual relationships that the caller may not assert.
    pub fn grant(
        caller: &Caller,
        asker: Asker<'_>,
        request: &GrantRequest,
    ) -> Result<Self, Refusal> {
        let parts = Parts {
            relationships: &request.relationships,
            reason: &request.reason,
            request_id: &request.request_id,
            validate_only: request.validate_only,
            preconditions: &request.preconditions,
            contextual: &request.contextual_relationships,
        };
        Self::read(Kind::Grant, caller, asker, &parts, &request.encode_to_vec())
    }

    /// Reads a `RevokeRequest`.
    ///
    /// # Errors
    /// As of [`grant`](Self::grant).
    pub fn revoke(
        caller: &Caller,
        asker: Asker<'_>,
        request: &RevokeRequest,
    ) -> Result<Self, Refusal> {
        let parts = Parts {
            relationships: &request.relationships,
            reason: &request.reason,
            request_id: &request.request_id,
            validate_only: request.validate_only,
            preconditions: &request.preconditions,
            contextual: &request.contextual_relationships,
        };
        Self::read(
            Kind::Revoke,
            caller,
            asker,
            &parts,
            &request.encode_to_vec(),
        )
    }

    /// Whether it changes who may do what in the service itself.
    pub fn is_about_the_service(&self) -> bool {
        self.relationships
            .iter()
            .any(|one| is_own(one.resource.object_type()))
    }

    fn read(
        kind: Kind,
        caller: &Caller,
        asker: Asker<'_>,
        parts: &Parts<'_>,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let mut wrong = check_sizes(parts);
        let relationships = convert::relationships("relationships", parts.relationships);
        let preconditions = preconditions(parts.preconditions);
        let (relationships, preconditions) = match (relationships, preconditions) {
            (Ok(relationships), Ok(preconditions)) if wrong.is_empty() => {
                (relationships, preconditions)
            }
            (relationships, preconditions) => {
                wrong.extend(relationships.err().unwrap_or_default());
                wrong.extend(preconditions.err().unwrap_or_default());
                return Err(Refusal::Invalid(wrong));
            }
        };
        let repeated = repeated(&relationships);
        if !repeated.is_empty() {
            return Err(Refusal::Invalid(repeated));
        }
        let author = Author {
            request_id: parts.request_id.to_owned(),
            ..Author::new(caller, parts.reason)
        };
        Ok(Self {
            kind,
            author,
            relationships,
            contextual: contextual::admit(asker, parts.contextual)?,
            preconditions,
            body_hash: body_hash(kind, body),
            validate_only: parts.validate_only,
        })
    }
}

/// Whether a type belongs to the service itself.
pub(super) fn is_own(object_type: &str) -> bool {
    object_type.starts_with(RESERVED_PREFIX)
}

fn check_sizes(parts: &Parts<'_>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, problem: String| wrong.push(Violation::new(field, problem));
    let count = parts.relationships.len();
    if !(1..=MAX_RELATIONSHIPS).contains(&count) {
        refuse(
            "relationships",
            format!("must be 1 to {MAX_RELATIONSHIPS} (got {count})"),
        );
    }
    let count = parts.preconditions.len();
    if count > MAX_PRECONDITIONS {
        refuse(
            "preconditions",
            format!("must be at most {MAX_PRECONDITIONS} (got {count})"),
        );
    }
    let chars = parts.request_id.chars().count();
    if chars > MAX_REQUEST_ID_CHARS {
        let problem = format!("must have at most {MAX_REQUEST_ID_CHARS} characters (got {chars})");
        refuse("request_id", problem);
    }
    wrong.extend(text::check("request_id", parts.request_id).err());
    wrong.extend(check_reason(parts.reason).err());
    wrong
}

/// Whether a reason is short enough, and text. It may be empty.
///
/// # Errors
/// More than [`MAX_REASON_CHARS`] characters, or one that is none to be read.
pub fn check_reason(reason: &str) -> Result<(), Violation> {
    text::check("reason", reason)?;
    let chars = reason.chars().count();
    if chars <= MAX_REASON_CHARS {
        return Ok(());
    }
    let problem = format!("must have at most {MAX_REASON_CHARS} characters (got {chars})");
    Err(Violation::new("reason", problem))
}

/// Of two that name the same relationship only one could count.
fn repeated(relationships: &[Relationship]) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut seen = FxHashMap::default();
    for (position, one) in relationships.iter().enumerate() {
        let identity = (&one.resource, &one.relation, &one.subject);
        let first = *seen.entry(identity).or_insert(position);
        if first != position {
            let problem = format!("is relationships[{first}] again: give each relationship once");
            wrong.push(Violation::new(
                format!("relationships[{position}]"),
                problem,
            ));
        }
    }
    wrong
}

fn preconditions(
    given: &[proto::Precondition],
) -> Result<Vec<(Expectation, Pattern)>, Vec<Violation>> {
    let mut read = Vec::new();
    let mut wrong = Vec::new();
    for (position, one) in given.iter().enumerate() {
        let at = format!("preconditions[{position}]");
        if one.expectation() == Expectation::Unspecified {
            let problem = "give EXPECTATION_MUST_EXIST or EXPECTATION_MUST_NOT_EXIST";
            wrong.push(Violation::new(format!("{at}.expectation"), problem));
        }
        let pattern = one.pattern.clone().unwrap_or_default();
        match Pattern::parse(&pattern.resource, &pattern.relation, &pattern.subject) {
            Ok(empty) if empty == Pattern::default() => {
                let problem = "is empty: give a resource, a relation or a subject";
                wrong.push(Violation::new(format!("{at}.pattern"), problem));
            }
            Ok(pattern) => read.push((one.expectation(), pattern)),
            Err((part, error)) => {
                wrong.push(Violation::new(
                    format!("{at}.pattern.{part}"),
                    error.to_string(),
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(wrong)
    }
}

fn body_hash(kind: Kind, body: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(match kind {
        Kind::Grant => b"grant.",
        Kind::Revoke => b"revoke",
    });
    context.update(body);
    hex::encode(context.finish())
}
