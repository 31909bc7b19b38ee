//! Campaign members 活动成员: whom a campaign is for, and how far it got with each.

mod adding;
mod api;

pub(super) use adding::add;

use super::campaign::CAMPAIGN;
use crate::customers::contact::CONTACT;
use crate::customers::customer::CUSTOMER;
use crate::records::entity::{Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use menshen_proto::crm::v1::{self, CampaignMemberStatus as Status};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about campaign members.
#[derive(Clone, Debug)]
pub(crate) struct CampaignMember;

const FROM_A_SNAPSHOT: &str = "members are added from a segment's snapshot";
const BY_RESPONSE: &str = "record the response instead";

pub(crate) static CAMPAIGN_MEMBER: Kind = Kind {
    name: "campaign_member",
    message: "menshen.crm.v1.CampaignMember",
    table: "campaign_members",
    module: "module:campaign_members",
    is_owned: false,
    fields: &[
        Field::parent("campaign", &CAMPAIGN, FROM_A_SNAPSHOT),
        Field::link("customer", &CUSTOMER).by_the_kind(FROM_A_SNAPSHOT),
        Field::link("contact", &CONTACT).by_the_kind(FROM_A_SNAPSHOT),
        Field::line("snapshot", 0, 64).by_the_kind(FROM_A_SNAPSHOT),
        Field::choice("status", Status::Targeted as i32).by_the_kind(BY_RESPONSE),
        Field::text("response", 0, 2_000).by_the_kind(BY_RESPONSE),
        Field::time("responded_at").by_the_kind(BY_RESPONSE),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

/// Whoever was written to, or would be, may answer.
static RESPOND: Step = Step::new(
    "RecordResponse",
    &[
        Status::Targeted as i32,
        Status::Sent as i32,
        Status::Delivered as i32,
        Status::Opened as i32,
        Status::Clicked as i32,
    ],
    Status::Responded as i32,
)
.taking(&["response", "responded_at"]);

impl Resource for CampaignMember {
    const TYPE: &'static str = "campaign_member";
}

impl Entity for CampaignMember {
    type Message = v1::CampaignMember;

    fn kind() -> &'static Kind {
        &CAMPAIGN_MEMBER
    }
}
