//! Where a campaign stands, and what may still change there: draft → scheduled → running ⇄ paused →
//! completed; cancelled from everywhere before that.

use super::CAMPAIGN;
use crate::records::entity::{Cause, Change, Step};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{
    Campaign, CampaignStatus as Status, HistoryAction, MarketingPlanStatus,
};

const DRAFT: i32 = Status::Draft as i32;
const SCHEDULED: i32 = Status::Scheduled as i32;
const RUNNING: i32 = Status::Running as i32;
const PAUSED: i32 = Status::Paused as i32;
const COMPLETED: i32 = Status::Completed as i32;
const CANCELLED: i32 = Status::Cancelled as i32;

const LAUNCH: &str = "LaunchCampaign";

pub(super) const STEPS: &[Step] = &[
    Step::new("ScheduleCampaign", &[DRAFT], SCHEDULED),
    Step::new(LAUNCH, &[SCHEDULED], RUNNING),
    Step::new("PauseCampaign", &[RUNNING], PAUSED),
    Step::new("ResumeCampaign", &[PAUSED], RUNNING),
    Step::new("CompleteCampaign", &[RUNNING, PAUSED], COMPLETED),
    Step::new(
        "CancelCampaign",
        &[DRAFT, SCHEDULED, RUNNING, PAUSED],
        CANCELLED,
    )
    .told_as(HistoryAction::Cancelled)
    .with_reason(),
];

/// What may change once people are being reached.
const ONCE_RUNNING: [&str; 6] = [
    "display_name",
    "description",
    "ends_at",
    "cost",
    "budget",
    "teams",
];
/// What may change when it is over: bills come in late.
const ONCE_OVER: [&str; 2] = ["cost", "teams"];

/// Whether the change is one for its state; completes what the step brings with it.
///
/// # Errors
/// It is not.
pub(super) fn admit(change: &mut Change<'_, Campaign>) -> Result<(), Refusal> {
    match (change.cause, change.before) {
        (Cause::Create, _) => {
            change.after.set_status(Status::Draft);
            change.after.launched_at = None;
            Ok(())
        }
        (Cause::Update(paths), Some(before)) => {
            let changeable: &[&str] = match before.status() {
                Status::Unspecified | Status::Draft | Status::Scheduled => return Ok(()),
                Status::Running | Status::Paused => &ONCE_RUNNING,
                Status::Completed | Status::Cancelled => &ONCE_OVER,
            };
            let stays = paths
                .iter()
                .find(|path| !changeable.contains(&path.as_str()));
            match stays {
                Some(path) => Err(no_longer(change.id, path, before.status())),
                None => Ok(()),
            }
        }
        (Cause::Step(step), _) => admit_step(change, step),
        _ => Ok(()),
    }
}

/// Whether people begin to be reached by it.
pub(super) fn is_launch(cause: Cause<'_>) -> bool {
    matches!(cause, Cause::Step(step) if step.method == LAUNCH)
}

fn admit_step(change: &mut Change<'_, Campaign>, step: &Step) -> Result<(), Refusal> {
    if step.to == SCHEDULED && change.after.starts_at.is_none() {
        return Err(refused(
            change.id,
            "the campaign has no `starts_at`; say when it begins".to_owned(),
        ));
    }
    if step.method == LAUNCH {
        change.after.launched_at = Some(timestamp(change.call.now_us));
    }
    Ok(())
}

/// Whether the plan, of which this is the status, lets the campaign begin.
///
/// # Errors
/// It is neither approved nor active, or was deleted.
pub(super) fn admit_plan(id: &str, plan: &str, status: Option<i64>) -> Result<(), Refusal> {
    let status = status
        .and_then(|status| i32::try_from(status).ok())
        .and_then(|status| MarketingPlanStatus::try_from(status).ok());
    let is = match status {
        Some(MarketingPlanStatus::Approved | MarketingPlanStatus::Active) => return Ok(()),
        Some(status) => format!("is `{}`", status.as_str_name()),
        None => "was deleted".to_owned(),
    };
    Err(refused(
        id,
        format!("its plan `{plan}` {is}; have the plan approved first, or take it out of `plan`"),
    ))
}

fn no_longer(id: &str, path: &str, status: Status) -> Refusal {
    let status = status.as_str_name();
    refused(
        id,
        format!("the campaign is `{status}`; its `{path}` no longer changes"),
    )
}

fn refused(id: &str, problem: String) -> Refusal {
    Refusal::wrong_state(CAMPAIGN.reference(id), problem)
}
