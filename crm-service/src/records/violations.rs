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

/// Longest telephone number, with extensions.
const TELEPHONE_CHARS: usize = 40;
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
        let is_forbidden = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if value.chars().any(is_forbidden) {
            let quoted = quote(value);
            self.add(
                field,
                format!("{quoted} has a control character; give one line of text"),
            );
        } else {
            self.shown(field, value, chars);
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
            self.shown(field, value, chars);
        }
    }

    /// What is read must be what is stored: nothing in it hides, or turns the rest around.
    fn shown(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) {
        if let Some(hidden) = value.chars().find(|c| is_deceptive(*c)) {
            let point = u32::from(hidden);
            let problem =
                format!("has the invisible character U+{point:04X}; write the text without it");
            self.add(field, problem);
        } else {
            self.length(field, value, chars);
        }
    }

    fn length(&mut self, field: &str, value: &str, chars: RangeInclusive<usize>) {
        let (least, most) = (*chars.start(), *chars.end());
        let count = value.chars().count();
        if least > 0 && !value.chars().any(is_visible) {
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

    /// A telephone number as people write it, or empty.
    pub(crate) fn telephone(&mut self, field: &str, value: &str) {
        let is_part = |c: char| c.is_ascii_digit() || " +-().,/*#;".contains(c);
        let digits = value.chars().filter(char::is_ascii_digit).count();
        if !value.is_empty() && (digits < 3 || !value.chars().all(is_part)) {
            let quoted = quote(value);
            self.add(
                field,
                format!("{quoted} is not a telephone number; write it with digits, for example `+86 21 5555 0100`"),
            );
        } else {
            self.length(field, value, 0..=TELEPHONE_CHARS);
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
}

/// Zero width, or overriding the direction of what follows. Joiners (U+200C, U+200D) are left alone: some
/// scripts and emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// Whether something is seen where this character stands.
fn is_visible(c: char) -> bool {
    let is_blank = matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{180E}'
            | '\u{200C}'
            | '\u{200D}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
    );
    !c.is_whitespace() && !c.is_control() && !is_blank
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
                told(|v| v.line("name", "Kim\u{202E}gro", 1..=200)),
                "customer.name: has the invisible character U+202E; write the text without it",
            ),
            (
                told(|v| v.text("note", "\u{200B}", 0..=200)),
                "customer.note: has the invisible character U+200B; write the text without it",
            ),
            (
                told(|v| v.line("name", "\u{3164}\u{200D}", 1..=200)),
                "customer.name: is empty; give 1 to 200 characters",
            ),
            (
                told(|v| v.telephone("phone", "call me maybe")),
                "customer.phone: `call me maybe` is not a telephone number; write it with digits, for example `+86 21 5555 0100`",
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
    fn telephone_numbers_and_emoji_are_written_as_people_do() {
        for number in ["", "199-0000-0001", "+86 (21) 5555 0100", "021/5555,12#"] {
            assert_eq!(told(|v| v.telephone("phone", number)), [""; 0], "{number}");
        }
        assert_eq!(told(|v| v.line("name", "👩\u{200D}🔧", 1..=9)), [""; 0]);
    }

    #[test]
    fn long_values_are_shortened() {
        assert_eq!(quote(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }
}
