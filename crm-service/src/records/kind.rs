//! A kind of record, as a table of facts: all that is the same for every kind follows from it.

use super::field::{Field, Holds};
use super::plan::Plan;
use service_kit::status;
use std::sync::OnceLock;
use tonic::Status;

/// A kind of record: a message, a table, and a type in the access model.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The type in the access model, and the field that holds it in requests: `contact`.
    pub(crate) name: &'static str,
    /// Full name of its message: `menshen.crm.v1.Contact`.
    pub(crate) message: &'static str,
    /// Its table: `contacts`.
    pub(crate) table: &'static str,
    /// What its functions are held on: `module:contacts`.
    pub(crate) module: &'static str,
    /// Whether its rows have an owner, a department and teams of their own. If not, it goes with its
    /// parents.
    pub(crate) is_owned: bool,
    /// Beside what every record has: id, etag, who created and changed it and when, and whose it is.
    pub(crate) fields: &'static [Field],
    /// Relations beside owner, department, teams and what the fields hold.
    pub(crate) joined: &'static [Joined],
    /// Made of the rest when it is first needed: begin with `OnceLock::new()`.
    pub(crate) plan: OnceLock<Result<Plan, String>>,
}

/// A relation whose subjects stand in other rows: who works on a record, or whom its children bring in.
/// Who gives a row its value must have asked whether the caller may.
#[derive(Debug)]
pub(crate) struct Joined {
    /// In the access model: `desk`.
    pub(crate) relation: &'static str,
    /// The type of its subjects: `department`.
    pub(crate) subject: &'static str,
    /// A table, or a SELECT in parentheses. May say `NOW_US()`.
    pub(crate) rows: &'static str,
    /// Their column that names the record, never NULL.
    pub(crate) record: &'static str,
    /// Their column that names the subject, never NULL.
    pub(crate) column: &'static str,
}

impl Joined {
    /// Most subjects of a relation that count: each is a contextual relationship of every question.
    pub(crate) const MOST: usize = 20;
}

impl Kind {
    /// What follows from the facts.
    ///
    /// # Errors
    /// INTERNAL: the facts do not fit the contract. The start of the service looks at each kind, so
    /// that it is found out there.
    pub(crate) fn plan(&'static self) -> Result<&'static Plan, Status> {
        self.planned().map_err(status::internal_message)
    }

    /// As [`Kind::plan`], with the mistake in words.
    pub(crate) fn planned(&'static self) -> Result<&'static Plan, &'static str> {
        self.plan
            .get_or_init(|| Plan::of(self))
            .as_ref()
            .map_err(String::as_str)
    }

    /// The fields that name the records it belongs to.
    pub(crate) fn parents(&'static self) -> impl Iterator<Item = (&'static Field, &'static Self)> {
        self.fields.iter().filter_map(|field| match field.holds {
            Holds::Parent(kind) => Some((field, kind)),
            _ => None,
        })
    }

    /// The fields that name a person who is something to the record.
    pub(crate) fn people(&'static self) -> impl Iterator<Item = &'static Field> {
        let fields = self.fields.iter();
        fields.filter(|field| matches!(field.holds, Holds::Person { is_relation: true }))
    }

    /// The field that names the record in whose department this one stands.
    pub(crate) fn home(&'static self) -> Option<(&'static Field, &'static Self)> {
        self.fields.iter().find_map(|field| match field.holds {
            Holds::Home(kind) => Some((field, kind)),
            _ => None,
        })
    }

    /// `contact:42`
    pub(crate) fn reference(&self, id: &str) -> String {
        format!("{}:{id}", self.name)
    }

    /// The table of the teams that work on its records, if it is owned: `customer_teams`.
    pub(crate) fn teams_table(&self) -> String {
        format!("{}_teams", self.name)
    }
}
