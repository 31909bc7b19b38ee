//! The public pool 公海: taken from it within limits, and what goes back by itself.

use crate::ask::{Outcome, created, get, grant, newcomer, own_customer, relationship, unique};
use crate::expect::{denied, refused, refused_because};
use e2e::company::load::in_days;
use e2e::database::Backend;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    AssignCustomerRequest, ClaimCustomerRequest, ClaimCustomerResponse, Customer,
    CustomerHistoryEntry, HistoryAction, ListCustomerHistoryRequest, ListPooledCustomersRequest,
    PooledCustomer, RecycleCustomersRequest, ReleaseCustomerRequest, Settings,
    ShareCustomerRequest, ShareLevel, UpdateSettingsRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    in_the_workshop:
        sixth_claim_of_a_day_is_refused,
        claims_at_once_do_not_pass_the_limit,
        former_owner_waits_before_claiming_again,
        pool_shows_no_way_to_reach_a_customer,
        t42_customer_of_nobody_is_the_pools,
        customer_with_an_owner_is_not_claimed,
        who_was_only_shared_with_does_not_release,
        manager_assigns_within_their_own_reach,
        claim_has_one_effect_however_often_it_is_sent;
    from_scratch: customer_that_lies_too_long_goes_into_the_pool,
);

async fn pooled(admin: &Session) -> Customer {
    let customer = Customer {
        phone: "199-0000-0042".to_owned(),
        industry: unique("industry"),
        ..Customer::default()
    };
    let made = created(admin, customer).await;
    release(admin, &made.id).await;
    made
}

async fn release(by: &Session, id: &str) {
    let request = ReleaseCustomerRequest {
        id: id.to_owned(),
        reason: "a test".to_owned(),
        ..ReleaseCustomerRequest::default()
    };
    by.pool().release_customer(request).await.unwrap();
}

fn claiming(id: &str) -> ClaimCustomerRequest {
    ClaimCustomerRequest {
        id: id.to_owned(),
        ..ClaimCustomerRequest::default()
    }
}

async fn claim(by: &Session, id: &str) -> Outcome<ClaimCustomerResponse> {
    by.pool().claim_customer(claiming(id)).await
}

async fn shown(by: &Session, filter: String) -> Vec<PooledCustomer> {
    let request = ListPooledCustomersRequest {
        filter,
        ..ListPooledCustomersRequest::default()
    };
    let page = by.pool().list_pooled_customers(request).await.unwrap();
    page.into_inner().customers
}

/// S11.
async fn sixth_claim_of_a_day_is_refused(world: Arc<World>) {
    let (admin, rep) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    for _ in 0..5 {
        let customer = claim(&rep, &pooled(&admin).await.id).await.unwrap();
        let customer = customer.into_inner().customer.unwrap();
        assert_eq!((&*customer.owner, &*customer.department), ("u05", "D111"));
        assert_eq!(customer.phone, "199-0000-0042");
        assert!(customer.owned_since.is_some());
    }
    let sixth = pooled(&admin).await.id;
    let outcome = claim(&rep, &sixth).await;
    let refusal = refused_because(outcome, Code::ResourceExhausted, "CLAIM_LIMIT");
    assert!(refusal.message().contains("5 is the limit"), "{refusal:?}");
    assert_eq!(get(&admin, &sixth).await.unwrap().owner, "");
}

async fn claims_at_once_do_not_pass_the_limit(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let rep = world.sign_in("u12").await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(pooled(&admin).await.id);
    }
    let claims = ids.iter().map(|id| claim(&rep, id));
    let outcomes = futures::future::join_all(claims).await;
    let claimed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(claimed, 5);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        refused_because(outcome, Code::ResourceExhausted, "CLAIM_LIMIT");
    }
}

async fn former_owner_waits_before_claiming_again(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u06").await.unwrap(),
        world.sign_in("u10").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    release(&rep, &own.id).await;
    let outcome = claim(&rep, &own.id).await;
    let refusal = refused_because(outcome, Code::FailedPrecondition, "COOL_DOWN");
    assert!(refusal.message().contains("12 hours"), "{refusal:?}");
    claim(&other, &own.id).await.unwrap();
    assert_eq!(get(&rep, &own.id).await.unwrap_err().code(), Code::NotFound);
}

async fn pool_shows_no_way_to_reach_a_customer(world: Arc<World>) {
    let (admin, rep, marketing) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let customer = pooled(&admin).await;
    let by_industry = format!("industry = \"{}\"", customer.industry);
    let found = shown(&rep, by_industry.clone()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, customer.id);
    assert_eq!(
        get(&rep, &customer.id).await.unwrap_err().code(),
        Code::NotFound
    );
    let by_phone = ListPooledCustomersRequest {
        filter: "phone = \"199-0000-0042\"".to_owned(),
        ..ListPooledCustomersRequest::default()
    };
    refused(
        rep.pool().list_pooled_customers(by_phone).await,
        Code::InvalidArgument,
    );
    let request = ListPooledCustomersRequest::default();
    let outcome = marketing.pool().list_pooled_customers(request).await;
    denied(outcome, "function");
    let (own, taken) = (own_customer(&rep).await, customer.id);
    assert!(shown(&rep, format!("id = \"{}\"", own.id)).await.is_empty());
    claim(&world.sign_in("u15").await.unwrap(), &taken)
        .await
        .unwrap();
    assert!(shown(&rep, by_industry).await.is_empty());
}

async fn t42_customer_of_nobody_is_the_pools(world: Arc<World>) {
    let (admin, manager) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u14").await.unwrap(),
    );
    let customer = pooled(&admin).await;
    assert_eq!(
        get(&manager, &customer.id).await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(
        shown(&manager, format!("id = \"{}\"", customer.id))
            .await
            .len(),
        1
    );
    let stored = get(&admin, &customer.id).await.unwrap();
    assert_eq!((&*stored.owner, &*stored.department), ("", ""));
    assert!(stored.teams.is_empty());
}

async fn customer_with_an_owner_is_not_claimed(world: Arc<World>) {
    let (rep, lead, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let refusal = denied(claim(&lead, &own.id).await, "data");
    assert!(refusal.message().contains("claim"), "{refusal:?}");
    refused(claim(&other, &own.id).await, Code::NotFound);
}

async fn who_was_only_shared_with_does_not_release(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let request = ShareCustomerRequest {
        id: own.id.clone(),
        subject: "user:u15".to_owned(),
        level: ShareLevel::Write as i32,
        expires_at: Some(in_days(1).into()),
        reason: "a test".to_owned(),
        ..ShareCustomerRequest::default()
    };
    rep.customers().share_customer(request).await.unwrap();
    get(&other, &own.id).await.unwrap();
    let request = ReleaseCustomerRequest {
        id: own.id.clone(),
        ..ReleaseCustomerRequest::default()
    };
    denied(other.pool().release_customer(request).await, "data");
    release(&rep, &own.id).await;
    assert_eq!(
        get(&other, &own.id).await.unwrap_err().code(),
        Code::NotFound
    );
}

async fn manager_assigns_within_their_own_reach(world: Arc<World>) {
    let (admin, manager) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let assign = |owner: &str, id: &str| AssignCustomerRequest {
        id: id.to_owned(),
        owner: owner.to_owned(),
        ..AssignCustomerRequest::default()
    };
    let customer = pooled(&admin).await;
    let outside = manager
        .pool()
        .assign_customer(assign("u15", &customer.id))
        .await;
    denied(outside, "data");
    let inside = manager
        .pool()
        .assign_customer(assign("u06", &customer.id))
        .await;
    let given = inside.unwrap().into_inner().customer.unwrap();
    assert_eq!((&*given.owner, &*given.department), ("u06", "D111"));
    let rep = world.sign_in("u05").await.unwrap();
    let customer = pooled(&admin).await;
    let outcome = rep
        .pool()
        .assign_customer(assign("u05", &customer.id))
        .await;
    denied(outcome, "function");
}

async fn claim_has_one_effect_however_often_it_is_sent(world: Arc<World>) {
    let (admin, rep) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u16").await.unwrap(),
    );
    let customer = pooled(&admin).await;
    let rehearsed = ClaimCustomerRequest {
        validate_only: true,
        ..claiming(&customer.id)
    };
    rep.pool().claim_customer(rehearsed).await.unwrap();
    assert_eq!(
        get(&rep, &customer.id).await.unwrap_err().code(),
        Code::NotFound
    );
    let request = ClaimCustomerRequest {
        request_id: unique("claim"),
        ..claiming(&customer.id)
    };
    let first = rep.pool().claim_customer(request.clone()).await.unwrap();
    let again = rep.pool().claim_customer(request).await.unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
    claim(&rep, &customer.id).await.unwrap();
    let history = ListCustomerHistoryRequest {
        id: customer.id.clone(),
        ..ListCustomerHistoryRequest::default()
    };
    let entries = rep
        .customers()
        .list_customer_history(history)
        .await
        .unwrap();
    let entries = entries.into_inner().entries;
    let actions: Vec<_> = entries.iter().map(CustomerHistoryEntry::action).collect();
    assert_eq!(
        actions,
        [
            HistoryAction::Claimed,
            HistoryAction::Released,
            HistoryAction::Created
        ]
    );
    assert_eq!(entries[1].reason, "a test");
}

async fn customer_that_lies_too_long_goes_into_the_pool(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    let root = world.root();
    newcomer(root, world.anonymous(), "ann").await;
    let role = relationship("role:sales_rep", "member", "user:ann");
    grant(root, role).await.unwrap();
    let old = Customer {
        owner: "ann".to_owned(),
        ..Customer::default()
    };
    let (lain, kept) = (
        created(root, old.clone()).await,
        created(root, old.clone()).await,
    );
    let crm = &world.databases()[1];
    crm.execute("UPDATE customers SET created_at_us = 1")
        .await
        .unwrap();
    crm.execute("UPDATE customers SET owned_since_us = 1")
        .await
        .unwrap();
    let fresh = created(root, old).await;
    let touch = menshen_proto::crm::v1::CreateInteractionRequest {
        interaction: Some(menshen_proto::crm::v1::Interaction {
            customer: kept.id.clone(),
            channel: menshen_proto::crm::v1::InteractionChannel::Call as i32,
            summary: "still there".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    root.interactions().create_interaction(touch).await.unwrap();
    let recycled = async |validate_only: bool| {
        let request = RecycleCustomersRequest { validate_only };
        let answer = root.pool().recycle_customers(request).await.unwrap();
        answer.into_inner().recycled
    };
    assert_eq!(
        recycled(false).await,
        0,
        "nothing is recycled unless it is asked for"
    );
    let request = UpdateSettingsRequest {
        settings: Some(Settings {
            recycle_after_days: 30,
            ..Settings::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["recycle_after_days".to_owned()],
        }),
        validate_only: false,
    };
    root.settings().update_settings(request).await.unwrap();
    assert_eq!(recycled(true).await, 1);
    let owner = async |id: &str| get(root, id).await.unwrap().owner;
    assert_eq!(owner(&lain.id).await, "ann");
    assert_eq!(recycled(false).await, 1);
    assert_eq!(owner(&lain.id).await, "");
    assert_eq!(owner(&kept.id).await, "ann");
    assert_eq!(owner(&fresh.id).await, "ann");
    let history = ListCustomerHistoryRequest {
        id: lain.id,
        ..ListCustomerHistoryRequest::default()
    };
    let entries = root
        .customers()
        .list_customer_history(history)
        .await
        .unwrap();
    let newest = entries.into_inner().entries.remove(0);
    assert_eq!(
        (newest.action(), &*newest.actor),
        (HistoryAction::Recycled, "service:crm")
    );
}
