use std::fmt::Write;

use super::*;

#[rustfmt::skip]
const GRAMMAR: &[Case] = &[
    ("a statement opens with its word", "relation a: user", &["1:1 unexpected-token"]),
    ("near words are told", "definitoin user {}", &["1:1 unexpected-token"]),
    ("a definition has a name", "definition {}", &["1:12 unexpected-token"]),
    ("a definition has a body", "definition user", &["1:16 unexpected-token"]),
    ("the brace stands on the same line", "definition user\n{}", &["1:16 unexpected-token"]),
    ("a body is closed", "definition user {\nrelation abc: user\n", &["1:17 unclosed-body"]),
    ("an unclosed body ends before the next definition", "definition user {\nrelation abc: user\ndefinition doc {\nrelaton abc: user\n}", &["1:17 unclosed-body", "4:1 unexpected-token"]),
    ("a relation has a type", "definition user {\nrelation abc\n}", &["2:10 relation-without-type"]),
    ("a relation has a type after the colon", "definition user {\nrelation abc:\n}", &["3:1 unexpected-token"]),
    ("a type follows each bar", "definition user {\nrelation abc: user |\n}", &["3:1 unexpected-token"]),
    ("only `*` follows `:`", "definition user {\nrelation abc: user:x\n}", &["2:20 unexpected-token"]),
    ("a wildcard has no relation", "definition user {\nrelation abc: user:*#abc\n}", &["2:21 unexpected-token"]),
    ("a relation follows `#`", "definition user {\nrelation abc: user#\n}", &["3:1 unexpected-token"]),
    ("a permission has an expression", "definition user {\npermission abc =\n}", &["3:1 unexpected-token"]),
    ("a permission has an equals sign", "definition user {\npermission abc nil\n}", &["2:16 unexpected-token"]),
    ("an operand follows an operator", "definition user {\npermission abc = nil +\n}", &["3:1 unexpected-token"]),
    ("a group is closed", "definition user {\npermission abc = (nil\n}", &["2:22 unexpected-token"]),
    ("statements do not share a line", "definition user {\nrelation abc: user relation def: user\n}", &["2:20 unexpected-token"]),
    ("arrows do not nest", "definition user {\npermission abc = aaa->bbb->ccc\n}", &["2:26 nested-arrows"]),
    ("functions do not nest", "definition user {\npermission abc = aaa.any(bbb).all(ccc)\n}", &["2:30 nested-arrows"]),
    ("an arrow does not start from a group", "definition user {\npermission abc = (aaa + bbb)->ccc\n}", &["2:29 arrow-without-relation"]),
    ("an arrow does not start from nil", "definition user {\npermission abc = nil->ccc\n}", &["2:21 arrow-without-relation"]),
    ("an arrow does not start from self", "use self\ndefinition user {\npermission abc = self->ccc\n}", &["3:22 arrow-without-relation"]),
    ("an arrow's function is any or all", "definition user {\npermission abc = aaa.some(bbb)\n}", &["2:22 unexpected-token"]),
    ("an arrow ends at a name", "definition user {\npermission abc = aaa->(bbb)\n}", &["2:23 unexpected-token"]),
    ("words of the language are no names", "definition user {\nrelation with: user\npermission nil = abc\n}", &["2:10 reserved-word", "3:12 reserved-word"]),
    ("a stray character is told", "definition user { § }", &["1:19 unexpected-character"]),
    ("a comment is closed", "definition user {}\n/* open", &["2:1 unterminated-comment"]),
    ("a quoted text is closed", "import \"a", &["1:1 import-refused", "1:8 unterminated-text"]),
    ("columns count characters", "/* 访问权限 */ definitio user {}", &["1:12 unexpected-token"]),
];

#[test]
fn grammar_is_held() {
    check_errors(GRAMMAR);
}

#[test]
fn a_line_break_ends_a_statement_only_after_a_name_or_a_closing_mark() {
    let good = "definition user {}\ndefinition doc {\n\
        relation abc: user |\n user:*\n\
        permission def = (\n abc +\n abc) -\n nil\n\
        permission ghi = abc; permission jkl = abc;\n\
        permission mno = abc // a comment\n\
        permission pqr = abc /* one\n more */ + abc\n\
        relation\n}";
    assert_eq!(errors(good), ["13:9 unexpected-token"]);
    check_errors(&[
        (
            "inside parentheses too",
            "definition user {\nrelation abc: user\npermission def = (abc\n + abc)\n}",
            &["3:22 unexpected-token"],
        ),
        (
            "before an operator",
            "definition user {\nrelation abc: user\npermission def = abc\n + abc\n}",
            &["4:2 unexpected-token"],
        ),
        (
            "before a bar",
            "definition user {\nrelation abc: user\n | user:*\n}",
            &["3:2 unexpected-token"],
        ),
        (
            "carriage returns count",
            "definition user {\r\nrelation abc: user\r\n}\r\n",
            &[],
        ),
        (
            "before a parameter list's end",
            "caveat abc(aaa bool\n) { aaa }",
            &["1:20 unexpected-token"],
        ),
    ]);
}

#[test]
fn several_errors_are_told_at_once() {
    let text = "definition user {\n relation a b\n permission ccc = )\n}\n\
        caveat ddd(x) { true }\ndefinition eee {\n relation fff\n}\nwhat\n";
    assert_eq!(
        errors(text),
        [
            "2:11 invalid-name",
            "2:11 relation-without-type",
            "3:19 unexpected-token",
            "5:13 unexpected-token",
            "7:11 relation-without-type",
            "9:1 unexpected-token",
        ]
    );
}

#[rustfmt::skip]
const FEATURES: &[Case] = &[
    ("an unknown feature", "use expirations", &["1:5 unknown-flag"]),
    ("repeats are allowed", "use self\nuse self\nuse import", &[]),
    ("before every definition", "definition user {}\nuse self", &["2:1 misplaced-use"]),
    ("a partial", "partial abc {}", &["1:1 flag-needed"]),
    ("a splice", "definition user {\n...abc\n}", &["2:1 flag-needed"]),
    ("self", "definition user {\npermission abc = self\n}", &["2:18 unknown-relation"]),
    ("expiration", "definition user {\nrelation abc: user with expiration\n}", &["2:25 unknown-caveat"]),
    ("expiration after a caveat", "definition user {\nrelation abc: user with day and expiration\n}", &["2:29 flag-needed"]),
    ("the caveat stands first", "use expiration\ndefinition user {\nrelation abc: user with expiration and day\n}", &["3:36 unexpected-token"]),
    ("a flag's word is reserved with it", "use expiration\ndefinition user {\nrelation expiration: user\n}", &["3:10 reserved-word"]),
    ("a flag's word is free without it", "definition user {\nrelation expiration: user\nrelation self: user\npermission partial = self + expiration\n}", &[]),
    ("import is refused", "use import\nimport \"other.zed\"\ndefinition user {}", &["2:1 import-refused"]),
];

#[test]
fn features_are_switched_on_before_use() {
    check_errors(FEATURES);
}

#[rustfmt::skip]
const NAMES: &[Case] = &[
    ("a type", "definition ab {}", &["1:12 invalid-name"]),
    ("a path", "definition abc/de {}\ndefinition abc/def {}", &["1:12 invalid-name"]),
    ("a relation", "definition user {\nrelation Abc: user\n}", &["2:10 invalid-name"]),
    ("a permission", "definition user {\npermission abc_ = nil\n}", &["2:12 invalid-name"]),
    ("a caveat", "caveat a(b bool) { b }", &["1:8 invalid-name"]),
    ("a partial", "use partial\npartial x {}", &["2:9 invalid-name"]),
];

#[test]
fn names_follow_their_rules() {
    check_errors(NAMES);
}

#[rustfmt::skip]
const UNIQUE_NAMES: &[Case] = &[
    ("definitions", "definition user {}\ndefinition user {}", &["2:12 duplicate-name"]),
    ("caveats", "caveat abc(x bool) { x }\ncaveat abc(x bool) { x }", &["2:8 duplicate-name"]),
    ("across kinds", "use partial\ndefinition abc {}\npartial abc {}\ncaveat abc(x bool) { x }", &["3:9 duplicate-name", "4:8 duplicate-name"]),
    ("within a definition", "definition user {\nrelation abc: user\npermission abc = nil\n}", &["3:12 duplicate-member"]),
];

#[test]
fn names_are_used_once() {
    check_errors(UNIQUE_NAMES);
}

#[rustfmt::skip]
const RELATIONS: &[Case] = &[
    ("a type", "definition doc {\nrelation abc: user\n}", &["2:15 unknown-type"]),
    ("a subject relation", "definition user {\nrelation abc: user#def\n}", &["2:20 unknown-relation"]),
    ("a caveat", "definition user {\nrelation abc: user with def\n}", &["2:25 unknown-caveat"]),
    ("type and caveat at once", "definition doc {\nrelation abc: user with def\n}", &["2:15 unknown-type", "2:25 unknown-caveat"]),
];

#[test]
fn relations_name_what_exists() {
    check_errors(RELATIONS);
}

#[test]
fn allowed_types_do_not_repeat() {
    let repeats = |types: &str| {
        errors(&format!(
            "use expiration\ncaveat day(x bool) {{ x }}\ndefinition user {{\nrelation abc: {types}\n}}"
        ))
    };
    assert_eq!(repeats("user | user"), ["4:22 duplicate-allowed-type"]);
    assert_eq!(repeats("user | user#..."), ["4:22 duplicate-allowed-type"]);
    assert_eq!(repeats("user:* | user:*"), ["4:24 duplicate-allowed-type"]);
    assert_eq!(
        repeats("user#abc | user#abc"),
        ["4:26 duplicate-allowed-type"]
    );
    assert_eq!(
        repeats("user with day | user with day"),
        ["4:31 duplicate-allowed-type"]
    );
    let distinct = "user | user:* | user with day | user with expiration | \
        user with day and expiration | user:* with day";
    assert_eq!(repeats(distinct), [""; 0]);
}

#[test]
fn permissions_name_what_exists() {
    let text = |expression: &str| {
        format!(
            "definition user {{}}\ndefinition doc {{\nrelation owner: user\n\
             permission view = owner\npermission edit = {expression}\n}}"
        )
    };
    assert_eq!(errors(&text("owner + ownr")), ["5:27 unknown-relation"]);
    assert_eq!(
        errors(&text("onwer & vieww - nope")),
        [
            "5:19 unknown-relation",
            "5:27 unknown-relation",
            "5:35 unknown-relation"
        ]
    );
    assert_eq!(errors(&text("nope->xyz")), ["5:19 unknown-relation"]);
    assert_eq!(errors(&text("view->xyz")), ["5:19 arrow-over-permission"]);
    assert_eq!(
        errors(&text("view.all(xyz)")),
        ["5:19 arrow-over-permission"]
    );
}

#[test]
fn wildcards_are_not_reached_through_others() {
    let group = "definition user {}\ndefinition group {\nrelation member: user:*\nrelation inner: group#member\npermission people = member\n}\n";
    let doc = |body: &str| errors(&format!("{group}definition doc {{\n{body}\n}}"));
    let in_group = "4:17 transitive-wildcard";
    assert_eq!(doc("relation viewer: user:*"), [in_group]);
    assert_eq!(
        doc("relation viewer: group#member"),
        [in_group, "8:18 transitive-wildcard"]
    );
    assert_eq!(
        doc("relation viewer: user | group#inner"),
        [in_group, "8:25 transitive-wildcard"]
    );
    // Only relations are looked at.
    assert_eq!(doc("relation viewer: group#people"), [in_group]);
    let arrow = "relation viewer: user:* | group\npermission view = viewer->member";
    assert_eq!(doc(arrow), [in_group, "9:19 wildcard-in-arrow"]);
    let all = "relation viewer: user:* | group\npermission view = viewer.all(member)";
    assert_eq!(doc(all), [in_group, "9:19 wildcard-in-arrow"]);
}

#[rustfmt::skip]
const PARTIALS: &[Case] = &[
    ("an unknown one", "use partial\ndefinition user {\n...shred\n}\npartial shared {}", &["3:4 unknown-partial"]),
    ("itself", "use partial\npartial abc {\n...abc\n}", &["3:4 partial-cycle"]),
    ("each other", "use partial\npartial abc {\n...def\n}\npartial def {\n...abc\n}", &["6:4 partial-cycle"]),
    ("a name twice", "use partial\npartial abc {\nrelation one: user\n}\ndefinition user {\nrelation one: user\n...abc\n}", &["7:4 duplicate-member"]),
    ("the same one twice", "use partial\npartial abc {\nrelation one: user\n}\ndefinition user {\n...abc\n...abc\n}", &["7:4 duplicate-member"]),
    ("its errors are told once", "use partial\npartial abc {\nrelation one: usr\n}\ndefinition user {\n...abc\n}\ndefinition doc {\n...abc\n}", &["3:15 unknown-type"]),
];

#[test]
fn partials_are_taken_in() {
    check_errors(PARTIALS);
}

#[test]
fn annotations_are_checked_under_typechecking() {
    let text = |flag: &str, annotation: &str| {
        format!(
            "{flag}\ndefinition user {{}}\ndefinition team {{\nrelation member: user\n}}\n\
             definition doc {{\nrelation owner: user\nrelation team: team#member | team\nrelation bot: doc\n\
             permission view: {annotation} = owner + team->member - bot\n}}"
        )
    };
    assert_eq!(errors(&text("use typechecking", "user | doc")), [""; 0]);
    assert_eq!(
        errors(&text("use typechecking", "user")),
        ["10:12 annotation-mismatch"]
    );
    assert_eq!(
        errors(&text("use typechecking", "user | doc | nope")),
        ["10:31 unknown-type"]
    );
    assert_eq!(errors(&text("", "nope")), [""; 0]);
    let wide = compiled(&text("use typechecking", "user | doc | team")).warnings;
    let annotation = wide
        .iter()
        .find(|w| w.code == "annotation-unreachable")
        .unwrap();
    assert_eq!((annotation.line, annotation.column), (10, 31));
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = format!(
        "definition user {{\npermission abc = {}nil{}\n}}",
        "(".repeat(65),
        ")".repeat(65)
    );
    assert_eq!(errors(&deep), ["2:82 expression-too-deep"]);
    let long = format!(
        "definition user {{\npermission abc = nil{}\n}}",
        " - nil".repeat(64)
    );
    assert_eq!(errors(&long), ["2:18 expression-too-deep"]);
    let wide = format!(
        "definition user {{\npermission abc = nil{}\n}}",
        " + nil".repeat(5000)
    );
    assert_eq!(errors(&wide), [""; 0]);
    let types = format!(
        "caveat abc(x {}int{}) {{ x == x }}",
        "list<".repeat(65),
        ">".repeat(65)
    );
    assert_eq!(errors(&types), ["1:339 type-too-deep"]);
    let huge = " ".repeat(MAX_SCHEMA_BYTES + 1);
    assert_eq!(errors(&huge), ["1:1 schema-too-large"]);
}

#[test]
fn partials_cannot_multiply_without_bound() {
    let mut text = "use partial\ndefinition user {}\npartial all {\n".to_owned();
    for n in 0..5000 {
        writeln!(text, "relation rel{n}x: user").unwrap();
    }
    text += "}\n";
    for n in 0..14 {
        writeln!(text, "definition def{n}x {{...all;}}").unwrap();
    }
    assert_eq!(errors(&text), ["5018:12 schema-too-large"]);
    for n in 14..100 {
        writeln!(text, "definition def{n}x {{...all;}}").unwrap();
    }
    assert_eq!(
        errors(&text).last().map(String::as_str),
        Some("5104:23 schema-too-large")
    );
}

#[test]
fn a_hundred_errors_are_told() {
    let text = "caveat x\n".repeat(50_000);
    assert_eq!(errors(&text).len(), 100);
    let text = format!(
        "definition user {{\n{}}}",
        "permission abc = nope\n".repeat(40_000)
    );
    assert_eq!(errors(&text).len(), 100);
}
