use super::*;
use crate::engine::schema::model::Layer;

const TEXT: &str = "/** A person. */
definition user {}

// Not about teams.

/* A team.
 * Nested at will. */
definition team {
  relation member: user // trailing
  // one
  // two
  relation leader: user
}
/**
 * What is sold to.
 */
definition customer {
  /**
   * @layer data
   * Who sells.
   * @grant view
   * @ask the sales manager
   */
  relation owner: user
  /// @layer restriction
  relation blocked: user
  permission view = owner - blocked
}
";

fn member<'s>(schema: &'s Schema, owner: &str, name: &str) -> &'s Member {
    schema.member(
        schema
            .member_id(schema.type_id(owner).unwrap(), name)
            .unwrap(),
    )
}

#[test]
fn the_comment_directly_above_is_kept() {
    let schema = compiled(TEXT).schema;
    let docs: Vec<&str> = schema.types().iter().map(|t| &*t.doc).collect();
    assert_eq!(
        docs,
        ["A person.", "A team.\nNested at will.", "What is sold to."]
    );
    assert_eq!(&*member(&schema, "team", "member").doc, "");
    assert_eq!(&*member(&schema, "team", "leader").doc, "one\ntwo");
    assert_eq!(&*member(&schema, "customer", "owner").doc, "Who sells.");
}

#[test]
fn tags_are_read() {
    let schema = compiled(TEXT).schema;
    let owner = member(&schema, "customer", "owner");
    assert_eq!(owner.layer, Some(Layer::Data));
    assert_eq!(owner.ask.as_deref(), Some("the sales manager"));
    assert_eq!(owner.grant, schema.member_id(owner.owner, "view"));
    assert_eq!(
        member(&schema, "customer", "blocked").layer,
        Some(Layer::Restriction)
    );
    assert_eq!(member(&schema, "customer", "view").layer, None);
}

#[test]
fn tags_are_held_to_their_rules() {
    check_errors(&[
        (
            "a known layer",
            "definition user {\n// @layer dta\nrelation abc: user\n}",
            &["2:11 unknown-layer"],
        ),
        (
            "a permission to grant",
            "definition user {\n/** @grant veiw */\nrelation abc: user\npermission view = abc\n}",
            &["2:12 unknown-relation"],
        ),
        (
            "grants on relations only",
            "definition user {\nrelation abc: user\n// @grant abc\npermission view = abc\n}",
            &["3:4 misplaced-doc-tag"],
        ),
        (
            "nothing on definitions",
            "// @layer data\ndefinition user {}",
            &["1:4 misplaced-doc-tag"],
        ),
        (
            "nothing on caveats",
            "// @ask me\ncaveat abc(x bool) { x }",
            &["1:4 misplaced-doc-tag"],
        ),
        (
            "each once",
            "definition user {\n// @ask me\n// @ask you\nrelation abc: user\n}",
            &["3:4 duplicate-doc-tag"],
        ),
        (
            "with a value",
            "definition user {\n// @ask\nrelation abc: user\n}",
            &["2:4 empty-doc-tag"],
        ),
    ]);
    let near = "definition user {\n// @layr data\n// @deprecated\nrelation abc: user\n}";
    assert_eq!(places(&compiled(near).warnings), ["2:4 unknown-doc-tag"]);
}
