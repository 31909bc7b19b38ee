//! Finds the end of a caveat's body without understanding CEL: braces count, except in text and
//! comments.

/// How many bytes stand before the `}` that closes the body; all of them, if none does.
pub(super) fn length(body: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    let mut raw = false;
    while let Some(c) = body.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = body.get(at..).unwrap_or_default();
        match c {
            '}' if depth == 0 => return at,
            '}' => depth -= 1,
            '{' => depth += 1,
            '\'' | '"' => {
                at += text_length(rest, raw);
                raw = false;
                continue;
            }
            '/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            _ => {}
        }
        // A prefix of a text literal: `r"…"`, `rb'…'`, `br"…"`.
        raw = matches!(c, 'r' | 'R') || (raw && matches!(c, 'b' | 'B'));
        at += c.len_utf8();
    }
    body.len()
}

/// Length of the literal at the start of `text`, quotes included.
fn text_length(text: &str, raw: bool) -> usize {
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| text.starts_with(quote));
    let Some(quote) = quote else { return 1 };
    let mut at = quote.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let mut chars = rest.chars();
        let first = chars.next();
        at += first.map_or(1, char::len_utf8);
        if first == Some('\\') && !raw {
            at += chars.next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}
