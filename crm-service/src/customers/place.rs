//! Whose record a customer is: what its row says, and what authz-service is told of it.

use menshen_proto::authz::v1::{ContextualRelation, Relationship};

/// The module that customers and all that belongs to them are in.
pub(crate) const MODULE: &str = "module:customers";

/// Owner, department and teams of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// A user's id. `None`: in the public pool.
    pub(crate) owner: Option<String>,
    /// A department's id.
    pub(crate) department: Option<String>,
    /// Ids of the teams that work on it.
    pub(crate) teams: Vec<String>,
}

/// `resource#relation@subject`.
pub(crate) fn fact(resource: &str, relation: &str, subject: String) -> Relationship {
    Relationship {
        resource: resource.to_owned(),
        relation: relation.to_owned(),
        subject,
        ..Relationship::default()
    }
}

/// What is true of every customer, existing or not.
pub(crate) fn standing(id: &str) -> Vec<Relationship> {
    vec![fact(&format!("customer:{id}"), "module", MODULE.to_owned())]
}

/// The relations that customer rows hold.
pub(crate) fn relations() -> Vec<ContextualRelation> {
    let own = |relation: &str| relation_of("customer", relation, &[]);
    vec![
        relation_of("customer", "module", &[MODULE]),
        own("owner"),
        own("department"),
        own("team"),
    ]
}

/// The relations that rows of something that belongs to a customer hold, and those they lead to.
pub(crate) fn relations_below(resource_type: &str) -> Vec<ContextualRelation> {
    let mut relations = relations();
    relations.push(relation_of(resource_type, "module", &[MODULE]));
    relations.push(relation_of(resource_type, "customer", &[]));
    relations
}

fn relation_of(resource_type: &str, relation: &str, fixed_subjects: &[&str]) -> ContextualRelation {
    ContextualRelation {
        resource_type: resource_type.to_owned(),
        relation: relation.to_owned(),
        fixed_subjects: fixed_subjects.iter().map(ToString::to_string).collect(),
    }
}

impl Place {
    /// The facts of the customer with this id.
    pub(crate) fn facts(&self, id: &str) -> Vec<Relationship> {
        let resource = format!("customer:{id}");
        let mut facts = standing(id);
        facts.extend(
            self.owner
                .iter()
                .map(|owner| fact(&resource, "owner", format!("user:{owner}"))),
        );
        let department = self.department.iter();
        facts
            .extend(department.map(|id| fact(&resource, "department", format!("department:{id}"))));
        facts.extend(
            self.teams
                .iter()
                .map(|team| fact(&resource, "team", format!("team:{team}"))),
        );
        facts
    }

    /// The place that facts tell of: what was decided is what is written.
    pub(crate) fn of(facts: &[Relationship], id: &str) -> Self {
        let resource = format!("customer:{id}");
        let held = |relation: &str, subject_type: &str| -> Vec<String> {
            facts
                .iter()
                .filter(|fact| fact.resource == resource && fact.relation == relation)
                .filter_map(|fact| fact.subject.strip_prefix(subject_type)?.strip_prefix(':'))
                .map(str::to_owned)
                .collect()
        };
        Self {
            owner: held("owner", "user").pop(),
            department: held("department", "department").pop(),
            teams: held("team", "team"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            owner: Some("u05".into()),
            department: Some("D111".into()),
            teams: vec!["T-Alpha".into(), "T-Beta".into()],
        }
    }

    fn shown(facts: &[Relationship]) -> Vec<String> {
        facts
            .iter()
            .map(|f| format!("{}#{}@{}", f.resource, f.relation, f.subject))
            .collect()
    }

    #[test]
    fn a_place_tells_owner_department_and_teams() {
        assert_eq!(
            shown(&place().facts("A-1")),
            [
                "customer:A-1#module@module:customers",
                "customer:A-1#owner@user:u05",
                "customer:A-1#department@department:D111",
                "customer:A-1#team@team:T-Alpha",
                "customer:A-1#team@team:T-Beta",
            ]
        );
    }

    #[test]
    fn a_place_survives_being_told() {
        for place in [place(), Place::default()] {
            assert_eq!(Place::of(&place.facts("A-1"), "A-1"), place);
        }
    }

    #[test]
    fn facts_of_other_customers_are_not_taken() {
        assert_eq!(Place::of(&place().facts("A-1"), "A-2"), Place::default());
    }

    #[test]
    fn the_pool_has_no_owner_and_no_department() {
        assert_eq!(
            shown(&Place::default().facts("A-1")),
            ["customer:A-1#module@module:customers"]
        );
    }
}
