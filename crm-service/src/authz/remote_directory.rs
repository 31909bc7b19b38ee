//! The directory that authz-service keeps, asked for in the CRM's own name.

use super::{As, Authz, Directory, Person};
use async_trait::async_trait;
use menshen_proto::authz::v1::{
    GetUserRequest, ListDepartmentsRequest, ListGrantsRequest, User, UserState,
};
use service_kit::clock::Clock;
use service_kit::status;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::{Code, Status};

/// How old an answer may be: long enough for a bulk load, short enough for a move.
const FRESH_US: i64 = 5_000_000;
/// People and groups remembered at most; more start the memory afresh.
const REMEMBERED: usize = 10_000;

/// Asks authz-service, and remembers its answers for a few seconds.
pub(crate) struct RemoteDirectory {
    authz: Authz,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    people: HashMap<String, (i64, Option<Person>)>,
    departments: Option<(i64, Arc<Departments>)>,
    /// Those that have members.
    groups: HashMap<String, i64>,
}

/// The department above each; empty at the top.
type Departments = HashMap<String, String>;

impl RemoteDirectory {
    pub(crate) fn new(authz: Authz, clock: Arc<dyn Clock>) -> Self {
        Self {
            authz,
            clock,
            known: Mutex::default(),
        }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        // A panic elsewhere leaves the memory whole: it is only ever replaced entry by entry.
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn departments(&self) -> Result<Arc<Departments>, Status> {
        let fresh_since = self.clock.now_us() - FRESH_US;
        let known = self.known(|known| known.departments.clone());
        if let Some((_, departments)) = known.filter(|(at_us, _)| *at_us > fresh_since) {
            return Ok(departments);
        }
        let answer = self
            .authz
            .list_departments(As::Service, ListDepartmentsRequest {})
            .await;
        let departments = answer.map_err(our_fault)?.departments.into_iter();
        let departments: Arc<Departments> =
            Arc::new(departments.map(|d| (d.id, d.parent)).collect());
        let entry = (self.clock.now_us(), Arc::clone(&departments));
        self.known(|known| known.departments = Some(entry));
        Ok(departments)
    }

    async fn ask_for(&self, id: &str) -> Result<Option<Person>, Status> {
        let asked = GetUserRequest { id: id.to_owned() };
        match self.authz.get_user(As::Service, asked).await {
            Ok(answer) => Ok(answer.user.map(Person::from)),
            Err(absent) if absent.code() == Code::NotFound => Ok(None),
            // An id that no user can have.
            Err(malformed) if malformed.code() == Code::InvalidArgument => Ok(None),
            Err(refusal) => Err(our_fault(refusal)),
        }
    }
}

#[async_trait]
impl Directory for RemoteDirectory {
    async fn person(&self, id: &str) -> Result<Option<Person>, Status> {
        let fresh_since = self.clock.now_us() - FRESH_US;
        let known = self.known(|known| known.people.get(id).cloned());
        if let Some((_, person)) = known.filter(|(at_us, _)| *at_us > fresh_since) {
            return Ok(person);
        }
        let person = self.ask_for(id).await?;
        let entry = (self.clock.now_us(), person.clone());
        self.known(|known| remember(&mut known.people, id, entry));
        Ok(person)
    }

    async fn line(&self, department: &str) -> Result<Vec<String>, Status> {
        let departments = self.departments().await?;
        let mut line: Vec<String> = Vec::new();
        let mut next = department;
        while let Some(parent) = departments.get(next) {
            if line.iter().any(|below| below == next) {
                break;
            }
            line.push(next.to_owned());
            next = parent;
        }
        Ok(line)
    }

    async fn has_members(&self, group: &str) -> Result<bool, Status> {
        let fresh_since = self.clock.now_us() - FRESH_US;
        let known = self.known(|known| known.groups.get(group).copied());
        if known.is_some_and(|at_us| at_us > fresh_since) {
            return Ok(true);
        }
        let request = ListGrantsRequest {
            resource: group.to_owned(),
            relation: "member".to_owned(),
            page_size: 1,
            ..ListGrantsRequest::default()
        };
        let answer = self.authz.list_grants(As::Service, request).await;
        let has_members = !answer.map_err(our_fault)?.grants.is_empty();
        if has_members {
            let now_us = self.clock.now_us();
            self.known(|known| remember(&mut known.groups, group, now_us));
        }
        Ok(has_members)
    }
}

/// Room for one more: a full memory starts afresh.
fn remember<T>(memory: &mut HashMap<String, T>, name: &str, entry: T) {
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory.insert(name.to_owned(), entry);
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            is_disabled: user.state() == UserState::Disabled,
            department: Some(user.department).filter(|id| !id.is_empty()),
        }
    }
}

/// The question was the CRM's, so a refusal is not our caller's doing.
fn our_fault(refusal: Status) -> Status {
    match refusal.code() {
        Code::Unavailable => refusal,
        code => status::internal_message(&format!(
            "authz-service refused the CRM's own question: {code:?}: {}",
            refusal.message()
        )),
    }
}
