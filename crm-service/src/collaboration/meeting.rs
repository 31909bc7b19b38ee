//! Meetings 会议: who meets when, perhaps about a record. The owner invites.

use super::people;
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::{Joined, Kind};
use crate::records::notice::{Notice, tell};
use crate::records::refusal::Refusal;
use crate::records::time::micros;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, HistoryAction, MeetingStatus, NotificationReason};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about meetings.
#[derive(Clone, Debug)]
pub(crate) struct Meeting;

pub(crate) static MEETING: Kind = Kind {
    name: "meeting",
    message: "menshen.crm.v1.Meeting",
    table: "meetings",
    module: "module:meetings",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::text("description", 0, 10_000),
        Field::optional_parent(
            "customer",
            &CUSTOMER,
            "a meeting stays with what it is about; cancel it and create one there",
        ),
        Field::time("start_at"),
        Field::time("end_at"),
        Field::line("location", 0, 500),
        Field::json("attendees"),
        Field::choice("status", MeetingStatus::Scheduled as i32)
            .by_the_kind("take a step, such as CancelMeeting"),
    ],
    joined: &[Joined {
        relation: "attendee",
        subject: "user",
        rows: "meeting_attendees",
        record: "meeting_id",
        column: "user_id",
    }],
    plan: OnceLock::new(),
};

/// What takes longer is not one meeting.
const LONGEST_US: i64 = 31 * 24 * 3_600 * 1_000_000;

const FORGET: &str = "
    DELETE FROM meeting_attendees
    WHERE meeting_id = $1";
const INVITE: &str = "
    INSERT INTO meeting_attendees (meeting_id, user_id)
    VALUES ($1, $2)";

impl Resource for Meeting {
    const TYPE: &'static str = "meeting";
}

impl Entity for Meeting {
    type Message = v1::Meeting;

    const STEPS: &'static [Step] = &[
        Step::new(
            "HoldMeeting",
            &[MeetingStatus::Scheduled as i32],
            MeetingStatus::Held as i32,
        ),
        Step::new(
            "CancelMeeting",
            &[MeetingStatus::Scheduled as i32],
            MeetingStatus::Cancelled as i32,
        )
        .told_as(HistoryAction::Cancelled),
    ];

    fn kind() -> &'static Kind {
        &MEETING
    }

    fn check(change: &mut Change<'_, v1::Meeting>, violations: &mut Violations) {
        if change.cause.touches("attendees") {
            people::check("attendees", &change.after.attendees, violations);
        }
        if !change.cause.touches("start_at") && !change.cause.touches("end_at") {
            return;
        }
        let start = change.after.start_at.as_ref().and_then(micros);
        let end = change.after.end_at.as_ref().and_then(micros);
        match (start, end) {
            (None, _) => violations.add("start_at", "is due; say when the meeting begins"),
            (_, None) => violations.add("end_at", "is due; say when the meeting ends"),
            (Some(start), Some(end)) if end <= start => {
                violations.add("end_at", "is not later than `start_at`; give a later time");
            }
            (Some(start), Some(end)) if end.saturating_sub(start) > LONGEST_US => {
                violations.add(
                    "end_at",
                    "is more than 31 days later; make several meetings",
                );
            }
            _ => {}
        }
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Meeting>,
    ) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            change.after.set_status(MeetingStatus::Scheduled);
        }
        let mut violations = Violations::of(MEETING.name);
        people::check("attendees", &change.after.attendees, &mut violations);
        violations.or(())?;
        let before = change.before.map(|before| before.attendees.as_slice());
        people::admit(crm, before.unwrap_or_default(), &change.after.attendees).await
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Meeting>) -> Result<(), Refusal> {
        let before = change.before.map(|before| before.attendees.as_slice());
        let (before, after) = (before.unwrap_or_default(), &change.after.attendees);
        if before != after.as_slice() {
            tx.execute(Stmt::new(FORGET).bind(change.id)).await?;
            for person in after {
                tx.execute(Stmt::new(INVITE).bind(change.id).bind(person))
                    .await?;
            }
        }
        let told: Vec<&String> = match change.cause {
            Cause::Step(_) => after.iter().collect(),
            _ => after.iter().filter(|one| !before.contains(one)).collect(),
        };
        let notice = Notice {
            because: NotificationReason::Invited,
            kind: &MEETING,
            id: change.id,
        };
        tell(tx, change.call, notice, &told).await
    }
}
