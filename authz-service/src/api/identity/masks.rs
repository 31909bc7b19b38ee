//! Update masks (AIP-134): which fields a request changes. Without a mask: those that are set.

use crate::identity::service_accounts;
use crate::identity::users;
use crate::refusal::Violation;
use menshen_proto::authz::v1::{Department, ServiceAccount, User};
use prost_types::FieldMask;

/// What of a department is to be changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DepartmentPaths {
    pub(super) display_name: bool,
    pub(super) parent: bool,
}

/// What of a person is to be changed.
pub(super) fn user(mask: Option<&FieldMask>, given: &User) -> Result<users::Paths, Violation> {
    let User {
        display_name,
        email,
        department,
        ..
    } = given;
    let [display_name, email, department] = paths(
        mask,
        [
            ("display_name", !display_name.is_empty()),
            ("email", !email.is_empty()),
            ("department", !department.is_empty()),
        ],
    )?;
    Ok(users::Paths {
        display_name,
        email,
        department,
    })
}

/// What of a department is to be changed.
pub(super) fn department(
    mask: Option<&FieldMask>,
    given: &Department,
) -> Result<DepartmentPaths, Violation> {
    let Department {
        display_name,
        parent,
        ..
    } = given;
    let [display_name, parent] = paths(
        mask,
        [
            ("display_name", !display_name.is_empty()),
            ("parent", !parent.is_empty()),
        ],
    )?;
    Ok(DepartmentPaths {
        display_name,
        parent,
    })
}

/// What of a service account is to be changed. A rotation alone needs no field.
pub(super) fn service_account(
    mask: Option<&FieldMask>,
    given: ServiceAccount,
    rotate_token: bool,
) -> Result<service_accounts::Update, Violation> {
    let ServiceAccount {
        id,
        assertable,
        disabled,
        ..
    } = given;
    let set = [
        ("assertable", !assertable.is_empty()),
        ("disabled", disabled),
    ];
    let has_mask = mask.is_some_and(|mask| !mask.paths.is_empty());
    let nothing_set = !has_mask && set.iter().all(|(_, is_set)| !is_set);
    let [with_assertable, with_disabled] = if rotate_token && nothing_set {
        [false, false]
    } else {
        paths(mask, set)?
    };
    Ok(service_accounts::Update {
        id,
        assertable: with_assertable.then_some(assertable),
        disabled: with_disabled.then_some(disabled),
        rotate_token,
    })
}

/// Whether each field is named by the mask, or, without one, set.
fn paths<const N: usize>(
    mask: Option<&FieldMask>,
    fields: [(&'static str, bool); N],
) -> Result<[bool; N], Violation> {
    let names = || {
        let names = fields.iter().map(|(name, _)| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    };
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else {
        if fields.iter().any(|(_, is_set)| *is_set) {
            return Ok(fields.map(|(_, is_set)| is_set));
        }
        let problem = format!("names nothing to change: give one of {}", names());
        return Err(Violation::new("update_mask", problem));
    };
    let known = |path: &String| fields.iter().any(|(name, _)| name == path);
    if let Some(unknown) = mask.paths.iter().find(|path| !known(path)) {
        let problem = format!("`{unknown}` cannot be changed: give some of {}", names());
        return Err(Violation::new("update_mask", problem));
    }
    Ok(fields.map(|(name, _)| mask.paths.iter().any(|path| path == name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    #[test]
    fn mask_decides_and_may_empty_a_field() {
        let fields = [("display_name", true), ("department", false)];
        assert_eq!(paths(None, fields), Ok([true, false]));
        assert_eq!(
            paths(Some(&mask(&["department"])), fields),
            Ok([false, true])
        );
    }

    #[test]
    fn mask_that_names_nothing_or_the_unknown_is_refused() {
        let refused = paths(Some(&mask(&["id"])), [("display_name", true)]).unwrap_err();
        assert_eq!(
            refused.description,
            "`id` cannot be changed: give some of `display_name`"
        );
        assert!(paths(Some(&mask(&[])), [("display_name", false)]).is_err());
    }
}
