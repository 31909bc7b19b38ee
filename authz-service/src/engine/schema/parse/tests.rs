//! Random schemas: printed and parsed they stay the same, broken they are refused without a panic.

mod arbitrary;
mod print;

use proptest::prelude::*;

use super::*;
use crate::engine::schema::compile;
use crate::engine::schema::diagnostic::Severity;

fn parsed(text: &str) -> (File, Vec<String>) {
    let mut report = Report::new(text);
    let file = parse(text, &mut report);
    let told = report.into_sorted();
    let errors = told
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    (file, errors.map(ToString::to_string).collect())
}

/// One change to a text: cut something out, double something, or put something in.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(usize, usize),
    Double(usize, usize),
    Insert(usize, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let scrap = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("(".to_owned()),
        Just("\n".to_owned()),
        Just("/*".to_owned()),
        Just("\"".to_owned()),
        Just("->".to_owned()),
        Just("definition ".to_owned()),
        Just("caveat x(a int) {".to_owned()),
        ".{1,3}",
    ];
    prop_oneof![
        (any::<usize>(), 1..20_usize).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (any::<usize>(), 1..20_usize).prop_map(|(at, length)| Mutation::Double(at, length)),
        (any::<usize>(), scrap).prop_map(|(at, scrap)| Mutation::Insert(at, scrap)),
    ]
}

fn mutate(text: &str, mutations: &[Mutation]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for mutation in mutations {
        let (Mutation::Cut(at, _) | Mutation::Double(at, _) | Mutation::Insert(at, _)) = mutation;
        let at = at % (chars.len() + 1);
        match mutation {
            Mutation::Cut(_, length) => drop(chars.drain(at..(at + length).min(chars.len()))),
            Mutation::Double(_, length) => {
                let part = chars[at..(at + length).min(chars.len())].to_vec();
                chars.splice(at..at, part);
            }
            Mutation::Insert(_, scrap) => drop(chars.splice(at..at, scrap.chars())),
        }
    }
    chars.into_iter().collect()
}

const EXAMPLE: &str = include_str!("tests/example.zed");

#[test]
fn the_example_is_a_valid_schema() {
    let diagnostics = compile(EXAMPLE).map(|compiled| compiled.warnings);
    let told = diagnostics.unwrap_or_else(|errors| errors);
    assert!(
        told.is_empty(),
        "{}",
        told.iter().map(ToString::to_string).collect::<String>()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn printing_and_parsing_give_the_same_tree(file in arbitrary::file()) {
        let text = print::file(&file);
        let (mut found, errors) = parsed(&text);
        prop_assert_eq!(errors, Vec::<String>::new(), "{}", text);
        arbitrary::forget_places(&mut found);
        prop_assert_eq!(found, file, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = compile(&text);
    }

    #[test]
    fn any_tokens_are_read_or_refused(words in prop::collection::vec(
        prop::sample::select(vec![
            "definition", "relation", "permission", "caveat", "partial", "use", "self", "nil",
            "with", "and", "expiration", "user", "abc", "{", "}", "(", ")", ":", "=", "|", "+",
            "-", "&", "->", ".", "any", "#", "...", "*", ";", "\n", "//", "/*", "*/", "<", ">",
            ",", "\"", "'", "import", "int", "/",
        ]), 0..60,
    )) {
        let _ = compile(&words.join(" "));
    }

    #[test]
    fn a_broken_schema_is_read_or_refused(
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        if let Err(told) = compile(&mutate(EXAMPLE, &mutations)) {
            prop_assert!(told.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
        }
    }
}
