//! The inbox: everybody's own, and only what they may still see.

use crate::ask::{own_customer, set_level};
use crate::collaboration_notes::noted;
use crate::collaboration_timeline::{next, share, unshare};
use crate::expect::refused;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    FollowCustomerRequest, ListFollowedRequest, ListNotificationsRequest,
    MarkNotificationsReadRequest, Note, Notification, NotificationReason,
    SetNotificationPreferencesRequest, SubscribeNotificationsRequest, UnfollowCustomerRequest,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    t31_notification_about_what_one_may_no_longer_see_is_not_shown,
    follower_is_told_of_changes_until_they_unfollow,
    customer_out_of_sight_is_not_followed,
    notifications_are_marked_by_their_own_reader_alone,
    muted_reason_is_not_told,
    subscriber_is_told_at_once,
);

/// The caller's notifications, the first page.
pub(crate) async fn notifications(by: &Session) -> Vec<Notification> {
    let request = ListNotificationsRequest {
        page_size: 1_000,
        ..ListNotificationsRequest::default()
    };
    let page = by.inbox().list_notifications(request).await.unwrap();
    page.into_inner().notifications
}

async fn mentioning(by: &Session, customer: &str, person: &str) -> Note {
    let note = Note {
        customer: customer.to_owned(),
        mentions: vec![person.to_owned()],
        ..Note::default()
    };
    noted(by, note).await.unwrap()
}

async fn t31_notification_about_what_one_may_no_longer_see_is_not_shown(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    share(&rep, &customer, "u15").await;
    let note = mentioning(&rep, &customer, "u15").await;
    assert!(note.unreachable_mentions.is_empty());
    let guest = world.sign_in("u15").await.unwrap();
    let is_about = |one: &Notification| one.record == note.id;
    assert!(notifications(&guest).await.iter().any(is_about));
    unshare(&rep, &customer, "u15").await;
    assert!(!notifications(&guest).await.iter().any(is_about));
}

async fn follower_is_told_of_changes_until_they_unfollow(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let lead = world.sign_in("u04").await.unwrap();
    let follow = FollowCustomerRequest {
        id: customer.clone(),
    };
    lead.inbox().follow_customer(follow).await.unwrap();
    let followed = lead.inbox().list_followed(ListFollowedRequest {}).await;
    let followed = followed.unwrap().into_inner().followed;
    assert!(followed.iter().any(|one| one.record == customer));
    set_level_to(&rep, &customer, "A").await;
    let count = async || {
        let found = notifications(&lead).await;
        let found = found.iter().filter(|one| one.record == customer);
        found
            .filter(|one| one.reason() == NotificationReason::Followed)
            .count()
    };
    assert_eq!(count().await, 1);
    let unfollow = UnfollowCustomerRequest {
        id: customer.clone(),
    };
    lead.inbox().unfollow_customer(unfollow).await.unwrap();
    set_level_to(&rep, &customer, "B").await;
    assert_eq!(count().await, 1);
}

async fn set_level_to(rep: &Session, customer: &str, level: &str) {
    let change = set_level(customer, level);
    rep.customers().update_customer(change).await.unwrap();
}

async fn customer_out_of_sight_is_not_followed(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let elsewhere = world.sign_in("u15").await.unwrap();
    let follow = FollowCustomerRequest {
        id: own_customer(&rep).await.id,
    };
    refused(
        elsewhere.inbox().follow_customer(follow).await,
        Code::NotFound,
    );
}

async fn notifications_are_marked_by_their_own_reader_alone(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let note = mentioning(&rep, &customer, "u04").await;
    let lead = world.sign_in("u04").await.unwrap();
    let find = async || {
        let found = notifications(&lead).await;
        found.into_iter().find(|one| one.record == note.id).unwrap()
    };
    let mark = MarkNotificationsReadRequest {
        ids: vec![find().await.id],
    };
    let other = rep.inbox().mark_notifications_read(mark.clone()).await;
    assert_eq!(other.unwrap().into_inner().marked, 0);
    assert!(find().await.read_at.is_none());
    let own = lead.inbox().mark_notifications_read(mark).await;
    assert_eq!(own.unwrap().into_inner().marked, 1);
    assert!(find().await.read_at.is_some());
}

async fn muted_reason_is_not_told(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let director = world.sign_in("u02").await.unwrap();
    let mute = |muted: Vec<i32>| SetNotificationPreferencesRequest { muted };
    let mentioned = mute(vec![NotificationReason::Mentioned as i32]);
    let set = director
        .inbox()
        .set_notification_preferences(mentioned)
        .await;
    set.unwrap();
    let muted = mentioning(&rep, &customer, "u02").await;
    let set = director
        .inbox()
        .set_notification_preferences(mute(Vec::new()))
        .await;
    set.unwrap();
    let heard = mentioning(&rep, &customer, "u02").await;
    let found = notifications(&director).await;
    let has = |id: &str| found.iter().any(|one| one.record == id);
    assert!(has(&heard.id) && !has(&muted.id));
}

async fn subscriber_is_told_at_once(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let manager = world.sign_in("u03").await.unwrap();
    let request = SubscribeNotificationsRequest {};
    let answer = manager.inbox().subscribe_notifications(request).await;
    let mut stream = answer.unwrap().into_inner();
    let note = mentioning(&rep, &customer, "u03").await;
    let told = next(&mut stream).await.unwrap().unwrap();
    assert_eq!(told.notification.unwrap().record, note.id);
}
