//! Adding to the lists that the sources hold.

use e2e::Result;

/// Adds a line among those that begin with `start`, where it belongs in the alphabet.
///
/// # Errors
/// No line begins so.
pub(super) fn add_sorted(text: &str, start: &str, line: &str) -> Result<String> {
    let mut place = 0;
    let mut at = None;
    for other in text.split_inclusive('\n') {
        let is_alike = other.starts_with(start);
        if is_alike && other.trim_end() > line {
            at = Some(place);
            break;
        }
        place += other.len();
        if is_alike {
            at = Some(place);
        }
    }
    let at = at.ok_or_else(|| format!("no line begins with `{start}`; `{line}` belongs there"))?;
    insert(text, at, &format!("{line}\n"))
}

/// Adds lines before the first line that is `end`, below the line that is `start`.
///
/// # Errors
/// One of the two is not there.
pub(super) fn add_last(text: &str, start: &str, end: &str, lines: &str) -> Result<String> {
    let from = position(text, 0, &format!("{start}\n"))?;
    let at = position(text, from, &format!("\n{end}"))? + 1;
    insert(text, at, lines)
}

/// Adds a word in quotes to a call of a macro, among the arguments behind the first ones, sorted.
///
/// # Errors
/// No call of the macro has these first arguments.
pub(super) fn add_argument(text: &str, called: &str, first: &[&str], word: &str) -> Result<String> {
    let quoted = |word: &str| format!("\"{word}\"");
    let first: Vec<String> = first.iter().map(|word| quoted(word)).collect();
    let heads: Vec<&str> = first.iter().map(String::as_str).collect();
    let mut from = 0;
    loop {
        from = position(text, from, called)? + called.len();
        let end = position(text, from, ");")?;
        let inside = text
            .get(from..end)
            .unwrap_or_default()
            .trim_end()
            .trim_end_matches(',');
        let words: Vec<&str> = inside.split(',').map(str::trim).collect();
        let Some(others) = words.strip_prefix(heads.as_slice()) else {
            continue;
        };
        let word = quoted(word);
        let after = others.iter().find(|other| **other > word.as_str());
        return match after.and_then(|after| inside.find(after)) {
            Some(place) => insert(text, from + place, &format!("{word}, ")),
            None => insert(text, from + inside.len(), &format!(", {word}")),
        };
    }
}

/// Adds lines to the end of the block below the line `start`, which ends at an empty line. Without such
/// a block, begins one at the end of the text.
///
/// # Errors
/// None of its own.
pub(super) fn add_to_block(text: &str, start: &str, lines: &str) -> Result<String> {
    let text = text.trim_end();
    let Ok(from) = position(text, 0, &format!("\n{start}\n")) else {
        return Ok(format!("{text}\n\n{start}\n{lines}"));
    };
    match position(text, from + 1, "\n\n") {
        Ok(end) => Ok(insert(text, end + 1, lines)? + "\n"),
        Err(_) => Ok(format!("{text}\n{lines}")),
    }
}

fn position(text: &str, from: usize, wanted: &str) -> Result<usize> {
    let found = text.get(from..).and_then(|rest| rest.find(wanted));
    let missing = || format!("there is no `{}`; add to the list by hand", wanted.trim()).into();
    found.map(|at| from + at).ok_or_else(missing)
}

fn insert(text: &str, at: usize, added: &str) -> Result<String> {
    let (before, after) = text.split_at_checked(at).ok_or("a place within a letter")?;
    Ok(format!("{before}{added}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_goes_where_it_belongs() {
        let text = "//! x\n\nmod b;\nmod d;\n\nfn f() {}\n";
        for (line, expected) in [
            ("mod a;", "mod a;\nmod b;\nmod d;\n"),
            ("mod c;", "mod b;\nmod c;\nmod d;\n"),
            ("mod e;", "mod b;\nmod d;\nmod e;\n"),
        ] {
            let added = add_sorted(text, "mod ", line).unwrap();
            assert_eq!(added, format!("//! x\n\n{expected}\nfn f() {{}}\n"));
        }
        let error = add_sorted(text, "use ", "use a;").unwrap_err().to_string();
        assert!(error.contains("no line begins with `use `"), "{error}");
    }

    #[test]
    fn line_goes_last_in_its_list() {
        let text = "kinds! {\n    A,\n}\n\nfn f() {\n}\n";
        let added = add_last(text, "kinds! {", "}", "    B,\n").unwrap();
        assert_eq!(added, "kinds! {\n    A,\n    B,\n}\n\nfn f() {\n}\n");
        add_last(text, "sorts! {", "}", "").unwrap_err();
    }

    #[test]
    fn word_goes_among_the_arguments() {
        let text = "m!(\"e\", \"z\");\nm!(\n  \"f\", \"base\", \"customers\", \"settings\",\n);\n";
        for (word, expected) in [
            ("assets", "\"assets\", \"customers\", \"settings\""),
            ("sales", "\"customers\", \"sales\", \"settings\""),
            ("tickets", "\"customers\", \"settings\", \"tickets\""),
        ] {
            let added = add_argument(text, "m!(", &["f", "base"], word).unwrap();
            let expected = format!("m!(\"e\", \"z\");\nm!(\n  \"f\", \"base\", {expected},\n);\n");
            assert_eq!(added, expected);
        }
        add_argument(text, "m!(", &["g"], "sales").unwrap_err();
    }

    #[test]
    fn lines_go_to_the_end_of_their_block() {
        let text = "# x\n\na:\n  - 1\n\nb:\n  - 2\n";
        let added = |start| add_to_block(text, start, "  - 3\n").unwrap();
        assert_eq!(added("a:"), "# x\n\na:\n  - 1\n  - 3\n\nb:\n  - 2\n");
        assert_eq!(added("b:"), "# x\n\na:\n  - 1\n\nb:\n  - 2\n  - 3\n");
        assert_eq!(added("c:"), "# x\n\na:\n  - 1\n\nb:\n  - 2\n\nc:\n  - 3\n");
    }
}
