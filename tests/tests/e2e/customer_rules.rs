//! No way round: creating, sharing and asking give nothing that the rights on customers would not.

use crate::ask::{
    Outcome, created, get, grant, listed, new_customer, own_customer, relationship, set, set_level,
    ticket_about, unique,
};
use crate::expect::{denied, refused};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CreateCustomerResponse, CreateInteractionRequest, CreatePurchaseRequest,
    CreatePurchaseResponse, Customer, DeleteCustomerRequest, GetInteractionRequest, Interaction,
    InteractionChannel, ListCustomerHistoryRequest, ListCustomerHistoryResponse,
    ListCustomerSharesRequest, ListCustomersRequest, Money, Purchase, PurchaseLine,
    ShareCustomerRequest, ShareCustomerResponse, ShareLevel, TransferCustomerRequest,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    amounts_are_bounded_so_that_lists_go_on,
    creating_is_no_way_round_transferring,
    creating_is_no_way_round_sharing,
    nobody_shares_with_themselves_or_with_the_owner,
    transfer_ends_the_shares_that_the_former_owner_made,
    transfer_keeps_shares_on_request,
    no_share_slips_behind_a_transfer,
    no_purchase_slips_in_while_the_currency_changes,
    chosen_id_tells_nothing_to_who_may_not_choose,
    nothing_is_shared_with_nobody,
    whether_a_hidden_field_is_set_shows_nowhere,
    what_was_said_is_personal,
    page_token_that_was_tampered_with_is_refused,
    change_that_changes_nothing_leaves_no_trace,
    lists_find_teams_and_what_is_empty,
    history_of_a_deleted_customer_is_for_who_may_restore_it,
);

async fn create(by: &Session, customer: Customer) -> Outcome<CreateCustomerResponse> {
    by.customers()
        .create_customer(new_customer("", customer))
        .await
}

fn at(owner: &str, department: &str, teams: &[&str]) -> Customer {
    Customer {
        owner: owner.to_owned(),
        department: department.to_owned(),
        teams: teams.iter().map(ToString::to_string).collect(),
        ..Customer::default()
    }
}

async fn buy(by: &Session, customer: &str, amount_minor: i64) -> Outcome<CreatePurchaseResponse> {
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
    by.purchases().create_purchase(request).await
}

async fn share(by: &Session, id: &str, subject: &str) -> Outcome<ShareCustomerResponse> {
    let request = ShareCustomerRequest {
        id: id.to_owned(),
        subject: subject.to_owned(),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareCustomerRequest::default()
    };
    by.customers().share_customer(request).await
}

async fn shares(by: &Session, id: &str) -> Vec<String> {
    let request = ListCustomerSharesRequest { id: id.to_owned() };
    let shares = by.customers().list_customer_shares(request).await.unwrap();
    let shares = shares.into_inner().shares.into_iter();
    shares.map(|share| share.subject).collect()
}

fn transfer(id: &str, owner: &str) -> TransferCustomerRequest {
    TransferCustomerRequest {
        id: id.to_owned(),
        owner: owner.to_owned(),
        ..TransferCustomerRequest::default()
    }
}

/// A sum that the database cannot hold would make the customer unreadable for everybody.
async fn amounts_are_bounded_so_that_lists_go_on(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let most = 1_000_000_000_000_000;
    for _ in 0..2 {
        for too_much in [i64::MAX, most + 1] {
            let outcome = buy(&rep, &own.id, too_much).await;
            let status = refused(outcome, Code::InvalidArgument);
            assert!(status.message().contains("unit_price"), "{status:?}");
        }
        buy(&rep, &own.id, most).await.unwrap();
    }
    let seen = get(&admin, &own.id).await.unwrap();
    assert_eq!(seen.lifetime_value.unwrap().amount_minor, 2 * most);
    let request = ListCustomersRequest::default();
    admin.customers().list_customers(request).await.unwrap();
}

/// T14.
async fn creating_is_no_way_round_transferring(world: Arc<World>) {
    let (rep, lead, agent) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
        world.sign_in("u24").await.unwrap(),
    );
    creates_through_teams(&world, "u24").await;
    denied(
        create(&agent, at("u15", "D13", &["T-Beta"])).await,
        "function",
    );
    denied(create(&agent, at("u15", "", &["T-Beta"])).await, "function");
    denied(create(&rep, at("", "D13", &[])).await, "function");
    denied(create(&rep, at("u05", "D1", &[])).await, "function");
    denied(create(&lead, at("u15", "D111", &[])).await, "data");
    for department in ["D13", "nowhere"] {
        let outcome = create(&lead, at("u04", department, &[])).await;
        refused(outcome, Code::FailedPrecondition);
    }
    create(&lead, at("u06", "", &[])).await.unwrap();
    create(&lead, at("u06", "D111", &[])).await.unwrap();
    create(&rep, at("u05", "D111", &[])).await.unwrap();
}

/// No role that the CRM starts with reaches to teams for creating; one that does may be made.
async fn creates_through_teams(world: &World, person: &str) {
    let subject = format!("user:{person}");
    let reach = relationship("module:customers", "creates_team", &subject);
    grant(world.root(), reach).await.unwrap();
}

async fn creating_is_no_way_round_sharing(world: Arc<World>) {
    let (rep, junior, agent) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u07").await.unwrap(),
        world.sign_in("u24").await.unwrap(),
    );
    creates_through_teams(&world, "u24").await;
    denied(create(&junior, at("", "", &["T-Beta"])).await, "function");
    let two = at("", "", &["T-Beta", "T-Alpha"]);
    denied(create(&agent, two).await, "function");
    create(&agent, at("", "", &["T-Beta"])).await.unwrap();
    create(&rep, at("", "", &["T-Beta"])).await.unwrap();
}

async fn nobody_shares_with_themselves_or_with_the_owner(world: Arc<World>) {
    let (rep, lead) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    for (sharer, subject) in [(&rep, "user:u05"), (&lead, "user:u04"), (&lead, "user:u05")] {
        let status = refused(share(sharer, &own.id, subject).await, Code::InvalidArgument);
        assert!(status.message().contains("subject"), "{status:?}");
    }
}

/// Who made a customer keeps nothing of it once it is somebody else's.
async fn transfer_ends_the_shares_that_the_former_owner_made(world: Arc<World>) {
    let (rep, lead, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    share(&rep, &own.id, "team:T-Alpha#member").await.unwrap();
    share(&rep, &own.id, "user:u16").await.unwrap();
    share(&lead, &own.id, "user:u09").await.unwrap();
    let mut trial = transfer(&own.id, "u15");
    trial.validate_only = true;
    admin.customers().transfer_customer(trial).await.unwrap();
    assert_eq!(shares(&admin, &own.id).await.len(), 3);

    let mut request = transfer(&own.id, "u15");
    request.request_id = unique("transfer");
    for _ in 0..2 {
        let outcome = admin.customers().transfer_customer(request.clone()).await;
        outcome.unwrap();
        assert_eq!(shares(&admin, &own.id).await, ["user:u09"]);
    }
    assert_eq!(get(&rep, &own.id).await.unwrap_err().code(), Code::NotFound);
}

async fn transfer_keeps_shares_on_request(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    share(&rep, &own.id, "user:u16").await.unwrap();
    let mut request = transfer(&own.id, "u15");
    request.keep_shares = true;
    admin.customers().transfer_customer(request).await.unwrap();
    assert_eq!(shares(&admin, &own.id).await, ["user:u16"]);
}

/// The owner goes on sharing while the customer is given away.
async fn no_share_slips_behind_a_transfer(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    for _ in 0..6 {
        let own = own_customer(&rep).await;
        let sharing = async {
            for _ in 0..40 {
                if share(&rep, &own.id, "user:u16").await.is_err() {
                    return;
                }
            }
        };
        let giving = admin.customers();
        let mut giving = giving;
        let (given, ()) = tokio::join!(giving.transfer_customer(transfer(&own.id, "u15")), sharing);
        given.unwrap();
        assert_eq!(shares(&admin, &own.id).await, [""; 0]);
    }
}

async fn no_purchase_slips_in_while_the_currency_changes(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    for _ in 0..12 {
        let own = own_customer(&rep).await;
        let dollars = Customer {
            id: own.id.clone(),
            currency: "USD".to_owned(),
            ..Customer::default()
        };
        let change = set(dollars, &["currency", "credit_limit"]);
        let mut customers = rep.customers();
        let (_, bought) = tokio::join!(customers.update_customer(change), buy(&rep, &own.id, 5));
        let bought = bought.unwrap().into_inner().purchase.unwrap();
        let currency = get(&rep, &own.id).await.unwrap().currency;
        assert_eq!(bought.amount.unwrap().currency, currency);
    }
}

/// T41: not even whether an id is taken, also of what is deleted.
async fn chosen_id_tells_nothing_to_who_may_not_choose(world: Arc<World>) {
    let (rep, other, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let (hidden, deleted) = (own_customer(&other).await, own_customer(&other).await);
    let delete = DeleteCustomerRequest {
        id: deleted.id.clone(),
        ..DeleteCustomerRequest::default()
    };
    admin.customers().delete_customer(delete).await.unwrap();
    let mut answers = Vec::new();
    for id in [hidden.id, deleted.id, unique("free")] {
        for validate_only in [false, true] {
            let mut request = new_customer(&id, Customer::default());
            request.validate_only = validate_only;
            let outcome = rep.customers().create_customer(request).await;
            answers.push(denied(outcome, "function").message().to_owned());
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

/// A typo shares with nobody, and whoever makes that department later would inherit.
async fn nothing_is_shared_with_nobody(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    for subject in [
        "user:nobody-of-that-name",
        "team:NOPE#member",
        "department:NOPE#staff",
        "role:nope#member",
    ] {
        let status = refused(
            share(&rep, &own.id, subject).await,
            Code::FailedPrecondition,
        );
        let name = subject.split(['#', ':']).nth(1).unwrap();
        assert!(status.message().contains(name), "{status:?}");
    }
    let outcome = create(&rep, at("", "", &["T-Nope"])).await;
    refused(outcome, Code::FailedPrecondition);
    let teams = Customer {
        id: own.id.clone(),
        teams: vec!["T-Nope".to_owned()],
        ..Customer::default()
    };
    let outcome = rep
        .customers()
        .update_customer(set(teams, &["teams"]))
        .await;
    refused(outcome, Code::FailedPrecondition);
    share(&rep, &own.id, "department:D13#staff").await.unwrap();
}

async fn whether_a_hidden_field_is_set_shows_nowhere(world: Arc<World>) {
    let (agent, admin, marketing) = (
        world.sign_in("u24").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let limit = Some(Money {
        currency: "CNY".to_owned(),
        amount_minor: 5,
    });
    let mut answers = Vec::new();
    for credit_limit in [None, limit] {
        let customer = Customer {
            phone: "199-0000-0001".to_owned(),
            credit_limit: credit_limit.clone(),
            ..Customer::default()
        };
        let served = created(&admin, customer).await;
        ticket_about(&agent, &served.id).await;
        let dollars = Customer {
            id: served.id.clone(),
            currency: "USD".to_owned(),
            ..Customer::default()
        };
        let mut request = set(dollars, &["currency"]);
        request.validate_only = true;
        let outcome = agent.customers().update_customer(request).await;
        answers.push(refused(outcome, Code::InvalidArgument).message().to_owned());
        let request = ListCustomerHistoryRequest {
            id: served.id,
            ..ListCustomerHistoryRequest::default()
        };
        let history = marketing.customers().list_customer_history(request).await;
        let entries = history.unwrap().into_inner().entries;
        answers.push(entries[0].changed_fields.join(","));
        assert!(
            entries[0]
                .changed_fields
                .contains(&"display_name".to_owned())
        );
        assert!(!entries[0].changed_fields.contains(&"phone".to_owned()));
    }
    assert_eq!(answers[..2], answers[2..]);
}

async fn what_was_said_is_personal(world: Arc<World>) {
    let (rep, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    rep.customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    let request = CreateInteractionRequest {
        interaction: Some(Interaction {
            customer: own.id,
            channel: InteractionChannel::Call as i32,
            summary: "a secret".to_owned(),
            next_step: "another".to_owned(),
            ..Interaction::default()
        }),
        ..CreateInteractionRequest::default()
    };
    let logged = rep.interactions().create_interaction(request).await;
    let logged = logged.unwrap().into_inner().interaction.unwrap();
    assert_eq!(logged.summary, "a secret");
    let request = GetInteractionRequest { id: logged.id };
    let seen = marketing.interactions().get_interaction(request).await;
    let seen = seen.unwrap().into_inner().interaction.unwrap();
    assert_eq!((seen.summary.as_str(), seen.next_step.as_str()), ("", ""));
    assert_eq!(seen.redacted_fields, ["summary", "next_step"]);
}

/// Nobody's tokens but ours: the next one of a list, with this place in it.
fn tampered(token: &str, after: &[serde_json::Value]) -> String {
    let text = URL_SAFE_NO_PAD.decode(token).unwrap();
    let mut token: serde_json::Value = serde_json::from_slice(&text).unwrap();
    token["after"] = after.into();
    URL_SAFE_NO_PAD.encode(token.to_string())
}

async fn page_token_that_was_tampered_with_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let change = set_level(&own.id, "A");
    rep.customers().update_customer(change).await.unwrap();
    let mut request = ListCustomersRequest {
        page_size: 1,
        order_by: "display_name".to_owned(),
        ..ListCustomersRequest::default()
    };
    let page = rep.customers().list_customers(request.clone()).await;
    let next = page.unwrap().into_inner().next_page_token;
    request.page_token = tampered(&next, &["a\0".into(), "A-0001".into()]);
    let outcome = rep.customers().list_customers(request.clone()).await;
    refused(outcome, Code::InvalidArgument);
    let filtered = ListCustomersRequest {
        filter: "level = \"\0\"".to_owned(),
        ..ListCustomersRequest::default()
    };
    let outcome = rep.customers().list_customers(filtered).await;
    refused(outcome, Code::InvalidArgument);

    let mut request = ListCustomerHistoryRequest {
        id: own.id,
        page_size: 1,
        ..ListCustomerHistoryRequest::default()
    };
    let page = rep.customers().list_customer_history(request.clone()).await;
    let next = page.unwrap().into_inner().next_page_token;
    for after in [vec![], vec!["x".into()], vec![1.into(), 2.into()]] {
        request.page_token = tampered(&next, &after);
        let outcome = rep.customers().list_customer_history(request.clone()).await;
        refused(outcome, Code::InvalidArgument);
    }
}

async fn history(by: &Session, id: &str) -> Outcome<ListCustomerHistoryResponse> {
    let request = ListCustomerHistoryRequest {
        id: id.to_owned(),
        ..ListCustomerHistoryRequest::default()
    };
    by.customers().list_customer_history(request).await
}

async fn change_that_changes_nothing_leaves_no_trace(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    let same = set_level(&own.id, "");
    let answer = admin.customers().update_customer(same).await.unwrap();
    assert_eq!(answer.into_inner().customer.unwrap(), own);
    let same = transfer(&own.id, "u30");
    let answer = admin.customers().transfer_customer(same).await.unwrap();
    assert_eq!(answer.into_inner().customer.unwrap(), own);
    let entries = history(&admin, &own.id).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 1);
}

async fn lists_find_teams_and_what_is_empty(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let served = created(&admin, at("", "", &["T-Beta", "T-Alpha"])).await;
    let own = own_customer(&admin).await;
    let found = async |filter: String| {
        let request = ListCustomersRequest {
            filter,
            ..ListCustomersRequest::default()
        };
        listed(&admin, request).await
    };
    let one = |id: &str| format!("id = \"{id}\"");
    for (filter, of_served, of_own) in [
        ("teams : \"T-Alpha\"", true, false),
        ("NOT teams : \"T-Alpha\"", false, true),
        ("last_activity_at = \"\"", true, true),
        ("last_activity_at != \"\"", false, false),
        ("credit_limit.amount_minor = \"\"", true, true),
    ] {
        for (id, expected) in [(&served.id, of_served), (&own.id, of_own)] {
            let ids = found(format!("{filter} AND {}", one(id))).await;
            assert_eq!(ids.len(), usize::from(expected), "{filter} {id}");
        }
    }
}

async fn history_of_a_deleted_customer_is_for_who_may_restore_it(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let delete = DeleteCustomerRequest {
        id: own.id.clone(),
        ..DeleteCustomerRequest::default()
    };
    admin.customers().delete_customer(delete).await.unwrap();
    refused(history(&rep, &own.id).await, Code::NotFound);
    let entries = history(&admin, &own.id).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 2);
}
