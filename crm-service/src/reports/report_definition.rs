//! Report definitions 报表. A report runs as who looks at it, never as who wrote it.

mod run;

use crate::crm::Crm;
use crate::records::aggregate::check;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1;
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about report definitions.
#[derive(Clone, Debug)]
pub(crate) struct ReportDefinition;

pub(crate) static REPORT_DEFINITION: Kind = Kind {
    name: "report_definition",
    message: "menshen.crm.v1.ReportDefinition",
    table: "report_definitions",
    module: "module:report_definitions",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::text("description", 0, 1_000),
        Field::line("dataset", 1, 64),
        Field::text("filter", 0, 4_000),
        Field::json("groups"),
        Field::json("measures"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for ReportDefinition {
    const TYPE: &'static str = "report_definition";
}

impl Entity for ReportDefinition {
    type Message = v1::ReportDefinition;

    fn kind() -> &'static Kind {
        &REPORT_DEFINITION
    }

    /// Whether it can be asked of anybody's records. Who may ask it is found out when it runs.
    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::ReportDefinition>,
    ) -> Result<(), Refusal> {
        if !matches!(change.cause, Cause::Create | Cause::Update(_)) {
            return Ok(());
        }
        let kind = dataset(crm, &change.after.dataset)?;
        Ok(check(kind, &run::asked(&change.after)).or(())?)
    }
}

/// The kind of records that a report is about.
fn dataset(crm: &Crm, name: &str) -> Result<&'static Kind, Violations> {
    let mut violations = Violations::of(REPORT_DEFINITION.name);
    let kind = crm.kinds.iter().find(|kind| kind.name == name);
    if let Some(kind) = kind {
        return Ok(kind);
    }
    let names: Vec<&str> = crm.kinds.iter().map(|kind| kind.name).collect();
    let (quoted, names) = (quote(name), names.join("`, `"));
    let problem = format!("{quoted} is not a kind of record; give one of `{names}`");
    violations.add("dataset", problem);
    Err(violations)
}
