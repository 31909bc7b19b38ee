//! The decision about one call, by the kind of its method's rule.

mod create;
mod fixed;
mod list;
mod record;
mod records;
mod row;

use super::core::Core;
use super::permit::{Many, New, One, Proof, Reach};
use super::plan::Plan;
use super::request::Asked;
use crate::caller::Caller;
use crate::status;
use bytes::Bytes;
use http::Extensions;
use menshen_proto::rules::{FieldRule, RuleKind};
use std::sync::Arc;
use tonic::Status;

pub(super) use fixed::fixed;

/// A call of a recognised caller, its request read.
pub(super) struct Call<'a> {
    pub(super) core: &'a Core,
    pub(super) plan: &'a Plan,
    pub(super) caller: &'a Caller,
    pub(super) asked: &'a Asked,
    pub(super) message: &'a Bytes,
}

/// The caller may go on.
pub(super) struct Admitted {
    pub(super) proven: Proven,
    pub(super) hidden: Vec<&'static FieldRule>,
}

/// What was proven about the call, for its handler.
pub(super) enum Proven {
    /// Who is calling, and nothing else.
    Caller,
    /// One record or fixed object.
    One(&'static str, One),
    /// Several records.
    Many(&'static str, Many),
    /// A new record.
    New(&'static str, New),
    /// A condition over records.
    Reach(&'static str, Reach),
}

/// Decides by the rule of the call's method.
///
/// # Errors
/// The answer for a caller who may not go on; no handler has run.
pub(super) async fn decide(call: &Call<'_>) -> Result<Admitted, Status> {
    match &call.plan.rule.kind {
        RuleKind::Record { .. } => record::record(call).await,
        RuleKind::Records { .. } => records::records(call).await,
        RuleKind::Create { .. } => create::create(call).await,
        RuleKind::List { .. } => list::list(call).await,
        RuleKind::Public { .. } | RuleKind::Authenticated { .. } | RuleKind::Fixed { .. } => {
            Err(mismatch(call.plan))
        }
    }
}

impl Admitted {
    /// Puts the caller and the proof where the handler finds them.
    pub(super) fn hand_over(self, caller: &Arc<Caller>, extensions: &mut Extensions) {
        extensions.insert(Arc::clone(caller));
        let hidden = self.hidden;
        match self.proven {
            Proven::Caller => {}
            Proven::One(of, granted) => put(extensions, caller, of, hidden, granted),
            Proven::Many(of, granted) => put(extensions, caller, of, hidden, granted),
            Proven::New(of, granted) => put(extensions, caller, of, hidden, granted),
            Proven::Reach(of, granted) => put(extensions, caller, of, hidden, granted),
        }
    }
}

fn put<G: Send + Sync + 'static>(
    extensions: &mut Extensions,
    caller: &Arc<Caller>,
    resource_type: &'static str,
    hidden: Vec<&'static FieldRule>,
    granted: G,
) {
    extensions.insert(Arc::new(Proof {
        caller: Arc::clone(caller),
        resource_type,
        hidden,
        granted,
    }));
}

/// A decision was asked for a rule of another kind: a mistake in the guard, and no reason to let the
/// call pass.
fn mismatch(plan: &Plan) -> Status {
    status::internal_message(&format!(
        "the rule of {} is of another kind than it was taken for",
        plan.rule.path
    ))
}
