//! Which relationships: each part that is given must be equal.

use crate::engine::reference::{InvalidReference, ObjectRef, SubjectRef, name};
use service_kit::db::Col;

/// Matches relationships. Empty: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// A type, or one object.
    pub resource: Option<Either<ObjectRef>>,
    /// A relation's name.
    pub relation: Option<Box<str>>,
    /// A type, or one subject.
    pub subject: Option<Either<SubjectRef>>,
}

/// A type's name alone, or a whole reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Either<T> {
    /// Every object of a type.
    Type(Box<str>),
    /// One.
    One(T),
}

impl Pattern {
    /// Reads the three texts of a pattern; an empty one matches everything.
    ///
    /// # Errors
    /// The name of the part that cannot be read, and why.
    pub fn parse(
        resource: &str,
        relation: &str,
        subject: &str,
    ) -> Result<Self, (&'static str, InvalidReference)> {
        if !relation.is_empty() {
            name::check_relation(relation).map_err(|error| ("relation", error))?;
        }
        Ok(Self {
            resource: either(resource, ObjectRef::parse).map_err(|error| ("resource", error))?,
            relation: (!relation.is_empty()).then(|| relation.into()),
            subject: either(subject, SubjectRef::parse).map_err(|error| ("subject", error))?,
        })
    }

    /// SQL conditions over the columns of `relationships`, and their values from `$1`.
    pub(super) fn conditions(&self) -> (Vec<String>, Vec<Col>) {
        let mut conditions = Vec::new();
        let mut values: Vec<Col> = Vec::new();
        let mut equal = |column: &str, value: &str| {
            values.push(value.into());
            conditions.push(format!("{column} = ${}", values.len()));
        };
        match &self.resource {
            None => {}
            Some(Either::Type(name)) => equal("resource_type", name),
            Some(Either::One(object)) => {
                equal("resource_type", object.object_type());
                equal("resource_id", object.id());
            }
        }
        if let Some(relation) = &self.relation {
            equal("relation", relation);
        }
        match &self.subject {
            None => {}
            Some(Either::Type(name)) => equal("subject_type", name),
            Some(Either::One(subject)) => {
                equal("subject_type", subject.subject_type());
                let (id, relation) = match subject {
                    SubjectRef::Object(object) => (object.id(), ""),
                    SubjectRef::Wildcard(_) => ("*", ""),
                    SubjectRef::Set(object, relation) => (object.id(), &**relation),
                };
                equal("subject_id", id);
                equal("subject_relation", relation);
            }
        }
        (conditions, values)
    }
}

fn either<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, InvalidReference>,
) -> Result<Option<Either<T>>, InvalidReference> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains(':') {
        return parse(text).map(|one| Some(Either::One(one)));
    }
    name::check_type(text)?;
    Ok(Some(Either::Type(text.into())))
}
