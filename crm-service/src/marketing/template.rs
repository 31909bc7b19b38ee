//! Templates 模板: what is written, with places for what differs from person to person.

pub(super) mod text;

use super::approval;
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, TemplateStatus};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about templates.
#[derive(Clone, Debug)]
pub(crate) struct Template;

const APPROVE: &str = "ApproveTemplate";
const BY_STEPS: &str = "approve or revise it instead";

pub(crate) static TEMPLATE: Kind = Kind {
    name: "template",
    message: "menshen.crm.v1.Template",
    table: "templates",
    module: "module:templates",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("subject", 1, 200),
        Field::text("body", 1, 50_000),
        Field::choice("status", TemplateStatus::Draft as i32).by_the_kind(BY_STEPS),
        Field::relation("prepared_by").by_the_kind("it is who wrote it last"),
        Field::person("approved_by").by_the_kind(BY_STEPS),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Template {
    const TYPE: &'static str = "template";
}

impl Entity for Template {
    type Message = v1::Template;

    const STEPS: &'static [Step] = &[
        Step::new(
            APPROVE,
            &[TemplateStatus::Draft as i32],
            TemplateStatus::Approved as i32,
        ),
        Step::new(
            "ReviseTemplate",
            &[TemplateStatus::Approved as i32],
            TemplateStatus::Draft as i32,
        ),
    ];

    fn kind() -> &'static Kind {
        &TEMPLATE
    }

    /// Whoever wrote it last is known to the access model, and does not approve it.
    async fn admit(
        _: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Template>,
    ) -> Result<(), Refusal> {
        let caller = change.call.caller.clone();
        let person = approval::person(&caller).unwrap_or_default();
        match change.cause {
            Cause::Create => {
                change.after.set_status(TemplateStatus::Draft);
                person.clone_into(&mut change.after.prepared_by);
                change.after.approved_by.clear();
            }
            Cause::Update(_) => {
                admit_edit(change)?;
                person.clone_into(&mut change.after.prepared_by);
            }
            Cause::Step(step) if step.method == APPROVE => {
                let by = approval::due(&TEMPLATE, change.id, &caller)?;
                by.clone_into(&mut change.after.approved_by);
            }
            Cause::Step(_) => change.after.approved_by.clear(),
            Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => {}
        }
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Template>, violations: &mut Violations) {
        text::check("subject", &change.after.subject, violations);
        text::check("body", &change.after.body, violations);
        if !change.after.body.contains(text::UNSUBSCRIBE) {
            let problem = format!(
                "has no `{}`; whoever is written to must find how to say no",
                text::UNSUBSCRIBE
            );
            violations.add("body", problem);
        }
    }
}

fn admit_edit(change: &Change<'_, v1::Template>) -> Result<(), Refusal> {
    match change.before.map(v1::Template::status) {
        Some(TemplateStatus::Approved) => Err(Refusal::wrong_state(
            TEMPLATE.reference(change.id),
            "the template is approved; revise it before you change it",
        )),
        _ => Ok(()),
    }
}
