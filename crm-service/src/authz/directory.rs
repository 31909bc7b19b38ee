//! Who people are, as the CRM needs it to put records into hands.

use async_trait::async_trait;
use service_kit::status::{self, Reason};
use tonic::Status;

/// A person whom records may be given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The department's id.
    pub(crate) department: Option<String>,
    /// Locked out: nothing may be given to them.
    pub(crate) is_disabled: bool,
}

/// Looks people and departments up. Answers may be up to 5 seconds old.
///
/// # Errors
/// UNAVAILABLE where nothing could be found out.
#[async_trait]
pub(crate) trait Directory: Send + Sync + 'static {
    /// A person by id.
    async fn person(&self, id: &str) -> Result<Option<Person>, Status>;

    /// A department and those above it, upwards. Empty: there is none with this id.
    async fn line(&self, department: &str) -> Result<Vec<String>, Status>;

    /// Whether anybody belongs to a team or holds a role: `team:T-Alpha`, `role:finance`.
    async fn has_members(&self, group: &str) -> Result<bool, Status>;
}

/// The person, if something may be given to them.
///
/// # Errors
/// FAILED_PRECONDITION: unknown, or locked out.
pub(crate) async fn receiver(directory: &dyn Directory, id: &str) -> Result<Person, Status> {
    let (subject, problem) = (format!("user:{id}"), Reason::PreconditionFailed);
    match directory.person(id).await? {
        Some(person) if !person.is_disabled => Ok(person),
        Some(_) => Err(status::failed_precondition(
            problem,
            subject,
            format!("the account of `{id}` is disabled; choose somebody who can sign in"),
        )),
        None => Err(status::failed_precondition(
            problem,
            subject,
            format!("there is no user `{id}`; give the id of a person, for example `u05`"),
        )),
    }
}

/// Makes sure that there is such a department.
///
/// # Errors
/// FAILED_PRECONDITION: there is none.
pub(crate) async fn existing_department(directory: &dyn Directory, id: &str) -> Result<(), Status> {
    if !directory.line(id).await?.is_empty() {
        return Ok(());
    }
    Err(status::failed_precondition(
        Reason::PreconditionFailed,
        format!("department:{id}"),
        format!("there is no department `{id}`; give the id of one, or leave it empty"),
    ))
}

/// Makes sure that somebody's records may stand in a department: the one that they work in, or one above
/// it. In any other it would be shown to people who have nothing to do with its owner.
///
/// # Errors
/// FAILED_PRECONDITION: it is another.
pub(crate) async fn fitting_department(
    directory: &dyn Directory,
    department: &str,
    owner: &str,
) -> Result<(), Status> {
    let line = match receiver(directory, owner).await?.department {
        Some(own) => directory.line(&own).await?,
        None => Vec::new(),
    };
    if line.iter().any(|above| above == department) {
        return Ok(());
    }
    Err(status::failed_precondition(
        Reason::PreconditionFailed,
        format!("department:{department}"),
        format!(
            "`{department}` is neither the department of `{owner}` nor above it; leave it empty for the owner's own"
        ),
    ))
}

/// Makes sure that a team or a role, such as `team:T-Alpha`, is of some people. Whoever made one of that
/// name later would inherit what it was given.
///
/// # Errors
/// FAILED_PRECONDITION: nobody belongs to it.
pub(crate) async fn existing_group(directory: &dyn Directory, group: &str) -> Result<(), Status> {
    if directory.has_members(group).await? {
        return Ok(());
    }
    Err(status::failed_precondition(
        Reason::PreconditionFailed,
        group.to_owned(),
        format!("`{group}` has no members; check its spelling, or let people join it first"),
    ))
}

#[cfg(test)]
mod fake {
    //! A directory of a few people, for tests.

    use super::{Directory, Person};
    use async_trait::async_trait;
    use tonic::Status;

    /// `u05` in `D111`, `u15` in `D13`, both below `D1`; `gone` disabled, `free` without a department.
    pub(super) struct FakeDirectory;

    #[async_trait]
    impl Directory for FakeDirectory {
        async fn person(&self, id: &str) -> Result<Option<Person>, Status> {
            let (department, is_disabled) = match id {
                "u05" => (Some("D111"), false),
                "u15" => (Some("D13"), false),
                "gone" => (Some("D13"), true),
                "free" => (None, false),
                _ => return Ok(None),
            };
            Ok(Some(Person {
                department: department.map(str::to_owned),
                is_disabled,
            }))
        }

        async fn line(&self, department: &str) -> Result<Vec<String>, Status> {
            let line: &[&str] = match department {
                "D111" => &["D111", "D1"],
                "D13" => &["D13", "D1"],
                "D1" => &["D1"],
                _ => &[],
            };
            Ok(line.iter().map(ToString::to_string).collect())
        }

        async fn has_members(&self, group: &str) -> Result<bool, Status> {
            Ok(group == "team:T-Alpha")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakeDirectory;
    use super::*;

    #[tokio::test]
    async fn records_stand_in_the_owners_department_or_above_it() {
        for (department, owner, fits) in [
            ("D111", "u05", true),
            ("D1", "u05", true),
            ("D13", "u05", false),
            ("D111", "u15", false),
            ("D1", "free", false),
        ] {
            let outcome = fitting_department(&FakeDirectory, department, owner).await;
            assert_eq!(outcome.is_ok(), fits, "{department} {owner}");
        }
    }
}
