//! Four eyes: what is approved by another person than made it.
//!
//! Whoever created it and whoever submitted it are relations of the row. The access model takes them out of
//! those who may approve it, so that no handler can forget to.

use crate::records::entity::{Cause, Change, Step};
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::StrategyStatus;

/// Who had a hand in a record.
pub(super) struct Hands<'a> {
    pub(super) preparer: &'a mut String,
    pub(super) submitter: &'a mut String,
    pub(super) approver: &'a mut String,
}

/// A message that is submitted and approved. Its status has the numbers of [`StrategyStatus`].
pub(super) trait Approvable {
    fn hands(&mut self) -> Hands<'_>;
    fn status_mut(&mut self) -> &mut i32;
    fn status_number(&self) -> i32;
}

const DRAFT: i32 = StrategyStatus::Draft as i32;
const IN_APPROVAL: i32 = StrategyStatus::InApproval as i32;
const APPROVED: i32 = StrategyStatus::Approved as i32;
const ACTIVE: i32 = StrategyStatus::Active as i32;
const ARCHIVED: i32 = StrategyStatus::Archived as i32;

/// The steps, by the methods that submit, approve, return, activate and archive.
pub(super) const fn steps(methods: [&'static str; 5]) -> [Step; 5] {
    let [submit, approve, send_back, activate, archive] = methods;
    [
        Step::new(submit, &[DRAFT], IN_APPROVAL),
        Step::new(approve, &[IN_APPROVAL], APPROVED),
        Step::new(send_back, &[IN_APPROVAL], DRAFT).with_reason(),
        Step::new(activate, &[APPROVED], ACTIVE),
        Step::new(archive, &[APPROVED, ACTIVE], ARCHIVED),
    ]
}

/// Writes down who has a hand in the change; what was submitted is no longer edited.
///
/// # Errors
/// It is edited after it was submitted; a service submits or approves.
pub(super) fn admit<M: Approvable>(
    kind: &'static Kind,
    change: &mut Change<'_, M>,
) -> Result<(), Refusal> {
    match change.cause {
        Cause::Create => begin(change),
        Cause::Update(_) => return admit_edit(kind, change),
        Cause::Step(step) => return sign(kind, change, step.to),
        Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => {}
    }
    Ok(())
}

fn begin<M: Approvable>(change: &mut Change<'_, M>) {
    let by = person(&change.call.caller).unwrap_or_default().to_owned();
    *change.after.status_mut() = DRAFT;
    let hands = change.after.hands();
    *hands.preparer = by;
    hands.submitter.clear();
    hands.approver.clear();
}

fn admit_edit<M: Approvable>(kind: &'static Kind, change: &Change<'_, M>) -> Result<(), Refusal> {
    let status = change.before.map_or(DRAFT, Approvable::status_number);
    if status == DRAFT {
        return Ok(());
    }
    let name = StrategyStatus::try_from(status).unwrap_or_default();
    let (what, name) = (kind.name, state(name));
    let problem = format!(
        "the {what} is `{name}`, and what others decide on is not edited; have it returned, or create another one"
    );
    Err(Refusal::wrong_state(kind.reference(change.id), problem))
}

fn sign<M: Approvable>(
    kind: &'static Kind,
    change: &mut Change<'_, M>,
    to: i32,
) -> Result<(), Refusal> {
    if to == DRAFT {
        change.after.hands().submitter.clear();
    }
    if to != IN_APPROVAL && to != APPROVED {
        return Ok(());
    }
    let by = due(kind, change.id, &change.call.caller)?.to_owned();
    let hands = change.after.hands();
    if to == IN_APPROVAL {
        *hands.submitter = by;
    } else {
        *hands.approver = by;
    }
    Ok(())
}

/// The id of the person who calls.
pub(super) fn person(caller: &str) -> Option<&str> {
    caller.strip_prefix("user:")
}

/// The id of the person who calls: of two programs nobody knows whose eyes they are.
///
/// # Errors
/// A service calls.
pub(super) fn due<'a>(kind: &Kind, id: &str, caller: &'a str) -> Result<&'a str, Refusal> {
    person(caller).ok_or_else(|| {
        let problem = format!(
            "`{caller}` is not a person; have somebody do it who answers for the {}",
            kind.name
        );
        Refusal::wrong_state(kind.reference(id), problem)
    })
}

/// As callers know it, without the enum's name, which differs.
fn state(status: StrategyStatus) -> &'static str {
    status.as_str_name().trim_start_matches("STRATEGY_STATUS_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::MarketingPlanStatus;

    #[test]
    fn the_states_of_a_plan_have_the_numbers_of_a_strategy() {
        for number in DRAFT..=ARCHIVED {
            let strategy = state(StrategyStatus::try_from(number).unwrap());
            let plan = MarketingPlanStatus::try_from(number).unwrap();
            let plan = plan
                .as_str_name()
                .trim_start_matches("MARKETING_PLAN_STATUS_");
            assert_eq!(strategy, plan);
        }
    }

    #[test]
    fn only_people_sign() {
        assert_eq!(person("user:u20"), Some("u20"));
        assert_eq!(person("service:etl"), None);
    }
}
