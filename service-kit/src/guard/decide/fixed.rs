//! A permission on a fixed object. The hot path: one question at most, and the request is not decoded.

use super::{Admitted, Proven, mismatch};
use crate::caller::Caller;
use crate::guard::batch::Batch;
use crate::guard::core::Core;
use crate::guard::permit::One;
use crate::guard::plan::Plan;
use crate::guard::refusal;
use menshen_proto::rules::RuleKind;
use std::borrow::Cow;
use tonic::Status;

/// Asks for the permission, if the rule has one and the request is not about its caller alone.
pub(in crate::guard) async fn fixed(
    core: &Core,
    plan: &Plan,
    caller: &Caller,
    is_about_self: bool,
) -> Result<Admitted, Status> {
    let mut batch = Batch::reading(plan);
    let RuleKind::Fixed {
        permission,
        resource,
        ..
    } = plan.rule.kind
    else {
        let answers = core.answers(caller, batch).await?;
        return Ok(Admitted {
            proven: Proven::Caller,
            hidden: answers.hidden(plan),
        });
    };
    let due = (!is_about_self).then(|| batch.ask(permission, resource, &[]));
    let answers = core.answers(caller, batch).await?;
    match due {
        Some(slot) if !answers.allows(slot) => {
            Err(refusal::denied(plan, permission, answers.denial(slot)))
        }
        _ => Ok(Admitted {
            proven: object(resource, plan)?,
            hidden: answers.hidden(plan),
        }),
    }
}

/// The proof about `type:id`.
fn object(resource: &'static str, plan: &Plan) -> Result<Proven, Status> {
    let (resource_type, id) = resource.split_once(':').ok_or_else(|| mismatch(plan))?;
    let granted = One {
        id: Cow::Borrowed(id),
        version: 0,
        contextual: Vec::new(),
        target: Vec::new(),
    };
    Ok(Proven::One(resource_type, granted))
}
