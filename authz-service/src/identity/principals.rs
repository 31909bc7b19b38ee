//! What every call needs to know about who calls: in memory, shared, replaced as a whole.

use super::secret_token::SecretHash;
use crate::model::RESERVED_PREFIX;
use arc_swap::ArcSwap;
use imbl::{HashMap, HashSet};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Disabled people, ended sessions and services, as of the last acknowledged write.
#[derive(Debug, Default)]
pub struct Principals(ArcSwap<Register>);

/// One state of the [`Principals`]. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Register {
    disabled_users: HashSet<Box<str>>,
    /// Sessions that ended while an access token of theirs may live, and until when it may.
    ended_sessions: HashMap<Box<str>, i64>,
    services: HashMap<Box<str>, Arc<Service>>,
    services_by_token: HashMap<SecretHash, Arc<Service>>,
}

/// A service account.
#[derive(Debug)]
pub struct Service {
    /// `crm` of `service:crm`.
    pub id: Box<str>,
    /// `service:crm`
    pub subject: Box<str>,
    /// What it may assert about its own records.
    pub assertable: Assertable,
    /// Of its bearer token. None: known by certificate only.
    pub token_hash: Option<SecretHash>,
    /// Locked out.
    pub disabled: bool,
    /// Of the last call, in microseconds since the Unix epoch. 0: none since the start.
    pub last_used_at_us: AtomicI64,
}

/// The contextual relationships that a service may assert, by type and relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assertable {
    /// Relations by type, `*` for any, as they were registered.
    by_type: FxHashMap<Box<str>, FxHashSet<Box<str>>>,
}

/// What became of somebody. Applied when the write that did it is committed.
#[derive(Debug)]
pub enum Effect {
    /// Locked out.
    UserDisabled(Box<str>),
    /// Let in again.
    UserEnabled(Box<str>),
    /// An access token of the session may live until then.
    SessionEnded {
        /// The session.
        id: Box<str>,
        /// Microseconds since the Unix epoch.
        until_us: i64,
    },
    /// Added or changed.
    Service(Arc<Service>),
    /// Removed.
    ServiceRemoved(Box<str>),
}

/// Stands for any type or any relation.
pub const ANY: &str = "*";

impl Principals {
    /// Starts from what the database holds.
    pub fn new(register: Register) -> Self {
        Self(ArcSwap::from_pointee(register))
    }

    /// The state now.
    pub fn load(&self) -> arc_swap::Guard<Arc<Register>> {
        self.0.load()
    }

    /// The state now, to be kept across a wait.
    pub fn load_full(&self) -> Arc<Register> {
        self.0.load_full()
    }

    /// Starts again from what the database holds.
    pub fn replace(&self, register: Register) {
        self.0.store(Arc::new(register));
    }

    /// Makes effects visible to the next call.
    pub fn apply(&self, effects: &[Effect], now_us: i64) {
        if effects.is_empty() {
            return;
        }
        self.0.rcu(|register| {
            let mut next = Register::clone(register);
            next.apply(effects, now_us);
            next
        });
    }
}

impl Register {
    /// Takes effects in, and forgets ended sessions that no token can name any more.
    pub fn apply(&mut self, effects: &[Effect], now_us: i64) {
        self.ended_sessions.retain(|_, until_us| *until_us > now_us);
        for effect in effects {
            match effect {
                Effect::UserDisabled(id) => drop(self.disabled_users.insert(id.clone())),
                Effect::UserEnabled(id) => drop(self.disabled_users.remove(id)),
                Effect::SessionEnded { id, until_us } => {
                    self.ended_sessions.insert(id.clone(), *until_us);
                }
                Effect::Service(service) => self.put_service(service),
                Effect::ServiceRemoved(id) => self.remove_service(id),
            }
        }
    }

    /// Whether a person or a service is locked out: whatever it was granted, it holds nothing.
    /// Unknown ones are not.
    pub fn is_locked_out(&self, subject: &str) -> bool {
        match subject.split_once(':') {
            Some(("user", id)) => self.is_disabled(id),
            Some(("service", id)) => self.service(id).is_some_and(|service| service.disabled),
            _ => false,
        }
    }

    /// Whether a person is locked out. Unknown ids are not.
    pub fn is_disabled(&self, user_id: &str) -> bool {
        !self.disabled_users.is_empty() && self.disabled_users.contains(user_id)
    }

    /// Whether a session has ended before its tokens.
    pub fn is_ended(&self, session_id: &str) -> bool {
        !self.ended_sessions.is_empty() && self.ended_sessions.contains_key(session_id)
    }

    /// A service by its id, disabled or not.
    pub fn service(&self, id: &str) -> Option<&Arc<Service>> {
        self.services.get(id)
    }

    /// A service by its bearer token, disabled or not.
    pub fn service_by_token(&self, hash: &SecretHash) -> Option<&Arc<Service>> {
        self.services_by_token.get(hash)
    }

    /// Every service, in no order.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    fn remove_service(&mut self, id: &str) {
        let removed = self.services.remove(id);
        if let Some(hash) = removed.and_then(|service| service.token_hash) {
            self.services_by_token.remove(&hash);
        }
    }

    fn put_service(&mut self, service: &Arc<Service>) {
        let before = self
            .services
            .insert(service.id.clone(), Arc::clone(service));
        if let Some(before) = &before {
            service.used(before.last_used_at_us.load(Ordering::Relaxed));
        }
        if let Some(hash) = before.and_then(|before| before.token_hash) {
            self.services_by_token.remove(&hash);
        }
        if let Some(hash) = service.token_hash {
            self.services_by_token.insert(hash, Arc::clone(service));
        }
    }
}

impl Service {
    /// Notes a call.
    pub fn used(&self, now_us: i64) {
        self.last_used_at_us.store(now_us, Ordering::Relaxed);
    }
}

impl Assertable {
    /// Reads (type, relation) pairs, `*` for any.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut by_type: FxHashMap<Box<str>, FxHashSet<Box<str>>> = FxHashMap::default();
        for (resource_type, relation) in pairs {
            by_type
                .entry(resource_type.into())
                .or_default()
                .insert(relation.into());
        }
        Self { by_type }
    }

    /// Whether a relation may be asserted. None of the service's own may, whatever was registered:
    /// who may do what in it is granted and never claimed.
    pub fn allows(&self, resource_type: &str, relation: &str) -> bool {
        let within = |name: &str| {
            self.by_type
                .get(name)
                .is_some_and(|relations| relations.contains(relation) || relations.contains(ANY))
        };
        !resource_type.starts_with(RESERVED_PREFIX) && (within(resource_type) || within(ANY))
    }

    /// Whether everything that `other` allows is allowed here, too.
    pub fn covers(&self, other: &Self) -> bool {
        other
            .pairs()
            .iter()
            .all(|(resource_type, relation)| self.allows(resource_type, relation))
    }

    /// The (type, relation) pairs, sorted.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.by_type.iter().flat_map(|(resource_type, relations)| {
            relations
                .iter()
                .map(move |relation| (&**resource_type, &**relation))
        });
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_stands_for_every_type_and_relation() {
        let owner = Assertable::new([("customer", "owner"), ("order", "*")]);
        assert!(owner.allows("customer", "owner") && owner.allows("order", "owner"));
        assert!(!owner.allows("customer", "viewer") && !owner.allows("lead", "owner"));
        let all = Assertable::new([("*", "*")]);
        assert!(all.allows("lead", "owner") && all.covers(&owner) && !owner.covers(&all));
        assert!(Assertable::new([("*", "owner")]).allows("lead", "owner"));
        assert!(!Assertable::default().allows("lead", "owner"));
    }

    #[test]
    fn nothing_of_the_service_itself_may_be_asserted() {
        for pair in [("*", "*"), ("*", "administrator"), ("menshen/authz", "*")] {
            let assertable = Assertable::new([pair]);
            assert!(
                !assertable.allows("menshen/authz", "administrator"),
                "{pair:?}"
            );
            assert!(!assertable.covers(&Assertable::new([("menshen/role", "member")])));
        }
    }

    #[test]
    fn replaced_token_is_unknown_at_once() {
        let service = |byte: u8| {
            Arc::new(Service {
                id: "crm".into(),
                subject: "service:crm".into(),
                assertable: Assertable::default(),
                token_hash: Some([byte; 32]),
                disabled: false,
                last_used_at_us: AtomicI64::new(0),
            })
        };
        let principals = Principals::default();
        principals.apply(&[Effect::Service(service(1))], 0);
        principals.apply(&[Effect::Service(service(2))], 0);
        assert!(principals.load().service_by_token(&[1; 32]).is_none());
        assert!(principals.load().service_by_token(&[2; 32]).is_some());
    }

    #[test]
    fn ended_sessions_are_forgotten_with_their_tokens() {
        let principals = Principals::default();
        let ended = Effect::SessionEnded {
            id: "s1".into(),
            until_us: 10,
        };
        principals.apply(&[ended], 5);
        assert!(principals.load().is_ended("s1"));
        principals.apply(&[Effect::UserEnabled("u".into())], 10);
        assert!(!principals.load().is_ended("s1"));
    }
}
