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

    /// Whether there is a department with this id.
    async fn has_department(&self, id: &str) -> Result<bool, Status>;
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
    if directory.has_department(id).await? {
        return Ok(());
    }
    Err(status::failed_precondition(
        Reason::PreconditionFailed,
        format!("department:{id}"),
        format!("there is no department `{id}`; give the id of one, or leave it empty"),
    ))
}

#[cfg(test)]
pub(crate) mod fake {
    //! A directory of a few people, for tests.

    use super::{Directory, Person};
    use async_trait::async_trait;
    use tonic::Status;

    /// `u05` in `D111`, `u15` in `D13`, `gone` disabled, `free` without a department.
    pub(crate) struct FakeDirectory;

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

        async fn has_department(&self, id: &str) -> Result<bool, Status> {
            Ok(matches!(id, "D111" | "D13"))
        }
    }
}
