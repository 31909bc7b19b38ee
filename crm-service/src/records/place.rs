//! Whose record it is: what its row says, and what authz-service is told of it.

use super::kind::Kind;
use menshen_proto::authz::v1::{ContextualRelation, Relationship};
use prost_reflect::DynamicMessage;
use service_kit::db::Cells;

/// Owner, department and teams of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// A user's id. `None`: nobody's, for customers the public pool.
    pub(crate) owner: Option<String>,
    /// A department's id.
    pub(crate) department: Option<String>,
    /// Ids of the teams that work on it, in the order given.
    pub(crate) teams: Vec<String>,
}

/// Stands between team ids, which hold none.
pub(super) const COMMA: char = ',';

/// `resource#relation@subject`.
pub(crate) fn fact(resource: &str, relation: &str, subject: String) -> Relationship {
    Relationship {
        resource: resource.to_owned(),
        relation: relation.to_owned(),
        subject,
        ..Relationship::default()
    }
}

/// A relation that rows hold. With `fixed_subjects`, every row holds it with these.
pub(crate) fn relation_of(
    resource_type: &str,
    relation: &str,
    fixed_subjects: &[&str],
) -> ContextualRelation {
    ContextualRelation {
        resource_type: resource_type.to_owned(),
        relation: relation.to_owned(),
        fixed_subjects: fixed_subjects.iter().map(ToString::to_string).collect(),
    }
}

impl Place {
    /// How many columns it is read from.
    pub(crate) const COLUMNS: usize = 3;

    /// From the columns of a row that begin at `at`.
    pub(crate) fn read(cells: &Cells, at: usize) -> Self {
        let text = |at: usize| cells.text(at).map(str::to_owned);
        let teams = cells.text(at + 2).unwrap_or_default();
        Self {
            owner: text(at),
            department: text(at + 1),
            teams: teams
                .split(COMMA)
                .filter(|team| !team.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// As a proposed record says it.
    pub(crate) fn proposed(message: &DynamicMessage) -> Self {
        let text = |field: &str| {
            let value = message.get_field_by_name(field)?;
            let text = value.as_str().filter(|text| !text.is_empty())?;
            Some(text.to_owned())
        };
        let teams = message.get_field_by_name("teams");
        let teams = teams.as_ref().and_then(|value| value.as_list());
        let teams = teams.unwrap_or_default().iter();
        Self {
            owner: text("owner"),
            department: text("department"),
            teams: teams
                .filter_map(|team| team.as_str().map(str::to_owned))
                .collect(),
        }
    }

    /// The facts of the record with this id.
    pub(crate) fn facts(&self, kind: &Kind, id: &str) -> Vec<Relationship> {
        let resource = kind.reference(id);
        let owner = self.owner.iter();
        let owner = owner.map(|id| fact(&resource, "owner", format!("user:{id}")));
        let department = self.department.iter();
        let department =
            department.map(|id| fact(&resource, "department", format!("department:{id}")));
        let teams = self.teams.iter();
        let teams = teams.map(|id| fact(&resource, "team", format!("team:{id}")));
        owner.chain(department).chain(teams).collect()
    }

    /// The place that facts tell of: what was decided is what is written.
    pub(crate) fn of(kind: &Kind, facts: &[Relationship], id: &str) -> Self {
        let resource = kind.reference(id);
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
