//! Attachments 附件: files that belong to a record.

use super::content::upload;
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::check::about_one;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1;
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about attachments.
#[derive(Clone, Debug)]
pub(crate) struct Attachment;

const FOUND_OUT: &str = "it is found out from the bytes; attach another file";

pub(crate) static ATTACHMENT: Kind = Kind {
    name: "attachment",
    message: "menshen.crm.v1.Attachment",
    table: "attachments",
    module: "module:attachments",
    is_owned: false,
    fields: &[
        Field::optional_parent(
            "customer",
            &CUSTOMER,
            "an attachment stays with its record; delete it and attach the file there",
        ),
        Field::line("display_name", 1, 200).searched(),
        Field::text("description", 0, 1_000),
        Field::line("upload", 0, 64).at_first("a file does not change; attach another one"),
        Field::line("content_type", 0, 200).by_the_kind(FOUND_OUT),
        Field::number("size_bytes", 0, i64::MAX).by_the_kind(FOUND_OUT),
        Field::line("sha256", 0, 64).by_the_kind(FOUND_OUT),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Attachment {
    const TYPE: &'static str = "attachment";
}

impl Entity for Attachment {
    type Message = v1::Attachment;

    fn kind() -> &'static Kind {
        &ATTACHMENT
    }

    fn check(change: &mut Change<'_, v1::Attachment>, violations: &mut Violations) {
        about_one(&[("customer", &change.after.customer)], violations);
        let name = &change.after.display_name;
        if change.cause.touches("display_name") && name.contains(['/', '\\']) {
            let problem = "has `/` or `\\`; give the name of a file, without the folders it is in";
            violations.add("display_name", problem);
        }
    }

    /// The bytes are looked at before the transaction begins; they do not change any more.
    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Attachment>,
    ) -> Result<(), Refusal> {
        if !matches!(change.cause, Cause::Create) {
            return Ok(());
        }
        let file = upload::verified(crm, caller, &change.after).await?;
        file.content_type.clone_into(&mut change.after.content_type);
        change.after.size_bytes = file.size_bytes;
        change.after.sha256 = file.sha256;
        Ok(())
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Attachment>) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            let id = std::mem::take(&mut change.after.upload);
            upload::keep(tx, &id, &change.after, change.call).await?;
        }
        Ok(())
    }
}
