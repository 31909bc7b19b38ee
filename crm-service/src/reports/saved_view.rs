//! Saved views 视图: a list as somebody likes to see it. It gives nothing: who opens it sees what they may see.

use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1;
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use service_kit::query::{Column, Filter, OrderBy, Sql};
use std::sync::OnceLock;

/// Marks what is about saved views.
#[derive(Clone, Debug)]
pub(crate) struct SavedView;

pub(crate) static SAVED_VIEW: Kind = Kind {
    name: "saved_view",
    message: "menshen.crm.v1.SavedView",
    table: "saved_views",
    module: "module:saved_views",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("dataset", 1, 64),
        Field::text("filter", 0, 4_000),
        Field::text("order_by", 0, 400),
        Field::json("columns"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const MOST_COLUMNS: usize = 50;

impl Resource for SavedView {
    const TYPE: &'static str = "saved_view";
}

impl Entity for SavedView {
    type Message = v1::SavedView;

    fn kind() -> &'static Kind {
        &SAVED_VIEW
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::SavedView>,
    ) -> Result<(), Refusal> {
        if !matches!(change.cause, Cause::Create | Cause::Update(_)) {
            return Ok(());
        }
        let mut violations = Violations::of(SAVED_VIEW.name);
        let view = &change.after;
        if let Some(kind) = crm.kinds.iter().find(|kind| kind.name == view.dataset) {
            check(kind, view, &mut violations)?;
        } else {
            let names: Vec<&str> = crm.kinds.iter().map(|kind| kind.name).collect();
            let (quoted, names) = (quote(&view.dataset), names.join("`, `"));
            let problem = format!("{quoted} is not a kind of record; give one of `{names}`");
            violations.add("dataset", problem);
        }
        Ok(violations.or(())?)
    }
}

/// Whether the list could be asked for.
fn check(
    kind: &'static Kind,
    view: &v1::SavedView,
    violations: &mut Violations,
) -> Result<(), Refusal> {
    let plan = kind.plan()?;
    let written = Filter::parse(&view.filter)
        .and_then(|filter| plan.columns.write_filter(&filter, &mut Sql::default()));
    if let Err(error) = written {
        violations.add("filter", error.to_string());
    }
    match OrderBy::parse(&view.order_by) {
        Err(error) => violations.add("order_by", error.to_string()),
        Ok(order) => {
            let is_known = |field: &str| {
                let mut columns = plan.columns.0.iter().map(Column::field);
                columns.any(|column| column == field)
            };
            for field in order.fields().into_iter().filter(|field| !is_known(field)) {
                let problem = format!("{} is not a field of a {}", quote(field), kind.name);
                violations.add("order_by", problem + "; name one that is");
            }
        }
    }
    if view.columns.len() > MOST_COLUMNS {
        violations.add(
            "columns",
            format!("has too many; give at most {MOST_COLUMNS}"),
        );
    }
    for column in &view.columns {
        if plan.descriptor.get_field_by_name(column).is_none() {
            let problem = format!("{} is not a field of a {}", quote(column), kind.name);
            violations.add("columns", problem + "; name one that is");
        }
    }
    Ok(())
}
