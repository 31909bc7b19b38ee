//! What is wrong with a request, all of it in one answer.

use std::ops::RangeInclusive;

/// One field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Path of the field in the request: `customer.display_name`.
    pub(crate) field: String,
    /// What is wrong with its value, and what to give instead.
    pub(crate) description: String,
}

/// Collects violations; empty means valid.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Violations {
    prefix: String,
    found: Vec<Violation>,
}

/// How much of a refused value is repeated, in characters.
const QUOTED_CHARS: usize = 60;
/// Longest id, in bytes: what a reference accepts of ours (see the protos).
const ID_BYTES: RangeInclusive<usize> = 1..=64;

impl Violations {
    /// Collects about the fields of a record that stands in the request as `name`.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            prefix: format!("{name}."),
            found: Vec::new(),
        }
    }

    /// Adds one, in words.
    pub(crate) fn add(&mut self, field: &str, description: impl Into<String>) {
        self.found.push(Violation {
            field: format!("{}{field}", self.prefix),
            description: description.into(),
        });
    }

    /// What was found.
    pub(crate) fn found(self) -> Vec<Violation> {
        self.found
    }

    /// `value`, if nothing was found.
    ///
    /// # Errors
    /// Everything that was found.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.found.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// A text of one line. Empty is accepted where `chars` begins at 0.
    pub(crate) fn line(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) {
        if value.chars().any(char::is_control) {
            let quoted = quote(value);
            self.add(
                field,
                format!("{quoted} has a control character; give one line of text"),
            );
        } else {
            self.length(field, value, chars);
        }
    }

    /// A text of any number of lines.
    pub(crate) fn text(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) {
        let is_forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if value.chars().any(is_forbidden) {
            let quoted = quote(value);
            self.add(
                field,
                format!(
                    "{quoted} has a control character; only line ends and tabs may stand in it"
                ),
            );
        } else {
            self.length(field, value, chars);
        }
    }

    fn length(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) {
        let (least, most) = (*chars.start(), *chars.end());
        let count = value.chars().count();
        if least > 0 && value.trim().is_empty() {
            self.add(
                field,
                format!("is empty; give {least} to {most} characters"),
            );
        } else if !chars.contains(&count) {
            let quoted = quote(value);
            self.add(
                field,
                format!("{quoted} has {count} characters; give {least} to {most}"),
            );
        }
    }

    /// An id of ours: 1 to 64 of `a-z A-Z 0-9 _ -`.
    pub(crate) fn id(&mut self, field: &str, value: &str) {
        let is_valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if !ID_BYTES.contains(&value.len()) || !value.bytes().all(is_valid) {
            let quoted = quote(value);
            self.add(
                field,
                format!("{quoted} is not an id; give 1 to 64 of `a-z A-Z 0-9 _ -`"),
            );
        }
    }

    /// An id, or empty for none.
    pub(crate) fn optional_id(&mut self, field: &str, value: &str) {
        if !value.is_empty() {
            self.id(field, value);
        }
    }

    /// One of a few words, or empty.
    pub(crate) fn word(&mut self, field: &str, value: &str, words: &[&str]) {
        if !value.is_empty() && !words.contains(&value) {
            let (quoted, known) = (quote(value), words.join("`, `"));
            self.add(
                field,
                format!("{quoted} is unknown; give `{known}` or nothing"),
            );
        }
    }

    /// A whole number in a range.
    pub(crate) fn number(&mut self, field: &str, value: i64, range: RangeInclusive<i64>) {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            self.add(
                field,
                format!("`{value}` is out of range; give {least} to {most}"),
            );
        }
    }

    /// An enum value that the contract knows. What an absent one means is up to the caller.
    pub(crate) fn known<E: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<E> {
        let known = E::try_from(value).ok();
        if known.is_none() {
            self.add(field, format!("`{value}` is not a value of this enum"));
        }
        known
    }
}

/// A refused value in backticks, shortened.
pub(crate) fn quote(value: &str) -> String {
    let mut shown: String = value.chars().take(QUOTED_CHARS).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    format!("`{}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(check: impl FnOnce(&mut Violations)) -> Vec<String> {
        let mut violations = Violations::of("customer");
        check(&mut violations);
        let text = |v: Violation| format!("{}: {}", v.field, v.description);
        violations.found().into_iter().map(text).collect()
    }

    #[test]
    fn each_refusal_names_field_value_and_remedy() {
        let cases = [
            (
                told(|v| v.line("name", "", 1..=200)),
                "customer.name: is empty; give 1 to 200 characters",
            ),
            (
                told(|v| v.line("name", "  ", 1..=200)),
                "customer.name: is empty; give 1 to 200 characters",
            ),
            (
                told(|v| v.line("name", "客户客户", 0..=3)),
                "customer.name: `客户客户` has 4 characters; give 0 to 3",
            ),
            (
                told(|v| v.line("name", "a\nb", 0..=3)),
                "customer.name: `a\\nb` has a control character; give one line of text",
            ),
            (
                told(|v| v.id("id", "a b")),
                "customer.id: `a b` is not an id; give 1 to 64 of `a-z A-Z 0-9 _ -`",
            ),
            (
                told(|v| v.word("level", "vip", &["A", "VIP"])),
                "customer.level: `vip` is unknown; give `A`, `VIP` or nothing",
            ),
            (
                told(|v| v.number("employees", -1, 0..=9)),
                "customer.employees: `-1` is out of range; give 0 to 9",
            ),
        ];
        for (told, expected) in cases {
            assert_eq!(told, [expected]);
        }
    }

    #[test]
    fn limits_count_characters_and_not_bytes() {
        assert_eq!(told(|v| v.line("name", "客户", 1..=2)), [""; 0]);
    }

    #[test]
    fn long_values_are_shortened() {
        assert_eq!(quote(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }
}
