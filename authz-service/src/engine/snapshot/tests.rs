use super::*;
use crate::engine::schema::compile;

const SCHEMA: &str = "
    use expiration
    caveat on_day(day string) { day == 'monday' }
    definition user {}
    definition group { relation member: user | user:* | user with expiration | user with on_day and expiration; }
    definition doc { relation viewer: user; }";

fn schema() -> Arc<Schema> {
    Arc::new(compile(SCHEMA).unwrap().schema)
}

fn fact(text: &str) -> Relationship {
    text.parse().unwrap()
}

fn delete(text: &str) -> Change {
    let Relationship {
        resource,
        relation,
        subject,
        ..
    } = fact(text);
    Change::Delete {
        resource,
        relation,
        subject,
    }
}

fn listed(snapshot: &Snapshot) -> Vec<String> {
    let mut all: Vec<_> = snapshot
        .relationships()
        .map(|found| found.to_string())
        .collect();
    all.sort();
    all
}

#[test]
fn relationships_come_back_as_they_were_written() {
    let texts = [
        "group:a#member@user:*",
        "group:a#member@user:alice[expiration:2030-01-01T00:00:00Z]",
        "group:b#member@user:alice[on_day:{\"day\":\"monday\"}][expiration:2030-01-01T00:00:00Z]",
    ];
    let facts: Vec<_> = texts.iter().map(|text| fact(text)).collect();
    let snapshot = Snapshot::build(schema(), 7, facts.clone().into_iter()).unwrap();
    assert_eq!(snapshot.revision(), 7);
    assert_eq!(listed(&snapshot), texts);
    for fact in &facts {
        let found = snapshot.find(&fact.resource, &fact.relation, &fact.subject);
        assert_eq!(found.as_ref(), Some(fact));
    }
    assert_eq!(snapshot.count("group", "member"), 3);
    assert_eq!(snapshot.count("doc", "viewer"), 0);
    assert_eq!(snapshot.count("doc", "no_such"), 0);
}

#[test]
fn earlier_snapshots_do_not_see_later_changes() {
    let first =
        Snapshot::build(schema(), 1, [fact("doc:1#viewer@user:alice")].into_iter()).unwrap();
    let changes = [
        delete("doc:1#viewer@user:alice"),
        Change::Write(fact("doc:2#viewer@user:bob")),
        delete("doc:3#viewer@user:nobody"),
    ];
    let second = first.apply(2, &changes).unwrap();
    assert_eq!(listed(&first), ["doc:1#viewer@user:alice"]);
    assert_eq!(listed(&second), ["doc:2#viewer@user:bob"]);
    assert_eq!((second.revision(), second.relationship_count()), (2, 1));
    let merged = second.merged().unwrap();
    assert_eq!(listed(&merged), listed(&second));
    assert_eq!(merged.revision(), 2);
}

#[test]
fn writing_again_replaces_condition_and_expiry() {
    let stored = [fact(
        "group:a#member@user:alice[expiration:2030-01-01T00:00:00Z]",
    )];
    let snapshot = Snapshot::build(schema(), 1, stored.into_iter()).unwrap();
    let plain = fact("group:a#member@user:alice");
    let snapshot = snapshot.apply(2, &[Change::Write(plain)]).unwrap();
    assert_eq!(listed(&snapshot), ["group:a#member@user:alice"]);
    assert_eq!(
        listed(&snapshot.merged().unwrap()),
        ["group:a#member@user:alice"]
    );
    assert_eq!(snapshot.relationship_count(), 1);
}

#[test]
fn of_duplicates_the_last_counts() {
    let facts = [
        "group:a#member@user:b[expiration:2030-01-01T00:00:00Z]",
        "group:a#member@user:b",
    ];
    let snapshot = Snapshot::build(schema(), 1, facts.map(fact).into_iter()).unwrap();
    assert_eq!(listed(&snapshot), ["group:a#member@user:b"]);
}

#[test]
fn what_the_schema_has_no_place_for_is_refused_whole() {
    let snapshot = Snapshot::empty(schema(), 1);
    for (text, expected) in [
        ("team:a#member@user:b", "the schema has no type `team`"),
        (
            "group:a#leader@user:b",
            "type `group` has no relation `leader`",
        ),
        (
            "doc:a#viewer@user:*",
            "relation `doc#viewer` does not take subjects like `user:*`",
        ),
        (
            "group:a#member@user:b[at_noon]",
            "the schema has no condition `at_noon`",
        ),
    ] {
        let changes = [
            Change::Write(fact("doc:1#viewer@user:alice")),
            Change::Write(fact(text)),
        ];
        assert_eq!(
            snapshot.apply(2, &changes).unwrap_err().to_string(),
            expected
        );
        assert_eq!(snapshot.relationship_count(), 0);
    }
}

#[test]
fn another_schema_keeps_relationships_or_refuses_them() {
    let stored = [fact("doc:1#viewer@user:alice")];
    let snapshot = Snapshot::build(schema(), 3, stored.into_iter()).unwrap();
    let wider =
        "definition doc { relation editor: user; relation viewer: user; }\ndefinition user {}";
    let wider = snapshot
        .with_schema(Arc::new(compile(wider).unwrap().schema))
        .unwrap();
    assert_eq!(listed(&wider), listed(&snapshot));
    assert_eq!(wider.revision(), 3);
    let narrower = "definition user {}\ndefinition doc { relation editor: user; }";
    let narrower = snapshot.with_schema(Arc::new(compile(narrower).unwrap().schema));
    assert!(matches!(
        narrower,
        Err(SnapshotError::UnknownRelation { .. })
    ));
}

#[test]
fn merging_forgets_names_that_nothing_uses_any_more() {
    let mut snapshot = Snapshot::empty(schema(), 1);
    for n in 0..10_000 {
        let text = format!("doc:d{n}#viewer@user:u{n}");
        let changes = [Change::Write(fact(&text)), delete(&text)];
        snapshot = snapshot.apply(n + 2, &changes).unwrap();
    }
    assert!(snapshot.needs_merge());
    let merged = snapshot.merged().unwrap();
    assert!(!merged.needs_merge());
    assert!(merged.names.iter().all(|names| names.len() == 0));
}

#[test]
fn changes_after_a_merge_began_are_applied_to_its_result() {
    let old = Snapshot::build(schema(), 1, [fact("doc:1#viewer@user:alice")].into_iter()).unwrap();
    let old = old
        .apply(2, &[Change::Write(fact("doc:2#viewer@user:bob"))])
        .unwrap();
    let meanwhile = [
        delete("doc:2#viewer@user:bob"),
        Change::Write(fact("doc:3#viewer@user:eve")),
    ];
    let current = old.apply(3, &meanwhile).unwrap();
    let caught_up = old.merged().unwrap().apply(3, &meanwhile).unwrap();
    assert_eq!(listed(&caught_up), listed(&current));
    assert_eq!(caught_up.revision(), current.revision());
}
