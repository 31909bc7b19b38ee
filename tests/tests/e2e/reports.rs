//! Reports run as who looks at them, and saved views give nothing.

use crate::ask::{counted, counting, created, unique};
use crate::expect::{denied, refused};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CreateReportDefinitionRequest, CreateSavedViewRequest, Customer, GetDashboardRequest,
    GetSavedViewRequest, ReportDefinition, ReportFunction, ReportGroup, ReportMeasure,
    ReportResult, RunReportRequest, SavedView, ShareLevel, ShareReportDefinitionRequest,
    ShareSavedViewRequest, report_value::Value,
};
use std::sync::Arc;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    t3_count_is_what_the_list_of_the_same_caller_shows,
    t6_same_report_shows_its_author_and_its_viewer_what_each_may_see,
    t6_report_over_a_field_that_its_viewer_may_not_read_is_refused,
    figures_are_grouped_by_owner_and_month,
    amounts_in_several_currencies_are_not_added_up,
    report_over_what_there_is_not_is_refused_when_it_is_written,
    dashboard_runs_what_may_be_run,
    shared_view_is_seen_and_gives_nothing,
);

async fn defined(by: &Session, report: ReportDefinition) -> Result<String, Status> {
    let request = CreateReportDefinitionRequest {
        report_definition: Some(report),
        ..CreateReportDefinitionRequest::default()
    };
    let made = by.reports().create_report_definition(request).await?;
    Ok(made.into_inner().report_definition.unwrap().id)
}

async fn run(by: &Session, id: &str) -> Result<ReportResult, Status> {
    let request = RunReportRequest { id: id.to_owned() };
    let answer = by.reports().run_report(request).await?;
    Ok(answer.into_inner().result.unwrap())
}

async fn shared(by: &Session, id: &str, with: &str) {
    let request = ShareReportDefinitionRequest {
        id: id.to_owned(),
        subject: format!("user:{with}"),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareReportDefinitionRequest::default()
    };
    by.reports().share_report_definition(request).await.unwrap();
}

fn whole(result: &ReportResult) -> i64 {
    match result.rows[0].values[0].value {
        Some(Value::Whole(whole)) => whole,
        ref other => panic!("{other:?}"),
    }
}

/// Customers of this region alone, so that other tests do not count.
fn of_region(region: &str) -> ReportDefinition {
    ReportDefinition {
        filter: format!("region = \"{region}\""),
        ..counting("customer")
    }
}

async fn customer(by: &Session, region: &str) -> Customer {
    let like = Customer {
        region: region.to_owned(),
        ..Customer::default()
    };
    created(by, like).await
}

async fn t3_count_is_what_the_list_of_the_same_caller_shows(world: Arc<World>) {
    let region = unique("region");
    for owner in ["u05", "u05", "u06", "u15"] {
        customer(&world.sign_in(owner).await.unwrap(), &region).await;
    }
    for (viewer, seen) in [("u05", 2), ("u04", 3), ("u30", 4)] {
        let viewer = world.sign_in(viewer).await.unwrap();
        let report = defined(&viewer, of_region(&region)).await.unwrap();
        assert_eq!(whole(&run(&viewer, &report).await.unwrap()), seen);
        let mut list = counted(1);
        list.filter = of_region(&region).filter;
        let list = viewer.customers().list_customers(list).await.unwrap();
        assert_eq!(list.into_inner().total_size, seen);
    }
}

async fn t6_same_report_shows_its_author_and_its_viewer_what_each_may_see(world: Arc<World>) {
    let region = unique("region");
    let manager = world.sign_in("u03").await.unwrap();
    let rep = world.sign_in("u05").await.unwrap();
    customer(&rep, &region).await;
    customer(&world.sign_in("u06").await.unwrap(), &region).await;
    let report = defined(&manager, of_region(&region)).await.unwrap();
    assert_eq!(whole(&run(&manager, &report).await.unwrap()), 2);
    refused(
        rep.reports()
            .run_report(RunReportRequest { id: report.clone() })
            .await,
        Code::NotFound,
    );
    shared(&manager, &report, "u05").await;
    assert_eq!(whole(&run(&rep, &report).await.unwrap()), 1);
}

async fn t6_report_over_a_field_that_its_viewer_may_not_read_is_refused(world: Arc<World>) {
    let manager = world.sign_in("u03").await.unwrap();
    let report = ReportDefinition {
        measures: vec![ReportMeasure {
            function: ReportFunction::Sum as i32,
            field: "lifetime_value.amount_minor".to_owned(),
        }],
        ..counting("customer")
    };
    let sums = defined(&manager, report).await.unwrap();
    let grouped = ReportDefinition {
        groups: vec![ReportGroup {
            field: "phone".to_owned(),
            ..ReportGroup::default()
        }],
        ..counting("customer")
    };
    let groups = defined(&manager, grouped).await.unwrap();
    let filtered = ReportDefinition {
        filter: "phone : \"199\"".to_owned(),
        ..counting("customer")
    };
    let filters = defined(&manager, filtered).await.unwrap();
    let marketing = world.sign_in("u21").await.unwrap();
    for id in [sums, groups, filters] {
        run(&manager, &id).await.unwrap();
        shared(&manager, &id, "u21").await;
        let outcome = marketing
            .reports()
            .run_report(RunReportRequest { id })
            .await;
        denied(outcome, "field");
    }
}

async fn figures_are_grouped_by_owner_and_month(world: Arc<World>) {
    let region = unique("region");
    for owner in ["u05", "u05", "u06"] {
        customer(&world.sign_in(owner).await.unwrap(), &region).await;
    }
    let lead = world.sign_in("u04").await.unwrap();
    let group = |field: &str, by_month| ReportGroup {
        field: field.to_owned(),
        by_month,
    };
    let report = ReportDefinition {
        groups: vec![group("owner", false), group("created_at", true)],
        ..of_region(&region)
    };
    let report = defined(&lead, report).await.unwrap();
    let result = run(&lead, &report).await.unwrap();
    let owners: Vec<&str> = result.rows.iter().map(|row| row.keys[0].as_str()).collect();
    assert_eq!(owners, ["u05", "u06"]);
    assert_eq!(result.rows[0].values[0].value, Some(Value::Whole(2)));
    let month = &result.rows[0].keys[1];
    assert!(month.len() == 7 && month.as_bytes()[4] == b'-', "{month}");
    assert!(result.is_complete);
}

async fn amounts_in_several_currencies_are_not_added_up(world: Arc<World>) {
    let region = unique("region");
    let rep = world.sign_in("u05").await.unwrap();
    for (currency, amount_minor) in [("CNY", 100), ("CNY", 50), ("EUR", 7)] {
        let like = Customer {
            region: region.clone(),
            currency: currency.to_owned(),
            credit_limit: Some(menshen_proto::crm::v1::Money {
                currency: currency.to_owned(),
                amount_minor,
            }),
            ..Customer::default()
        };
        created(&rep, like).await;
    }
    let measure = |function: ReportFunction| ReportMeasure {
        function: function as i32,
        field: "credit_limit.amount_minor".to_owned(),
    };
    let report = ReportDefinition {
        measures: vec![
            measure(ReportFunction::Sum),
            measure(ReportFunction::Average),
        ],
        ..of_region(&region)
    };
    let report = defined(&rep, report).await.unwrap();
    let result = run(&rep, &report).await.unwrap();
    let rows: Vec<_> = result
        .rows
        .iter()
        .map(|row| {
            (
                row.currency.as_str(),
                row.values[0].value,
                row.values[1].value,
            )
        })
        .collect();
    let expected = [
        ("CNY", Some(Value::Whole(150)), Some(Value::Fraction(75.0))),
        ("EUR", Some(Value::Whole(7)), Some(Value::Fraction(7.0))),
    ];
    assert_eq!(rows, expected);
}

async fn report_over_what_there_is_not_is_refused_when_it_is_written(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let measure = |function: ReportFunction, field: &str| ReportMeasure {
        function: function as i32,
        field: field.to_owned(),
    };
    let cases = [
        (counting("unicorn"), "not a kind of record"),
        (
            ReportDefinition {
                measures: vec![measure(ReportFunction::Sum, "display_name")],
                ..counting("customer")
            },
            "is no number",
        ),
        (
            ReportDefinition {
                filter: "nonsense = 1".to_owned(),
                ..counting("customer")
            },
            "no field `nonsense`",
        ),
        (
            ReportDefinition {
                measures: Vec::new(),
                ..counting("customer")
            },
            "must be 1 to 10",
        ),
    ];
    for (report, problem) in cases {
        let status = defined(&rep, report).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(problem), "{status:?}");
    }
}

async fn dashboard_runs_what_may_be_run(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = defined(&rep, counting("customer")).await.unwrap();
    let admin = world.sign_in("u30").await.unwrap();
    let hidden = defined(&admin, counting("customer")).await.unwrap();
    let request = GetDashboardRequest {
        ids: vec![own.clone(), hidden.clone()],
    };
    let dashboard = rep.reports().get_dashboard(request).await.unwrap();
    let dashboard = dashboard.into_inner();
    assert_eq!(dashboard.results.len(), 1);
    assert_eq!(dashboard.results[0].report, own);
    assert_eq!(dashboard.not_found, [hidden]);
}

async fn shared_view_is_seen_and_gives_nothing(world: Arc<World>) {
    let region = unique("region");
    let manager = world.sign_in("u03").await.unwrap();
    customer(&world.sign_in("u06").await.unwrap(), &region).await;
    let request = CreateSavedViewRequest {
        saved_view: Some(SavedView {
            display_name: "the region".to_owned(),
            dataset: "customer".to_owned(),
            filter: of_region(&region).filter,
            order_by: "display_name, created_at desc".to_owned(),
            columns: vec!["display_name".to_owned()],
            ..SavedView::default()
        }),
        ..CreateSavedViewRequest::default()
    };
    let made = manager.saved_views().create_saved_view(request).await;
    let id = made.unwrap().into_inner().saved_view.unwrap().id;
    let rep = world.sign_in("u05").await.unwrap();
    let get = GetSavedViewRequest { id: id.clone() };
    refused(
        rep.saved_views().get_saved_view(get.clone()).await,
        Code::NotFound,
    );
    let share = ShareSavedViewRequest {
        id,
        subject: "user:u05".to_owned(),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareSavedViewRequest::default()
    };
    manager.saved_views().share_saved_view(share).await.unwrap();
    let view = rep.saved_views().get_saved_view(get).await.unwrap();
    let mut list = counted(10);
    list.filter = view.into_inner().saved_view.unwrap().filter;
    let list = rep.customers().list_customers(list).await.unwrap();
    assert_eq!(list.into_inner().total_size, 0);
}
