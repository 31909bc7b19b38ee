use super::*;

#[rustfmt::skip]
const CAVEATS: &[Case] = &[
    ("a parameter at least", "caveat abc() { true }", &["1:12 caveat-without-parameters"]),
    ("a type for each", "caveat abc(x) { x }", &["1:13 unexpected-token"]),
    ("a known type", "caveat abc(x strng) { x == 'a' }", &["1:14 unknown-parameter-type"]),
    ("a list of something", "caveat abc(x list) { x == [] }", &["1:14 unknown-parameter-type"]),
    ("a map of one type", "caveat abc(x map<string, int>) { x == {} }", &["1:14 unknown-parameter-type"]),
    ("no types of a simple type", "caveat abc(x int<int>) { x == 1 }", &["1:14 unknown-parameter-type"]),
    ("used parameters", "caveat abc(x int, y int) { x == 1 }", &["1:19 unused-parameter"]),
    ("no variable is no use", "caveat abc(x int, y list<int>) { y.all(x, x == 1) }", &["1:12 unused-parameter"]),
    ("distinct parameters", "caveat abc(x int, x int) { x == 1 }", &["1:19 duplicate-parameter"]),
    ("parameters that are not types", "caveat abc(int int) { int == 1 }", &["1:12 invalid-name"]),
    ("known variables", "caveat abc(count int) { count == 1 && cuont == 2 }", &["1:39 unknown-variable"]),
    ("known variables on later lines", "caveat abc(x int) {\n  x == 1 &&\n  y.z == 'é' && nope == 1\n}", &["3:3 unknown-variable", "3:17 unknown-variable"]),
    ("known functions", "caveat abc(x string) { x.startWith('a') }", &["1:26 unknown-function"]),
    ("an expression that parses", "caveat abc(x int) {\n  x == \n}", &["3:1 invalid-expression"]),
    ("an expression", "caveat abc(x int) { }", &["1:21 invalid-expression"]),
    ("a bool", "caveat abc(x int) { x + 1 }", &["1:23 type-mismatch"]),
    ("a bool parameter", "caveat abc(x int) { x }", &["1:21 type-mismatch"]),
    ("bools in junctions", "caveat abc(x int) { x == 1 || x }", &["1:31 type-mismatch"]),
    ("comparable values", "caveat abc(x int) { x == 'a' }", &["1:23 type-mismatch"]),
    ("one kind of number to calculate with", "caveat abc(x int) { x + 1.5 > 2.0 }", &["1:23 type-mismatch"]),
    ("values with an order", "caveat abc(x map<int>) { x < x }", &["1:28 type-mismatch"]),
    ("an address for in_cidr", "caveat abc(x string) { x.in_cidr('10.0.0.0/8') }", &["1:26 type-mismatch"]),
    ("a range for in_cidr", "caveat abc(x ipaddress) { x.in_cidr('10.0.0.0') }", &["1:29 type-mismatch"]),
    ("shallow comprehensions", "caveat abc(x list<int>) { x.all(a, x.all(b, x.all(c, a == b && b == c))) }", &["1:47 expression-too-costly"]),
    ("a closed body", "caveat abc(x int) { x == 1", &["1:19 unclosed-body"]),
    ("later definitions are still read", "caveat abc(\ndefinition user {\nrelaton abc: user\n}", &["2:1 reserved-word", "3:1 unexpected-token"]),
];

#[test]
fn caveats_are_held_to_their_rules() {
    check_errors(CAVEATS);
}

#[test]
fn bodies_may_hold_braces_quotes_and_comments() {
    let text = r#"caveat abc(x string, m map<int>) {
  // a comment with } and '
  x == "}" || x == '\'}' || x == r'\' || x == """}"'}""" || x == r"}\" ||
  m == {'a': 1} || x == b'}' + ''
}
definition user {}"#;
    let refused = errors(text);
    assert_eq!(
        refused,
        ["4:30 type-mismatch"],
        "bytes and text are not added"
    );
    assert_eq!(errors(&text.replace(" || x == b'}' + ''", "")), [""; 0]);
}

#[test]
fn every_type_can_be_declared() {
    let text = "caveat abc(a any, b bool, c string, d int, e uint, f double, g bytes, h duration, \
        i timestamp, j ipaddress, k list<int>, l map<any>, m list<map<list<string>>>) {\n\
        a == 1 && b && c == '' && d == 1 && e == 1u && f == 1.0 && g == b'' && \
        h == duration('1s') && i == timestamp('2020-01-01T00:00:00Z') && \
        j.in_cidr('::/0') && k == [1] && l.isSubtreeOf({'a': 1}) && m[0].key[0] == ''\n}";
    assert_eq!(errors(text), [""; 0]);
}
