use super::*;
use crate::engine::relationship::Relationship;
use crate::engine::schema::compile;
use std::sync::Arc;

const CRM: &str = "
    use expiration
    caveat on_day(day string) { day == 'monday' }
    definition user {}
    definition team { relation member: user | team#member; }
    definition department {
        relation parent: department | department with on_day
        relation manager: user
        relation member: user
        permission staff = member + manager
        permission above = manager + parent->above
    }
    definition module {
        relation entry: user
        relation reads_department: user
    }
    definition customer {
        relation module: module
        relation owner: user
        relation department: department | department with on_day
        relation viewer: user | user:* | team#member | user with on_day | user with expiration
        relation restricted: user | user with on_day | team#member
        relation parent: customer
        permission reach = owner + viewer + (department->staff & module->reads_department) + department->above
        permission view = (module->entry & reach) - restricted
        permission everywhere = department.all(above)
        permission inherited = owner + parent->inherited
    }
    definition contact {
        relation customer: customer
        relation owner: user
        permission view = owner + customer->view
    }";

fn subject(text: &str) -> SubjectRef {
    SubjectRef::parse(text).unwrap()
}

fn listed(object_type: &str, relation: &str, fixed: Option<&str>) -> ContextualRelation {
    ContextualRelation {
        resource_type: object_type.into(),
        relation: relation.into(),
        fixed: fixed.map(|text| vec![subject(text)]),
    }
}

/// What the rows of the CRM know.
fn rows() -> Vec<ContextualRelation> {
    vec![
        listed("customer", "module", Some("module:customers")),
        listed("customer", "owner", None),
        listed("customer", "department", None),
        listed("contact", "customer", None),
        listed("contact", "owner", None),
    ]
}

fn ask(
    stored: &str,
    resource_type: &str,
    permission: &str,
    contextual: &[ContextualRelation],
) -> Result<Predicate, FilterError> {
    ask_given("{}", stored, resource_type, permission, contextual)
}

fn ask_given(
    context: &str,
    stored: &str,
    resource_type: &str,
    permission: &str,
    contextual: &[ContextualRelation],
) -> Result<Predicate, FilterError> {
    let facts = stored
        .split_whitespace()
        .map(|text| text.parse::<Relationship>().unwrap());
    let schema = Arc::new(compile(CRM).unwrap().schema);
    let snapshot = Snapshot::build(schema, 1, facts).unwrap();
    let question = FilterQuestion {
        subject: "user:alice",
        permission,
        resource_type,
        contextual,
        context: &serde_json::from_str(context).unwrap(),
    };
    filter(&snapshot, &question, 0, &Budget::default())
}

fn selects(stored: &str, resource_type: &str, permission: &str) -> Predicate {
    ask(stored, resource_type, permission, &rows()).unwrap()
}

fn ids(ids: &[&str]) -> Predicate {
    Predicate::ids(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn is_in(relation: &str, subjects: &[&str]) -> Predicate {
    Predicate::is_in(
        relation,
        subjects.iter().map(|text| subject(text)).collect(),
    )
}

const ENTRY: &str = "module:customers#entry@user:alice ";

#[test]
fn without_access_nothing_is_selected() {
    assert_eq!(
        selects("customer:1#viewer@user:alice", "customer", "view"),
        Predicate::None
    );
}

#[test]
fn own_records_and_shares_are_selected() {
    let stored = format!(
        "{ENTRY} customer:2#viewer@user:alice customer:1#viewer@team:a#member \
         team:a#member@team:b#member team:b#member@user:alice customer:3#viewer@user:bob"
    );
    let expected = Predicate::any(vec![ids(&["1", "2"]), is_in("owner", &["user:alice"])]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn stored_grant_on_a_contextual_relation_counts_too() {
    let stored = format!("{ENTRY} customer:7#owner@user:alice");
    let expected = Predicate::any(vec![ids(&["7"]), is_in("owner", &["user:alice"])]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn restrictions_and_wildcards_are_lists_of_ids() {
    let stored = format!(
        "{ENTRY} customer:1#viewer@user:* customer:2#viewer@user:alice \
         customer:2#restricted@team:a#member team:a#member@user:alice"
    );
    let owner = is_in("owner", &["user:alice"]);
    let expected = Predicate::all(vec![
        Predicate::any(vec![ids(&["1", "2"]), owner]),
        ids(&["2"]).negated(),
    ]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn conditional_grant_selects_nothing_and_conditional_restriction_takes_away() {
    let stored = format!(
        "{ENTRY} customer:1#viewer@user:alice[on_day] customer:2#restricted@user:alice[on_day]"
    );
    let expected = Predicate::all(vec![is_in("owner", &["user:alice"]), ids(&["2"]).negated()]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn expired_grant_selects_nothing() {
    let stored = format!(
        "{ENTRY} customer:1#viewer@user:alice[expiration:1970-01-01T00:00:00Z] \
         customer:2#viewer@user:alice[expiration:1970-01-01T00:00:01Z]"
    );
    let expected = Predicate::any(vec![ids(&["2"]), is_in("owner", &["user:alice"])]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn climbed_tree_is_named_by_its_roots() {
    let stored = format!(
        "{ENTRY} department:north#manager@user:alice department:a#parent@department:north \
         department:b#parent@department:a department:south#member@user:alice"
    );
    let objects = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let under = Predicate::Under {
        relation: "department".into(),
        roots: objects(&["department:north"]),
        through: "parent".into(),
        members: objects(&["department:a", "department:b", "department:north"]),
    };
    let expected = Predicate::any(vec![under, is_in("owner", &["user:alice"])]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn tree_with_a_branch_cut_off_by_a_condition_is_a_list() {
    let stored = format!(
        "{ENTRY} department:north#manager@user:alice department:a#parent@department:north \
         department:b#parent@department:north[on_day]"
    );
    let expected = Predicate::any(vec![
        is_in("department", &["department:a", "department:north"]),
        is_in("owner", &["user:alice"]),
    ]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn circle_of_departments_has_a_root() {
    let stored = format!(
        "{ENTRY} department:a#manager@user:alice department:a#parent@department:b \
         department:b#parent@department:a"
    );
    let Predicate::Or(parts) = selects(&stored, "customer", "view") else {
        panic!()
    };
    let under = parts.iter().find_map(|part| match part {
        Predicate::Under { roots, members, .. } => Some((roots.len(), members.len())),
        _ => None,
    });
    assert_eq!(under, Some((1, 2)));
}

#[test]
fn own_department_needs_the_depth() {
    let stored = format!("{ENTRY} department:south#member@user:alice");
    assert_eq!(
        selects(&stored, "customer", "view"),
        is_in("owner", &["user:alice"])
    );
    let stored = format!("{stored} module:customers#reads_department@user:alice");
    let expected = Predicate::any(vec![
        is_in("department", &["department:south"]),
        is_in("owner", &["user:alice"]),
    ]);
    assert_eq!(selects(&stored, "customer", "view"), expected);
}

#[test]
fn records_of_another_type_are_reached_by_a_semi_join() {
    let stored = format!("{ENTRY} customer:2#viewer@user:alice");
    let customers = selects(&stored, "customer", "view");
    let expected = Predicate::any(vec![
        is_in("owner", &["user:alice"]),
        Predicate::via("customer", "customer", customers),
    ]);
    assert_eq!(selects(&stored, "contact", "view"), expected);
}

#[test]
fn row_replaces_a_conditional_grant_in_an_all_arrow() {
    let stored = "department:a#manager@user:alice customer:1#department@department:a[on_day]";
    let filter = selects(stored, "customer", "everywhere");
    let row = |held: &'static [&'static str]| Row { id: "1", held };
    assert!(filter.matches(&row(&["department:a"])));
    assert!(!filter.matches(&row(&[])));
    assert!(!filter.matches(&row(&["department:b"])));
    assert!(!filter.matches(&row(&["department:a", "department:b"])));
    assert!(!filter.matches(&Row { id: "2", held: &[] }));
}

struct Row {
    id: &'static str,
    held: &'static [&'static str],
}

impl RowFacts for Row {
    fn id(&self) -> &str {
        self.id
    }

    fn subjects(&self, relation: &str) -> Vec<SubjectRef> {
        let held = if relation == "department" {
            self.held
        } else {
            &[]
        };
        held.iter().map(|text| subject(text)).collect()
    }

    fn related(&self, _: &crate::engine::reference::ObjectRef) -> Option<Box<dyn RowFacts + '_>> {
        None
    }
}

#[test]
fn rule_that_climbs_over_rows_is_refused() {
    let mut rows = rows();
    rows.push(listed("customer", "parent", None));
    let refused = ask("", "customer", "inherited", &rows).unwrap_err();
    assert!(
        matches!(refused, FilterError::Recursive { .. }),
        "{refused}"
    );
}

#[test]
fn stored_way_to_other_rows_is_refused_once_it_is_used() {
    let stored = "customer:1#parent@customer:2";
    assert_eq!(
        selects("", "customer", "inherited"),
        is_in("owner", &["user:alice"])
    );
    let refused = ask(stored, "customer", "inherited", &rows()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`customer#parent` leads to `customer#inherited`, which depends on rows that are not the \
         record's own: list the relation as contextual and varying, or check records one by one"
    );
}

#[test]
fn contextual_relations_are_held_to_the_schema() {
    for (wrong, expected) in [
        (listed("customer", "view", None), "permission"),
        (listed("customer", "ownr", None), "did you mean `owner`"),
        (
            listed("customer", "owner", Some("team:a#member")),
            "fixed subject `team:a#member`",
        ),
        (listed("customr", "owner", None), "did you mean `customer`"),
    ] {
        let refused = ask("", "customer", "view", &[wrong])
            .unwrap_err()
            .to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let twice = [
        listed("customer", "owner", None),
        listed("customer", "owner", None),
    ];
    let refused = ask("", "customer", "view", &twice).unwrap_err();
    assert!(matches!(refused, FilterError::ListedTwice { .. }));
}

#[test]
fn a_failed_condition_is_an_error_where_it_leaves_a_record_open() {
    let wrong = r#"{"day": 7}"#;
    let stored = "customer:1#viewer@user:alice[on_day] customer:1#restricted@user:alice";
    let refused = ask_given(wrong, stored, "customer", "reach", &rows());
    assert!(
        matches!(refused, Err(FilterError::Check(CheckError::Condition(_)))),
        "{refused:?}"
    );
    // Without access no record is open, whatever the conditions say.
    let found = ask_given(wrong, stored, "customer", "view", &rows());
    assert_eq!(found, Ok(Predicate::None));
}
