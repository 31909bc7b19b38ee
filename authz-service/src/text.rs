//! Texts that people read: reasons, ids, schemas.

use crate::refusal::Violation;

/// Whether a text holds no control characters but line breaks and tabs. Others deceive whoever reads
/// them on a terminal, and not every database takes them.
///
/// # Errors
/// The first that it holds, with its place.
pub fn check(field: &str, text: &str) -> Result<(), Violation> {
    let is_wrong = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let Some((before, found)) = text.chars().enumerate().find(|(_, c)| is_wrong(*c)) else {
        return Ok(());
    };
    let problem = format!(
        "holds the control character U+{:04X} at place {}: leave it out",
        u32::from(found),
        before + 1
    );
    Err(Violation::new(field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_told_with_their_place() {
        for fine in ["", "two\r\nlines\tand a tab", "原因"] {
            assert_eq!(check("reason", fine), Ok(()));
        }
        for (text, told) in [
            ("原\0", "U+0000 at place 2"),
            ("\u{1b}[31m", "U+001B at place 1"),
            ("a\u{85}", "U+0085 at place 2"),
        ] {
            let wrong = check("reason", text).unwrap_err();
            assert_eq!(wrong.field, "reason");
            assert!(wrong.description.contains(told), "{}", wrong.description);
        }
    }
}
