//! Shares: by name, for a time, never more than the sharer has, gone when taken back.

use crate::ask::{Outcome, get, grant, listed, own_customer, relationship, set_level};
use crate::expect::{denied, refused};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    ListCustomerSharesRequest, ListCustomersRequest, RecordShare, ShareCustomerRequest,
    ShareCustomerResponse, ShareLevel, UnshareCustomerRequest,
};
use std::sync::Arc;
use std::time::SystemTime;
use tonic::Code;

e2e::facts!(in_the_workshop:
    read_share_shows_but_does_not_let_change,
    write_share_lets_change_but_not_share_on,
    share_taken_back_is_gone_at_the_next_call,
    share_without_an_end_is_refused,
    share_beyond_the_organizations_limit_is_refused,
    nobody_shares_for_writing_what_they_may_not_write,
    shares_are_listed_with_who_and_why,
    second_share_takes_the_place_of_the_first,
    restriction_beats_the_administrator_too,
);

async fn share(
    by: &Session,
    id: &str,
    with: &str,
    level: ShareLevel,
    until: Option<SystemTime>,
) -> Outcome<ShareCustomerResponse> {
    let request = ShareCustomerRequest {
        id: id.to_owned(),
        subject: with.to_owned(),
        level: level as i32,
        expires_at: until.map(Into::into),
        reason: "they asked".to_owned(),
        ..ShareCustomerRequest::default()
    };
    by.customers().share_customer(request).await
}

async fn read_share_shows_but_does_not_let_change(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    share(
        &rep,
        &own.id,
        "user:u15",
        ShareLevel::Read,
        Some(in_days(1)),
    )
    .await
    .unwrap();
    get(&other, &own.id).await.unwrap();
    denied(
        other
            .customers()
            .update_customer(set_level(&own.id, "A"))
            .await,
        "data",
    );
}

async fn write_share_lets_change_but_not_share_on(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    share(
        &rep,
        &own.id,
        "user:u15",
        ShareLevel::Write,
        Some(in_days(1)),
    )
    .await
    .unwrap();
    other
        .customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    denied(
        share(
            &other,
            &own.id,
            "user:u16",
            ShareLevel::Read,
            Some(in_days(1)),
        )
        .await,
        "data",
    );
}

async fn share_taken_back_is_gone_at_the_next_call(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    for _ in 0..20 {
        share(
            &rep,
            &own.id,
            "user:u15",
            ShareLevel::Read,
            Some(in_days(1)),
        )
        .await
        .unwrap();
        get(&other, &own.id).await.unwrap();
        let request = UnshareCustomerRequest {
            id: own.id.clone(),
            subject: "user:u15".to_owned(),
            reason: "no longer".to_owned(),
        };
        rep.customers().unshare_customer(request).await.unwrap();
        assert_eq!(
            get(&other, &own.id).await.unwrap_err().code(),
            Code::NotFound
        );
    }
}

async fn share_without_an_end_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let outcome = share(&rep, &own.id, "user:u15", ShareLevel::Read, None).await;
    let status = refused(outcome, Code::InvalidArgument);
    assert!(
        status.message().contains("expires_at"),
        "{}",
        status.message()
    );
}

async fn share_beyond_the_organizations_limit_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let outcome = share(
        &rep,
        &own.id,
        "user:u15",
        ShareLevel::Read,
        Some(in_days(4_000)),
    )
    .await;
    let status = refused(outcome, Code::InvalidArgument);
    assert!(
        status.message().contains("expires_at"),
        "{}",
        status.message()
    );
}

/// A share is never more than the sharer has. u08 may share what belongs to the department, and u05
/// reads what is shared with her, but she may not pass on the right to write.
async fn nobody_shares_for_writing_what_they_may_not_write(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    share(
        &rep,
        &own.id,
        "user:u15",
        ShareLevel::Read,
        Some(in_days(1)),
    )
    .await
    .unwrap();
    denied(
        share(
            &other,
            &own.id,
            "user:u16",
            ShareLevel::Write,
            Some(in_days(1)),
        )
        .await,
        "data",
    );
}

async fn shares_are_listed_with_who_and_why(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    share(
        &rep,
        &own.id,
        "user:u15",
        ShareLevel::Write,
        Some(in_days(1)),
    )
    .await
    .unwrap();
    share(
        &rep,
        &own.id,
        "team:T-Alpha#member",
        ShareLevel::Read,
        Some(in_days(1)),
    )
    .await
    .unwrap();
    let request = ListCustomerSharesRequest { id: own.id };
    let shares = rep
        .customers()
        .list_customer_shares(request)
        .await
        .unwrap()
        .into_inner()
        .shares;
    let told: Vec<_> = shares
        .iter()
        .map(|share| {
            (
                share.subject.as_str(),
                share.level(),
                share.granted_by.as_str(),
                share.reason.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "team:T-Alpha#member",
                ShareLevel::Read,
                "user:u05",
                "they asked"
            ),
            ("user:u15", ShareLevel::Write, "user:u05", "they asked"),
        ]
    );
}

async fn second_share_takes_the_place_of_the_first(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    for level in [ShareLevel::Read, ShareLevel::Write] {
        let end = Some(in_days(1));
        share(&rep, &own.id, "user:u15", level, end).await.unwrap();
    }
    let request = ListCustomerSharesRequest { id: own.id };
    let shares = rep.customers().list_customer_shares(request).await;
    let shares = shares.unwrap().into_inner().shares;
    let levels: Vec<ShareLevel> = shares.iter().map(RecordShare::level).collect();
    assert_eq!(levels, [ShareLevel::Write]);
}

async fn restriction_beats_the_administrator_too(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    get(&admin, &own.id).await.unwrap();
    let restriction = relationship(&format!("customer:{}", own.id), "restricted", "user:u30");
    grant(world.root(), restriction).await.unwrap();
    assert_eq!(
        get(&admin, &own.id).await.unwrap_err().code(),
        Code::NotFound
    );
    let its = || ListCustomersRequest {
        filter: format!(r#"id = "{}""#, own.id),
        ..ListCustomersRequest::default()
    };
    assert!(listed(&admin, its()).await.is_empty());
    get(&rep, &own.id).await.unwrap();
    assert_eq!(listed(&rep, its()).await, std::slice::from_ref(&own.id));
}
