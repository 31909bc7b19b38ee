use super::*;
use crate::engine::schema::model::{
    AllowedSubject, Arrow, Expr, Layer, Operand, Quantifier, SubjectForm,
};

fn expression<'s>(schema: &'s Schema, owner: &str, name: &str) -> &'s Expr {
    let id = schema
        .member_id(schema.type_id(owner).unwrap(), name)
        .unwrap();
    match &schema.member(id).kind {
        MemberKind::Permission(expr) => expr,
        MemberKind::Relation(_) => panic!("{name} is a relation"),
    }
}

/// The expression with all its parentheses.
fn spelled(schema: &Schema, expr: &Expr) -> String {
    let all = |operands: &[Operand], symbol: &str| {
        let operands: Vec<_> = operands.iter().map(|o| spelled(schema, &o.expr)).collect();
        format!("({})", operands.join(symbol))
    };
    match expr {
        Expr::Nil => "nil".into(),
        Expr::SelfRef => "self".into(),
        Expr::Member(id) => schema.member(*id).name.to_string(),
        Expr::Arrow(Arrow {
            relation,
            quantifier,
            target,
            ..
        }) => {
            format!("{}.{quantifier:?}({target})", schema.member(*relation).name)
        }
        Expr::Union(operands) => all(operands, " + "),
        Expr::Intersection(operands) => all(operands, " & "),
        Expr::Exclusion(left, right) => {
            format!(
                "({} - {})",
                spelled(schema, &left.expr),
                spelled(schema, &right.expr)
            )
        }
    }
}

#[test]
fn plus_binds_tightest_then_and_then_minus() {
    let cases = [
        ("aaa - bbb + ccc", "(aaa - (bbb + ccc))"),
        ("aaa + bbb - ccc", "((aaa + bbb) - ccc)"),
        ("aaa & bbb + ccc", "(aaa & (bbb + ccc))"),
        ("aaa - bbb & ccc + aaa", "(aaa - (bbb & (ccc + aaa)))"),
        ("aaa - bbb - ccc", "((aaa - bbb) - ccc)"),
        ("aaa + bbb + ccc", "(aaa + bbb + ccc)"),
        ("aaa & (bbb - ccc) & aaa", "(aaa & (bbb - ccc) & aaa)"),
        ("((aaa))", "aaa"),
        (
            "nil + self + aaa->xyz + aaa.any(xyz) - aaa.all(xyz)",
            "((nil + self + aaa.Any(xyz) + aaa.Any(xyz)) - aaa.All(xyz))",
        ),
    ];
    for (written, expected) in cases {
        let text = format!(
            "use self\ndefinition user {{}}\ndefinition doc {{\nrelation aaa: user\nrelation bbb: user\n\
             relation ccc: user\npermission view = {written}\n}}"
        );
        let schema = compiled(&text).schema;
        assert_eq!(
            spelled(&schema, expression(&schema, "doc", "view")),
            expected,
            "{written}"
        );
    }
}

#[test]
fn relations_keep_every_form_and_trait() {
    let schema = compiled(
        "use expiration\ncaveat day(x bool) { x }\ndefinition user {}\ndefinition team {\n\
         relation member: user | user:* with day | team#... with expiration | user with day and expiration\n\
         relation viewer: team#view\npermission view = member\n}",
    )
    .schema;
    let (user, team) = (
        schema.type_id("user").unwrap(),
        schema.type_id("team").unwrap(),
    );
    let day = schema.condition_id("day");
    let allowed = |subject_type, form, condition, expiration| AllowedSubject {
        subject_type,
        form,
        condition,
        expiration,
    };
    let member = schema.member(schema.member_id(team, "member").unwrap());
    let MemberKind::Relation(subjects) = &member.kind else {
        panic!("a relation")
    };
    assert_eq!(
        *subjects,
        [
            allowed(user, SubjectForm::Object, None, false),
            allowed(user, SubjectForm::Wildcard, day, false),
            allowed(team, SubjectForm::Object, None, true),
            allowed(user, SubjectForm::Object, day, true),
        ]
    );
    let viewer = schema.member(schema.member_id(team, "viewer").unwrap());
    let MemberKind::Relation(subjects) = &viewer.kind else {
        panic!("a relation")
    };
    let view = schema.member_id(team, "view").unwrap();
    assert_eq!(
        *subjects,
        [allowed(team, SubjectForm::Set(view), None, false)]
    );
}

#[test]
fn an_arrow_knows_its_targets_and_their_common_layer() {
    let schema = compiled(
        "definition user {}\ndefinition module {\n// @layer access\nrelation entry: user\n}\n\
         definition area {\n// @layer access\npermission entry = nil\n}\n\
         definition place {\n// @layer data\nrelation entry: user\n}\n\
         definition doc {\nrelation one: module | area#entry | user | module:*\nrelation two: module | place\n\
         // @layer data\nrelation owner: user\n\
         permission view = (owner) + two->entry + (owner + owner)\n}\n"
            .replace(" | module:*", "")
            .as_str(),
    );
    let schema = schema.schema;
    let Expr::Union(operands) = expression(&schema, "doc", "view") else {
        panic!("a union")
    };
    let layers: Vec<_> = operands.iter().map(|operand| operand.layer).collect();
    assert_eq!(layers, [Some(Layer::Data), None, None]);
    let text = schema.text().replace("two->entry", "one->entry");
    let schema = compiled(&text).schema;
    let Expr::Union(operands) = expression(&schema, "doc", "view") else {
        panic!("a union")
    };
    assert_eq!(operands[1].layer, Some(Layer::Access));
    let Expr::Arrow(arrow) = &operands[1].expr else {
        panic!("an arrow")
    };
    assert_eq!(arrow.quantifier, Quantifier::Any);
    let target = |name: &str| {
        let id = schema.type_id(name).unwrap();
        (id, schema.member_id(id, "entry").unwrap())
    };
    assert_eq!(arrow.targets, [target("module"), target("area")]);
}

#[test]
fn partials_bring_their_members_in_place() {
    let schema = compiled(
        "use partial\ndefinition user {}\npartial inner {\nrelation abc: user\n}\n\
         definition doc {\nrelation first: user\n...outer\npermission last = abc + def\n}\n\
         definition other {\n...outer\n}\npartial outer {\n...inner\npermission def = abc\n}",
    )
    .schema;
    let names = |name: &str| -> Vec<String> {
        let type_def = schema.type_def(schema.type_id(name).unwrap());
        type_def
            .members
            .iter()
            .map(|id| schema.member(*id).name.to_string())
            .collect()
    };
    assert_eq!(names("doc"), ["first", "abc", "def", "last"]);
    assert_eq!(names("other"), ["abc", "def"]);
    let (doc, other) = (
        schema.type_id("doc").unwrap(),
        schema.type_id("other").unwrap(),
    );
    assert_ne!(schema.member_id(doc, "abc"), schema.member_id(other, "abc"));
}

#[test]
fn names_are_found_and_near_ones_suggested() {
    let schema = compiled(
        "caveat business_hours(x bool) { x }\ndefinition crm/customer {\nrelation owner: crm/customer\n}",
    )
    .schema;
    let customer = schema.type_id("crm/customer").unwrap();
    assert_eq!(&*schema.type_def(customer).name, "crm/customer");
    assert_eq!(schema.member_id(customer, "nope"), None);
    assert_eq!(schema.suggest_type("crm/custmer"), Some("crm/customer"));
    assert_eq!(schema.suggest_member(customer, "onwer"), Some("owner"));
    assert_eq!(
        schema.suggest_condition("busines_hours"),
        Some("business_hours")
    );
    assert_eq!(schema.suggest_type("zebra"), None);
}

#[test]
fn an_empty_text_is_an_empty_schema() {
    assert!(compiled("").schema.types().is_empty());
    assert!(compiled("\n// nothing\n;;\n").schema.types().is_empty());
}
