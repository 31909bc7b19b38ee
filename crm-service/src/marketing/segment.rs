//! Segments 人群: whom marketing means, as a filter over customers and their contacts.
//!
//! A filter tells what the fields hold that it compares, so that only those may stand in it that whoever
//! writes or runs it may read. What it selects is within the reach of whoever runs it.

mod api;
mod selection;
mod snapshot;

use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, SegmentMembers, SegmentStatus};
use selection::Selected;
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about segments.
#[derive(Clone, Debug)]
pub(crate) struct Segment;

/// As long as the filter language takes.
const FILTER_CHARS: usize = 4_096;
const PUBLISH: &str = "PublishSegment";

pub(crate) static SEGMENT: Kind = Kind {
    name: "segment",
    message: "menshen.crm.v1.Segment",
    table: "segments",
    module: "module:segments",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::text("description", 0, 2_000),
        Field::choice("members", SegmentMembers::Customers as i32),
        Field::text("customer_filter", 0, FILTER_CHARS),
        Field::text("contact_filter", 0, FILTER_CHARS),
        Field::choice("status", SegmentStatus::Draft as i32)
            .by_the_kind("publish or revise it instead"),
        Field::time("published_at").by_the_kind("publish it instead"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Segment {
    const TYPE: &'static str = "segment";
}

impl Entity for Segment {
    type Message = v1::Segment;

    const STEPS: &'static [Step] = &[
        Step::new(
            PUBLISH,
            &[SegmentStatus::Draft as i32],
            SegmentStatus::Published as i32,
        ),
        Step::new(
            "ReviseSegment",
            &[SegmentStatus::Published as i32],
            SegmentStatus::Draft as i32,
        ),
    ];

    fn kind() -> &'static Kind {
        &SEGMENT
    }

    /// Whoever writes or publishes a filter may read what it compares, all of it: also what somebody else
    /// wrote into it before.
    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Segment>,
    ) -> Result<(), Refusal> {
        match change.cause {
            Cause::Create => {
                change.after.set_status(SegmentStatus::Draft);
                change.after.published_at = None;
            }
            Cause::Update(_) => admit_edit(change)?,
            Cause::Step(step) if step.method == PUBLISH => {
                change.after.published_at = Some(timestamp(change.call.now_us));
            }
            Cause::Step(_) | Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => {
                return Ok(());
            }
        }
        Selected::of(crm, caller, &change.after, "segment.").await?;
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Segment>, violations: &mut Violations) {
        let segment = &change.after;
        if segment.members() == SegmentMembers::Customers && !segment.contact_filter.is_empty() {
            violations.add(
                "contact_filter",
                "selects contacts, but the segment consists of customers; set `members` to \
                 `SEGMENT_MEMBERS_CONTACTS`, or leave it empty",
            );
        }
    }
}

fn admit_edit(change: &Change<'_, v1::Segment>) -> Result<(), Refusal> {
    match change.before.map(v1::Segment::status) {
        Some(SegmentStatus::Published) => Err(Refusal::wrong_state(
            SEGMENT.reference(change.id),
            "the segment is published; revise it before you change it",
        )),
        _ => Ok(()),
    }
}
