//! Both services in this process, over SQLite and real sockets.

mod company;

use company::Company;
use menshen_proto::crm::v1::*;
use prost_types::FieldMask;
use tonic::Code;

fn named(display_name: &str) -> Option<Customer> {
    Some(Customer { display_name: display_name.into(), ..Customer::default() })
}

fn create(id: &str) -> CreateCustomerRequest {
    CreateCustomerRequest {
        customer: named(&format!("Customer {id}")),
        customer_id: id.into(),
        ..CreateCustomerRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_rep_creates_reads_updates_and_may_not_delete() {
    let company = Company::new().await;
    let mut customers = company.customers("u05").await;
    let created = customers.create_customer(create("A-1")).await.unwrap().into_inner();
    let created = created.customer.unwrap();
    assert_eq!((created.owner.as_str(), created.department.as_str()), ("u05", "D111"));

    let read = GetCustomerRequest { id: "A-1".into() };
    let read = customers.get_customer(read).await.unwrap().into_inner().customer.unwrap();
    assert_eq!(read, created);

    let update = UpdateCustomerRequest {
        customer: Some(Customer { id: "A-1".into(), level: "VIP".into(), etag: read.etag.clone(), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["level".into()] }),
        ..Default::default()
    };
    let updated = customers.update_customer(update.clone()).await.unwrap().into_inner();
    assert_eq!(updated.customer.unwrap().level, "VIP");
    let stale = customers.update_customer(update).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "{stale}");

    let delete = DeleteCustomerRequest { id: "A-1".into(), ..Default::default() };
    let refused = customers.delete_customer(delete).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");

    let history = ListCustomerHistoryRequest { id: "A-1".into(), ..Default::default() };
    let history = customers.list_customer_history(history).await.unwrap().into_inner().entries;
    let changed: Vec<_> = history.iter().map(|entry| entry.changed_fields.as_slice()).collect();
    assert_eq!(changed[0], ["level"]);
    assert_eq!(history.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn colleague_sees_nothing_until_it_is_shared() {
    let company = Company::new().await;
    let (mut owner, mut other) = (company.customers("u05").await, company.customers("u15").await);
    owner.create_customer(create("A-1")).await.unwrap();
    let get = GetCustomerRequest { id: "A-1".into() };
    let hidden = other.get_customer(get.clone()).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
    let absent = other.get_customer(GetCustomerRequest { id: "A-2".into() }).await.unwrap_err();
    assert_eq!(absent.message().replace("A-2", "A-1"), hidden.message());

    let share = ShareCustomerRequest {
        id: "A-1".into(),
        subject: "user:u15".into(),
        level: ShareLevel::Read.into(),
        expires_at: Some(company.in_days(1)),
        reason: "covers for a week".into(),
        ..Default::default()
    };
    owner.share_customer(share.clone()).await.unwrap();
    assert_eq!(other.get_customer(get.clone()).await.unwrap().into_inner().customer.unwrap().id, "A-1");
    let update = UpdateCustomerRequest {
        customer: Some(Customer { id: "A-1".into(), level: "A".into(), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["level".into()] }),
        ..Default::default()
    };
    let refused = other.update_customer(update.clone()).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");

    let for_writing = ShareCustomerRequest { level: ShareLevel::Write.into(), ..share };
    owner.share_customer(for_writing).await.unwrap();
    other.update_customer(update).await.unwrap();
    let shares = ListCustomerSharesRequest { id: "A-1".into() };
    let shares = owner.list_customer_shares(shares).await.unwrap().into_inner().shares;
    assert_eq!(shares.len(), 1);
    assert_eq!(shares[0].level(), ShareLevel::Write);

    let unshare = UnshareCustomerRequest { id: "A-1".into(), subject: "user:u15".into(), ..Default::default() };
    owner.unshare_customer(unshare).await.unwrap();
    assert_eq!(other.get_customer(get).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_for_somebody_out_of_reach_is_refused() {
    let company = Company::new().await;
    let mut customers = company.customers("u05").await;
    let for_other = CreateCustomerRequest {
        customer: Some(Customer { display_name: "X".into(), owner: "u15".into(), ..Default::default() }),
        ..Default::default()
    };
    let refused = customers.create_customer(for_other).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transfer_needs_a_receiver_who_can_see_the_customer() {
    let company = Company::new().await;
    let mut admin = company.customers("u30").await;
    admin.create_customer(create("A-1")).await.unwrap();
    let transfer = |owner: &str| TransferCustomerRequest { id: "A-1".into(), owner: owner.into(), ..Default::default() };
    let blind = admin.transfer_customer(transfer("u32")).await.unwrap_err();
    assert_eq!((blind.code(), company::reason(&blind).as_str()), (Code::FailedPrecondition, "RECEIVER_CANNOT_SEE"));
    let unknown = admin.transfer_customer(transfer("nobody")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::FailedPrecondition, "{unknown}");
    let given = admin.transfer_customer(transfer("u15")).await.unwrap().into_inner().customer.unwrap();
    assert_eq!((given.owner.as_str(), given.department.as_str()), ("u15", "D13"));
    let pooled = admin.transfer_customer(transfer("")).await.unwrap().into_inner().customer.unwrap();
    assert_eq!((pooled.owner.as_str(), pooled.department.as_str()), ("", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_with_the_same_request_id_has_one_effect() {
    let company = Company::new().await;
    let mut customers = company.customers("u30").await;
    let request = CreateCustomerRequest { customer: named("Once"), request_id: "r1".into(), ..Default::default() };
    let first = customers.create_customer(request.clone()).await.unwrap().into_inner();
    let second = customers.create_customer(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, second);
    let other = CreateCustomerRequest { customer: named("Twice"), ..request };
    let refused = customers.create_customer(other).await.unwrap_err();
    assert_eq!(company::reason(&refused), "REQUEST_ID_REUSED");
    let delete = DeleteCustomerRequest { id: first.customer.unwrap().id, request_id: "r2".into(), ..Default::default() };
    let gone = customers.delete_customer(delete.clone()).await.unwrap().into_inner();
    assert_eq!(customers.delete_customer(delete.clone()).await.unwrap().into_inner(), gone);
    let again = DeleteCustomerRequest { request_id: "r3".into(), ..delete };
    assert_eq!(customers.delete_customer(again).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_only_leaves_no_trace() {
    let company = Company::new().await;
    let mut customers = company.customers("u30").await;
    let request = CreateCustomerRequest { validate_only: true, ..create("A-1") };
    customers.create_customer(request).await.unwrap();
    let absent = customers.get_customer(GetCustomerRequest { id: "A-1".into() }).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_make_the_lifetime_value() {
    let company = Company::new().await;
    let mut customers = company.customers("u05").await;
    let mut purchases = company.purchases("u05").await;
    customers.create_customer(create("A-1")).await.unwrap();
    let line = PurchaseLine {
        product: "robot arm".into(),
        quantity: 2,
        unit_price: Some(Money { currency: "CNY".into(), amount_minor: 500 }),
        discount_basis_points: 1_000,
        ..Default::default()
    };
    let request = CreatePurchaseRequest {
        purchase: Some(Purchase { customer: "A-1".into(), lines: vec![line], ..Default::default() }),
        ..Default::default()
    };
    let bought = purchases.create_purchase(request).await.unwrap().into_inner().purchase.unwrap();
    assert_eq!(bought.amount.as_ref().unwrap().amount_minor, 900);
    let mut value = async || {
        let get = GetCustomerRequest { id: "A-1".into() };
        let customer = customers.get_customer(get).await.unwrap().into_inner().customer.unwrap();
        customer.lifetime_value.unwrap().amount_minor
    };
    assert_eq!(value().await, 900);
    let cancel = CancelPurchaseRequest { id: bought.id, reason: "returned".into(), ..Default::default() };
    purchases.cancel_purchase(cancel.clone()).await.unwrap();
    assert_eq!(value().await, 0);
    let refused = purchases.cancel_purchase(cancel.clone()).await.unwrap_err();
    assert_eq!(company::reason(&refused), "WRONG_STATE");
    let history = ListPurchaseHistoryRequest { id: cancel.id, ..Default::default() };
    let history = purchases.list_purchase_history(history).await.unwrap().into_inner().entries;
    assert_eq!((history[0].action(), history[0].reason.as_str()), (HistoryAction::Cancelled, "returned"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_may_be_seen_and_count_no_more() {
    let company = Company::new().await;
    let mut admin = company.customers("u30").await;
    for number in 1..=7 {
        let owner = if number <= 5 { "u05" } else { "u15" };
        let request = CreateCustomerRequest {
            customer: Some(Customer { display_name: format!("客户 {number}"), owner: owner.into(), ..Default::default() }),
            customer_id: format!("A-{number}"),
            ..Default::default()
        };
        admin.create_customer(request).await.unwrap();
    }
    let mut rep = company.customers("u05").await;
    let mut asked = ListCustomersRequest { page_size: 2, ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let page = rep.list_customers(asked.clone()).await.unwrap().into_inner();
        assert_eq!((page.total_size, page.total_is_exact), (5, true));
        seen.extend(page.customers.into_iter().map(|customer| customer.id));
        if page.next_page_token.is_empty() {
            break;
        }
        asked.page_token = page.next_page_token;
    }
    assert_eq!(seen, ["A-5", "A-4", "A-3", "A-2", "A-1"]);
    let filtered = ListCustomersRequest { filter: "display_name:\"客户 3\"".into(), ..Default::default() };
    let found = rep.list_customers(filtered).await.unwrap().into_inner();
    assert_eq!(found.customers.len(), 1);
    let by_phone = ListCustomersRequest { order_by: "phone".into(), ..Default::default() };
    let hidden = company.customers("u21").await.list_customers(by_phone).await.unwrap_err();
    assert_eq!(company::reason(&hidden), "FIELD_DENIED");

    let delete = DeleteCustomerRequest { id: "A-1".into(), ..Default::default() };
    admin.delete_customer(delete).await.unwrap();
    let live = admin.list_customers(ListCustomersRequest::default()).await.unwrap().into_inner();
    assert_eq!(live.total_size, 6);
    let all = ListCustomersRequest { show_deleted: true, ..Default::default() };
    assert_eq!(admin.list_customers(all.clone()).await.unwrap().into_inner().total_size, 7);
    assert_eq!(rep.list_customers(all).await.unwrap().into_inner().total_size, 4);
}
