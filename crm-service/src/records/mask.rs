//! Which fields an update may name.

use super::field::Given;
use super::kind::Kind;
use super::refusal::Refusal;
use super::violations::{Violations, quote};
use prost_reflect::MessageDescriptor;
use prost_types::FieldMask;
use std::collections::BTreeSet;

/// The fields of a message that an update may name, and how the others change.
pub(crate) struct Updatable<'a> {
    pub(crate) descriptor: &'a MessageDescriptor,
    pub(crate) fields: Vec<&'static str>,
    /// Fields that change in another way, and by which.
    pub(crate) elsewhere: Vec<(&'static str, &'static str)>,
}

impl Updatable<'_> {
    /// Those of a kind of record.
    ///
    /// # Errors
    /// The kind does not fit the contract.
    pub(crate) fn of(kind: &'static Kind) -> Result<Self, Refusal> {
        let plan = kind.plan()?;
        let mut fields: Vec<&str> = plan.updatable().collect();
        let mut elsewhere: Vec<(&str, &str)> = Vec::new();
        if kind.is_owned {
            fields.push("teams");
            let how = "transfer the record to another owner instead";
            elsewhere.extend(["owner", "department"].map(|field| (field, how)));
        }
        for field in kind.fields {
            match field.given {
                Given::ByCallers => {}
                Given::AtFirst(how) | Given::ByTheKind(how) | Given::Aside(how) => {
                    elsewhere.push((field.name, how));
                }
            }
        }
        Ok(Updatable {
            descriptor: &plan.descriptor,
            fields,
            elsewhere,
        })
    }

    /// The paths of an update mask, each once.
    ///
    /// # Errors
    /// An empty mask; a path that is unknown, inside a field, or not to be changed.
    pub(crate) fn paths(&self, mask: Option<&FieldMask>) -> Result<BTreeSet<String>, Violations> {
        let mut violations = Violations::default();
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if paths.is_empty() {
            let fields = self.fields.join("`, `");
            let remedy = format!("is empty; name the fields to change, of `{fields}`");
            violations.add("update_mask", remedy);
        }
        for path in paths {
            if !self.fields.contains(&path.as_str()) {
                violations.add("update_mask", self.refusal(path));
            }
        }
        violations.or(paths.iter().cloned().collect())
    }

    fn refusal(&self, path: &str) -> String {
        let quoted = quote(path);
        if let Some((_, how)) = self.elsewhere.iter().find(|(field, _)| *field == path) {
            return format!("{quoted} is not changed by an update; {how}");
        }
        let whole = path.split('.').next().unwrap_or_default();
        if whole != path && self.fields.contains(&whole) {
            return format!("{quoted} is part of a field; name the whole field `{whole}`");
        }
        let problem = if self.descriptor.get_field_by_name(path).is_some() {
            "is output only"
        } else {
            "is not a field"
        };
        let fields = self.fields.join("`, `");
        format!("{quoted} {problem}; name any of `{fields}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::customer::CUSTOMER;

    fn refused(paths: &[&str]) -> String {
        let mask = FieldMask {
            paths: paths.iter().map(ToString::to_string).collect(),
        };
        let updatable = Updatable::of(&CUSTOMER).unwrap();
        let violations = updatable.paths(Some(&mask)).unwrap_err();
        violations.found().remove(0).description
    }

    #[test]
    fn a_mask_must_name_fields_that_may_change() {
        assert!(Updatable::of(&CUSTOMER).unwrap().paths(None).is_err());
        assert!(refused(&[]).starts_with("is empty"));
        assert!(refused(&["displayname"]).contains("is not a field; name any of `display_name`"));
        assert!(refused(&["created_at"]).contains("is output only"));
        assert!(refused(&["owner"]).contains("transfer the record"));
        assert!(refused(&["lifetime_value"]).contains("record or cancel purchases"));
        assert!(
            refused(&["credit_limit.currency"]).contains("name the whole field `credit_limit`")
        );
        assert!(refused(&["*"]).contains("is not a field"));
    }
}
