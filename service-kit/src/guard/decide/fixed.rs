//! A permission on a fixed object. The hot path: one question, and the request is not read.

use super::{Admitted, Proven, mismatch};
use crate::caller::Caller;
use crate::guard::batch::Batch;
use crate::guard::core::Core;
use crate::guard::permit::One;
use crate::guard::plan::Plan;
use crate::guard::refusal;
use crate::guard::request::Asked;
use menshen_proto::rules::{FieldRule, RuleKind};
use std::borrow::Cow;
use tonic::Status;

/// What a fixed rule says before the request is read.
pub(in crate::guard) enum FixedAnswer {
    /// The caller may go on.
    Admitted(Admitted),
    /// Only if the request is about the caller alone.
    OnlyAboutSelf(AboutSelf),
}

/// The refusal, and what to let pass in spite of it.
pub(in crate::guard) struct AboutSelf {
    refusal: Status,
    hidden: Vec<&'static FieldRule>,
}

/// Asks for the permission, if the rule has one.
pub(in crate::guard) async fn fixed(
    core: &Core,
    plan: &Plan,
    caller: &Caller,
) -> Result<FixedAnswer, Status> {
    let mut batch = Batch::reading(plan);
    let RuleKind::Fixed {
        permission,
        resource,
        or_self_field,
    } = plan.rule.kind
    else {
        let answers = core.answers(caller, batch).await?;
        let admitted = Admitted {
            proven: Proven::Caller,
            hidden: answers.hidden(plan),
        };
        return Ok(FixedAnswer::Admitted(admitted));
    };
    let slot = batch.ask(permission, resource, &[]);
    let answers = core.answers(caller, batch).await?;
    let hidden = answers.hidden(plan);
    if answers.allows(slot) {
        return Ok(FixedAnswer::Admitted(Admitted {
            proven: object(resource, plan)?,
            hidden,
        }));
    }
    let refusal = refusal::denied(plan, permission, answers.denial(slot));
    match or_self_field {
        "" => Err(refusal),
        _ => Ok(FixedAnswer::OnlyAboutSelf(AboutSelf { refusal, hidden })),
    }
}

impl AboutSelf {
    /// Lets the caller go on where every subject that the request names is the caller, by reference
    /// (`user:u05`) or by id (`u05`), or is left empty.
    pub(in crate::guard) fn admit(
        self,
        plan: &Plan,
        caller: &Caller,
        asked: &Asked,
    ) -> Result<Admitted, Status> {
        let RuleKind::Fixed {
            resource,
            or_self_field,
            ..
        } = plan.rule.kind
        else {
            return Err(mismatch(plan));
        };
        let own_id = caller.subject.strip_prefix("user:");
        let about_self = asked.texts(or_self_field).iter().all(|subject| {
            subject.is_empty() || *subject == caller.subject || Some(subject.as_str()) == own_id
        });
        if !about_self {
            return Err(self.refusal);
        }
        let proven = object(resource, plan)?;
        Ok(Admitted {
            proven,
            hidden: self.hidden,
        })
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
