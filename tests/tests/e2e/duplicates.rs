//! Customers that are here twice: found company-wide without a leak, and merged with care.

use crate::ask::{Outcome, created, get, own_customer, unique};
use crate::expect::{denied, refused, refused_because};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, CreatePurchaseRequest, Customer, Duplicate,
    FindDuplicatesRequest, FindDuplicatesResponse, GetContactRequest, HistoryAction,
    ListContactHistoryRequest, ListCustomerHistoryRequest, MergeCustomersRequest,
    MergeCustomersResponse, Money, Purchase, PurchaseLine, ShareCustomerRequest, ShareLevel,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    in_the_workshop:
        t28_hidden_duplicate_is_found_without_being_shown,
        t28_telephone_numbers_are_found_by_who_may_read_them,
        t41_what_a_search_says_of_a_hidden_customer_is_fixed,
        searches_are_limited,
        t26_merge_takes_rights_on_both,
        t26_merge_moves_everything_and_ends_the_shares,
        merge_is_previewed_and_repeated_safely,
        customers_of_two_currencies_are_not_merged,
        merge_of_a_hidden_customer_is_answered_as_of_an_absent_one;
);

fn named(name: &str) -> Customer {
    Customer {
        display_name: name.to_owned(),
        ..Customer::default()
    }
}

/// A customer with exactly this name, of the caller's own.
async fn own(by: &Session, customer: Customer) -> Customer {
    let request = menshen_proto::crm::v1::CreateCustomerRequest {
        customer: Some(customer),
        ..Default::default()
    };
    let answer = by.customers().create_customer(request).await.unwrap();
    answer.into_inner().customer.unwrap()
}

async fn find(by: &Session, asked: FindDuplicatesRequest) -> Outcome<FindDuplicatesResponse> {
    by.duplicates().find_duplicates(asked).await
}

async fn found_by_name(by: &Session, name: &str) -> Vec<Duplicate> {
    let asked = FindDuplicatesRequest {
        display_name: name.to_owned(),
        ..FindDuplicatesRequest::default()
    };
    find(by, asked).await.unwrap().into_inner().duplicates
}

async fn t28_hidden_duplicate_is_found_without_being_shown(world: Arc<World>) {
    let (rep, other, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let name = format!("星海{}有限公司", unique("dup"));
    let own = own(&rep, named(&name)).await;
    let spelt = name.replace("有限公司", " 股份有限公司");
    let seen = found_by_name(&rep, &spelt).await;
    assert_eq!(seen.len(), 1);
    assert_eq!((&*seen[0].id, &*seen[0].display_name), (&*own.id, &*name));
    let hidden = found_by_name(&other, &spelt).await;
    let expected = Duplicate {
        display_name: "星海***".to_owned(),
        department: "D111".to_owned(),
        matched: vec!["display_name".to_owned()],
        how_to_ask: hidden[0].how_to_ask.clone(),
        ..Duplicate::default()
    };
    assert_eq!(hidden, [expected]);
    assert!(hidden[0].how_to_ask.contains("department"));
    let asked = FindDuplicatesRequest {
        display_name: name,
        ..FindDuplicatesRequest::default()
    };
    denied(find(&marketing, asked).await, "function");
    let nothing = find(&rep, FindDuplicatesRequest::default()).await;
    refused(nothing, Code::InvalidArgument);
}

async fn t28_telephone_numbers_are_found_by_who_may_read_them(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let customer = Customer {
        phone: "199-0000-7777".to_owned(),
        ..named(&unique("with a number"))
    };
    own(&admin, customer).await;
    let asked = FindDuplicatesRequest {
        phone: "199-0000-7777".to_owned(),
        ..FindDuplicatesRequest::default()
    };
    let rep = world.sign_in("u06").await.unwrap();
    let found = find(&rep, asked).await.unwrap().into_inner().duplicates;
    assert!(found.iter().all(|one| one.matched == ["phone"]));
    assert!(!found.is_empty());
}

/// Nothing in it depends on more than name and department.
async fn t41_what_a_search_says_of_a_hidden_customer_is_fixed(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u06").await.unwrap(),
        world.sign_in("u16").await.unwrap(),
    );
    let name = unique("Quiet Harbour");
    let poor = Customer {
        level: "VIP".to_owned(),
        website: "https://quiet.example".to_owned(),
        ..named(&name)
    };
    own(&rep, poor).await;
    own(&rep, named(&name)).await;
    let hidden = found_by_name(&other, &name).await;
    assert_eq!(hidden.len(), 2);
    assert_eq!(hidden[0], hidden[1]);
}

async fn searches_are_limited(world: Arc<World>) {
    let rep = world.sign_in("u19").await.unwrap();
    let asked = FindDuplicatesRequest {
        credit_code: "NOBODY-HAS-IT".to_owned(),
        ..FindDuplicatesRequest::default()
    };
    for _ in 0..60 {
        find(&rep, asked.clone()).await.unwrap();
    }
    refused_because(
        find(&rep, asked).await,
        Code::ResourceExhausted,
        "SEARCH_LIMIT",
    );
}

fn merging(kept: &str, gone: &str) -> MergeCustomersRequest {
    MergeCustomersRequest {
        id: kept.to_owned(),
        duplicate: gone.to_owned(),
        reason: "they are one".to_owned(),
        ..MergeCustomersRequest::default()
    }
}

async fn merge(by: &Session, kept: &str, gone: &str) -> Outcome<MergeCustomersResponse> {
    by.duplicates().merge_customers(merging(kept, gone)).await
}

async fn t26_merge_takes_rights_on_both(world: Arc<World>) {
    let (rep, manager, director) = (
        world.sign_in("u06").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
    );
    let (kept, gone) = (own_customer(&rep).await, own_customer(&rep).await);
    denied(merge(&rep, &kept.id, &gone.id).await, "function");
    // The manager updates in the subtree, but deletes only what is theirs.
    let refusal = denied(merge(&manager, &kept.id, &gone.id).await, "data");
    assert!(refusal.message().contains("merge"), "{refusal:?}");
    let before = get(&rep, &kept.id).await.unwrap();
    assert_eq!(before, kept, "a refused merge leaves no trace");
    merge(&director, &kept.id, &gone.id).await.unwrap();
}

async fn t26_merge_moves_everything_and_ends_the_shares(world: Arc<World>) {
    let (rep, other, friend, director) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u09").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
    );
    let (kept, gone) = (own_customer(&rep).await, own_customer(&other).await);
    let contact = contact_of(&other, &gone.id).await;
    buy(&rep, &kept.id, 300).await;
    buy(&other, &gone.id, 700).await;
    let share = ShareCustomerRequest {
        id: gone.id.clone(),
        subject: "user:u15".to_owned(),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        reason: "a test".to_owned(),
        ..ShareCustomerRequest::default()
    };
    other.customers().share_customer(share).await.unwrap();
    get(&friend, &gone.id).await.unwrap();

    let merged = merge(&director, &kept.id, &gone.id)
        .await
        .unwrap()
        .into_inner();
    let moved: Vec<_> = merged
        .moved
        .iter()
        .map(|m| (m.r#type.as_str(), m.count))
        .collect();
    assert_eq!(moved, [("contact", 1), ("purchase", 1)]);
    assert_eq!(merged.shares_ended, ["user:u15"]);
    assert_eq!(merged.former_owner, "u09");
    let customer = get(&rep, &kept.id).await.unwrap();
    assert_eq!(customer.lifetime_value.unwrap().amount_minor, 1_000);
    let request = GetContactRequest {
        id: contact.clone(),
    };
    let moved = rep.contacts().get_contact(request.clone()).await.unwrap();
    assert_eq!(moved.into_inner().contact.unwrap().customer, kept.id);
    refused(other.contacts().get_contact(request).await, Code::NotFound);
    for session in [&other, &friend] {
        let refusal = get(session, &gone.id).await.unwrap_err();
        assert_eq!(refusal.code(), Code::NotFound);
    }
    let history = ListContactHistoryRequest {
        id: contact,
        ..ListContactHistoryRequest::default()
    };
    let history = rep.contacts().list_contact_history(history).await.unwrap();
    let newest = history.into_inner().entries.remove(0);
    assert_eq!(newest.action(), HistoryAction::Merged);
    assert_eq!(newest.changed_fields, ["customer"]);
    for id in [&kept.id, &gone.id] {
        let history = ListCustomerHistoryRequest {
            id: id.clone(),
            ..ListCustomerHistoryRequest::default()
        };
        let history = director
            .customers()
            .list_customer_history(history)
            .await
            .unwrap();
        let newest = history.into_inner().entries.remove(0);
        assert_eq!(newest.action(), HistoryAction::Merged);
        assert_eq!(newest.reason, "they are one");
    }
}

async fn merge_is_previewed_and_repeated_safely(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let (kept, gone) = (own_customer(&admin).await, own_customer(&admin).await);
    contact_of(&admin, &gone.id).await;
    let rehearsed = MergeCustomersRequest {
        validate_only: true,
        ..merging(&kept.id, &gone.id)
    };
    let preview = admin
        .duplicates()
        .merge_customers(rehearsed)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(preview.moved[0].count, 1);
    assert_eq!(get(&admin, &gone.id).await.unwrap(), gone);
    let stale = MergeCustomersRequest {
        duplicate_etag: "djE6Nzc".to_owned(),
        ..merging(&kept.id, &gone.id)
    };
    let outcome = admin.duplicates().merge_customers(stale).await;
    refused_because(outcome, Code::Aborted, "ETAG_STALE");
    let request = MergeCustomersRequest {
        request_id: unique("merge"),
        ..merging(&kept.id, &gone.id)
    };
    let first = admin
        .duplicates()
        .merge_customers(request.clone())
        .await
        .unwrap();
    let again = admin.duplicates().merge_customers(request).await.unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
    let outcome = merge(&admin, &kept.id, &gone.id).await;
    refused(outcome, Code::NotFound);
    refused(
        merge(&admin, &kept.id, &kept.id).await,
        Code::InvalidArgument,
    );
}

async fn customers_of_two_currencies_are_not_merged(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let dollars = Customer {
        currency: "USD".to_owned(),
        ..Customer::default()
    };
    let (kept, gone) = (own_customer(&admin).await, created(&admin, dollars).await);
    let refusal = refused(
        merge(&admin, &kept.id, &gone.id).await,
        Code::FailedPrecondition,
    );
    assert!(refusal.message().contains("USD"), "{refusal:?}");
}

async fn merge_of_a_hidden_customer_is_answered_as_of_an_absent_one(world: Arc<World>) {
    let (director, admin) = (
        world.sign_in("u02").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let kept = own_customer(&director).await;
    let hidden = own_customer(&admin).await;
    let told = async |id: &str| {
        let refusal = refused(merge(&director, &kept.id, id).await, Code::NotFound);
        refusal.message().replace(id, "ID")
    };
    assert_eq!(told(&hidden.id).await, told("nobody-has-it").await);
}

async fn contact_of(by: &Session, customer: &str) -> String {
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: "Ann".to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    let answer = by.contacts().create_contact(request).await.unwrap();
    answer.into_inner().contact.unwrap().id
}

async fn buy(by: &Session, customer: &str, amount_minor: i64) {
    let line = PurchaseLine {
        product: "x".to_owned(),
        quantity: 1,
        unit_price: Some(Money {
            currency: String::new(),
            amount_minor,
        }),
        ..PurchaseLine::default()
    };
    let request = CreatePurchaseRequest {
        purchase: Some(Purchase {
            customer: customer.to_owned(),
            lines: vec![line],
            ..Purchase::default()
        }),
        ..CreatePurchaseRequest::default()
    };
    by.purchases().create_purchase(request).await.unwrap();
}
