//! The records that the caller may see, and the expressions over their fields.

use super::{Admitted, Call, Proven, mismatch};
use crate::guard::batch::{Answers, Batch};
use crate::guard::fields::rules_of_path;
use crate::guard::permit::Reach;
use crate::guard::refusal;
use crate::query::{Filter, OrderBy};
use crate::status;
use menshen_proto::rules::RuleKind;
use tonic::Status;

pub(super) async fn list(call: &Call<'_>) -> Result<Admitted, Status> {
    let RuleKind::List {
        permission,
        resource_type,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    let source = call.core.source(resource_type)?;
    let (answer, answers) = futures::try_join!(
        call.core.filter(call.caller, permission, source),
        call.core.answers(call.caller, Batch::reading(call.plan)),
    )?;
    if let Some(denial) = &answer.denial {
        return Err(refusal::denied(
            call.plan,
            permission,
            Some((denial, &answer.decision_id)),
        ));
    }
    admit_expressions(call, &answers)?;
    let granted = Reach {
        predicate: answer.predicate,
        evaluated_at: answer.evaluated_at,
    };
    Ok(Admitted {
        proven: Proven::Reach(resource_type, granted),
        hidden: answers.hidden(call.plan),
    })
}

/// Refuses expressions over fields that are unknown or that the caller may not read: an order or a
/// comparison tells what a field holds as well as the field itself.
fn admit_expressions(call: &Call<'_>, answers: &Answers) -> Result<(), Status> {
    let RuleKind::List {
        filter_field,
        order_field,
        message,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    let filter = text(call, filter_field);
    let filter =
        Filter::parse(&filter).map_err(|e| status::invalid_field(filter_field, e.to_string()))?;
    let order = text(call, order_field);
    let order =
        OrderBy::parse(&order).map_err(|e| status::invalid_field(order_field, e.to_string()))?;
    let listed = menshen_proto::descriptors()
        .get_message_by_name(message)
        .ok_or_else(|| mismatch(call.plan))?;
    let named = filter
        .fields()
        .into_iter()
        .map(|field| (filter_field, field));
    let named = named.chain(order.fields().into_iter().map(|field| (order_field, field)));
    for (expression, field) in named {
        let rules = rules_of_path(&listed, field)
            .map_err(|unknown| refusal::unknown_field(expression, &unknown))?;
        for rule in rules {
            answers.admit_read(rule)?;
        }
    }
    Ok(())
}

fn text(call: &Call<'_>, path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        call.asked.text(path)
    }
}
