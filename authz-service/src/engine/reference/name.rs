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
    let problem = if id.is_empty() {
        "the id is empty".to_owned()
    } else if id.len() > MAX_OBJECT_ID_BYTES {
        format!(
            "the id has {} bytes, at most {MAX_OBJECT_ID_BYTES} are allowed",
            id.len()
        )
    } else if let Some(wrong) = id.chars().find(|c| !is_id_char(*c)) {
        format!(
            "`{}` is not allowed in an id: use letters, digits and / _ | - = +",
            wrong.escape_default()
        )
    } else {
        return Ok(());
    };
    Err(InvalidReference::new(id, "object id", problem))
}

pub(crate) fn check_path(name: &str, expected: &'static str) -> Result<(), InvalidReference> {
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
        [first, middle @ .., last] => {
            (MIN_SEGMENT_BYTES..=max_bytes).contains(&text.len())
                && first.is_ascii_lowercase()
                && middle
                    .iter()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
                && matches!(last, b'a'..=b'z' | b'0'..=b'9')
        }
        _ => false,
    }
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '|' | '-' | '=' | '+')
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
