//! Changes of many records: each decided on as if it were changed alone.

use crate::ask::{Outcome, created, get, own_customer, unique};
use crate::expect::{denied, refused};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    BulkDeleteRequest, BulkOutcome, BulkTransferRequest, BulkUpdateRequest, BulkUpdateResponse,
    Customer, Selection,
};
use prost_types::{FieldMask, Struct, Value, value::Kind};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    in_the_workshop:
        t17_bulk_takes_its_function_by_ids_and_by_filter,
        t17_each_row_is_decided_on_alone,
        bulk_by_filter_changes_what_the_list_shows,
        dry_run_changes_nothing,
        retried_bulk_has_one_effect_a_row,
        bulk_transfer_takes_what_a_transfer_takes,
        selection_that_is_none_is_refused,
);

fn of_customers(ids: &[&str]) -> Selection {
    Selection {
        r#type: "customer".to_owned(),
        ids: ids.iter().map(ToString::to_string).collect(),
        ..Selection::default()
    }
}

fn to_level(selection: Selection, level: &str) -> BulkUpdateRequest {
    let value = Value {
        kind: Some(Kind::StringValue(level.to_owned())),
    };
    BulkUpdateRequest {
        selection: Some(selection),
        record: Some(Struct {
            fields: [("level".to_owned(), value)].into(),
        }),
        update_mask: Some(FieldMask {
            paths: vec!["level".to_owned()],
        }),
        ..BulkUpdateRequest::default()
    }
}

async fn update(by: &Session, request: BulkUpdateRequest) -> Outcome<BulkUpdateResponse> {
    by.bulk().bulk_update(request).await
}

async fn outcomes(by: &Session, request: BulkUpdateRequest) -> Vec<BulkOutcome> {
    update(by, request).await.unwrap().into_inner().outcomes
}

async fn level(by: &Session, id: &str) -> String {
    get(by, id).await.unwrap().level
}

async fn t17_bulk_takes_its_function_by_ids_and_by_filter(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let (one, other) = (own_customer(&rep).await, own_customer(&rep).await);
    let both = of_customers(&[&one.id, &other.id]);
    let refusal = denied(update(&rep, to_level(both, "A")).await, "function");
    assert!(refusal.message().contains("at once"), "{refusal:?}");
    let filter = Selection {
        filter: format!("id = \"{}\"", one.id),
        ..of_customers(&[])
    };
    denied(
        update(&rep, to_level(filter.clone(), "A")).await,
        "function",
    );
    let request = BulkDeleteRequest {
        selection: Some(filter),
        ..BulkDeleteRequest::default()
    };
    denied(rep.bulk().bulk_delete(request).await, "function");
    assert_eq!(level(&rep, &one.id).await, "");
    let alone = outcomes(&rep, to_level(of_customers(&[&one.id]), "A")).await;
    assert!(alone[0].done, "{alone:?}");
    assert_eq!(level(&rep, &one.id).await, "A");
}

async fn t17_each_row_is_decided_on_alone(world: Arc<World>) {
    let (rep, far, manager) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let (reachable, hidden) = (own_customer(&rep).await, own_customer(&far).await);
    let ids = [&*reachable.id, &hidden.id, "nobody-has-it"];
    let told = outcomes(&manager, to_level(of_customers(&ids), "B")).await;
    let summary: Vec<_> = told
        .iter()
        .map(|one| (one.done, one.code, &*one.reason))
        .collect();
    let not_found = i32::from(Code::NotFound);
    assert_eq!(
        summary,
        [
            (true, 0, ""),
            (false, not_found, "NOT_FOUND"),
            (false, not_found, "NOT_FOUND")
        ]
    );
    assert_eq!(level(&rep, &reachable.id).await, "B");
    assert_eq!(level(&far, &hidden.id).await, "");
    let request = BulkDeleteRequest {
        selection: Some(of_customers(&ids[..2])),
        ..BulkDeleteRequest::default()
    };
    let told = manager
        .bulk()
        .bulk_delete(request)
        .await
        .unwrap()
        .into_inner()
        .outcomes;
    assert_eq!((told[0].done, &*told[0].reason), (false, "DATA_DENIED"));
    get(&rep, &reachable.id).await.unwrap();
}

async fn bulk_by_filter_changes_what_the_list_shows(world: Arc<World>) {
    let (rep, far, manager) = (
        world.sign_in("u06").await.unwrap(),
        world.sign_in("u16").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let industry = unique("bulk industry");
    let of_industry = || Customer {
        industry: industry.clone(),
        ..Customer::default()
    };
    let (seen, also, unseen) = (
        created(&rep, of_industry()).await,
        created(&rep, of_industry()).await,
        created(&far, of_industry()).await,
    );
    let selection = Selection {
        filter: format!("industry = \"{industry}\""),
        ..of_customers(&[])
    };
    let answer = update(&manager, to_level(selection, "C"))
        .await
        .unwrap()
        .into_inner();
    let ids: Vec<_> = answer.outcomes.iter().map(|one| &one.id).collect();
    assert_eq!(ids, [&seen.id, &also.id]);
    assert!(!answer.more);
    assert_eq!(level(&rep, &also.id).await, "C");
    assert_eq!(level(&far, &unseen.id).await, "");
    let by_hidden_field = Selection {
        filter: "phone = \"1\"".to_owned(),
        ..of_customers(&[])
    };
    let director = world.sign_in("u01").await.unwrap();
    denied(
        update(&director, to_level(by_hidden_field, "C")).await,
        "function",
    );
}

async fn dry_run_changes_nothing(world: Arc<World>) {
    let manager = world.sign_in("u03").await.unwrap();
    let (one, other) = (own_customer(&manager).await, own_customer(&manager).await);
    let request = BulkUpdateRequest {
        validate_only: true,
        ..to_level(of_customers(&[&one.id, &other.id]), "A")
    };
    let told = outcomes(&manager, request).await;
    assert!(told.iter().all(|one| one.done));
    let wrong = BulkUpdateRequest {
        validate_only: true,
        ..to_level(of_customers(&[&one.id, &other.id]), "Z")
    };
    let told = outcomes(&manager, wrong).await;
    assert_eq!(told[0].code, i32::from(Code::InvalidArgument));
    assert!(told[0].message.contains("level"), "{told:?}");
    assert_eq!(get(&manager, &one.id).await.unwrap(), one);
}

async fn retried_bulk_has_one_effect_a_row(world: Arc<World>) {
    let manager = world.sign_in("u03").await.unwrap();
    let (one, other) = (own_customer(&manager).await, own_customer(&manager).await);
    let request = BulkDeleteRequest {
        selection: Some(of_customers(&[&one.id, &other.id])),
        request_id: unique("bulk"),
        ..BulkDeleteRequest::default()
    };
    let first = manager.bulk().bulk_delete(request.clone()).await.unwrap();
    assert!(
        first.get_ref().outcomes.iter().all(|one| one.done),
        "{first:?}"
    );
    let again = manager.bulk().bulk_delete(request).await.unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
}

async fn bulk_transfer_takes_what_a_transfer_takes(world: Arc<World>) {
    let manager = world.sign_in("u03").await.unwrap();
    let (one, other) = (own_customer(&manager).await, own_customer(&manager).await);
    let give = |owner: &str| BulkTransferRequest {
        selection: Some(of_customers(&[&one.id, &other.id])),
        owner: owner.to_owned(),
        ..BulkTransferRequest::default()
    };
    let outside = manager.bulk().bulk_transfer(give("u15")).await.unwrap();
    let outside = outside.into_inner().outcomes;
    assert!(
        outside.iter().all(|one| one.reason == "DATA_DENIED"),
        "{outside:?}"
    );
    let inside = manager.bulk().bulk_transfer(give("u06")).await.unwrap();
    assert!(inside.into_inner().outcomes.iter().all(|one| one.done));
    assert_eq!(get(&manager, &one.id).await.unwrap().owner, "u06");
}

async fn selection_that_is_none_is_refused(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let wrong = [
        Selection::default(),
        of_customers(&[]),
        Selection {
            r#type: "customers".to_owned(),
            ..of_customers(&["x"])
        },
        Selection {
            filter: "level = \"A\"".to_owned(),
            ..of_customers(&["x"])
        },
        of_customers(&vec!["x"; 1_001]),
    ];
    for selection in wrong {
        let refusal = refused(
            update(&admin, to_level(selection, "A")).await,
            Code::InvalidArgument,
        );
        assert!(refusal.message().contains("selection."), "{refusal:?}");
    }
    let mut request = to_level(of_customers(&["x"]), "A");
    request
        .record
        .as_mut()
        .unwrap()
        .fields
        .insert("levle".to_owned(), Value::default());
    let refusal = refused(update(&admin, request).await, Code::InvalidArgument);
    assert!(refusal.message().contains("levle"), "{refusal:?}");
    let history = Selection {
        r#type: "interaction".to_owned(),
        ..of_customers(&["x"])
    };
    let request = BulkDeleteRequest {
        selection: Some(history),
        ..BulkDeleteRequest::default()
    };
    refused(
        admin.bulk().bulk_delete(request).await,
        Code::InvalidArgument,
    );
}
