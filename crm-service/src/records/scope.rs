//! What a caller may see of any kind: for what goes over many records beside its own, such as the
//! selection of a segment, a report, an export.

use super::kind::Kind;
use super::plan::Plan;
use super::refusal::Refusal;
use crate::crm::Crm;
use menshen_proto::authz::v1::Predicate;
use service_kit::caller::Caller;
use service_kit::guard::reach::{About, Reached, reach};
use service_kit::predicate::Listing;
use service_kit::query::{Filter, QueryError, Sql};
use service_kit::status;

/// The records of a kind that a caller may see, and the fields of them.
pub(crate) struct InSight {
    plan: &'static Plan,
    reached: Reached,
}

/// Those of them that a filter selects.
pub(crate) struct Selection {
    plan: &'static Plan,
    predicate: Predicate,
    filter: Filter,
}

/// Asks what of a kind the caller may see: whoever runs it, not whoever wrote it.
///
/// # Errors
/// PERMISSION_DENIED: the module, or reading in it, is out of reach. UNAVAILABLE: nobody decides.
pub(crate) async fn scope(
    crm: &Crm,
    caller: &Caller,
    kind: &'static Kind,
) -> Result<InSight, Refusal> {
    let plan = kind.plan()?;
    let about = About {
        permission: "view",
        resource_type: kind.name,
        contextual: plan.relations.clone(),
        message: &plan.descriptor,
    };
    let reached = reach(&*crm.decider, caller, about).await?;
    Ok(InSight { plan, reached })
}

impl InSight {
    /// Those that a filter selects, which stands in the request field `field`.
    ///
    /// # Errors
    /// INVALID_ARGUMENT: it does not read, names a field that there is not, or asks of one what cannot be
    /// asked. PERMISSION_DENIED, layer FIELD: it names a field that the caller may not read.
    pub(crate) fn filtered(&self, field: &str, filter: &str) -> Result<Selection, Refusal> {
        let told = |error: QueryError| status::invalid_field(field, error.to_string());
        let filter = Filter::parse(filter).map_err(told)?;
        self.admit(field, filter.fields())?;
        let columns = self.plan.columns;
        columns
            .write_filter(&filter, &mut Sql::default())
            .map_err(told)?;
        Ok(Selection {
            plan: self.plan,
            predicate: self.reached.predicate().clone(),
            filter,
        })
    }

    /// Makes sure that the caller may read each of these fields, named in the request field `field`.
    ///
    /// # Errors
    /// As [`InSight::filtered`].
    pub(crate) fn admit<'a>(
        &self,
        field: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Refusal> {
        Ok(self.reached.admit(field, names)?)
    }
}

impl Selection {
    /// Goes on with a SELECT of their ids; deleted ones are not among them.
    ///
    /// # Errors
    /// The predicate names what the rows do not have: a mistake of ours.
    pub(crate) fn write_ids(&self, sql: &mut Sql) -> Result<(), Refusal> {
        let Self {
            plan,
            predicate,
            filter,
        } = self;
        let listing = Listing::new(plan.mapping, predicate, plan.live, plan.columns, filter);
        listing
            .and_then(|listing| listing.write_ids(sql))
            .map_err(|error| status::internal(&error))?;
        Ok(())
    }
}
