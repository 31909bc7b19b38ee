//! What every handler needs.

use crate::authz::{Authz, Directory};
use crate::records::call::Call;
use prost::Message;
use service_kit::caller::Caller;
use service_kit::clock::Clock;
use service_kit::db::Db;
use service_kit::guard::decider::Decider;
use std::sync::Arc;

/// The CRM's means: its database, the time, and authz-service.
#[derive(Clone)]
pub(crate) struct Crm {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) decider: Arc<dyn Decider>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) authz: Authz,
}

impl Crm {
    /// A mutating call of this method, made now.
    pub(crate) fn call<M: Message>(
        &self,
        method: &'static str,
        caller: &Caller,
        request: &M,
    ) -> Call {
        Call::new(method, &caller.subject, request, self.clock.now_us())
    }
}
