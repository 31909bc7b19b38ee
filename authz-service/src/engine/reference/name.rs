//! The naming rules of the model language, checked by hand: they run on every request.

use super::{InvalidReference, MAX_OBJECT_ID_BYTES, MAX_TYPE_NAME_BYTES};

/// Shortest name segment, in bytes.
const MIN_SEGMENT_BYTES: usize = 3;
/// Longest relation or permission name, and longest last segment of a type name, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// Longest segment before a `/` of a type name, in bytes.
const MAX_PREFIX_SEGMENT_BYTES: usize = 63;

/// Checks a relation or permission name: `^[a-z][a-z0-9_]{1,62}[a-z0-9]$`.
pub fn check_relation(name: &str) -> Result<(), InvalidReference> {
    if is_segment(name, MAX_NAME_BYTES) {
        return Ok(());
    }
    Err(InvalidReference::new(
        name,
        "relation name",
        segment_problem(name, MAX_NAME_BYTES),
    ))
}

/// Checks a type name: `^([a-z][a-z0-9_]{1,61}[a-z0-9]/)*[a-z][a-z0-9_]{1,62}[a-z0-9]$`, at most
/// 128 bytes.
pub fn check_type(name: &str) -> Result<(), InvalidReference> {
    check_path(name, "type name")
}

/// Checks a condition (caveat) name: the rule of type names.
pub fn check_condition(name: &str) -> Result<(), InvalidReference> {
    check_path(name, "condition name")
}

/// Checks an object id: `^[a-zA-Z0-9/_|\-=+]{1,}$`, at most 1024 bytes.
pub fn check_object_id(id: &str) -> Result<(), InvalidReference> {
    if (1..=MAX_OBJECT_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| is_of(byte, ID)) {
        return Ok(());
    }
    Err(InvalidReference::new(id, "object id", id_problem(id)))
}

pub(crate) fn check_path(name: &str, expected: &'static str) -> Result<(), InvalidReference> {
    if is_segment(name, MAX_NAME_BYTES) {
        return Ok(());
    }
    if name.len() > MAX_TYPE_NAME_BYTES {
        let problem = format!(
            "it has {} bytes, at most {MAX_TYPE_NAME_BYTES} are allowed",
            name.len()
        );
        return Err(InvalidReference::new(name, expected, problem));
    }
    let (prefix, last) = match name.rsplit_once('/') {
        Some((prefix, last)) => (Some(prefix), last),
        None => (None, name),
    };
    let segments = prefix
        .into_iter()
        .flat_map(|prefix| prefix.split('/'))
        .map(|segment| (segment, MAX_PREFIX_SEGMENT_BYTES))
        .chain([(last, MAX_NAME_BYTES)]);
    for (segment, max_bytes) in segments {
        if !is_segment(segment, max_bytes) {
            let problem = segment_problem(segment, max_bytes);
            return Err(InvalidReference::new(name, expected, problem));
        }
    }
    Ok(())
}

fn is_segment(text: &str, max_bytes: usize) -> bool {
    match text.as_bytes() {
        [first, .., last] => {
            (MIN_SEGMENT_BYTES..=max_bytes).contains(&text.len())
                && first.is_ascii_lowercase()
                && *last != b'_'
                && text.bytes().all(|byte| is_of(byte, NAME))
        }
        _ => false,
    }
}

const NAME: u8 = 1;
const ID: u8 = 2;

/// What each byte may be part of. One load a byte: references are checked on every request.
const CLASSES: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    while byte.is_ascii() {
        let lower_or_digit = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut class = 0;
        if lower_or_digit || byte == b'_' {
            class |= NAME;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'|' | b'-' | b'=' | b'+') {
            class |= ID;
        }
        classes[byte as usize] = class;
        byte += 1;
    }
    classes
}

#[expect(clippy::indexing_slicing, reason = "a byte is always below 256")]
fn is_of(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// Says what is wrong with an id that [`check_object_id`] refused.
fn id_problem(id: &str) -> String {
    if id.is_empty() {
        return "the id is empty".to_owned();
    }
    if id.len() > MAX_OBJECT_ID_BYTES {
        return format!(
            "the id has {} bytes, at most {MAX_OBJECT_ID_BYTES} are allowed",
            id.len()
        );
    }
    let wrong = id
        .chars()
        .find(|c| !u8::try_from(*c).is_ok_and(|byte| is_of(byte, ID)));
    let wrong = wrong.unwrap_or_default().escape_default();
    format!("`{wrong}` is not allowed in an id: use letters, digits and / _ | - = +")
}

/// Says what is wrong with a segment that [`is_segment`] refused.
fn segment_problem(text: &str, max_bytes: usize) -> String {
    if text.is_empty() {
        return "a name is missing".to_owned();
    }
    if let Some(wrong) = text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_'))
    {
        let wrong = wrong.escape_default();
        return format!("`{wrong}` is not allowed: use lower-case letters, digits and `_`");
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return "it must start with a lower-case letter".to_owned();
    }
    if text.ends_with('_') {
        return "it must not end with `_`".to_owned();
    }
    format!(
        "it has {} characters, allowed are {MIN_SEGMENT_BYTES} to {max_bytes}",
        text.len()
    )
}
