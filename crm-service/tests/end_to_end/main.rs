//! Both services in this process, over SQLite and real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod company;

use company::Company;
use menshen_proto::crm::v1::*;
use prost_types::FieldMask;
use tonic::Code;

fn named(display_name: &str) -> Customer {
    Customer {
        display_name: display_name.into(),
        ..Customer::default()
    }
}

fn create(id: &str) -> CreateCustomerRequest {
    CreateCustomerRequest {
        customer: Some(named(&format!("Customer {id}"))),
        customer_id: id.into(),
        ..CreateCustomerRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_rep_creates_reads_updates_and_may_not_delete() {
    let company = Company::new().await;
    let mut customers = company.customers("u05");
    let created = customers
        .create_customer(create("A-1"))
        .await
        .unwrap()
        .into_inner();
    let created = created.customer.unwrap();
    assert_eq!(
        (created.owner.as_str(), created.department.as_str()),
        ("u05", "D111")
    );

    let read = GetCustomerRequest { id: "A-1".into() };
    let read = customers
        .get_customer(read)
        .await
        .unwrap()
        .into_inner()
        .customer
        .unwrap();
    assert_eq!(read, created);

    let update = UpdateCustomerRequest {
        customer: Some(Customer {
            id: "A-1".into(),
            level: "VIP".into(),
            etag: read.etag.clone(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["level".into()],
        }),
        ..Default::default()
    };
    let updated = customers
        .update_customer(update.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(updated.customer.unwrap().level, "VIP");
    let stale = customers.update_customer(update).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "{stale}");

    let delete = DeleteCustomerRequest {
        id: "A-1".into(),
        ..Default::default()
    };
    let refused = customers.delete_customer(delete).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");

    let history = ListCustomerHistoryRequest {
        id: "A-1".into(),
        ..Default::default()
    };
    let history = customers
        .list_customer_history(history)
        .await
        .unwrap()
        .into_inner()
        .entries;
    let changed: Vec<_> = history
        .iter()
        .map(|entry| entry.changed_fields.as_slice())
        .collect();
    assert_eq!(changed[0], ["level"]);
    assert_eq!(history.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn colleague_sees_nothing_until_it_is_shared() {
    let company = Company::new().await;
    let (mut owner, mut other) = (company.customers("u05"), company.customers("u15"));
    owner.create_customer(create("A-1")).await.unwrap();
    let get = GetCustomerRequest { id: "A-1".into() };
    let hidden = other.get_customer(get.clone()).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
    let absent = other
        .get_customer(GetCustomerRequest { id: "A-2".into() })
        .await
        .unwrap_err();
    assert_eq!(absent.message().replace("A-2", "A-1"), hidden.message());

    let share = ShareCustomerRequest {
        id: "A-1".into(),
        subject: "user:u15".into(),
        level: ShareLevel::Read.into(),
        expires_at: Some(company::in_days(1)),
        reason: "covers for a week".into(),
        ..Default::default()
    };
    owner.share_customer(share.clone()).await.unwrap();
    assert_eq!(
        other
            .get_customer(get.clone())
            .await
            .unwrap()
            .into_inner()
            .customer
            .unwrap()
            .id,
        "A-1"
    );
    let update = UpdateCustomerRequest {
        customer: Some(Customer {
            id: "A-1".into(),
            level: "A".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["level".into()],
        }),
        ..Default::default()
    };
    let refused = other.update_customer(update.clone()).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");

    let for_writing = ShareCustomerRequest {
        level: ShareLevel::Write.into(),
        ..share
    };
    owner.share_customer(for_writing).await.unwrap();
    other.update_customer(update).await.unwrap();
    let shares = ListCustomerSharesRequest { id: "A-1".into() };
    let shares = owner
        .list_customer_shares(shares)
        .await
        .unwrap()
        .into_inner()
        .shares;
    assert_eq!(shares.len(), 1);
    assert_eq!(shares[0].level(), ShareLevel::Write);

    let unshare = UnshareCustomerRequest {
        id: "A-1".into(),
        subject: "user:u15".into(),
        ..Default::default()
    };
    owner.unshare_customer(unshare).await.unwrap();
    assert_eq!(
        other.get_customer(get).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_for_somebody_out_of_reach_is_refused() {
    let company = Company::new().await;
    let mut customers = company.customers("u05");
    let for_other = CreateCustomerRequest {
        customer: Some(Customer {
            display_name: "X".into(),
            owner: "u15".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = customers.create_customer(for_other).await.unwrap_err();
    assert_eq!(company::reason(&refused), "DATA_DENIED", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transfer_needs_a_receiver_who_can_see_the_customer() {
    let company = Company::new().await;
    let mut admin = company.customers("u30");
    admin.create_customer(create("A-1")).await.unwrap();
    let transfer = |owner: &str| TransferCustomerRequest {
        id: "A-1".into(),
        owner: owner.into(),
        ..Default::default()
    };
    let blind = admin.transfer_customer(transfer("u32")).await.unwrap_err();
    assert_eq!(
        (blind.code(), company::reason(&blind).as_str()),
        (Code::FailedPrecondition, "RECEIVER_CANNOT_SEE")
    );
    let unknown = admin
        .transfer_customer(transfer("nobody"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::FailedPrecondition, "{unknown}");
    let given = admin
        .transfer_customer(transfer("u15"))
        .await
        .unwrap()
        .into_inner()
        .customer
        .unwrap();
    assert_eq!(
        (given.owner.as_str(), given.department.as_str()),
        ("u15", "D13")
    );
    let pooled = admin
        .transfer_customer(transfer(""))
        .await
        .unwrap()
        .into_inner()
        .customer
        .unwrap();
    assert_eq!(
        (pooled.owner.as_str(), pooled.department.as_str()),
        ("", "")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_with_the_same_request_id_has_one_effect() {
    let company = Company::new().await;
    let mut customers = company.customers("u30");
    let request = CreateCustomerRequest {
        customer: Some(named("Once")),
        request_id: "r1".into(),
        ..Default::default()
    };
    let first = customers
        .create_customer(request.clone())
        .await
        .unwrap()
        .into_inner();
    let second = customers
        .create_customer(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
    let other = CreateCustomerRequest {
        customer: Some(named("Twice")),
        ..request
    };
    let refused = customers.create_customer(other).await.unwrap_err();
    assert_eq!(company::reason(&refused), "REQUEST_ID_REUSED");
    let delete = DeleteCustomerRequest {
        id: first.customer.unwrap().id,
        request_id: "r2".into(),
        ..Default::default()
    };
    let gone = customers
        .delete_customer(delete.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        customers
            .delete_customer(delete.clone())
            .await
            .unwrap()
            .into_inner(),
        gone
    );
    let again = DeleteCustomerRequest {
        request_id: "r3".into(),
        ..delete
    };
    assert_eq!(
        customers.delete_customer(again).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_only_leaves_no_trace() {
    let company = Company::new().await;
    let mut customers = company.customers("u30");
    let request = CreateCustomerRequest {
        validate_only: true,
        ..create("A-1")
    };
    customers.create_customer(request).await.unwrap();
    let absent = customers
        .get_customer(GetCustomerRequest { id: "A-1".into() })
        .await
        .unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_make_the_lifetime_value() {
    let company = Company::new().await;
    let mut customers = company.customers("u05");
    let mut purchases = company.purchases("u05");
    customers.create_customer(create("A-1")).await.unwrap();
    let line = PurchaseLine {
        product: "robot arm".into(),
        quantity: 2,
        unit_price: Some(Money {
            currency: "CNY".into(),
            amount_minor: 500,
        }),
        discount_basis_points: 1_000,
        ..Default::default()
    };
    let request = CreatePurchaseRequest {
        purchase: Some(Purchase {
            customer: "A-1".into(),
            lines: vec![line],
            ..Default::default()
        }),
        ..Default::default()
    };
    let bought = purchases
        .create_purchase(request)
        .await
        .unwrap()
        .into_inner()
        .purchase
        .unwrap();
    assert_eq!(bought.amount.as_ref().unwrap().amount_minor, 900);
    let mut value = async || {
        let get = GetCustomerRequest { id: "A-1".into() };
        let customer = customers
            .get_customer(get)
            .await
            .unwrap()
            .into_inner()
            .customer
            .unwrap();
        customer.lifetime_value.unwrap().amount_minor
    };
    assert_eq!(value().await, 900);
    let cancel = CancelPurchaseRequest {
        id: bought.id,
        reason: "returned".into(),
        ..Default::default()
    };
    purchases.cancel_purchase(cancel.clone()).await.unwrap();
    assert_eq!(value().await, 0);
    let refused = purchases.cancel_purchase(cancel.clone()).await.unwrap_err();
    assert_eq!(company::reason(&refused), "WRONG_STATE");
    let history = ListPurchaseHistoryRequest {
        id: cancel.id,
        ..Default::default()
    };
    let history = purchases
        .list_purchase_history(history)
        .await
        .unwrap()
        .into_inner()
        .entries;
    assert_eq!(
        (history[0].action(), history[0].reason.as_str()),
        (HistoryAction::Cancelled, "returned")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_may_be_seen_and_count_no_more() {
    let company = Company::new().await;
    let mut admin = company.customers("u30");
    for number in 1..=7 {
        let owner = if number <= 5 { "u05" } else { "u15" };
        let request = CreateCustomerRequest {
            customer: Some(Customer {
                display_name: format!("客户 {number}"),
                owner: owner.into(),
                ..Default::default()
            }),
            customer_id: format!("A-{number}"),
            ..Default::default()
        };
        admin.create_customer(request).await.unwrap();
    }
    let mut rep = company.customers("u05");
    let mut asked = ListCustomersRequest {
        page_size: 2,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = rep
            .list_customers(asked.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!((page.total_size, page.total_is_exact), (5, true));
        seen.extend(page.customers.into_iter().map(|customer| customer.id));
        if page.next_page_token.is_empty() {
            break;
        }
        asked.page_token = page.next_page_token;
    }
    assert_eq!(seen, ["A-5", "A-4", "A-3", "A-2", "A-1"]);
    let filtered = ListCustomersRequest {
        filter: "display_name:\"客户 3\"".into(),
        ..Default::default()
    };
    let found = rep.list_customers(filtered).await.unwrap().into_inner();
    assert_eq!(found.customers.len(), 1);
    let by_phone = ListCustomersRequest {
        order_by: "phone".into(),
        ..Default::default()
    };
    let hidden = company
        .customers("u21")
        .list_customers(by_phone)
        .await
        .unwrap_err();
    assert_eq!(company::reason(&hidden), "FIELD_DENIED");

    let delete = DeleteCustomerRequest {
        id: "A-1".into(),
        ..Default::default()
    };
    admin.delete_customer(delete).await.unwrap();
    let live = admin
        .list_customers(ListCustomersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(live.total_size, 6);
    let all = ListCustomersRequest {
        show_deleted: true,
        ..Default::default()
    };
    assert_eq!(
        admin
            .list_customers(all.clone())
            .await
            .unwrap()
            .into_inner()
            .total_size,
        7
    );
    assert_eq!(
        rep.list_customers(all)
            .await
            .unwrap()
            .into_inner()
            .total_size,
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_goes_with_its_customer_and_hides_what_is_personal() {
    let company = Company::new().await;
    let (mut customers, mut contacts) = (company.customers("u05"), company.contacts("u05"));
    customers.create_customer(create("A-1")).await.unwrap();
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: "A-1".into(),
            display_name: "赵先生".into(),
            mobile: "199-0000-0001".into(),
            ..Contact::default()
        }),
        contact_id: "C-1".into(),
        ..Default::default()
    };
    contacts.create_contact(request.clone()).await.unwrap();
    let out_of_sight = company
        .contacts("u15")
        .create_contact(request)
        .await
        .unwrap_err();
    assert_eq!(out_of_sight.code(), Code::NotFound, "{out_of_sight}");

    let get = GetContactRequest { id: "C-1".into() };
    let seen = company
        .contacts("u21")
        .get_contact(get.clone())
        .await
        .unwrap()
        .into_inner();
    let seen = seen.contact.unwrap();
    assert_eq!(
        (seen.display_name.as_str(), seen.mobile.as_str()),
        ("赵先生", "")
    );
    assert!(seen.redacted_fields.contains(&"mobile".to_owned()));

    let wipe = UpdateContactRequest {
        contact: Some(Contact {
            id: "C-1".into(),
            birthday: "1990-01-01".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["birthday".into()],
        }),
        ..Default::default()
    };
    let updated = contacts
        .update_contact(wipe)
        .await
        .unwrap()
        .into_inner()
        .contact
        .unwrap();
    assert_eq!(
        (updated.birthday.as_str(), updated.mobile.as_str()),
        ("1990-01-01", "199-0000-0001")
    );

    let delete = DeleteCustomerRequest {
        id: "A-1".into(),
        ..Default::default()
    };
    company
        .customers("u30")
        .delete_customer(delete)
        .await
        .unwrap();
    assert_eq!(
        contacts.get_contact(get.clone()).await.unwrap_err().code(),
        Code::NotFound
    );
    let listed = contacts
        .list_contacts(ListContactsRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.into_inner().total_size, 0);
    let everybody = company
        .contacts("u30")
        .list_contacts(ListContactsRequest::default())
        .await;
    assert_eq!(everybody.unwrap().into_inner().total_size, 0);
    let restore = RestoreCustomerRequest {
        id: "A-1".into(),
        ..Default::default()
    };
    company
        .customers("u30")
        .restore_customer(restore)
        .await
        .unwrap();
    contacts.get_contact(get).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn interaction_is_corrected_once_and_moves_the_last_activity() {
    let company = Company::new().await;
    let (mut customers, mut interactions) = (company.customers("u05"), company.interactions("u05"));
    customers.create_customer(create("A-1")).await.unwrap();
    let log = |amends: &str, id: &str| CreateInteractionRequest {
        interaction: Some(Interaction {
            customer: "A-1".into(),
            channel: InteractionChannel::Call.into(),
            summary: "talked".into(),
            amends: amends.into(),
            ..Default::default()
        }),
        interaction_id: id.into(),
        ..Default::default()
    };
    interactions
        .create_interaction(log("", "I-1"))
        .await
        .unwrap();
    interactions
        .create_interaction(log("I-1", "I-2"))
        .await
        .unwrap();
    let twice = interactions
        .create_interaction(log("I-1", "I-3"))
        .await
        .unwrap_err();
    assert_eq!(company::reason(&twice), "WRONG_STATE", "{twice}");
    let unknown = interactions
        .create_interaction(log("I-9", "I-3"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument, "{unknown}");
    let first = GetInteractionRequest { id: "I-1".into() };
    let first = interactions
        .get_interaction(first)
        .await
        .unwrap()
        .into_inner()
        .interaction
        .unwrap();
    assert_eq!(first.amended_by, "I-2");
    let customer = GetCustomerRequest { id: "A-1".into() };
    let customer = customers
        .get_customer(customer)
        .await
        .unwrap()
        .into_inner()
        .customer
        .unwrap();
    assert!(customer.last_activity_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_for_administrators() {
    let company = Company::new().await;
    let read = company
        .settings("u05")
        .get_settings(GetSettingsRequest {})
        .await
        .unwrap_err();
    assert_eq!(company::reason(&read), "ACCESS_DENIED");
    let mut settings = company.settings("u30");
    let before = settings
        .get_settings(GetSettingsRequest {})
        .await
        .unwrap()
        .into_inner();
    let before = before.settings.unwrap();
    let update = UpdateSettingsRequest {
        settings: Some(Settings {
            max_share_days: 7,
            etag: before.etag,
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["max_share_days".into()],
        }),
    };
    let after = settings
        .update_settings(update.clone())
        .await
        .unwrap()
        .into_inner()
        .settings
        .unwrap();
    assert_eq!(
        (after.max_share_days, after.default_currency.as_str()),
        (7, "CNY")
    );
    let stale = settings.update_settings(update).await.unwrap_err();
    assert_eq!(company::reason(&stale), "ETAG_STALE");
}

#[tokio::test(flavor = "multi_thread")]
async fn restriction_hides_a_customer_even_from_administrators() {
    let company = Company::new().await;
    let mut admin = company.customers("u30");
    admin.create_customer(create("A-1")).await.unwrap();
    company
        .grant("customer:A-1", "restricted", "user:u30")
        .await;
    let get = GetCustomerRequest { id: "A-1".into() };
    assert_eq!(
        admin.get_customer(get).await.unwrap_err().code(),
        Code::NotFound
    );
    let listed = admin
        .list_customers(ListCustomersRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.into_inner().total_size, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_reads_agree_for_everybody() {
    let company = Company::new().await;
    let mut admin = company.customers("u30");
    let ids: Vec<String> = (1..=12).map(|number| format!("A-{number}")).collect();
    for (number, id) in ids.iter().enumerate() {
        let owner = ["u05", "u15", "u30"][number % 3];
        let teams = if number % 4 == 0 {
            vec!["T-Alpha".to_owned()]
        } else {
            Vec::new()
        };
        let customer = Customer {
            owner: owner.into(),
            teams,
            ..named(id)
        };
        let request = CreateCustomerRequest {
            customer: Some(customer),
            ..create(id)
        };
        admin.create_customer(request).await.unwrap();
    }
    company.grant("team:T-Alpha", "member", "user:u15").await;
    company
        .grant("role:alpha_member", "member", "user:u15")
        .await;
    company
        .grant("customer:A-3", "restricted", "user:u30")
        .await;
    let pool = TransferCustomerRequest {
        id: "A-4".into(),
        ..Default::default()
    };
    admin.transfer_customer(pool).await.unwrap();
    for user in ["u05", "u15", "u21", "u30"] {
        let mut customers = company.customers(user);
        let listed = customers
            .list_customers(ListCustomersRequest::default())
            .await
            .unwrap();
        let mut listed: Vec<_> = listed
            .into_inner()
            .customers
            .into_iter()
            .map(|c| c.id)
            .collect();
        let batch = BatchGetCustomersRequest { ids: ids.clone() };
        let batch = customers
            .batch_get_customers(batch)
            .await
            .unwrap()
            .into_inner();
        let mut read: Vec<_> = batch
            .customers
            .into_iter()
            .map(|customer| customer.id)
            .collect();
        assert_eq!(read.len() + batch.not_found.len(), ids.len());
        listed.sort();
        read.sort();
        assert_eq!(listed, read, "{user}");
        assert!(!read.is_empty(), "{user}");
    }
}
