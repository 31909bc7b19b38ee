//! Who writes, and why.

use crate::store::audit::AuditRow;
use service_kit::caller::Caller;

/// Who writes, and why.
#[derive(Clone, Debug, Default)]
pub struct Author {
    /// `user:…` or `service:…`. Empty: nobody was recognised.
    pub actor: String,
    /// The service that passed the call on. Empty: none.
    pub via_service: String,
    /// Why.
    pub reason: String,
    /// The caller's request id. Empty: none.
    pub request_id: String,
}

impl Author {
    /// A caller with a reason.
    pub fn new(caller: &Caller, reason: &str) -> Self {
        Self {
            actor: caller.subject.clone(),
            via_service: caller.via_service.clone().unwrap_or_default(),
            reason: reason.to_owned(),
            request_id: String::new(),
        }
    }

    /// An entry of the audit log.
    pub fn entry(&self, action: &'static str, target: impl Into<String>) -> AuditRow {
        AuditRow {
            actor: self.actor.clone(),
            via_service: self.via_service.clone(),
            action,
            target: target.into(),
            reason: self.reason.clone(),
            request_id: self.request_id.clone(),
            ..AuditRow::default()
        }
    }
}
