use super::*;

fn warnings(text: &str) -> Vec<String> {
    places(&compiled(text).warnings)
}

const BASE: &str = "definition user {}
definition team {
  relation member: user
  relation leader: user
  permission people = leader + member
  permission rest = people & leader
}
";

fn doc(body: &str) -> Vec<String> {
    warnings(&format!("{BASE}definition doc {{\n{body}\n}}"))
}

#[test]
fn mixed_operators_are_remarked() {
    let mixed = |expression: &str| {
        doc(&format!(
            "relation aaa: user\nrelation bbb: user\npermission ccc = {expression}"
        ))
    };
    let code = "11:18 mixed-operators-without-parentheses";
    assert_eq!(mixed("aaa - bbb + aaa"), [code]);
    assert_eq!(mixed("aaa + bbb - aaa"), [code]);
    assert_eq!(mixed("aaa & bbb + aaa"), [code]);
    assert_eq!(mixed("aaa - bbb & aaa"), [code]);
    assert_eq!(mixed("aaa - (bbb + aaa)"), [""; 0]);
    assert_eq!(mixed("aaa + bbb + aaa"), [""; 0]);
    let inner = "11:19 mixed-operators-without-parentheses";
    assert_eq!(mixed("(aaa & bbb + aaa) - bbb"), [inner]);
}

#[test]
fn a_permission_that_names_itself_is_remarked() {
    let text = "relation aaa: user\npermission bbb = aaa + (bbb & aaa)";
    assert_eq!(doc(text), ["10:25 permission-references-itself"]);
}

#[test]
fn a_name_that_repeats_its_type_is_remarked() {
    assert_eq!(
        doc("relation parent_doc: user\npermission view_doc = parent_doc\npermission docs = nil"),
        [
            "9:10 relation-name-references-parent",
            "10:12 relation-name-references-parent"
        ]
    );
    let path = "definition crm/user {\nrelation the_user: crm/user\n}";
    assert_eq!(warnings(path), ["2:10 relation-name-references-parent"]);
}

#[test]
fn an_arrow_to_nothing_is_remarked() {
    let text = "relation aaa: user | team\npermission bbb = aaa->peple";
    assert_eq!(doc(text), ["10:18 arrow-references-unreachable-relation"]);
    assert_eq!(
        doc("relation aaa: user | team\npermission bbb = aaa->rest"),
        [""; 0]
    );
}

#[test]
fn an_arrow_over_a_subject_relation_is_remarked() {
    let text = "relation aaa: team#member\npermission bbb = aaa.all(people)";
    assert_eq!(doc(text), ["10:18 arrow-walks-subject-relation"]);
}

#[test]
fn an_arrow_past_a_permission_is_remarked() {
    let text = "relation aaa: team\npermission bbb = aaa->member";
    assert_eq!(doc(text), ["10:18 arrow-references-relation"]);
    // A type's own relations are nobody else's to hide.
    let own = "relation parent: doc\nrelation aaa: user\npermission bbb = aaa\npermission ccc = parent->aaa";
    assert_eq!(doc(own), [""; 0]);
}

#[test]
fn a_statement_without_an_end_is_remarked() {
    let text = "definition user { relation aaa: user }\ndefinition doc { relation bbb: user; }";
    assert_eq!(warnings(text), ["1:38 missing-terminator"]);
}

#[test]
fn a_permission_that_takes_itself_away_is_remarked() {
    let code = |line: usize| format!("{line}:12 permission-excludes-itself");
    let relations = "relation viewer: user\n";
    let alone = doc(&format!("{relations}permission neg = viewer - neg"));
    assert_eq!(alone, [code(10)]);
    let both = "permission aa1 = viewer - bb1\npermission bb1 = viewer - aa1";
    assert_eq!(doc(&format!("{relations}{both}")), [code(10), code(11)]);
    let behind = "permission aa1 = viewer - (bb1 & viewer)\npermission bb1 = viewer + aa1";
    assert_eq!(doc(&format!("{relations}{behind}")), [code(10)]);
    let fine =
        "permission aa1 = viewer - bb1\npermission bb1 = viewer + cc1\npermission cc1 = viewer";
    assert_eq!(doc(&format!("{relations}{fine}")), [""; 0]);
}
