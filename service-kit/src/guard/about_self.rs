//! Whether a request asks about its caller alone.
//!
//! Read off the encoded request: what is beside the subjects, such as a batch's facts, is walked over
//! and never decoded.

use super::plan::Plan;
use super::request::malformed;
use super::wire::{Malformed, WireFields};
use crate::caller::Caller;
use prost_reflect::{Kind, MessageDescriptor};
use tonic::Status;

/// Whether every subject that the request names is the caller, by reference (`user:u05`) or by id
/// (`u05`), or is left empty.
///
/// # Errors
/// `INVALID_ARGUMENT` where the bytes are not a message.
pub(super) fn is_about_self(
    plan: &Plan,
    subjects: &str,
    caller: &Caller,
    message: &[u8],
) -> Result<bool, Status> {
    let own_id = caller.subject.strip_prefix("user:").map(str::as_bytes);
    let is_caller = |subject: &[u8]| {
        subject.is_empty() || subject == caller.subject.as_bytes() || Some(subject) == own_id
    };
    all_at(&plan.input, subjects, message, &is_caller).map_err(|Malformed| malformed())
}

/// Whether the test holds for every text at a path. Of a field that comes twice, both count.
fn all_at(
    descriptor: &MessageDescriptor,
    path: &str,
    message: &[u8],
    test: &impl Fn(&[u8]) -> bool,
) -> Result<bool, Malformed> {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(field) = descriptor.get_field_by_name(name) else {
        return Ok(false);
    };
    for found in WireFields::of(message) {
        let found = found?;
        if found.number != field.number() {
            continue;
        }
        let holds = match (found.content, field.kind(), rest) {
            (Some(text), Kind::String, None) => test(text),
            (Some(inner), Kind::Message(of), Some(rest)) => all_at(&of, rest, inner, test)?,
            _ => false,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::authz::v1::{BatchCheckRequest, CheckRequest};
    use prost::Message;

    fn all(path: &str, message: &[u8]) -> Result<bool, Malformed> {
        let descriptor = menshen_proto::descriptors()
            .get_message_by_name("menshen.authz.v1.BatchCheckRequest")
            .unwrap();
        all_at(&descriptor, path, message, &|text| text == b"user:a")
    }

    fn batch(subjects: &[&str]) -> Vec<u8> {
        let checks = subjects.iter().map(|subject| CheckRequest {
            subject: (*subject).to_owned(),
            permission: "view".to_owned(),
            ..CheckRequest::default()
        });
        let request = BatchCheckRequest {
            checks: checks.collect(),
            ..BatchCheckRequest::default()
        };
        request.encode_to_vec()
    }

    #[test]
    fn every_subject_counts_and_an_absent_one_is_nobody_else() {
        let path = "checks.subject";
        assert_eq!(all(path, &batch(&["user:a", ""])), Ok(true));
        assert_eq!(all(path, &batch(&["user:a", "user:b"])), Ok(false));
        assert_eq!(all(path, &[]), Ok(true));
    }

    #[test]
    fn subject_that_comes_twice_in_one_question_counts_twice() {
        let twice = [&b"\x0a\x06user:b"[..], b"\x0a\x06user:a"].concat();
        let mut message = vec![0x0a, u8::try_from(twice.len()).unwrap()];
        message.extend(twice);
        assert_eq!(all("checks.subject", &message), Ok(false));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        assert_eq!(all("checks.subject", &[0x0a, 9]), Err(Malformed));
        // A number where the subject belongs.
        assert_eq!(all("checks.subject", &[0x0a, 2, 0x08, 1]), Ok(false));
        assert_eq!(all("checks.nothing", &batch(&["user:a"])), Ok(false));
    }
}
