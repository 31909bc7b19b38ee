//! Notes 备注: what colleagues tell each other about a record.

use super::{mentions, people};
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::check::about_one;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::{Joined, Kind};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, NoteVisibility};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about notes.
#[derive(Clone, Debug)]
pub(crate) struct Note;

pub(crate) static NOTE: Kind = Kind {
    name: "note",
    message: "menshen.crm.v1.Note",
    table: "notes",
    module: "module:notes",
    is_owned: false,
    fields: &[
        Field::optional_parent(
            "customer",
            &CUSTOMER,
            "a note stays with what it is about; delete it and create one there",
        ),
        Field::text("body", 1, 10_000),
        Field::choice("visibility", NoteVisibility::Inherit as i32),
        Field::json("mentions"),
        Field::json("unreachable_mentions").by_the_kind("it follows from `mentions`"),
        Field::relation("author").by_the_kind("it is who wrote it"),
    ],
    joined: &[
        Joined {
            relation: "team",
            subject: "team",
            // Visibility 3: the teams of what it is about.
            rows: "(SELECT n.id AS note_id, t.team_id FROM notes n \
                   JOIN customer_teams t ON t.customer_id = n.customer_id WHERE n.visibility = 3)",
            record: "note_id",
            column: "team_id",
        },
        Joined {
            relation: "open",
            subject: "module",
            // Visibility 1: whoever sees what it is about and may read notes.
            rows: "(SELECT n.id AS note_id, 'notes' AS module_id FROM notes n WHERE n.visibility = 1)",
            record: "note_id",
            column: "module_id",
        },
    ],
    plan: OnceLock::new(),
};

impl Resource for Note {
    const TYPE: &'static str = "note";
}

impl Entity for Note {
    type Message = v1::Note;

    fn kind() -> &'static Kind {
        &NOTE
    }

    fn check(change: &mut Change<'_, v1::Note>, violations: &mut Violations) {
        about_one(&[("customer", &change.after.customer)], violations);
        if change.cause.touches("mentions") {
            people::check("mentions", &change.after.mentions, violations);
        }
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Note>,
    ) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            let author = caller.subject.strip_prefix("user:");
            change.after.author = author.unwrap_or_default().to_owned();
        }
        if matches!(change.cause, Cause::Create | Cause::Update(_)) {
            mentions::admit(crm, caller, change).await?;
        }
        Ok(())
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Note>) -> Result<(), Refusal> {
        mentions::tell_new(tx, change).await
    }
}
