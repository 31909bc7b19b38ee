//! Writes: decided on the row that they change, or not done.

use crate::ask::{get, listed, new_customer, own_customer, set_level, unique};
use crate::expect::{denied, refused, refused_because};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    BatchGetCustomersRequest, Customer, DeleteCustomerRequest, HistoryAction,
    ListCustomerHistoryRequest, ListCustomersRequest, RestoreCustomerRequest,
    TransferCustomerRequest,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    new_record_is_its_creators_and_history_tells_each_change,
    customer_for_somebody_else_is_refused,
    no_update_follows_the_transfer_that_took_the_record_away,
    nobody_reads_what_became_somebody_elses_meanwhile,
    stale_etag_is_refused,
    retry_with_the_same_request_id_has_one_effect,
    request_id_with_another_content_is_refused,
    validate_only_changes_nothing,
    deleted_record_is_gone_until_it_is_restored,
    taken_id_is_refused,
    lead_transfers_within_the_department_only,
    record_takes_the_department_of_its_new_owner_and_loses_it_in_the_pool,
    record_is_not_given_to_who_could_not_see_it,
    retried_delete_is_answered_as_the_first_time,
    deleted_records_are_listed_for_who_could_restore_them,
);

async fn new_record_is_its_creators_and_history_tells_each_change(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    assert_eq!(
        (own.owner.as_str(), own.department.as_str()),
        ("u05", "D111")
    );
    assert_eq!(get(&rep, &own.id).await.unwrap(), own);
    rep.customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    let request = ListCustomerHistoryRequest {
        id: own.id,
        ..ListCustomerHistoryRequest::default()
    };
    let history = rep.customers().list_customer_history(request).await;
    let entries = history.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].changed_fields, ["level"]);
    assert_eq!(entries[0].actor, "user:u05");
    assert_eq!(entries[1].action(), HistoryAction::Created);
}

/// T14: creating is reaching for a record that is not there yet.
async fn customer_for_somebody_else_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    for (owner, department) in [("u15", "D13"), ("u06", "D111")] {
        let customer = Customer {
            owner: owner.to_owned(),
            department: department.to_owned(),
            ..Customer::default()
        };
        let request = new_customer(&unique("theirs"), customer);
        denied(rep.customers().create_customer(request).await, "data");
    }
}

/// T13: the owner of a record goes on updating it while an administrator gives it away. Whatever the
/// order, the former owner's change is never the later one.
async fn no_update_follows_the_transfer_that_took_the_record_away(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    for _ in 0..8 {
        let own = own_customer(&rep).await;
        let transfer = TransferCustomerRequest {
            id: own.id.clone(),
            owner: "u15".to_owned(),
            ..TransferCustomerRequest::default()
        };
        let ((), refused) = tokio::join!(
            transfer_at_last(&admin, transfer),
            update_until_refused(&rep, &own.id)
        );
        assert!(
            matches!(refused, None | Some(Code::NotFound)),
            "{refused:?}"
        );
        let request = ListCustomerHistoryRequest {
            id: own.id,
            ..ListCustomerHistoryRequest::default()
        };
        let history = admin.customers().list_customer_history(request).await;
        let entries = history.unwrap().into_inner().entries;
        assert_eq!(entries[0].action(), HistoryAction::Transferred);
    }
}

/// A record changes hands between the guard's decision and the read, over and over. What its former
/// owner is shown is never the record as somebody else's.
async fn nobody_reads_what_became_somebody_elses_meanwhile(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let id = own_customer(&rep).await.id;
    let change_hands = async {
        for owner in ["u15", "u05"].repeat(40) {
            let transfer = TransferCustomerRequest {
                id: id.clone(),
                owner: owner.to_owned(),
                ..TransferCustomerRequest::default()
            };
            transfer_at_last(&admin, transfer).await;
        }
    };
    tokio::select! {
        () = change_hands => {}
        _ = async { tokio::join!(read_on(&rep, &id), read_on(&rep, &id)) } => {}
    }
}

/// Reads a record alone and in a batch, without end: whenever it is shown, it is the reader's.
async fn read_on(reader: &Session, id: &str) {
    loop {
        let ids = vec![id.to_owned()];
        let one = get(reader, id).await;
        let request = BatchGetCustomersRequest { ids };
        let many = reader.customers().batch_get_customers(request).await;
        let many = many.map_or_else(|_| Vec::new(), |many| many.into_inner().customers);
        for shown in one.into_iter().chain(many) {
            assert_eq!(shown.owner, "u05");
        }
    }
}

/// Transfers a record, again as long as it keeps changing under the transfer.
async fn transfer_at_last(by: &Session, transfer: TransferCustomerRequest) {
    loop {
        match by.customers().transfer_customer(transfer.clone()).await {
            Err(status) if status.code() == Code::Aborted => {}
            outcome => return drop(outcome.unwrap()),
        }
    }
}

/// Updates a record until that is refused for another reason than a row that keeps changing; a
/// while at most, so that the transfer gets its turn.
async fn update_until_refused(owner: &Session, id: &str) -> Option<Code> {
    for _ in 0..40 {
        let outcome = owner.customers().update_customer(set_level(id, "A")).await;
        match outcome.map_err(|status| status.code()) {
            Ok(_) | Err(Code::Aborted) => {}
            Err(code) => return Some(code),
        }
    }
    None
}

async fn stale_etag_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let mut request = set_level(&own.id, "A");
    request.customer.as_mut().unwrap().etag = own.etag;
    rep.customers()
        .update_customer(request.clone())
        .await
        .unwrap();
    refused_because(
        rep.customers().update_customer(request).await,
        Code::Aborted,
        "ETAG_STALE",
    );
}

async fn retry_with_the_same_request_id_has_one_effect(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let mut request = new_customer("", Customer::default());
    request.request_id = unique("request");
    let first = rep
        .customers()
        .create_customer(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = rep
        .customers()
        .create_customer(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.customer.unwrap().id, again.customer.unwrap().id);
}

async fn request_id_with_another_content_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let mut request = new_customer("", Customer::default());
    request.request_id = unique("request");
    rep.customers()
        .create_customer(request.clone())
        .await
        .unwrap();
    request.customer.as_mut().unwrap().level.push('A');
    refused_because(
        rep.customers().create_customer(request).await,
        Code::Aborted,
        "REQUEST_ID_REUSED",
    );
}

async fn validate_only_changes_nothing(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let id = unique("trial");
    let mut create = new_customer(&id, Customer::default());
    create.validate_only = true;
    admin.customers().create_customer(create).await.unwrap();
    assert_eq!(get(&admin, &id).await.unwrap_err().code(), Code::NotFound);

    let own = own_customer(&rep).await;
    let mut update = set_level(&own.id, "A");
    update.validate_only = true;
    rep.customers().update_customer(update).await.unwrap();
    assert_eq!(get(&rep, &own.id).await.unwrap(), own);
}

async fn deleted_record_is_gone_until_it_is_restored(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    let delete = DeleteCustomerRequest {
        id: own.id.clone(),
        ..DeleteCustomerRequest::default()
    };
    let deleted = admin
        .customers()
        .delete_customer(delete)
        .await
        .unwrap()
        .into_inner();
    assert!(deleted.customer.unwrap().deleted_at.is_some());
    assert_eq!(
        get(&admin, &own.id).await.unwrap_err().code(),
        Code::NotFound
    );
    refused(
        admin
            .customers()
            .update_customer(set_level(&own.id, "A"))
            .await,
        Code::NotFound,
    );
    let restore = RestoreCustomerRequest {
        id: own.id.clone(),
        ..RestoreCustomerRequest::default()
    };
    admin.customers().restore_customer(restore).await.unwrap();
    assert_eq!(
        get(&admin, &own.id).await.unwrap().display_name,
        own.display_name
    );
}

async fn taken_id_is_refused(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    let request = new_customer(&own.id, Customer::default());
    refused(
        admin.customers().create_customer(request).await,
        Code::AlreadyExists,
    );
}

/// A transfer needs reach on the record as it is and as it will be.
async fn lead_transfers_within_the_department_only(world: Arc<World>) {
    let (rep, lead) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let transfer = |owner: &str, department: &str| TransferCustomerRequest {
        id: own.id.clone(),
        owner: owner.to_owned(),
        department: department.to_owned(),
        ..TransferCustomerRequest::default()
    };
    let to_colleague = rep.customers().transfer_customer(transfer("u06", "")).await;
    denied(to_colleague, "function");
    // Naming the lead's own department makes nobody else a part of it, and a department that nobody
    // in it was asked for gets nothing.
    for (owner, department) in [("u15", ""), ("u15", "D111"), ("u29", "D111"), ("", "D13")] {
        let outside = transfer(owner, department);
        denied(lead.customers().transfer_customer(outside).await, "data");
    }
    for (owner, department) in [("u04", "D13"), ("u06", "D13"), ("u06", "nowhere")] {
        let elsewhere = transfer(owner, department);
        let outcome = lead.customers().transfer_customer(elsewhere).await;
        let code = outcome.unwrap_err().code();
        assert!(
            matches!(code, Code::FailedPrecondition | Code::PermissionDenied),
            "{owner} {department}: {code:?}"
        );
    }
    let moved = lead
        .customers()
        .transfer_customer(transfer("u06", ""))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(moved.customer.unwrap().owner, "u06");
    assert_eq!(get(&rep, &own.id).await.unwrap_err().code(), Code::NotFound);
}

async fn record_takes_the_department_of_its_new_owner_and_loses_it_in_the_pool(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    for (owner, department) in [("u15", "D13"), ("", "")] {
        let request = TransferCustomerRequest {
            id: own.id.clone(),
            owner: owner.to_owned(),
            ..TransferCustomerRequest::default()
        };
        let moved = admin.customers().transfer_customer(request).await.unwrap();
        let moved = moved.into_inner().customer.unwrap();
        assert_eq!(
            (moved.owner.as_str(), moved.department.as_str()),
            (owner, department)
        );
    }
}

async fn retried_delete_is_answered_as_the_first_time(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let delete = DeleteCustomerRequest {
        id: own_customer(&admin).await.id,
        request_id: unique("request"),
        ..DeleteCustomerRequest::default()
    };
    let first = admin.customers().delete_customer(delete.clone()).await;
    let again = admin.customers().delete_customer(delete.clone()).await;
    assert_eq!(first.unwrap().into_inner(), again.unwrap().into_inner());
    let another = DeleteCustomerRequest {
        request_id: unique("request"),
        ..delete
    };
    refused(
        admin.customers().delete_customer(another).await,
        Code::NotFound,
    );
}

async fn deleted_records_are_listed_for_who_could_restore_them(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let (kept, deleted) = (own_customer(&rep).await.id, own_customer(&rep).await.id);
    let delete = DeleteCustomerRequest {
        id: deleted.clone(),
        ..DeleteCustomerRequest::default()
    };
    admin.customers().delete_customer(delete).await.unwrap();
    let list = |show_deleted| ListCustomersRequest {
        filter: format!(r#"id = "{kept}" OR id = "{deleted}""#),
        order_by: "id".to_owned(),
        show_deleted,
        ..ListCustomersRequest::default()
    };
    assert_eq!(
        listed(&admin, list(false)).await,
        std::slice::from_ref(&kept)
    );
    assert_eq!(
        listed(&admin, list(true)).await,
        [kept.clone(), deleted.clone()]
    );
    assert_eq!(listed(&rep, list(true)).await, std::slice::from_ref(&kept));
}

/// T23, T24.
async fn record_is_not_given_to_who_could_not_see_it(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    for (receiver, reason) in [
        ("u32", "RECEIVER_CANNOT_SEE"),
        ("nobody-of-that-name", "PRECONDITION_FAILED"),
    ] {
        let transfer = TransferCustomerRequest {
            id: own.id.clone(),
            owner: receiver.to_owned(),
            department: "D5".to_owned(),
            ..TransferCustomerRequest::default()
        };
        refused_because(
            admin.customers().transfer_customer(transfer).await,
            Code::FailedPrecondition,
            reason,
        );
    }
    assert_eq!(get(&admin, &own.id).await.unwrap().owner, "u30");
}
