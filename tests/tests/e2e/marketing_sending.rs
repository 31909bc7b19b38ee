//! Sending: who is written to, by whose approval, and that nobody is written to twice.

use crate::ask::{created, get, soon, unique};
use crate::expect::{denied, refused, refused_because};
use crate::mail_server::{Letter, Mailbox};
use crate::marketing::{
    batch_request, consented, contact_of, draft_template, new_campaign, new_segment, new_template,
};
use e2e::company::load::{Extent, load};
use e2e::database::Backend;
use e2e::session::Session;
use e2e::world::{Options, World};
use menshen_proto::crm::v1::{
    AddCampaignMembersRequest, AddCampaignMembersResponse, ApproveSendRequest, ApproveSendResponse,
    ApproveTemplateRequest, Campaign, CampaignMember, CampaignMemberStatus, ConsentObstacle,
    Contact, CreateContactRequest, CreateSuppressionRequest, Customer, GetCampaignMemberRequest,
    GetSendBatchRequest, GetSendProgressRequest, GetSendProgressResponse, LaunchCampaignRequest,
    ListCampaignMembersRequest, MessageChannel, PublishSegmentRequest, RecordResponseRequest,
    ResubscribeRequest, ScheduleCampaignRequest, Segment, SegmentMembers, SendBatchStatus,
    SnapshotSegmentRequest, StartSendRequest, StartSendResponse, Suppression, UnsubscribeRequest,
};
use prost_types::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;

e2e::facts!(
    in_the_workshop:
        template_is_approved_by_another_person_than_wrote_it,
        batch_is_approved_by_another_person_than_made_it,
        batch_of_a_template_that_is_not_approved_is_not_approved,
        nothing_is_started_without_a_mail_server,
        members_are_added_once_and_answer_once,
        member_of_a_hidden_campaign_is_like_an_absent_one;
    from_scratch:
        suppressed_and_unwilling_members_are_skipped_and_counted,
        one_click_takes_effect_at_once_and_only_the_person_takes_it_back,
        killed_sender_goes_on_and_writes_to_nobody_twice;
);

async fn template_is_approved_by_another_person_than_wrote_it(world: Arc<World>) {
    let (manager, admin) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let request = ApproveTemplateRequest {
        id: draft_template(&manager).await,
        ..ApproveTemplateRequest::default()
    };
    let own = manager.templates().approve_template(request.clone()).await;
    denied(own, "restriction");
    admin.templates().approve_template(request).await.unwrap();
}

async fn batch_is_approved_by_another_person_than_made_it(world: Arc<World>) {
    let (manager, admin) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let template = new_template(&manager, &admin).await;
    let campaign = new_campaign(&manager, Campaign::default()).await.id;
    let batch = batch(&manager, &campaign, &template).await;
    denied(approve(&manager, &batch).await, "restriction");
    approve(&admin, &batch).await.unwrap();
    // The specialist neither approves nor starts.
    let specialist = world.sign_in("u21").await.unwrap();
    denied(start(&specialist, &batch).await, "function");
}

async fn batch_of_a_template_that_is_not_approved_is_not_approved(world: Arc<World>) {
    let (manager, admin) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let template = draft_template(&manager).await;
    let campaign = new_campaign(&manager, Campaign::default()).await.id;
    let batch = batch(&manager, &campaign, &template).await;
    let refusal = approve(&admin, &batch).await;
    let refusal = refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    assert!(
        refusal.message().contains("have it approved first"),
        "{refusal}"
    );
}

async fn nothing_is_started_without_a_mail_server(world: Arc<World>) {
    let (manager, admin) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let campaign = launched(&manager).await;
    let batch = ready(&manager, &admin, &campaign).await;
    let refusal = start(&manager, &batch).await;
    let refusal = refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    assert!(refusal.message().contains("--smtp-url"), "{refusal}");
}

async fn members_are_added_once_and_answer_once(world: Arc<World>) {
    let (manager, rep) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    let contact = contact_of(&rep, &customer, "m1@nowhere.example").await;
    let snapshot = snapshot_of(&manager, &source).await;
    let campaign = new_campaign(&manager, Campaign::default()).await.id;
    let added = add(&manager, &campaign, &snapshot).await;
    assert_eq!((added.added, added.left_out), (1, 0));
    let again = add(&manager, &campaign, &snapshot).await;
    assert_eq!((again.added, again.left_out), (0, 1));
    let members = members(&manager, &campaign).await;
    assert_eq!(members.len(), 1);
    assert_eq!(
        (&members[0].customer, &members[0].contact),
        (&customer, &contact)
    );

    let request = RecordResponseRequest {
        id: members[0].id.clone(),
        response: "wants a quote".to_owned(),
        ..RecordResponseRequest::default()
    };
    let answered = manager
        .campaign_members()
        .record_response(request.clone())
        .await;
    let answered = answered.unwrap().into_inner().campaign_member.unwrap();
    assert_eq!(answered.status(), CampaignMemberStatus::Responded);
    assert_eq!(answered.response, "wants a quote");
    assert!(answered.responded_at.is_some());
    let again = manager.campaign_members().record_response(request).await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");

    let request = AddCampaignMembersRequest {
        id: campaign,
        snapshot: "nobodys".to_owned(),
        ..AddCampaignMembersRequest::default()
    };
    refused(
        manager.campaigns().add_campaign_members(request).await,
        Code::NotFound,
    );
}

async fn member_of_a_hidden_campaign_is_like_an_absent_one(world: Arc<World>) {
    let (admin, rep, specialist) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    contact_of(&rep, &customer, "m2@nowhere.example").await;
    let snapshot = snapshot_of(&admin, &source).await;
    // The administrator's own department: out of the specialist's sight.
    let campaign = new_campaign(&admin, Campaign::default()).await.id;
    add(&admin, &campaign, &snapshot).await;
    let hidden = members(&admin, &campaign).await[0].id.clone();
    let absent = hidden.replace(|c: char| c.is_ascii_digit(), "0");
    let ask = async |id: &str| {
        let request = GetCampaignMemberRequest { id: id.to_owned() };
        let refusal = specialist
            .campaign_members()
            .get_campaign_member(request)
            .await;
        let refusal = refused(refusal, Code::NotFound);
        refusal.message().replace(id, "ID")
    };
    assert_eq!(ask(&hidden).await, ask(&absent).await);
}

/// Row 9 and S14 of the model: a send to a suppressed member is skipped and counted.
async fn suppressed_and_unwilling_members_are_skipped_and_counted(backend: Backend) {
    let (mailbox, address) = Mailbox::open();
    let world = with_mail(backend, address).await;
    let (manager, admin, rep) = people(&world).await;
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    for email in ["yes@nowhere.example", "suppressed@nowhere.example"] {
        let contact = contact_of(&rep, &customer, email).await;
        consented(&rep, &contact).await;
    }
    contact_of(&rep, &customer, "silent@nowhere.example").await;
    let uncalled = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.clone(),
            display_name: "x".to_owned(),
            email: "uncalled@nowhere.example".to_owned(),
            do_not_call: true,
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    let uncalled = rep.contacts().create_contact(uncalled).await.unwrap();
    consented(&rep, &uncalled.into_inner().contact.unwrap().id).await;
    let campaign = launched(&manager).await;
    let snapshot = snapshot_of(&manager, &source).await;
    assert_eq!(add(&manager, &campaign, &snapshot).await.added, 4);
    let batch = ready(&manager, &admin, &campaign).await;
    // After the approval, and before the letters go out.
    let suppression = CreateSuppressionRequest {
        suppression: Some(Suppression {
            channel: MessageChannel::Email as i32,
            address: "suppressed@nowhere.example".to_owned(),
            ..Suppression::default()
        }),
        ..CreateSuppressionRequest::default()
    };
    manager
        .suppressions()
        .create_suppression(suppression)
        .await
        .unwrap();
    start(&manager, &batch).await.unwrap();
    done(&manager, &batch).await;

    let letters = mailbox.letters();
    assert_eq!(recipients(&letters), ["yes@nowhere.example"]);
    let text = &letters[0].text;
    assert!(
        text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{text}"
    );
    for other in ["suppressed@", "silent@", "uncalled@"] {
        assert!(!text.contains(other), "{text}");
    }
    let progress = progress(&manager, &batch).await;
    assert_eq!(
        (progress.sent, progress.pending, progress.failed),
        (1, 0, 0)
    );
    let mut skipped: Vec<_> = progress
        .skipped
        .iter()
        .map(|one| (one.obstacle(), one.count))
        .collect();
    skipped.sort_by_key(|(obstacle, _)| *obstacle as i32);
    let expected = [
        (ConsentObstacle::NoConsent, 1),
        (ConsentObstacle::Suppressed, 1),
        (ConsentObstacle::DoNotCall, 1),
    ];
    assert_eq!(skipped, expected);
    let statuses: Vec<_> = members(&manager, &campaign)
        .await
        .iter()
        .map(CampaignMember::status)
        .collect();
    assert_eq!(
        statuses
            .iter()
            .filter(|one| **one == CampaignMemberStatus::Sent)
            .count(),
        1
    );
    assert_eq!(
        statuses
            .iter()
            .filter(|one| **one == CampaignMemberStatus::OptedOut)
            .count(),
        1
    );
}

async fn one_click_takes_effect_at_once_and_only_the_person_takes_it_back(backend: Backend) {
    let (mailbox, address) = Mailbox::open();
    let world = with_mail(backend, address).await;
    let (manager, admin, rep) = people(&world).await;
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    let contact = contact_of(&rep, &customer, "once@nowhere.example").await;
    consented(&rep, &contact).await;
    let snapshot = snapshot_of(&manager, &source).await;
    let first = launched(&manager).await;
    add(&manager, &first, &snapshot).await;
    let batch = ready(&manager, &admin, &first).await;
    start(&manager, &batch).await.unwrap();
    done(&manager, &batch).await;
    let token = token_in(&mailbox.letters()[0]);
    // One character of it changed.
    let flipped = if token.ends_with('A') { "B" } else { "A" };
    let request = UnsubscribeRequest {
        token: format!("{flipped}{}", &token[1..]),
    };
    let forged = world.anonymous().preferences().unsubscribe(request).await;
    refused(forged, Code::InvalidArgument);
    let request = UnsubscribeRequest {
        token: token.clone(),
    };
    for _ in 0..2 {
        let outcome = world
            .anonymous()
            .preferences()
            .unsubscribe(request.clone())
            .await;
        outcome.unwrap();
    }
    // Somebody enters a new consent; the address stays suppressed.
    consented(&rep, &contact).await;
    let second = launched(&manager).await;
    add(&manager, &second, &snapshot).await;
    let batch = ready(&manager, &admin, &second).await;
    start(&manager, &batch).await.unwrap();
    done(&manager, &batch).await;
    assert_eq!(mailbox.letters().len(), 1);
    let skipped = progress(&manager, &batch).await.skipped;
    assert_eq!(skipped[0].obstacle(), ConsentObstacle::Suppressed);

    let request = ResubscribeRequest { token };
    world
        .anonymous()
        .preferences()
        .resubscribe(request)
        .await
        .unwrap();
    let third = launched(&manager).await;
    add(&manager, &third, &snapshot).await;
    let batch = ready(&manager, &admin, &third).await;
    start(&manager, &batch).await.unwrap();
    done(&manager, &batch).await;
    assert_eq!(mailbox.letters().len(), 2);
}

/// The server has taken a letter and not said so yet when the service is killed.
async fn killed_sender_goes_on_and_writes_to_nobody_twice(backend: Backend) {
    let (mailbox, address) = Mailbox::open();
    let world = with_mail(backend, address).await;
    let (manager, admin, rep) = people(&world).await;
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    for at in 0..5 {
        let contact = contact_of(&rep, &customer, &format!("k{at}@nowhere.example")).await;
        consented(&rep, &contact).await;
    }
    let campaign = launched(&manager).await;
    let snapshot = snapshot_of(&manager, &source).await;
    assert_eq!(add(&manager, &campaign, &snapshot).await.added, 5);
    let batch = ready(&manager, &admin, &campaign).await;
    mailbox.hold("k2@nowhere.example");
    start(&manager, &batch).await.unwrap();
    soon(Duration::from_secs(20), async || mailbox.is_holding()).await;
    world.kill_and_restart_crm().await.unwrap();
    mailbox.release();
    soon(Duration::from_secs(30), async || {
        let outcome = try_progress(&manager, &batch).await;
        outcome.is_ok_and(|progress| progress.pending == 0 && progress.sent == 4)
    })
    .await;
    let progress = progress(&manager, &batch).await;
    // Nobody knows of it until it is given up; it is not sent again.
    assert_eq!(
        (progress.in_flight, progress.unknown, progress.failed),
        (1, 0, 0)
    );
    let mut letters = recipients(&mailbox.letters());
    letters.sort();
    let expected: Vec<String> = (0..5).map(|at| format!("k{at}@nowhere.example")).collect();
    assert_eq!(letters, expected);
}

async fn with_mail(backend: Backend, address: std::net::SocketAddr) -> World {
    let options = Options::temporary(backend).unwrap().mail(address);
    let world = World::start_with(options).await.unwrap();
    load(&world, Extent::Small, &|_| {}).await.unwrap();
    world
}

/// A marketing manager, an administrator, and a sales rep.
async fn people(world: &World) -> (Session, Session, Session) {
    (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    )
}

async fn customer_from(owner: &Session, source: &str) -> String {
    let customer = Customer {
        source: source.to_owned(),
        ..Customer::default()
    };
    let id = created(owner, customer).await.id;
    get(owner, &id).await.unwrap().id
}

/// Of the contacts of the customers from there.
async fn snapshot_of(by: &Session, source: &str) -> String {
    let segment = Segment {
        members: SegmentMembers::Contacts as i32,
        customer_filter: format!("source = \"{source}\""),
        ..Segment::default()
    };
    let id = new_segment(by, segment).await.id;
    let request = PublishSegmentRequest {
        id: id.clone(),
        ..PublishSegmentRequest::default()
    };
    by.segments().publish_segment(request).await.unwrap();
    let request = SnapshotSegmentRequest {
        id,
        ..SnapshotSegmentRequest::default()
    };
    let taken = by.segments().snapshot_segment(request).await.unwrap();
    taken.into_inner().snapshot.unwrap().id
}

async fn launched(by: &Session) -> String {
    let campaign = Campaign {
        starts_at: Some(Timestamp {
            seconds: 1_798_761_600,
            nanos: 0,
        }),
        ..Campaign::default()
    };
    let id = new_campaign(by, campaign).await.id;
    let request = ScheduleCampaignRequest {
        id: id.clone(),
        ..ScheduleCampaignRequest::default()
    };
    by.campaigns().schedule_campaign(request).await.unwrap();
    let request = LaunchCampaignRequest {
        id: id.clone(),
        ..LaunchCampaignRequest::default()
    };
    by.campaigns().launch_campaign(request).await.unwrap();
    id
}

/// An approved batch.
async fn ready(by: &Session, approver: &Session, campaign: &str) -> String {
    let template = new_template(by, approver).await;
    let batch = batch(by, campaign, &template).await;
    approve(approver, &batch).await.unwrap();
    batch
}

async fn batch(by: &Session, campaign: &str, template: &str) -> String {
    let made = by
        .send_batches()
        .create_send_batch(batch_request(campaign, template))
        .await;
    made.unwrap().into_inner().send_batch.unwrap().id
}

async fn approve(by: &Session, id: &str) -> crate::ask::Outcome<ApproveSendResponse> {
    let request = ApproveSendRequest {
        id: id.to_owned(),
        ..ApproveSendRequest::default()
    };
    by.send_batches().approve_send(request).await
}

async fn start(by: &Session, id: &str) -> crate::ask::Outcome<StartSendResponse> {
    let request = StartSendRequest {
        id: id.to_owned(),
        ..StartSendRequest::default()
    };
    by.send_batches().start_send(request).await
}

async fn add(by: &Session, campaign: &str, snapshot: &str) -> AddCampaignMembersResponse {
    let request = AddCampaignMembersRequest {
        id: campaign.to_owned(),
        snapshot: snapshot.to_owned(),
        ..AddCampaignMembersRequest::default()
    };
    by.campaigns()
        .add_campaign_members(request)
        .await
        .unwrap()
        .into_inner()
}

async fn members(by: &Session, campaign: &str) -> Vec<CampaignMember> {
    let request = ListCampaignMembersRequest {
        filter: format!("campaign = \"{campaign}\""),
        ..ListCampaignMembersRequest::default()
    };
    let page = by.campaign_members().list_campaign_members(request).await;
    page.unwrap().into_inner().campaign_members
}

async fn done(by: &Session, batch: &str) {
    soon(Duration::from_secs(30), async || {
        let request = GetSendBatchRequest {
            id: batch.to_owned(),
        };
        let found = by.send_batches().get_send_batch(request).await.unwrap();
        let found = found.into_inner().send_batch.unwrap();
        found.status() == SendBatchStatus::Done
    })
    .await;
}

async fn progress(by: &Session, batch: &str) -> GetSendProgressResponse {
    try_progress(by, batch).await.unwrap()
}

async fn try_progress(by: &Session, batch: &str) -> Result<GetSendProgressResponse, tonic::Status> {
    let request = GetSendProgressRequest {
        id: batch.to_owned(),
    };
    let progress = by.send_batches().get_send_progress(request).await?;
    Ok(progress.into_inner())
}

fn recipients(letters: &[Letter]) -> Vec<String> {
    let all = letters.iter().flat_map(|letter| letter.to.iter());
    all.map(|to| to.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// In the header, which may be folded.
fn token_in(letter: &Letter) -> String {
    let text = letter.text.replace("\r\n ", "").replace("\n ", "");
    let (_, rest) = text.split_once("unsubscribe?token=").unwrap();
    rest.split('>').next().unwrap().trim().to_owned()
}
