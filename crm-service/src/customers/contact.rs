//! Contacts 联系人: the people at a customer.

use super::customer::CUSTOMER;
use crate::records::entity::Entity;
use crate::records::field::Field;
use crate::records::kind::Kind;
use menshen_proto::crm::v1::{self, ContactStatus};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about contacts.
#[derive(Clone, Debug)]
pub(crate) struct Contact;

/// What a contact may be to a purchase; empty is unknown.
const ROLES: &[&str] = &["decision_maker", "influencer", "user"];

pub(crate) static CONTACT: Kind = Kind {
    name: "contact",
    message: "menshen.crm.v1.Contact",
    table: "contacts",
    module: "module:contacts",
    is_owned: false,
    fields: &[
        Field::parent(
            "customer",
            &CUSTOMER,
            "a contact stays with its customer; delete it and create one at the other",
        ),
        Field::line("display_name", 1, 200).searched(),
        Field::line("title", 0, 100),
        Field::word("role", ROLES),
        Field::email("email"),
        Field::phone("mobile"),
        Field::line("wechat", 0, 100),
        Field::past_date("birthday"),
        Field::flag("do_not_call"),
        Field::choice("status", ContactStatus::Active as i32),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Contact {
    const TYPE: &'static str = "contact";
}

impl Entity for Contact {
    type Message = v1::Contact;

    fn kind() -> &'static Kind {
        &CONTACT
    }
}
