//! Running reports, as who asks for them.

use super::{ReportDefinition, dataset};
use crate::crm::Crm;
use crate::records::aggregate::{Aggregate, Figure, Figures, Function, Group, Measure, aggregate};
use crate::records::record::{many, one};
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{
    self, GetDashboardRequest, GetDashboardResponse, ReportFunction, ReportResult, ReportRow,
    ReportValue, RunReportRequest, RunReportResponse, report_value::Value,
};
use menshen_proto::standard::ReportDefinitionVerbs;
use service_kit::caller::Caller;
use service_kit::guard::permit::{Permit, Permits};
use tonic::{Request, Response, Status};

/// Reports of one dashboard.
const MOST: usize = 20;

#[tonic::async_trait]
impl ReportDefinitionVerbs for Records<ReportDefinition> {
    async fn run_report(
        &self,
        request: Request<RunReportRequest>,
    ) -> Result<Response<RunReportResponse>, Status> {
        let permit = Permit::<ReportDefinition>::of(&request)?;
        let report = one(&self.crm.db, &permit).await?.message;
        let result = run(&self.crm, permit.caller(), &report).await?;
        Ok(Response::new(RunReportResponse {
            result: Some(result),
        }))
    }

    async fn get_dashboard(
        &self,
        request: Request<GetDashboardRequest>,
    ) -> Result<Response<GetDashboardResponse>, Status> {
        let permits = Permits::<ReportDefinition>::of(&request)?;
        if request.get_ref().ids.len() > MOST {
            let problem = format!("has too many; give at most {MOST}");
            return Err(service_kit::status::invalid_field("ids", problem));
        }
        let found = many(&self.crm.db, &permits).await?;
        let mut results = Vec::with_capacity(found.records.len());
        let mut not_allowed = Vec::new();
        for report in found.records {
            match run(&self.crm, permits.caller(), &report.message).await {
                Ok(result) => results.push(result),
                Err(Refusal::Answered(status))
                    if status.code() == tonic::Code::PermissionDenied =>
                {
                    not_allowed.push(report.id);
                }
                Err(other) => return Err(other.into()),
            }
        }
        Ok(Response::new(GetDashboardResponse {
            results,
            not_found: found.not_found,
            not_allowed,
        }))
    }
}

/// Runs a report for who asks.
async fn run(
    crm: &Crm,
    caller: &Caller,
    report: &v1::ReportDefinition,
) -> Result<ReportResult, Refusal> {
    let kind = dataset(crm, &report.dataset)?;
    let (figures, is_complete) = aggregate(crm, caller, kind, &asked(report)).await?;
    Ok(ReportResult {
        report: report.id.clone(),
        rows: figures.into_iter().map(row).collect(),
        is_complete,
        as_of: Some(timestamp(crm.clock.now_us())),
    })
}

/// What a report asks.
pub(super) fn asked(report: &v1::ReportDefinition) -> Aggregate {
    let group = |group: &v1::ReportGroup| Group {
        field: group.field.clone(),
        by_month: group.by_month,
    };
    let measure = |measure: &v1::ReportMeasure| Measure {
        function: match measure.function() {
            ReportFunction::Unspecified | ReportFunction::Count => Function::Count,
            ReportFunction::Sum => Function::Sum,
            ReportFunction::Average => Function::Average,
            ReportFunction::Min => Function::Min,
            ReportFunction::Max => Function::Max,
        },
        field: measure.field.clone(),
    };
    Aggregate {
        filter: report.filter.clone(),
        groups: report.groups.iter().map(group).collect(),
        measures: report.measures.iter().map(measure).collect(),
    }
}

fn row(figures: Figures) -> ReportRow {
    let value = |figure: Figure| ReportValue {
        value: match figure {
            Figure::None => None,
            Figure::Whole(whole) => Some(Value::Whole(whole)),
            Figure::Fraction(fraction) => Some(Value::Fraction(fraction)),
        },
    };
    ReportRow {
        keys: figures.keys,
        currency: figures.currency.unwrap_or_default(),
        values: figures.values.into_iter().map(value).collect(),
    }
}
