use super::*;
use crate::engine::schema::compile;

const TEXT: &str = "use expiration
caveat hours(now timestamp, hour int) { now.getHours() < hour }
definition user {}
definition team {
  relation member: user | team#member
  permission staff = member
}
definition doc {
  relation owner: user
  relation viewer: user:* | user with hours | user with expiration | team#staff with hours and expiration
  relation both: user | user with hours
  permission view = owner + viewer
}
";

fn validate(text: &str) -> Result<ValidRelationship, RelationshipError> {
    compile(TEXT)
        .unwrap()
        .schema
        .validate(&text.parse().unwrap())
}

fn refused(text: &str) -> String {
    validate(text).unwrap_err().to_string()
}

#[test]
fn allowed_subjects_pass() {
    for text in [
        "doc:1#owner@user:a",
        "doc:1#owner@user:a#...",
        "doc:1#viewer@user:*",
        r#"doc:1#viewer@user:a[hours:{"hour":9}]"#,
        "doc:1#viewer@user:a[expiration:2030-01-01T00:00:00Z]",
        "doc:1#viewer@team:t#staff[hours][expiration:2030-01-01T00:00:00Z]",
        "doc:1#both@user:a",
        "doc:1#both@user:a[hours]",
        "team:t#member@team:t#member",
    ] {
        assert!(validate(text).is_ok(), "{text}");
    }
}

#[test]
fn the_ids_are_those_of_the_schema() {
    let schema = compile(TEXT).unwrap().schema;
    let written = "doc:1#viewer@team:t#staff[hours][expiration:2030-01-01T00:00:00Z]";
    let valid = schema.validate(&written.parse().unwrap()).unwrap();
    let (doc, team) = (
        schema.type_id("doc").unwrap(),
        schema.type_id("team").unwrap(),
    );
    assert_eq!(
        valid,
        ValidRelationship {
            resource_type: doc,
            relation: schema.member_id(doc, "viewer").unwrap(),
            subject_type: team,
            subject_form: SubjectForm::Set(schema.member_id(team, "staff").unwrap()),
            condition: schema.condition_id("hours"),
        }
    );
}

#[test]
fn unknown_names_are_told_with_the_nearest() {
    let cases = [
        (
            "dok:1#owner@user:a",
            "there is no type `dok`: did you mean `doc`?",
        ),
        (
            "doc:1#owner@usr:a",
            "there is no type `usr`: did you mean `user`?",
        ),
        ("zebra:1#owner@user:a", "there is no type `zebra`"),
        (
            "doc:1#onwer@user:a",
            "`doc` has no relation `onwer`: did you mean `owner`?",
        ),
        (
            "doc:1#viewer@team:t#membr",
            "`team` has no relation `membr`: did you mean `member`?",
        ),
        (
            "doc:1#viewer@user:a[hour]",
            "there is no condition `hour`: did you mean `hours`?",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected);
    }
}

#[test]
fn a_permission_cannot_be_written() {
    assert_eq!(
        refused("doc:1#view@user:a"),
        "`view` of `doc` is a permission, which is computed: write one of its relations, `owner`, `viewer`, `both`"
    );
}

#[test]
fn what_is_not_allowed_is_told_with_what_is() {
    let viewer = "it allows `user:*`, `user with hours`, `user with expiration`, `team#staff with hours and expiration`";
    let cases = [
        (
            "doc:1#owner@user:*",
            "relation `owner` of `doc` does not allow `user:*`: it allows `user`".to_owned(),
        ),
        (
            "doc:1#owner@team:t",
            "relation `owner` of `doc` does not allow `team`: it allows `user`".to_owned(),
        ),
        (
            "doc:1#owner@user:a[hours]",
            "relation `owner` of `doc` does not allow `user with hours`: it allows `user`"
                .to_owned(),
        ),
        (
            "doc:1#viewer@user:a",
            format!("relation `viewer` of `doc` does not allow `user`: {viewer}"),
        ),
        (
            "doc:1#viewer@user:*[hours]",
            format!("relation `viewer` of `doc` does not allow `user:* with hours`: {viewer}"),
        ),
        (
            "doc:1#viewer@team:t#member[hours]",
            format!("relation `viewer` of `doc` does not allow `team#member with hours`: {viewer}"),
        ),
        (
            "doc:1#viewer@user:a[hours][expiration:2030-01-01T00:00:00Z]",
            format!(
                "relation `viewer` of `doc` does not allow `user with hours and expiration`: {viewer}"
            ),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected);
    }
}

#[test]
fn a_condition_takes_declared_values_of_their_types() {
    assert_eq!(
        refused(r#"doc:1#viewer@user:a[hours:{"hours":9}]"#),
        "condition `hours` has no parameter `hours`: its parameters are `now`, `hour`"
    );
    assert_eq!(
        refused(r#"doc:1#viewer@user:a[hours:{"hour":"nine"}]"#),
        "parameter `hour` of condition `hours` is \"nine\", expected an `int` (a whole number, or one in a string)"
    );
}

#[test]
fn an_expiry_is_within_the_calendar() {
    let schema = compile(TEXT).unwrap().schema;
    let mut written: Relationship = "doc:1#viewer@user:a".parse().unwrap();
    for (expires_at_us, is_allowed) in [
        (Relationship::MIN_EXPIRY_US, true),
        (Relationship::MAX_EXPIRY_US, true),
        (Relationship::MIN_EXPIRY_US - 1, false),
        (i64::MAX, false),
    ] {
        written.expires_at_us = Some(expires_at_us);
        assert_eq!(
            schema.validate(&written).is_ok(),
            is_allowed,
            "{expires_at_us}"
        );
    }
}
